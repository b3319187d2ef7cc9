// The server process: made once, started when it is not running, found again by its pid file.
import { spawn, spawnSync } from "node:child_process";
import { chown, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Account } from "./account.ts";
import type { Address } from "./state.ts";

export interface Cluster {
  /** The folder with `bin/`. */
  readonly native: string;
  /** Owned by the account, closed to others: `data`, `socket` and `log` lie in it. */
  readonly folder: string;
  readonly account: Account;
}

export const SUPERUSER = "postgres";
/** Sockets lie in a private folder, so the number only has to be a number. */
const SOCKET_PORT = 5432;
const START_TRIES = 5;
const START_RETRY_MS = 1000;
/** What a unix socket's path may be long, less the name PostgreSQL gives it. */
const LONGEST_SOCKET_FOLDER = 107 - "/.s.PGSQL.5432.lock".length;

function dataOf(cluster: Cluster): string {
  return join(cluster.folder, "data");
}

function socketFolderOf(cluster: Cluster): string {
  return join(cluster.folder, "socket");
}

export function chooseAddress(cluster: Cluster, freePort: number): Address {
  const folder = socketFolderOf(cluster);
  return Buffer.byteLength(folder) <= LONGEST_SOCKET_FOLDER
    ? { kind: "socket", folder, port: SOCKET_PORT }
    : { kind: "tcp", port: freePort };
}

export async function initCluster(cluster: Cluster, password: string): Promise<void> {
  await rm(dataOf(cluster), { recursive: true, force: true });
  const file = join(cluster.folder, "password");
  await writeFile(file, password, { mode: 0o600 });
  await giveTo(cluster.account, file);
  try {
    const login = ["-U", SUPERUSER, "-A", "scram-sha-256", "--pwfile", file];
    run(cluster, "initdb", ["-D", dataOf(cluster), ...login, "-E", "UTF8", "--no-locale", "--no-sync"]);
  } finally {
    await rm(file, { force: true });
  }
}

export async function startServer(cluster: Cluster, address: Address, settings: readonly string[]): Promise<void> {
  if (address.kind === "socket") {
    await mkdir(address.folder, { recursive: true, mode: 0o700 });
    await giveTo(cluster.account, address.folder);
  }
  const listen =
    address.kind === "socket"
      ? [`listen_addresses=`, `unix_socket_directories=${address.folder}`, "unix_socket_permissions=0700"]
      : ["listen_addresses=127.0.0.1", "unix_socket_directories="];
  const options = [`port=${address.port}`, ...listen, ...settings].map((each) => `-c ${quote(each)}`).join(" ");
  const log = join(cluster.folder, "log");
  for (let attempt = 1; ; attempt += 1) {
    await rm(log, { force: true });
    const args = ["-D", dataOf(cluster), "-l", log, "-w", "-t", "60", "-o", options, "start"];
    if ((await runDetached(cluster, args)) === 0) return;
    const said = await readFile(log, "utf8").catch(() => "");
    // After the server was killed its children need a moment to notice.
    if (attempt === START_TRIES || !said.includes("is still in use")) {
      throw new Error(`the embedded PostgreSQL did not start: ${said.split("\n").slice(-6).join(" ").trim()}`);
    }
    await sleep(START_RETRY_MS);
  }
}

/** pg_ctl hands these to a shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The server's pid. The file outlives a server that was killed, and its number may be somebody else's by now. */
export async function findServer(cluster: Cluster): Promise<number | undefined> {
  const file = await readFile(join(dataOf(cluster), "postmaster.pid"), "utf8").catch(() => "");
  const pid = Number(file.split("\n")[0]);
  if (!Number.isInteger(pid) || pid <= 1) return undefined;
  const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return command.includes(dataOf(cluster)) ? pid : undefined;
}

/** Does nothing where no server runs. */
export async function stopServer(cluster: Cluster): Promise<void> {
  if ((await findServer(cluster)) === undefined) {
    // A server that was killed leaves these, and its number may still count as alive.
    await rm(join(dataOf(cluster), "postmaster.pid"), { force: true });
    await rm(socketFolderOf(cluster), { recursive: true, force: true });
    return;
  }
  const done = pgCtl(cluster, ["-D", dataOf(cluster), "-m", "fast", "-w", "-t", "60", "stop"]);
  if (done.status !== 0 && (await findServer(cluster)) !== undefined) {
    throw new Error(`the embedded PostgreSQL did not stop: ${done.stderr.trim()}`);
  }
}

export async function giveTo(account: Account, path: string): Promise<void> {
  const { uid, gid } = account.ids;
  if (uid !== undefined && gid !== undefined) await chown(path, uid, gid);
}

function pgCtl(cluster: Cluster, args: readonly string[]) {
  return spawnSync(join(cluster.native, "bin", "pg_ctl"), args, { ...spawnOptions(cluster), encoding: "utf8" });
}

function run(cluster: Cluster, program: string, args: readonly string[]): void {
  const done = spawnSync(join(cluster.native, "bin", program), args, { ...spawnOptions(cluster), encoding: "utf8" });
  if (done.error !== undefined) throw new Error(`${program} could not be run`, { cause: done.error });
  if (done.status !== 0) throw new Error(`${program} failed: ${done.stderr.trim()}`);
}

/** The server outlives pg_ctl and would hold open whatever it inherits. */
function runDetached(cluster: Cluster, args: readonly string[]): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(cluster.native, "bin", "pg_ctl"), args, { ...spawnOptions(cluster), stdio: "ignore" });
    child.once("error", reject);
    child.once("exit", (code) => resolve(code));
  });
}

function spawnOptions(cluster: Cluster) {
  return { ...cluster.account.ids, env: { PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" }, cwd: cluster.folder };
}
