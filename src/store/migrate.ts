// Our migrations, then the job queue's own, with the role that owns the tables; and the check for a start without it.
import { promises as files } from "node:fs";
import { Kysely, PostgresDialect, sql, type QueryExecutorProvider } from "kysely";
import { Migrator, type Migration } from "kysely/migration";
import { Client, Pool } from "pg";
import { migrateQueues } from "../jobs/boss.ts";

const FOLDER = new URL("../../db/migrations/", import.meta.url);

/** Numbered files in order; running one is running its text. */
async function loadMigrations(): Promise<Record<string, Migration>> {
  const names = (await files.readdir(FOLDER)).filter((name) => /^\d{4}_[a-z0-9_]+\.sql$/.test(name)).sort();
  const migrations: Record<string, Migration> = {};
  for (const name of names) {
    const text = await files.readFile(new URL(name, FOLDER), "utf8");
    migrations[name.replace(/\.sql$/, "")] = {
      up: async (db) => {
        await sql.raw(text).execute(db);
      },
    };
  }
  return migrations;
}

/** Brings a database up to date; on one that is, it changes nothing. Answers the migrations it ran. */
export async function migrate(adminUrl: string): Promise<readonly string[]> {
  // Grants of two at once collide, and only the first part has a lock of its own.
  const lock = new Client({ connectionString: adminUrl });
  await lock.connect();
  try {
    await lock.query("select pg_advisory_lock(hashtext('countersign migrations'))");
    return await migrateAlone(adminUrl);
  } finally {
    await lock.end();
  }
}

async function migrateAlone(adminUrl: string): Promise<readonly string[]> {
  const db = new Kysely<unknown>({
    dialect: new PostgresDialect({ pool: new Pool({ connectionString: adminUrl, max: 1 }) }),
  });
  try {
    const migrator = new Migrator({ db, provider: { getMigrations: loadMigrations } });
    const { error, results } = await migrator.migrateToLatest();
    if (error !== undefined) throw new Error("migrating the database", { cause: error });
    await sql`grant select on kysely_migration to countersign_app`.execute(db);
    await migrateQueues(adminUrl);
    await sql.raw(QUEUE_GRANTS).execute(db);
    return (results ?? []).map((result) => result.migrationName);
  } finally {
    await db.destroy();
  }
}

const QUEUE_GRANTS = `
  grant usage on schema pgboss to countersign_app;
  grant select, insert, update, delete on all tables in schema pgboss to countersign_app;
  grant usage on all sequences in schema pgboss to countersign_app;
  grant execute on all functions in schema pgboss to countersign_app`;

export type SchemaVersion =
  | { readonly kind: "current" }
  /** `says` names what to run. */
  | { readonly kind: "behind" | "ahead"; readonly says: string };

/** For a start that may not migrate: whether this database fits this program. */
export async function checkSchemaVersion(db: QueryExecutorProvider): Promise<SchemaVersion> {
  const wanted = Object.keys(await loadMigrations());
  const applied = await listApplied(db);
  const missing = wanted.filter((name) => !applied.includes(name));
  const unknown = applied.filter((name) => !wanted.includes(name));
  if (missing.length > 0) {
    const says = `the database lacks ${missing.join(", ")}: run DATABASE_ADMIN_URL=… npm run migrate`;
    return { kind: "behind", says };
  }
  if (unknown.length > 0) {
    return {
      kind: "ahead",
      says: `the database has ${unknown.join(", ")}, which this version does not know: update it`,
    };
  }
  return { kind: "current" };
}

async function listApplied(db: QueryExecutorProvider): Promise<readonly string[]> {
  const { rows: found } = await sql<{
    name: string | null;
  }>`select to_regclass('kysely_migration')::text as name`.execute(db);
  if (found[0]?.name === null) return [];
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
  return rows.map((row) => row.name);
}
