// node scripts/schema.ts generate|verify: db/schema.ts says what the migrated database holds, or the check fails.
import { mkdtemp, readFile, rm, writeFile, chmod } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kysely, PostgresDialect, sql } from "kysely";
import { generate, PostgresDialect as Generator } from "kysely-codegen";
import { Pool } from "pg";
import { format, resolveConfig } from "prettier";
import { startLocalPostgres } from "../src/local/postgres.ts";
import { migrate } from "../src/store/migrate.ts";

const FILE = "db/schema.ts";

async function readSchema(adminUrl: string): Promise<string> {
  await migrate(adminUrl);
  const db = new Kysely<unknown>({
    dialect: new PostgresDialect({ pool: new Pool({ connectionString: adminUrl, max: 1 }) }),
  });
  try {
    const text = await generate({
      db,
      dialect: new Generator(),
      includePattern: "public.*",
      excludePattern: "public.kysely_*",
      // The pool reads bigints as numbers and throws where that would not be exact.
      typeMapping: { int8: "number" },
      outFile: null,
    });
    return await format(text, { ...(await resolveConfig(FILE)), filepath: FILE });
  } finally {
    await db.destroy();
  }
}

/** A database that is made for this and dropped: on the server DATABASE_ADMIN_URL names, else on one of our own. */
async function withScratch<T>(act: (adminUrl: string) => Promise<T>): Promise<T> {
  const given = process.env["DATABASE_ADMIN_URL"];
  if (given !== undefined) return withScratchOn(given, act);
  const folder = await mkdtemp(join(tmpdir(), "countersign-schema-"));
  await chmod(folder, 0o711);
  const settings = ["fsync=off"];
  const server = await startLocalPostgres({ stateDir: join(folder, "state"), dataDir: join(folder, "data"), settings });
  try {
    return await act(server.adminUrl);
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function withScratchOn<T>(adminUrl: string, act: (adminUrl: string) => Promise<T>): Promise<T> {
  const root = new Kysely<unknown>({
    dialect: new PostgresDialect({ pool: new Pool({ connectionString: adminUrl, max: 1 }) }),
  });
  const name = `countersign_schema_${process.pid}`;
  try {
    await sql`create database ${sql.id(name)}`.execute(root);
    const url = new URL(adminUrl);
    url.pathname = `/${name}`;
    return await act(url.href);
  } finally {
    await sql`drop database if exists ${sql.id(name)} with (force)`.execute(root);
    await root.destroy();
  }
}

const [verb] = process.argv.slice(2);
if (verb !== "generate" && verb !== "verify") {
  console.error("node scripts/schema.ts generate|verify");
  process.exitCode = 2;
} else {
  const schema = await withScratch(readSchema);
  if (verb === "generate") await writeFile(FILE, schema);
  else if ((await readFile(FILE, "utf8").catch(() => "")) !== schema) {
    console.error(`${FILE} is not what the migrations make: run node scripts/schema.ts generate`);
    process.exitCode = 1;
  }
}
