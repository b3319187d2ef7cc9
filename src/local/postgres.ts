// A PostgreSQL of our own for machines without one: development only. It outlives us, and the next start finds it again.
import { createHash, randomBytes } from "node:crypto";
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { chooseAccount, type Account } from "./postgres/account.ts";
import { findPackage, prepareBinaries } from "./postgres/binaries.ts";
import { underLock } from "./postgres/lock.ts";
import { answers, createRoles, urlOf } from "./postgres/roles.ts";
import {
  chooseAddress,
  dataOf,
  giveTo,
  initCluster,
  isRunning,
  startServer,
  stopServer,
  type Cluster,
} from "./postgres/server.ts";

export interface LocalPostgresOptions {
  /** The `.local` folder: passwords and pointers are kept in it. */
  readonly stateDir: string;
  /** Where the server's own files lie; chosen where absent. */
  readonly dataDir?: string;
  /** Further settings, `name=value`. */
  readonly settings?: readonly string[];
}

export interface LocalPostgres {
  /** As the bot: countersign_app. */
  readonly url: string;
  /** As the owner of the tables, for migrations: countersign_owner. */
  readonly adminUrl: string;
  readonly superUrl: string;
  /** False where the server was running already. */
  readonly started: boolean;
  /** Stops the server for everyone who uses it. */
  stop(): Promise<void>;
}

const stateSchema = z.object({
  folder: z.string(),
  address: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("socket"), folder: z.string(), port: z.number() }),
    z.object({ kind: z.literal("tcp"), port: z.number() }),
  ]),
  passwords: z.object({ super: z.string(), owner: z.string(), app: z.string() }),
  /** Set once roles and database exist; before that the data folder is rubbish. */
  ready: z.boolean(),
});
export type State = z.infer<typeof stateSchema>;

export async function startLocalPostgres(options: LocalPostgresOptions): Promise<LocalPostgres> {
  const packageDir = await findPackage();
  const account = await chooseAccount();
  const stateDir = resolve(options.stateDir);
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  return underLock(stateDir, async () => {
    const folder = await prepareFolder(options, account);
    const native = await prepareBinaries(packageDir, { copyTo: dirname(folder), account });
    const cluster: Cluster = { native, folder, account };
    const known = await readState(stateDir);
    const state = known?.ready === true && known.folder === folder ? known : await makeCluster(cluster, stateDir);
    const joined = isRunning(cluster) && (await answers(state));
    const running = joined ? state : await startCluster(cluster, { state, stateDir, settings: options.settings ?? [] });
    return {
      url: urlOf(running, "app"),
      adminUrl: urlOf(running, "owner"),
      superUrl: urlOf(running, "super"),
      started: !joined,
      stop: () => underLock(stateDir, async () => stopServer(cluster)),
    };
  });
}

/** As root the files belong to another account, which could not reach into a private checkout. */
async function prepareFolder(options: LocalPostgresOptions, account: Account): Promise<string> {
  const stateDir = resolve(options.stateDir);
  const hash = createHash("sha256").update(stateDir).digest("hex").slice(0, 12);
  const parent =
    options.dataDir === undefined && account.ids.uid === undefined
      ? join(stateDir, "postgres")
      : resolve(options.dataDir ?? join(tmpdir(), `countersign-${hash}`));
  await mkdir(parent, { recursive: true });
  await chmod(parent, account.ids.uid === undefined ? 0o700 : 0o711);
  const folder = join(parent, "postgres");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  await giveTo(account, folder);
  return folder;
}

/** Only reached without a usable state: what lies in the folder cannot be opened any more, its passwords are gone. */
async function makeCluster(cluster: Cluster, stateDir: string): Promise<State> {
  if ((await readdir(cluster.folder)).includes("data") && isRunning(cluster)) stopServer(cluster);
  const passwords = { super: newPassword(), owner: newPassword(), app: newPassword() };
  await initCluster(cluster, passwords.super);
  const address = chooseAddress(cluster, await findFreePort());
  const state = { folder: cluster.folder, address, passwords, ready: false };
  await startServer(cluster, address, []);
  await createRoles(state);
  const ready = { ...state, ready: true };
  await writeState(stateDir, ready);
  stopServer(cluster);
  return ready;
}

async function startCluster(
  cluster: Cluster,
  at: { readonly state: State; readonly stateDir: string; readonly settings: readonly string[] },
): Promise<State> {
  if (isRunning(cluster)) stopServer(cluster);
  const address = chooseAddress(cluster, await findFreePort());
  const state = { ...at.state, address };
  await writeState(at.stateDir, state);
  await rm(join(dataOf(cluster), "postmaster.pid"), { force: true });
  await startServer(cluster, address, at.settings);
  return state;
}

function newPassword(): string {
  return randomBytes(24).toString("base64url");
}

async function readState(stateDir: string): Promise<State | undefined> {
  const text = await readFile(join(stateDir, "postgres.json"), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return stateSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

async function writeState(stateDir: string, state: State): Promise<void> {
  const file = join(stateDir, "postgres.json");
  const fresh = `${file}.${process.pid}`;
  await writeFile(fresh, JSON.stringify(state, null, 2), { mode: 0o600 });
  await rename(fresh, file);
}

function findFreePort(): Promise<number> {
  return new Promise((resolvePort, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = address !== null && typeof address === "object" ? address.port : 0;
      server.close(() => resolvePort(port));
    });
  });
}
