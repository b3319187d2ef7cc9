// Refs and revisions of one bare repository.
import { git, gitText, tryGit, type GitRepo } from "./git.ts";
import { makeMemory } from "./remember.ts";

export interface Ref {
  readonly name: string;
  readonly sha: string;
  readonly type: string;
}

export const ZERO = "0".repeat(40);
const SHA = /^[0-9a-f]{40}$/;

export function isSha(text: string): boolean {
  return SHA.test(text);
}

/** Refs whose name starts with `prefix`; `pattern` spares git from listing the others. */
export async function listRefs(repo: GitRepo, prefix: string, pattern?: string): Promise<readonly Ref[]> {
  const only = pattern === undefined ? [] : [pattern];
  const text = await gitText(repo, ["for-each-ref", "--format=%(objectname) %(objecttype) %(refname)", ...only]);
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [sha = "", type = "", ...name] = line.split(" ");
      return { sha, type, name: name.join(" ") };
    })
    .filter((ref) => ref.name.startsWith(prefix));
}

export async function readRef(repo: GitRepo, name: string): Promise<Ref | undefined> {
  if (/[*?[]/.test(name)) return undefined;
  const refs = await listRefs(repo, name, name);
  return refs.find((ref) => ref.name === name);
}

export function readBranch(repo: GitRepo, branch: string): Promise<Ref | undefined> {
  return readRef(repo, `refs/heads/${branch}`);
}

export async function isRefName(repo: GitRepo, name: string): Promise<boolean> {
  return (await tryGit(repo, ["check-ref-format", name])).code === 0;
}

export async function objectType(repo: GitRepo, sha: string): Promise<string | undefined> {
  if (!isSha(sha)) return undefined;
  const out = await tryGit(repo, ["cat-file", "-t", sha]);
  return out.code === 0 ? out.stdout.toString().trim() : undefined;
}

/** The types of many objects in one call, in order; undefined for what the repository does not have. */
export async function objectTypes(repo: GitRepo, shas: readonly string[]): Promise<readonly (string | undefined)[]> {
  if (shas.length === 0) return [];
  const text = await gitText(repo, ["cat-file", "--batch-check=%(objecttype)"], { input: `${shas.join("\n")}\n` });
  const lines = text.split("\n");
  return shas.map((_, at) => {
    const line = lines[at] ?? "";
    return line.includes(" ") || line === "" ? undefined : line;
  });
}

/** A commit named by branch, tag, full name or (at least four digits of) its id. Git's own operators are not understood. */
export async function resolveCommit(repo: GitRepo, name: string): Promise<string | undefined> {
  if (name === "" || /[\^~:?*[\\\s]|@\{|\.\.|^-/.test(name)) return undefined;
  const tries = isSha(name) ? [name] : [`refs/heads/${name}`, `refs/tags/${name}`, `refs/${name}`];
  if (name.startsWith("refs/") || name === "HEAD") tries.unshift(name);
  if (/^[0-9a-f]{4,39}$/.test(name)) tries.push(name);
  for (const rev of tries) {
    const out = await tryGit(repo, ["rev-parse", "--verify", "--quiet", "--end-of-options", `${rev}^{commit}`]);
    if (out.code === 0) return out.stdout.toString().trim();
  }
  return undefined;
}

/** Moves a ref only if it still stands where the caller saw it (`ZERO`: does not exist). False: it does not. */
export async function moveRef(repo: GitRepo, name: string, move: { from: string; to: string }): Promise<boolean> {
  const args = move.to === ZERO ? ["update-ref", "-d", name, move.from] : ["update-ref", name, move.to, move.from];
  return (await tryGit(repo, args)).code === 0;
}

/** Writes a ref that only the stand-in itself owns. */
export async function writeRef(repo: GitRepo, name: string, sha: string): Promise<void> {
  await git(repo, ["update-ref", name, sha]);
}

export async function isAncestor(repo: GitRepo, older: string, newer: string): Promise<boolean> {
  return (await tryGit(repo, ["merge-base", "--is-ancestor", older, newer])).code === 0;
}

const bases = makeMemory<string | undefined>();
const counts = makeMemory<number>();

/** Both by their ids. */
export function mergeBase(repo: GitRepo, left: string, right: string): Promise<string | undefined> {
  return bases(`${repo.dir} ${left} ${right}`, async () => {
    const out = await tryGit(repo, ["merge-base", left, right]);
    return out.code === 0 ? out.stdout.toString().trim() : undefined;
  });
}

/** Both by their ids: how many commits `to` has that `from` has not. */
export function countBetween(repo: GitRepo, from: string, to: string): Promise<number> {
  return counts(`${repo.dir} ${from} ${to}`, async () =>
    Number((await gitText(repo, ["rev-list", "--count", `${from}..${to}`])).trim()),
  );
}
