// Git objects and packs written by hand.
import { createHash } from "node:crypto";
import { deflateSync } from "node:zlib";

export type Kind = keyof typeof KINDS;

export interface Packed {
  readonly id: string;
  readonly bytes: Buffer;
}

const KINDS = { commit: 1, tree: 2, blob: 3 } as const;

export function idOf(kind: Kind, content: Buffer): string {
  return createHash("sha1").update(`${kind} ${content.length}\0`).update(content).digest("hex");
}

export function packed(kind: Kind, content: Buffer): Packed {
  return { id: idOf(kind, content), bytes: Buffer.concat([objectHead(kind, content.length), deflateSync(content)]) };
}

export function packOf(objects: readonly Packed[]): Buffer {
  const head = Buffer.alloc(12);
  head.write("PACK");
  head.writeUInt32BE(2, 4);
  head.writeUInt32BE(objects.length, 8);
  const bytes = Buffer.concat([head, ...objects.map((each) => each.bytes)]);
  return Buffer.concat([bytes, createHash("sha1").update(bytes).digest()]);
}

export function objectHead(kind: Kind, size: number): Buffer {
  const bytes = [(KINDS[kind] << 4) | (size & 15)];
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes[bytes.length - 1]! |= 0x80;
    bytes.push(rest % 128);
  }
  return Buffer.from(bytes);
}

export function treeEntry(mode: string, name: string | Buffer, id: string): Buffer {
  return Buffer.concat([Buffer.from(`${mode} `), Buffer.from(name), Buffer.from([0]), Buffer.from(id, "hex")]);
}
