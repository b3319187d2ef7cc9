// Packs written by hand: small to send, huge to open.
import { createHash } from "node:crypto";
import { constants, deflateRawSync } from "node:zlib";
import type { Forge } from "./forge.ts";

interface Packed {
  readonly id: string;
  readonly bytes: Buffer;
}

const KINDS = { commit: 1, tree: 2, blob: 3 } as const;
const STEP = 2 ** 24;

export function packOf(objects: readonly Packed[]): Buffer {
  const head = Buffer.alloc(12);
  head.write("PACK");
  head.writeUInt32BE(2, 4);
  head.writeUInt32BE(objects.length, 8);
  const bytes = Buffer.concat([head, ...objects.map((each) => each.bytes)]);
  return Buffer.concat([bytes, createHash("sha1").update(bytes).digest()]);
}

function packed(kind: keyof typeof KINDS, content: Buffer): Packed {
  const id = createHash("sha1").update(`${kind} ${content.length}\0`).update(content).digest("hex");
  return {
    id,
    bytes: Buffer.concat([
      objectHead(KINDS[kind], content.length),
      wrapZlib([deflateRawSync(content)], adlerOf(content)),
    ]),
  };
}

/** A blob of zeros, made without ever holding it. */
export function zeroBlob(size: number): Packed {
  const zeros = Buffer.alloc(Math.min(size, STEP));
  const hash = createHash("sha1").update(`blob ${size}\0`);
  const piece = deflateRawSync(zeros, { finishFlush: constants.Z_FULL_FLUSH });
  const parts: Buffer[] = [];
  for (let left = size; left > 0; left -= STEP) {
    const part = zeros.subarray(0, Math.min(left, STEP));
    hash.update(part);
    parts.push(left >= STEP ? piece : deflateRawSync(part, { finishFlush: constants.Z_FULL_FLUSH }));
  }
  // Of zeros alone the first sum of the check stays 1 and the second grows by one each.
  const zlib = wrapZlib([...parts, Buffer.from([3, 0])], (size % 65521) * 65536 + 1);
  return { id: hash.digest("hex"), bytes: Buffer.concat([objectHead(KINDS.blob, size), zlib]) };
}

/** A bundle of one commit that adds a file of zeros for each size. */
export async function bundleZeros(forge: Forge, sizes: readonly number[]): Promise<Buffer> {
  const blobs = sizes.map((size) => zeroBlob(size));
  const names = blobs.map(({ id }, at) => ({ name: `zeros-${String(at).padStart(2, "0")}`, id }));
  const tree = packed("tree", Buffer.concat(names.map(({ name, id }) => entry("100644", name, id))));
  return bundleRoot(forge, [...blobs, tree], tree.id);
}

/** A bundle of one commit with one file below that many folders. */
export async function bundleDeep(forge: Forge, file: string, depth: number): Promise<Buffer> {
  const trees: Packed[] = [
    packed("blob", await forge.git(["cat-file", "blob", file])),
    packed("tree", entry("100644", "d", file)),
  ];
  for (let level = 1; level < depth; level += 1) {
    trees.push(packed("tree", entry("40000", "d", trees.at(-1)?.id ?? "")));
  }
  return bundleRoot(forge, trees, trees.at(-1)?.id ?? "");
}

function bundleRoot(forge: Forge, objects: readonly Packed[], tree: string): Promise<Buffer> {
  const person = "Agent <agent@example.com> 1 +0000";
  const text = `tree ${tree}\nparent ${forge.base.commit}\nauthor ${person}\ncommitter ${person}\n\nwork\n`;
  const commit = packed("commit", Buffer.from(text));
  return forge.bundle({ commit: commit.id, pack: packOf([commit, ...objects]) });
}

function entry(mode: string, name: string, id: string): Buffer {
  return Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(id, "hex")]);
}

function objectHead(type: number, size: number): Buffer {
  const bytes = [(type << 4) | (size & 15)];
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes[bytes.length - 1]! |= 0x80;
    bytes.push(rest % 128);
  }
  return Buffer.from(bytes);
}

function adlerOf(content: Buffer): number {
  let a = 1;
  let b = 0;
  for (const byte of content) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return b * 65536 + a;
}

function wrapZlib(parts: readonly Buffer[], adler: number): Buffer {
  const tail = Buffer.alloc(4);
  tail.writeUInt32BE(adler);
  return Buffer.concat([Buffer.from([0x78, 0x9c]), ...parts, tail]);
}
