// Bare repositories on disk, and reading their objects in streams that stop at a bound.
import { promises as fs } from "node:fs";
import { join } from "node:path";
import type { Confine, Git } from "./git.ts";

/** A repository and how its git children are confined. */
export interface Repo {
  readonly git: Git;
  readonly dir: string;
  readonly confine: Confine;
}

/** An empty bare repository made by hand: no template, no hook, no configuration of the host. */
export async function makeBare(dir: string, alternates: readonly string[] = []): Promise<void> {
  await fs.mkdir(join(dir, "objects", "info"), { recursive: true, mode: 0o700 });
  await fs.mkdir(join(dir, "objects", "pack"), { mode: 0o700 });
  await fs.mkdir(join(dir, "refs", "heads"), { recursive: true, mode: 0o700 });
  await fs.writeFile(join(dir, "HEAD"), "ref: refs/heads/none\n");
  await fs.writeFile(join(dir, "config"), "[core]\n\trepositoryformatversion = 0\n\tbare = true\n");
  if (alternates.length === 0) return;
  await fs.writeFile(
    join(dir, "objects", "info", "alternates"),
    alternates.map((each) => `${each}/objects\n`).join(""),
  );
}

/** Runs git on the repository; throws unless it exits with 0. */
export function askGit(repo: Repo, args: readonly string[], input?: string | Uint8Array): Promise<Buffer> {
  return repo.git.must({ gitDir: repo.dir, confine: repo.confine, args, ...(input === undefined ? {} : { input }) });
}

export async function askText(repo: Repo, args: readonly string[], input?: string): Promise<string> {
  return (await askGit(repo, args, input)).toString("utf8").trim();
}

export interface ObjectFacts {
  readonly id: string;
  readonly type: "commit" | "tree" | "blob" | "tag" | "missing";
  readonly bytes: number;
}

const FACTS = /^([0-9a-f]{40}) (?:(commit|tree|blob|tag) (\d+)|missing)$/;

/** Type and size of each object, without reading any. */
export async function factsOf(repo: Repo, ids: readonly string[]): Promise<readonly ObjectFacts[]> {
  if (ids.length === 0) return [];
  const text = await askText(repo, ["cat-file", "--batch-check"], `${ids.join("\n")}\n`);
  return text.split("\n").map((line) => {
    const [, id = "", type, bytes] = FACTS.exec(line) ?? [];
    if (id === "") throw new Error("git cat-file --batch-check answered a line of unknown form");
    if (type === "commit" || type === "tree" || type === "blob" || type === "tag") {
      return { id, type, bytes: Number(bytes) };
    }
    return { id, type: "missing", bytes: 0 };
  });
}

/** Hands each object's content over, one at a time, in the order asked for. */
export async function readObjects(
  repo: Repo,
  ids: readonly string[],
  take: (id: string, content: Buffer) => Promise<void> | void,
): Promise<void> {
  if (ids.length === 0) return;
  let rest: Buffer[] = [];
  let size = 0;
  let wanted: { readonly id: string; readonly bytes: number } | undefined;
  let handed = 0;
  const onChunk = async (chunk: Buffer): Promise<"go"> => {
    rest.push(chunk);
    size += chunk.length;
    while (size > 0) {
      if (wanted === undefined) {
        const joined = joinPieces(rest);
        rest = [joined];
        const end = joined.indexOf(10);
        if (end < 0) break;
        wanted = headerOf(joined.toString("utf8", 0, end));
        rest = [joined.subarray(end + 1)];
        size -= end + 1;
      }
      if (size < wanted.bytes + 1) break;
      const joined = joinPieces(rest);
      await take(wanted.id, joined.subarray(0, wanted.bytes));
      rest = [joined.subarray(wanted.bytes + 1)];
      size -= wanted.bytes + 1;
      wanted = undefined;
      handed += 1;
    }
    return "go";
  };
  await repo.git.must({
    gitDir: repo.dir,
    confine: repo.confine,
    args: ["cat-file", "--batch"],
    input: `${ids.join("\n")}\n`,
    limits: { outputBytes: 1024 * 1024 * 1024 },
    onChunk,
  });
  if (handed !== ids.length) throw new Error(`git cat-file handed over ${handed} of ${ids.length} objects`);
}

function joinPieces(pieces: readonly Buffer[]): Buffer {
  const [first] = pieces;
  return pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces);
}

function headerOf(line: string): { readonly id: string; readonly bytes: number } {
  const [, id = "", type, bytes = ""] = FACTS.exec(line) ?? [];
  if (type === undefined) throw new Error("git cat-file does not have an object it listed");
  return { id, bytes: Number(bytes) };
}

async function readObject(repo: Repo, id: string): Promise<Buffer> {
  let found: Buffer | undefined;
  await readObjects(repo, [id], (_, content) => {
    found = Buffer.from(content);
  });
  if (found === undefined) throw new Error(`object ${id} was not read`);
  return found;
}

export interface CommitLinks {
  readonly tree: string;
  readonly parents: readonly string[];
  /** All of it: names, times and message are somebody's words. */
  readonly raw: Buffer;
}

/** The tree and parents a commit object names in its own header. */
export async function readCommit(repo: Repo, id: string): Promise<CommitLinks> {
  const raw = await readObject(repo, id);
  const end = raw.indexOf("\n\n");
  const header = raw.toString("latin1", 0, end < 0 ? raw.length : end).split("\n");
  const tree = /^tree ([0-9a-f]{40})$/.exec(header[0] ?? "")?.[1];
  if (tree === undefined) throw new Error(`object ${id} is not a commit`);
  const parents = header.flatMap((line) => /^parent ([0-9a-f]{40})$/.exec(line)?.[1] ?? []);
  return { tree, parents, raw };
}
