// The PostgreSQL a suite runs on: our embedded one, or the one DATABASE_ADMIN_URL names (its role may create databases
// and roles). One migrated template is made once and cloned for every test file.
import { createHash } from "node:crypto";
import { access } from "node:fs/promises";
import { basename, join } from "node:path";
import { Client } from "pg";
import { startLocalPostgres } from "../../src/local/postgres.ts";
import { migrate } from "../../src/store/migrate.ts";

export const SUITE_PREFIX = "countersign-test-";

/** Data that is thrown away needs no care for power cuts. */
const CARELESS = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"];

export interface Cluster {
  /** May create and drop databases. */
  readonly rootUrl: string;
  /** Owns the tables. */
  readonly adminUrl: string;
  /** As the bot logs in. */
  readonly url: string;
  readonly template: string;
  readonly suffix: string;
}

export async function openCluster(folder: string): Promise<Cluster> {
  const suffix = suffixOf(folder);
  const template = `countersign_template_${suffix}`;
  const external = process.env["DATABASE_ADMIN_URL"];
  if (external !== undefined) {
    const url = withLogin(external, `countersign_app_${suffix}`, suffix);
    return ready({ rootUrl: external, adminUrl: external, url, template, suffix });
  }
  const server = await startLocalPostgres({ ...foldersOf(folder), settings: CARELESS });
  return ready({ rootUrl: server.superUrl, adminUrl: server.adminUrl, url: server.url, template, suffix });
}

/** Test files start at the same time: the first makes the template, the others wait for it. */
async function ready(cluster: Cluster): Promise<Cluster> {
  const { template, suffix } = cluster;
  await query(cluster.rootUrl, async (root) => {
    await root.query("select pg_advisory_lock(hashtext($1))", [template]);
    const { rows } = await root.query("select from pg_database where datname = $1", [template]);
    if (rows.length > 0) return;
    const making = `${template}_new`;
    const owner = userOf(cluster.adminUrl);
    await root.query(`create database ${making} owner ${owner}`);
    await migrate(withDatabase(cluster.adminUrl, making));
    if (process.env["DATABASE_ADMIN_URL"] !== undefined) {
      await root.query(`create role countersign_app_${suffix} login password '${suffix}' in role countersign_app`);
    }
    await root.query(`alter database ${making} rename to ${template}`);
  });
  return cluster;
}

export async function stopEmbedded(folder: string): Promise<void> {
  const { stateDir } = foldersOf(folder);
  const used = await access(join(stateDir, "postgres.json")).then(
    () => true,
    () => false,
  );
  if (used) await (await startLocalPostgres(foldersOf(folder))).stop();
}

export async function dropExternal(folder: string): Promise<void> {
  const external = process.env["DATABASE_ADMIN_URL"];
  if (external === undefined) return;
  const suffix = suffixOf(folder);
  await query(external, async (root) => {
    const { rows } = await root.query<{ datname: string }>("select datname from pg_database where datname like $1", [
      `countersign\\_%\\_${suffix}%`,
    ]);
    for (const { datname } of rows) await root.query(`drop database ${datname} with (force)`);
    await root.query(`drop role if exists countersign_app_${suffix}`);
  });
}

export async function query<T>(url: string, act: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await act(client);
  } finally {
    await client.end();
  }
}

/** The same URL with another database. */
export function withDatabase(url: string, database: string): string {
  const [address = "", parameters] = url.split("?");
  const at = address.lastIndexOf("@");
  const slash = address.indexOf("/", at === -1 ? address.indexOf("//") + 2 : at);
  const server = slash === -1 ? address : address.slice(0, slash);
  return `${server}/${database}${parameters === undefined ? "" : `?${parameters}`}`;
}

function withLogin(url: string, user: string, password: string): string {
  const rest = url.slice(url.lastIndexOf("@") + 1).replace(/^[a-z]+:\/\//, "");
  return `postgres://${user}:${password}@${rest}`;
}

function userOf(url: string): string {
  const user = /\/\/([^:@/]+)/.exec(url)?.[1] ?? "";
  return `"${decodeURIComponent(user)}"`;
}

function foldersOf(folder: string) {
  return { stateDir: join(folder, "state"), dataDir: join(folder, "data") };
}

function suffixOf(folder: string): string {
  return createHash("sha256").update(basename(folder)).digest("hex").slice(0, 10);
}
