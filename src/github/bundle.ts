// The header of a bundle, read by us: git itself accepts far more than we want to take.

export interface BundleHeader {
  /** The one ref's commit. */
  readonly commit: string;
  /** The one commit it builds on. */
  readonly base: string;
  /** The pack alone. */
  readonly pack: Uint8Array;
  /** As the pack's own header claims. */
  readonly objects: number;
}

export type BundleRefusal = { readonly ok: false; readonly why: string };

const MAX_HEADER_BYTES = 4096;
const PREREQUISITE = /^-([0-9a-f]{40})(?: .*)?$/;
const REF = /^([0-9a-f]{40}) (HEAD|refs\/[A-Za-z0-9._/-]{1,200})$/;

function refuse(why: string): BundleRefusal {
  return { ok: false, why };
}

/** One ref, one prerequisite, no capability but sha1, then a pack of version 2. Anything else is refused. */
export function parseBundleHeader(
  bytes: Uint8Array,
): { readonly ok: true; readonly value: BundleHeader } | BundleRefusal {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, MAX_HEADER_BYTES));
  const end = head.indexOf("\n\n");
  if (end < 0) return refuse("its header does not end");
  const text = decode(head.subarray(0, end));
  if (text === undefined) return refuse("its header is not text");
  const [signature, ...lines] = text.split("\n");
  const version = signature === "# v2 git bundle" ? 2 : signature === "# v3 git bundle" ? 3 : undefined;
  if (version === undefined) return refuse("it is not a git bundle");
  const capabilities = lines.filter((line) => line.startsWith("@"));
  if (capabilities.some((line) => version === 2 || line !== "@object-format=sha1"))
    return refuse("it asks for a capability we do not take");
  const bases = lines.filter((line) => line.startsWith("-"));
  const refs = lines.filter((line) => !line.startsWith("@") && !line.startsWith("-"));
  const base = PREREQUISITE.exec(bases[0] ?? "")?.[1];
  if (bases.length !== 1 || base === undefined) return refuse("it must build on exactly one commit");
  const commit = REF.exec(refs[0] ?? "")?.[1];
  if (refs.length !== 1 || commit === undefined) return refuse("it must carry exactly one ref");
  return readPack({ commit, base, pack: bytes.subarray(end + 2) });
}

function readPack(
  header: Omit<BundleHeader, "objects">,
): { readonly ok: true; readonly value: BundleHeader } | BundleRefusal {
  const { pack } = header;
  const view = new DataView(pack.buffer, pack.byteOffset, pack.byteLength);
  if (pack.byteLength < 32 || view.getUint32(0) !== 0x5041434b) return refuse("its pack is missing or cut");
  if (view.getUint32(4) !== 2) return refuse("its pack has an unknown version");
  return { ok: true, value: { ...header, objects: view.getUint32(8) } };
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return /[\u0000-\u0009\u000b-\u001f\u007f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}
