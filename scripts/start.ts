// npm start: the bot with the settings of .env, and an embedded PostgreSQL where none is named.
import { existsSync } from "node:fs";
import { loadEnvFile } from "node:process";
import { startLocalPostgres } from "../src/local/postgres.ts";
import { migrate } from "../src/store/migrate.ts";

if (existsSync(".env")) loadEnvFile(".env");

const { DATABASE_URL: url, DATABASE_ADMIN_URL: adminUrl } = process.env;
if (url === undefined || url === "") {
  console.log("DATABASE_URL is not set: using an embedded PostgreSQL in .local, for trying out only.");
  const postgres = await startLocalPostgres({ stateDir: ".local" });
  process.env["DATABASE_URL"] = postgres.url;
  await migrate(postgres.adminUrl);
  // The server outlives this process on purpose: the next start finds it, also after a kill.
} else if (adminUrl !== undefined && adminUrl !== "") {
  const ran = await migrate(adminUrl);
  if (ran.length > 0) console.log(`Database brought up to date: ${ran.join(", ")}`);
}

await import("../src/main.ts");
