// Sandboxes start as a user who may not be allowed into a home or checkout: what such a user cannot reach is copied once.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readdir, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { CLEAN_ENV, type HostUser } from "./host-user.ts";

const run = promisify(execFile);
const OTHERS_ENTER = 0o001;
const TAKEN_INSIDE = ["/usr", "/etc", "/proc", "/dev", "/run", "/opt/e2b", "/home", "/root", "/tmp", "/workspace"];

/** The first folder on the way that a stranger cannot enter. */
export async function findBarrier(path: string): Promise<string | undefined> {
  const chain: string[] = [];
  for (let each = path; ; each = dirname(each)) {
    chain.unshift(each);
    if (each === dirname(each)) break;
  }
  for (const folder of chain) {
    const found = await stat(folder);
    if (found.isDirectory() && (found.mode & OTHERS_ENTER) === 0) return folder;
  }
  return undefined;
}

export interface Binds {
  readonly wanted: Readonly<Record<string, string>>;
  readonly user: HostUser | undefined;
  /** Where copies are kept for as long as this service runs. */
  readonly copiesFolder: string;
}

/** The same folders inside, from places on the host that the sandbox's user can reach. */
export async function reachableBinds({ wanted, user, copiesFolder }: Binds): Promise<Readonly<Record<string, string>>> {
  const reachable: Record<string, string> = {};
  for (const [from, to] of Object.entries(wanted)) {
    assertFreeInside(to);
    const real = await realpath(from);
    const mustCopy = user !== undefined && (await findBarrier(real)) !== undefined;
    reachable[mustCopy ? await copyFor(real, copiesFolder) : real] = to;
  }
  return reachable;
}

/** Copies of folders that are no longer wanted, or have changed since. */
export async function removeOldCopies(copiesFolder: string, inUse: readonly string[]): Promise<void> {
  const kept = new Set(inUse);
  for (const name of await readdir(copiesFolder)) {
    const copy = join(copiesFolder, name);
    if (!kept.has(copy)) await rm(copy, { recursive: true, force: true });
  }
}

function assertFreeInside(path: string): void {
  const taken = TAKEN_INSIDE.find((each) => path === each || path.startsWith(`${each}/`));
  const isNpm = path === "/opt/e2b/npm";
  if (isNpm || (path.startsWith("/") && path !== "/" && !path.split("/").includes("..") && taken === undefined)) return;
  throw new Error(`bindReadOnly: ${path} cannot be a folder of the host inside a sandbox; use one below /opt`);
}

async function copyFor(real: string, copiesFolder: string): Promise<string> {
  const { mtimeMs, ino } = await stat(real);
  const name = createHash("sha256").update(`${real} ${mtimeMs} ${ino}`).digest("hex").slice(0, 16);
  const copy = join(copiesFolder, name);
  if ((await stat(copy).catch(() => undefined)) !== undefined) return copy;
  const copying = `${copy}.${process.pid}`;
  await rm(copying, { recursive: true, force: true });
  await mkdir(copiesFolder, { recursive: true });
  await run("cp", ["-a", "--reflink=auto", "--", real, copying], { env: CLEAN_ENV });
  await run("chmod", ["-R", "a+rX,go-w", copying], { env: CLEAN_ENV });
  await rename(copying, copy);
  return copy;
}
