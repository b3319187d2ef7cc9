// Files: where their bytes are and how they become usable.
import { announce, nextId, type SlackFile, type World } from "./world.ts";

export interface NewFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly mimetype?: string;
}

const TYPES: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  svg: "image/svg+xml",
  pdf: "application/pdf",
  json: "application/json",
  zip: "application/zip",
  csv: "text/csv",
};
const PLAIN = new Set(["txt", "md", "diff", "patch", "log", "js", "ts", "css", "html", "yaml", "yml", "sh", "py"]);

export function typeOfName(name: string): string {
  const ending = name.split(".").at(-1)?.toLowerCase() ?? "";
  return TYPES[ending] ?? (PLAIN.has(ending) ? "text/plain" : "application/octet-stream");
}

/** A file a person attaches: it is there at once. */
export function addFile(world: World, user: string, file: NewFile): SlackFile {
  const bytes = Buffer.from(file.bytes);
  const added: SlackFile = {
    id: nextId(world, "F"),
    name: file.name,
    title: file.name,
    mimetype: file.mimetype ?? typeOfName(file.name),
    snippetType: "",
    altText: "",
    user,
    atMs: Date.now(),
    lengthBytes: bytes.length,
    bytes,
    complete: true,
    shares: [],
  };
  world.files.set(added.id, added);
  announce(world);
  return added;
}
