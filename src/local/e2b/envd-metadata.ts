// Names and values a caller attached to files. Kept beside the sandbox's sockets, since node has no extended attributes.
import { readFileSync, writeFileSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { isFields, parseFields, textMapOf } from "./envd-fields.ts";

export type FileMetadata = Readonly<Record<string, string>>;

export interface MetadataStore {
  get(path: string): FileMetadata | undefined;
  set(path: string, metadata: FileMetadata | undefined): void;
  move(from: string, to: string): void;
}

const PREFIX = "x-metadata-";

export function openMetadata(file: string): MetadataStore {
  const known = new Map<string, FileMetadata>();
  const stored = parseFields(readIfThere(file)) ?? {};
  for (const path of Object.keys(stored)) if (isFields(stored[path])) known.set(path, textMapOf(stored, path));
  const save = (): void => writeFileSync(file, JSON.stringify(Object.fromEntries(known)));
  return {
    get: (path) => known.get(path),
    set(path, metadata) {
      if (metadata === undefined && !known.delete(path)) return;
      if (metadata !== undefined) known.set(path, metadata);
      save();
    },
    move(from, to) {
      const metadata = known.get(from);
      if (metadata === undefined) return;
      known.delete(from);
      known.set(to, metadata);
      save();
    },
  };
}

export function metadataOfHeaders(headers: IncomingHttpHeaders): FileMetadata | undefined {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers))
    if (name.startsWith(PREFIX) && typeof value === "string") found[name.slice(PREFIX.length)] = value;
  return Object.keys(found).length === 0 ? undefined : found;
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
