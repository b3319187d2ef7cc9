// A bare copy of each repository: a cache, fetched with a read-only token, that may vanish at any moment.
import { createHash, randomUUID } from "node:crypto";
import { promises as fs } from "node:fs";
import { join } from "node:path";
import type { BasePack, Log, Repository } from "../ports.ts";
import type { Git, Setting } from "./git.ts";
import { askGit, askText, factsOf, makeBare, readCommit, type Repo } from "./objects.ts";

export interface MirrorOptions {
  readonly git: Git;
  readonly cacheDir: string;
  readonly gitUrl: string;
  readonly log: Log;
  /** A token that can read this one repository and nothing else, and the repository's name today; `anew` where those at hand failed. */
  readonly readAccess: (
    repository: Repository,
    how: "kept" | "anew",
  ) => Promise<{ readonly token: string; readonly fullName: string }>;
}

export interface Mirror {
  /** The branch's tip now; undefined where there is no such branch. */
  fetchBranch(repository: Repository, branch: string): Promise<string | undefined>;
  /** Makes sure the commit and its history are here. */
  fetchCommit(repository: Repository, commit: string): Promise<void>;
  /** The mirror's own repository, for reading. */
  open(repository: Repository): Promise<Repo>;
  /** History of `commits` commits as one pack, and where it is cut. */
  packHistory(repository: Repository, commit: string, commits: number): Promise<BasePack>;
}

