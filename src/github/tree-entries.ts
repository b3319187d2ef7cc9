// How a change is told to the git data API: text inline, in parts small enough for one request. Pure.

export interface TreeEntry {
  readonly path: string;
  readonly mode: "100644" | "100755" | "120000";
  readonly type: "blob";
  readonly content?: string;
  /** `null` takes the path away. */
  readonly sha?: string | null;
}

const PART_BYTES = 4 * 1024 * 1024;
const INLINE_BYTES = 1024 * 1024;

/** The content as text, or undefined where it must travel as bytes. */
export function readText(content: Buffer): string | undefined {
  if (content.length > INLINE_BYTES || content.includes(0)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    return undefined;
  }
}

/**
 * Requests to send one after the other, each on the tree of the one before. Where a folder takes the place of a file or
 * the reverse, what goes away goes first.
 */
export function chainEntries(entries: readonly TreeEntry[]): readonly (readonly TreeEntry[])[] {
  const gone = entries.filter((entry) => entry.sha === null);
  const kept = entries.filter((entry) => entry.sha !== null);
  if (gone.length > 0 && replacesFolders(gone, kept)) return [...split(gone), ...split(kept)];
  return split([...gone, ...kept]);
}

function replacesFolders(gone: readonly TreeEntry[], kept: readonly TreeEntry[]): boolean {
  const gonePaths = new Set(gone.map((entry) => entry.path));
  const keptPaths = new Set(kept.map((entry) => entry.path));
  const under = (path: string, others: ReadonlySet<string>): boolean =>
    path.split("/").some((_, depth, parts) => depth > 0 && others.has(parts.slice(0, depth).join("/")));
  return kept.some(({ path }) => under(path, gonePaths)) || gone.some(({ path }) => under(path, keptPaths));
}

function split(entries: readonly TreeEntry[]): readonly (readonly TreeEntry[])[] {
  const parts: TreeEntry[][] = [];
  let size = 0;
  for (const entry of entries) {
    const bytes = Buffer.byteLength(JSON.stringify(entry));
    const last = parts.at(-1);
    if (last === undefined || size + bytes > PART_BYTES) {
      parts.push([entry]);
      size = bytes;
    } else {
      last.push(entry);
      size += bytes;
    }
  }
  return parts;
}
