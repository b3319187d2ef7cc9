// The folders of one local E2B, and whose they are: parents nobody else can list or change, each sandbox's files its own.
import { execFile } from "node:child_process";
import { chmod, chown, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { CLEAN_ENV, type HostUser } from "./host-user.ts";
import { identify, isAlive } from "./process-identity.ts";
import { findBarrier } from "./reach.ts";
import { z } from "zod";

const run = promisify(execFile);
const ownerSchema = z.strictObject({ pid: z.number(), startTicks: z.string(), hostBootId: z.string() });
/** The longest path a unix socket may have, without its final zero byte. */
const MAX_SOCKET_PATH = 107;
const LONGEST_SOCKET = "/boxes/0123456789012345/run/envd.sock";

export interface StateFolder {
  readonly root: string;
  readonly runtimes: string;
  readonly copies: string;
  readonly records: string;
  readonly boxes: string;
  readonly trash: string;
}

export async function openStateFolder(root: string, user: HostUser | undefined): Promise<StateFolder> {
  if (root.length + LONGEST_SOCKET.length > MAX_SOCKET_PATH)
    throw new Error(`the state folder's path is too long for sockets below it: ${root}`);
  const at = (name: string): string => join(root, name);
  const folder = {
    root,
    runtimes: at("runtimes"),
    copies: at("copies"),
    records: at("records"),
    boxes: at("boxes"),
    trash: at("trash"),
  };
  await mkdir(root, { recursive: true, mode: 0o711 });
  if (user !== undefined) {
    await chmod(root, 0o711);
    const barrier = await findBarrier(root);
    if (barrier !== undefined)
      throw new Error(
        `sandboxes run as uid ${user.uid}, which cannot enter ${barrier}: choose a state folder in the temporary folder`,
      );
  }
  for (const [path, mode] of [
    [folder.runtimes, 0o711],
    [folder.copies, 0o711],
    [folder.records, 0o700],
    [folder.boxes, 0o711],
    [folder.trash, 0o700],
  ] as const) {
    await mkdir(path, { recursive: true });
    await chmod(path, mode);
  }
  return folder;
}

/** One service a folder: two would each think the other's sandboxes theirs. The answer gives the folder free again. */
export async function claimFolder(root: string): Promise<() => Promise<void>> {
  const file = join(root, "owner.json");
  const owner = ownerSchema.safeParse(parseJson(await readFile(file, "utf8").catch(() => "")));
  if (owner.success && isAlive(owner.data))
    throw new Error(`process ${owner.data.pid} already runs the local E2B service on ${root}`);
  await writeFile(file, JSON.stringify(identify(process.pid)), { mode: 0o600 });
  return () => rm(file, { force: true });
}

/** What one sandbox has: files and sockets it may write, and beside them what only this service may. */
export async function makeBoxFolder(folder: string, user: HostUser | undefined): Promise<void> {
  await mkdir(folder, { mode: 0o711 });
  await chmod(folder, 0o711);
  await mkdir(join(folder, "net"), { mode: 0o755 });
  await chmod(join(folder, "net"), 0o755);
  for (const name of ["run", "fs", "fs/home", "fs/home/user", "fs/root", "fs/tmp", "fs/workspace"]) {
    const path = join(folder, name);
    await mkdir(path);
    await chmod(path, name === "run" || name === "fs" ? 0o700 : 0o755);
    if (user !== undefined) await chown(path, user.uid, user.gid);
  }
  await chmod(join(folder, "fs/tmp"), 0o1777);
}

/** Moved aside at once; the bytes go afterwards. */
export async function discard(path: string, state: StateFolder): Promise<() => Promise<void>> {
  const aside = join(state.trash, `${Date.now()}-${Math.random().toString(36).slice(2)}`);
  await rename(path, aside).catch((cause: unknown) => {
    if (!(cause instanceof Error && "code" in cause && cause.code === "ENOENT")) throw cause;
  });
  return () => removeTree(aside);
}

/** A sandbox may leave folders closed even to their owner. */
export async function removeTree(path: string): Promise<void> {
  const remove = (): Promise<void> => rm(path, { recursive: true, force: true });
  await remove().catch(async () => {
    await run("chmod", ["-R", "u+rwX", path], { env: CLEAN_ENV });
    await remove();
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
