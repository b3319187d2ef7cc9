// A PostgreSQL of our own for machines without one: development only. It outlives us, and the next start finds it again.
import { createHash, randomBytes } from "node:crypto";
import { chmod, mkdir } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { chooseAccount, type Account } from "./postgres/account.ts";
import { findPackage, prepareBinaries } from "./postgres/binaries.ts";
import { underLock } from "./postgres/lock.ts";
import { answers, createRoles, urlOf } from "./postgres/roles.ts";
import {
  chooseAddress,
  findServer,
  giveTo,
  initCluster,
  startServer,
  stopServer,
  type Cluster,
} from "./postgres/server.ts";
import { readState, writeState, type State } from "./postgres/state.ts";

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

export async function startLocalPostgres(options: LocalPostgresOptions): Promise<LocalPostgres> {
  const packageDir = findPackage();
  const account = await chooseAccount();
  const stateDir = resolve(options.stateDir);
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  return underLock(stateDir, async () => {
    const folder = await prepareFolder(options, account);
    const native = await prepareBinaries(packageDir, { copyTo: dirname(folder), account });
    const cluster: Cluster = { native, folder, account };
    const at = { stateDir, settings: options.settings ?? [] };
    const known = await readState(stateDir);
    const { state, started } =
      known?.folder === folder ? await joinOrStart(cluster, known, at) : await makeCluster(cluster, at);
    return {
      url: urlOf(state, "app"),
      adminUrl: urlOf(state, "owner"),
      superUrl: urlOf(state, "super"),
      started,
      stop: () => underLock(stateDir, () => stopServer(cluster)),
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

interface At {
  readonly stateDir: string;
  readonly settings: readonly string[];
}

interface Running {
  readonly state: State;
  readonly started: boolean;
}

/** Without a state the passwords are gone: whatever lies in the folder cannot be opened any more. */
async function makeCluster(cluster: Cluster, at: At): Promise<Running> {
  await stopServer(cluster);
  const passwords = { super: newPassword(), owner: newPassword(), app: newPassword() };
  await initCluster(cluster, passwords.super);
  const address = chooseAddress(cluster, await findFreePort());
  const state = { folder: cluster.folder, address, passwords };
  await startServer(cluster, address, at.settings);
  await createRoles(state);
  await writeState(at.stateDir, state);
  return { state, started: true };
}

async function joinOrStart(cluster: Cluster, known: State, at: At): Promise<Running> {
  if ((await findServer(cluster)) !== undefined && (await answers(known))) return { state: known, started: false };
  await stopServer(cluster);
  const state = { ...known, address: chooseAddress(cluster, await findFreePort()) };
  await writeState(at.stateDir, state);
  await startServer(cluster, state.address, at.settings);
  return { state, started: true };
}

function newPassword(): string {
  return randomBytes(24).toString("base64url");
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
