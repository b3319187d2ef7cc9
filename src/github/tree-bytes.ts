// Trees as git stores them. Its commands show modes tidied up, so odd ones are visible only here. Pure.

export interface RawEntry {
  readonly mode: string;
  readonly name: Buffer;
  readonly id: string;
}

/** The entries of a tree object; undefined where its bytes are no tree. */
export function parseTree(bytes: Buffer): readonly RawEntry[] | undefined {
  const entries: RawEntry[] = [];
  let at = 0;
  while (at < bytes.length) {
    const space = bytes.indexOf(0x20, at);
    const end = space < 0 ? -1 : bytes.indexOf(0, space);
    if (end < 0 || end + 21 > bytes.length) return undefined;
    entries.push({
      mode: bytes.toString("latin1", at, space),
      name: bytes.subarray(space + 1, end),
      id: bytes.toString("hex", end + 1, end + 21),
    });
    at = end + 21;
  }
  return entries;
}

const WRITTEN_BY_GIT = new Set(["40000", "100644", "100755", "120000", "160000"]);

/** The first mode git would not write itself: group-writable, setuid, devices, padded. */
export function findOddMode(entries: readonly RawEntry[]): RawEntry | undefined {
  return entries.find((entry) => !WRITTEN_BY_GIT.has(entry.mode));
}

/** A name as text, or undefined where its bytes are not UTF-8. */
export function decodeName(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
