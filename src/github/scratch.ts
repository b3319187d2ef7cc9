// An empty repository for one piece of untrusted work: it sees one base and is gone afterwards.
import { promises as fs } from "node:fs";
import { join } from "node:path";
import { CHANGE_BOUNDS } from "../core/change.ts";
import type { BaseStore } from "./base-store.ts";
import type { Git, GitDone } from "./git.ts";
import { makeBare, type Repo } from "./objects.ts";

const STALE_MS = 24 * 60 * 60_000;

export interface ScratchOptions {
  readonly git: Git;
  readonly cacheDir: string;
}

export async function withScratch<T>(
  { git, cacheDir }: ScratchOptions,
  readable: readonly string[],
  work: (repo: Repo) => Promise<T>,
): Promise<T> {
  const folder = join(cacheDir, "quarantine");
  await fs.mkdir(folder, { recursive: true, mode: 0o700 });
  await sweep(folder);
  const dir = await fs.mkdtemp(join(folder, "q-"));
  try {
    await makeBare(dir, readable);
    return await work({ git, dir, confine: { kind: "hostile", writable: false, readable } });
  } finally {
    await fs.rm(dir, { recursive: true, force: true });
  }
}

/** What a killed process left behind. */
async function sweep(folder: string): Promise<void> {
  for (const name of await fs.readdir(folder)) {
    const stat = await fs.stat(join(folder, name)).catch(() => undefined);
    if (stat !== undefined && Date.now() - stat.mtimeMs > STALE_MS) {
      await fs.rm(join(folder, name), { recursive: true, force: true });
    }
  }
}

/** Lets a pack in through git's strict checks; the only call that writes to a scratch repository. */
export function indexPack(repo: Repo, pack: Uint8Array, extra: readonly string[] = []): Promise<GitDone> {
  const { confine } = repo;
  return repo.git.run({
    gitDir: repo.dir,
    confine: confine.kind === "hostile" ? { ...confine, writable: true } : confine,
    args: ["index-pack", "--stdin", "--strict", "--threads=1", ...extra],
    input: pack,
    // Processor time is the bound here; on a busy host the clock on the wall runs much faster.
    limits: { wallMs: 3 * 60_000 },
  });
}

/** For packs straight from a sandbox. */
export function indexHostilePack(repo: Repo, pack: Uint8Array): Promise<GitDone> {
  return indexPack(repo, pack, ["--fix-thin", `--max-input-size=${CHANGE_BOUNDS.bundleBytes}`]);
}

/** Ids of what a tree holds beyond the base's tree, each once. */
export async function listNew(repo: Repo, tree: string, base: Pick<BaseStore, "tree">): Promise<readonly string[]> {
  const args = ["rev-list", "--objects", "--no-object-names", tree, `^${base.tree}`];
  const out = await repo.git.must({ gitDir: repo.dir, confine: repo.confine, args });
  return out
    .toString("latin1")
    .split("\n")
    .filter((line) => line !== "");
}
