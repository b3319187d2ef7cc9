// A new tree from a base tree and edits, through a throw-away index.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { git, gitText, tryGit, type GitRepo } from "./git.ts";
import { listTree, type TreeEntry } from "./objects.ts";

/** `sha` undefined: the path goes away. A tree's sha replaces everything below the path. */
export interface TreeEdit {
  readonly path: string;
  readonly mode: string;
  readonly sha: string | undefined;
}

export type TreeResult =
  | { readonly kind: "made"; readonly sha: string }
  | { readonly kind: "missing"; readonly path: string }
  | { readonly kind: "bad-path"; readonly path: string };

export async function makeTree(
  repo: GitRepo,
  base: string | undefined,
  edits: readonly TreeEdit[],
): Promise<TreeResult> {
  const bad = edits.find((edit) => !isSafePath(edit.path));
  if (bad !== undefined) return { kind: "bad-path", path: bad.path };
  const before = base === undefined ? [] : await listTree(repo, base, { recursive: true });
  const lines = await planLines(repo, before, edits);
  if (lines.kind === "missing") return lines;
  const dir = await mkdtemp(join(tmpdir(), "countersign-index-"));
  try {
    const env = { GIT_INDEX_FILE: join(dir, "index") };
    if (base !== undefined) await git(repo, ["read-tree", base], { env });
    const update = await tryGit(repo, ["update-index", "-z", "--index-info"], { env, input: lines.input });
    if (update.code !== 0) return { kind: "bad-path", path: edits[0]?.path ?? "" };
    return { kind: "made", sha: (await gitText(repo, ["write-tree"], { env })).trim() };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

type Lines = { readonly kind: "lines"; readonly input: string } | { readonly kind: "missing"; readonly path: string };

async function planLines(repo: GitRepo, before: readonly TreeEntry[], edits: readonly TreeEdit[]): Promise<Lines> {
  const known = new Map(before.map((entry) => [entry.path, entry.type]));
  const children = indexByFolder(before);
  const lines: string[] = [];
  const drop = (path: string): void => {
    if (known.get(path) === "tree")
      for (const below of children.get(path) ?? []) lines.push(`0 ${"0".repeat(40)}\t${below}\0`);
    else lines.push(`0 ${"0".repeat(40)}\t${path}\0`);
  };
  for (const edit of edits) {
    if (edit.sha === undefined) {
      if (!known.has(edit.path)) return { kind: "missing", path: edit.path };
      drop(edit.path);
      continue;
    }
    // A file where a folder was, or a folder where a file was: the old one leaves the index first.
    if (known.get(edit.path) === "tree") drop(edit.path);
    for (const folder of foldersOf(edit.path)) {
      const type = known.get(folder);
      if (type !== undefined && type !== "tree") drop(folder);
    }
    if (edit.mode !== "040000") lines.push(`${edit.mode} ${edit.sha}\t${edit.path}\0`);
    else
      for (const below of await listTree(repo, edit.sha, { recursive: true }))
        if (below.type !== "tree") lines.push(`${below.mode} ${below.sha}\t${edit.path}/${below.path}\0`);
  }
  return { kind: "lines", input: lines.join("") };
}

/** For each folder, every file anywhere below it. */
function indexByFolder(entries: readonly TreeEntry[]): Map<string, string[]> {
  const index = new Map<string, string[]>();
  for (const entry of entries) {
    if (entry.type === "tree") continue;
    for (const folder of foldersOf(entry.path)) {
      const list = index.get(folder);
      if (list === undefined) index.set(folder, [entry.path]);
      else list.push(entry.path);
    }
  }
  return index;
}

function foldersOf(path: string): string[] {
  const parts = path.split("/");
  return parts.slice(1).map((_, at) => parts.slice(0, at + 1).join("/"));
}

/** No absolute path, no empty, `.`, `..` or `.git` part in any spelling that some file system folds to `.git`. */
function isSafePath(path: string): boolean {
  if (path === "" || path.includes("\0") || !path.isWellFormed()) return false;
  return path.split("/").every((part) => {
    if (part === "" || part === "." || part === "..") return false;
    const folded = part
      .normalize("NFC")
      .replace(/[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g, "")
      .toLowerCase()
      .replace(/[. ]+$/, "");
    return folded !== ".git" && !/^git~\d+$/.test(folded) && !folded.startsWith(".git:");
  });
}
