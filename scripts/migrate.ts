// npm run migrate: brings the database up to date, with the role that owns its tables.
import { startLocalPostgres } from "../src/local/postgres.ts";
import { migrate } from "../src/store/migrate.ts";

const given = process.env["DATABASE_ADMIN_URL"];
if (given === undefined && process.env["DATABASE_URL"] !== undefined) {
  console.error("DATABASE_URL is set but DATABASE_ADMIN_URL is not: migrating needs the role that owns the tables.");
  process.exitCode = 1;
} else {
  const adminUrl = given ?? (await startEmbedded());
  const applied = await migrate(adminUrl);
  console.log(applied.length === 0 ? "The database is up to date." : `Applied ${applied.join(", ")}.`);
}

async function startEmbedded(): Promise<string> {
  const server = await startLocalPostgres({ stateDir: ".local" });
  console.log("Using the embedded PostgreSQL (development only); it keeps running.");
  return server.adminUrl;
}
