// Repositories that the local GitHub starts with: copied from one on disk, or made from a list of files.
import { appendFile, chmod, mkdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { git, runGit, type GitHome, type GitRepo } from "./git.ts";
import { writeBlob, writeCommit, type Person } from "./objects.ts";
import { ZERO, moveRef, readBranch } from "./refs.ts";
import { makeTree, type TreeEdit } from "./trees.ts";

export type FileContent =
  string | Buffer | { readonly content: string | Buffer; readonly mode: "100644" | "100755" | "120000" };
/** `null`: the file goes away. */
export type Files = Readonly<Record<string, FileContent | null>>;

/** A folder with a git repository in it, or bare; or the files of a first commit. */
export type SeedSource = string | { readonly files: Readonly<Record<string, FileContent>> };

const CLONE_TIMEOUT_MS = 300_000;

// Runs while pushed objects are still in quarantine; git gives it one line a ref on its input.
const PRE_RECEIVE = `#!/bin/sh
[ "$LOCAL_GITHUB_WORKFLOWS" = write ] && exit 0
while read -r old new ref; do
  case "$new" in *[!0]*) ;; *) continue ;; esac
  touched=$(git log --format= --name-only "$new" --not --all -- .github/workflows | head -n 1)
  if [ -n "$touched" ]; then
    echo "refusing to allow a GitHub App to create or update workflow \\\`$touched\\\` without \\\`workflows\\\` permission" >&2
    exit 1
  fi
done
exit 0
`;

/** Hooks of all repositories; git on the wire is told to look here. */
export async function writeHooks(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  const path = join(dir, "pre-receive");
  await writeFile(path, PRE_RECEIVE);
  await chmod(path, 0o755);
}

export async function seedRepository(
  home: GitHome,
  dir: string,
  seed: { readonly from: SeedSource; readonly defaultBranch: string; readonly by: Person },
): Promise<void> {
  const repo: GitRepo = { home, dir };
  // A copy cut short by a crash is not in the state, so nothing of it is worth keeping.
  await rm(dir, { recursive: true, force: true });
  if (typeof seed.from === "string") await copyRepository(home, seed.from, dir);
  else await runChecked(home, ["init", "--quiet", "--bare", dir]);
  await appendFile(join(dir, "config"), SETTINGS);
  await writeFile(join(dir, "HEAD"), `ref: refs/heads/${seed.defaultBranch}\n`);
  if (typeof seed.from !== "string")
    await commitFiles(repo, { ...seed, files: seed.from.files, branch: seed.defaultBranch, message: "First commit" });
  if ((await readBranch(repo, seed.defaultBranch)) === undefined)
    throw new Error(`the repository has no branch ${seed.defaultBranch}`);
}

async function copyRepository(home: GitHome, from: string, to: string): Promise<void> {
  if (!(await stat(from)).isDirectory()) throw new Error(`${from} is not a folder`);
  await runChecked(home, ["clone", "--quiet", "--bare", "--no-local", "--template=", from, to]);
}

async function runChecked(home: GitHome, args: readonly string[]): Promise<void> {
  const out = await runGit(home, args, { timeoutMs: CLONE_TIMEOUT_MS });
  if (out.code !== 0) throw new Error(`git ${args[0] ?? ""} ended with ${out.code}: ${out.stderr.slice(0, 400)}`);
}

const SETTINGS = `[http]
	receivepack = true
[receive]
	fsckObjects = true
	autogc = false
	hideRefs = refs/pull
[uploadpack]
	allowFilter = true
	allowAnySHA1InWant = true
`;

export interface FilesCommit {
  readonly branch: string;
  readonly files: Files;
  readonly by: Person;
  readonly message: string;
  /** The commit to build on; absent: the branch's tip, or nothing for a first commit. */
  readonly onto?: string;
}

/** One commit of the given files on a branch; the branch moves to it. */
export async function commitFiles(repo: GitRepo, wish: FilesCommit): Promise<{ before: string; sha: string }> {
  const tip = await readBranch(repo, wish.branch);
  const parent = tip?.sha ?? wish.onto;
  const base =
    parent === undefined ? undefined : (await git(repo, ["rev-parse", `${parent}^{tree}`])).toString().trim();
  const edits: TreeEdit[] = [];
  for (const [path, file] of Object.entries(wish.files)) edits.push(await editOf(repo, path, file));
  const tree = await makeTree(repo, base, edits);
  if (tree.kind !== "made") throw new Error(`${tree.kind}: ${tree.path}`);
  const parents = parent === undefined ? [] : [parent];
  const sha = await writeCommit(repo, {
    tree: tree.sha,
    parents,
    author: wish.by,
    committer: wish.by,
    message: `${wish.message}\n`,
  });
  const before = tip?.sha ?? ZERO;
  if (!(await moveRef(repo, `refs/heads/${wish.branch}`, { from: before, to: sha })))
    throw new Error(`${wish.branch} moved meanwhile`);
  return { before, sha };
}

async function editOf(repo: GitRepo, path: string, file: FileContent | null): Promise<TreeEdit> {
  if (file === null) return { path, mode: "100644", sha: undefined };
  const full = typeof file === "string" || Buffer.isBuffer(file) ? { content: file, mode: "100644" } : file;
  const bytes = typeof full.content === "string" ? Buffer.from(full.content) : full.content;
  return { path, mode: full.mode, sha: await writeBlob(repo, bytes) };
}
