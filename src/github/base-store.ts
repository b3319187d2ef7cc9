// The objects of one commit and nothing else: what a result may build on. History and other branches are not in it.
import { randomUUID } from "node:crypto";
import { promises as fs } from "node:fs";
import { join } from "node:path";
import type { Repository } from "../ports.ts";
import type { Git } from "./git.ts";
import { exists, type Mirror } from "./mirror.ts";
import { askGit, makeBare } from "./objects.ts";

export interface BaseStore {
  readonly dir: string;
  readonly commit: string;
  readonly tree: string;
}

export interface BaseStoreOptions {
  readonly git: Git;
  readonly mirror: Mirror;
  readonly cacheDir: string;
}

const KEPT = 8;
const IN_USE_MS = 60 * 60_000;

export async function openBase(options: BaseStoreOptions, repository: Repository, commit: string): Promise<BaseStore> {
  const folder = join(options.cacheDir, "bases", String(repository.id));
  const dir = join(folder, `${commit}.git`);
  if (!(await exists(join(dir, "tree")))) await build(options, { repository, commit, dir });
  const now = new Date();
  await fs.utimes(dir, now, now);
  await prune(folder, now.getTime());
  return { dir, commit, tree: (await fs.readFile(join(dir, "tree"), "utf8")).trim() };
}

interface Wanted {
  readonly repository: Repository;
  readonly commit: string;
  readonly dir: string;
}

async function build({ git, mirror }: BaseStoreOptions, { repository, commit, dir }: Wanted): Promise<void> {
  const base = await mirror.packHistory(repository, commit, 1);
  const fresh = `${dir}.${randomUUID()}`;
  try {
    await makeBare(fresh);
    const repo = { git, dir: fresh, confine: { kind: "mirror" } } as const;
    await askGit(repo, ["index-pack", "--stdin", "--threads=1"], base.pack);
    if (base.shallow.length > 0) await fs.writeFile(join(fresh, "shallow"), `${base.shallow.join("\n")}\n`);
    await fs.writeFile(join(fresh, "tree"), `${base.tree}\n`);
    await fs.rename(fresh, dir);
  } catch (error) {
    await fs.rm(fresh, { recursive: true, force: true });
    if (!(await exists(join(dir, "tree")))) throw error;
  }
}

async function prune(folder: string, nowMs: number): Promise<void> {
  const names = await fs.readdir(folder);
  if (names.length <= KEPT) return;
  const aged = await Promise.all(
    names.map(async (name) => ({ path: join(folder, name), usedMs: (await fs.stat(join(folder, name))).mtimeMs })),
  );
  const old = aged.sort((a, b) => b.usedMs - a.usedMs).slice(KEPT);
  for (const { path, usedMs } of old) {
    if (nowMs - usedMs > IN_USE_MS) await fs.rm(path, { recursive: true, force: true });
  }
}