// A name that means one branch and nothing else in a refspec.
const BRANCH = /^(?![-./])(?!.*(?:\.\.|\/\/|\/\.|@\{))[^\s~^:?*[\\\u0000-\u001f\u007f]{1,200}(?<![./])$/;

const TOO_MANY_PACKS = 30;
// Fetches of one mirror take turns, whoever in this process asks.
const TURNS = new Map<string, Promise<unknown>>();

async function inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
  const before = TURNS.get(key) ?? Promise.resolve();
  const mine = before.then(work, work);
  TURNS.set(key, mine);
  try {
    return await mine;
  } finally {
    if (TURNS.get(key) === mine) TURNS.delete(key);
  }
}

function isCommitId(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}

export function createMirror(options: MirrorOptions): Mirror {
  const dirOf = (repository: Repository): string => join(options.cacheDir, "mirrors", `${repository.id}.git`);
  const open = async (repository: Repository): Promise<Repo> => {
    const dir = dirOf(repository);
    await makeOnce(dir);
    return { git: options.git, dir, confine: { kind: "mirror" } };
  };
  const fetchBranch = async (repository: Repository, branch: string): Promise<string | undefined> => {
    if (!BRANCH.test(branch)) return undefined;
    return inTurn(dirOf(repository), async () => {
      const ref = refOf(branch);
      const repo = await open(repository);
      const found = await fetchInto(options, { repo, repository, spec: `+refs/heads/${branch}:${ref}` });
      if (!found) return undefined;
      await repackSometimes(options, repo);
      return askText(repo, ["rev-parse", "--verify", "--end-of-options", `${ref}^{commit}`]);
    });
  };
  const fetchCommit = async (repository: Repository, commit: string): Promise<void> => {
    if (!isCommitId(commit)) throw new Error("a commit is named by its 40 hex digits");
    if (await has(await open(repository), commit)) return;
    await inTurn(dirOf(repository), async () => {
      const repo = await open(repository);
      if (await has(repo, commit)) return;
      const kept = `refs/mirror/commits/${commit}`;
      if (!(await fetchInto(options, { repo, repository, spec: `+${commit}:${kept}` }))) {
        throw new Error(`repository ${repository.id} has no commit ${commit}`);
      }
    });
  };
  return {
    open,
    fetchBranch,
    fetchCommit,
    packHistory: async (repository, commit, commits) => {
      const pack = async (): Promise<BasePack> => {
        await fetchCommit(repository, commit);
        return packHistory(await open(repository), commit, commits);
      };
      // The cache may be emptied between the two calls; then the second attempt fetches anew.
      return pack().catch(pack);
    },
  };
}

/** Flat, so that a branch may come where a folder of branches was. */
function refOf(branch: string): string {
  return `refs/mirror/heads/${createHash("sha256").update(branch).digest("hex")}`;
}

/** Makes the mirror's folder whole or not at all, whoever else does the same at this moment. */
async function makeOnce(dir: string): Promise<void> {
  if (await exists(join(dir, "HEAD"))) return;
  const fresh = `${dir}.${randomUUID()}`;
  await makeBare(fresh);
  try {
    await fs.rename(fresh, dir);
  } catch (error) {
    await fs.rm(fresh, { recursive: true, force: true });
    if (!(await exists(join(dir, "HEAD")))) throw error;
  }
}

export async function exists(path: string): Promise<boolean> {
  return fs.access(path).then(
    () => true,
    () => false,
  );
}

/** True where the commit is here with its whole history: a fetch writes its ref only once everything arrived. */
async function has(repo: Repo, commit: string): Promise<boolean> {
  const [facts] = await factsOf(repo, [commit]);
  return facts?.type === "commit";
}

interface Fetch {
  readonly repo: Repo;
  readonly repository: Repository;
  readonly spec: string;
}

/** False where the code host has no such ref or commit. */
async function fetchInto(options: MirrorOptions, { repo, repository, spec }: Fetch): Promise<boolean> {
  // Whole packs only: a commit is then never here before what it holds.
  const settings: readonly Setting[] = [["fetch.unpackLimit", "1"]];
  for (let attempt = 1; ; attempt += 1) {
    const { token, fullName } = await options.readAccess(repository, attempt === 1 ? "kept" : "anew");
    const url = `${options.gitUrl.replace(/\/+$/, "")}/${fullName}.git`;
    const args = [
      "fetch",
      "--no-tags",
      "--no-write-fetch-head",
      "--no-recurse-submodules",
      "--end-of-options",
      url,
      spec,
    ];
    const done = await options.git.run({ gitDir: repo.dir, args, settings, confine: { kind: "network", token } });
    if (done.ended === "exited" && done.code === 0) return true;
    if (/couldn't find remote ref|not our ref/.test(done.stderr)) return false;
    // A renamed repository, a lock of another process, a broken connection: once more settles each.
    if (attempt === 2) throw new Error(`fetch of repository ${repository.id} ${done.ended}: ${done.stderr}`);
    options.log.warn({ repositoryId: repository.id, detail: done.stderr }, "a fetch failed and is tried once more");
  }
}

async function repackSometimes(options: MirrorOptions, repo: Repo): Promise<void> {
  const packs = (await fs.readdir(join(repo.dir, "objects", "pack"))).filter((name) => name.endsWith(".pack"));
  if (packs.length <= TOO_MANY_PACKS) return;
  await askGit(repo, ["repack", "-a", "-d", "-q"]);
  options.log.info({ dir: repo.dir, packs: packs.length }, "mirror repacked");
}

/**
 * The last `commits` commits and all they hold. Every commit listed was reached through one listed before it, so cutting
 * at those with a parent outside leaves one connected piece.
 */
async function packHistory(repo: Repo, commit: string, commits: number): Promise<BasePack> {
  const listed = await askText(repo, ["rev-list", "--parents", `--max-count=${commits}`, commit]);
  const parentsOf = new Map(
    listed.split("\n").map((line) => {
      const [id = "", ...parents] = line.split(" ");
      return [id, parents];
    }),
  );
  const kept = new Set<string>();
  const shallow: string[] = [];
  const open = [commit];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (kept.has(next)) continue;
    kept.add(next);
    const parents = parentsOf.get(next) ?? [];
    if (parents.some((parent) => !parentsOf.has(parent))) shallow.push(next);
    else open.push(...parents);
  }
  const input = [...shallow.map((id) => `--shallow ${id}`), commit, ""].join("\n");
  const pack = await askGit(repo, ["pack-objects", "--revs", "--stdout", "-q", "--no-use-bitmap-index"], input);
  const { tree } = await readCommit(repo, commit);
  return { commit, tree, pack, shallow: shallow.sort() };
}
