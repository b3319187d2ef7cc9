import { chmod, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startLocalPostgres, type LocalPostgres } from "../../../src/local/postgres.ts";

let folder: string;
let server: LocalPostgres | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-pg-"));
  await chmod(folder, 0o711);
});
afterEach(async () => {
  await server?.stop();
  server = undefined;
  await rm(folder, { recursive: true, force: true });
});

const start = () =>
  startLocalPostgres({ stateDir: join(folder, "state"), dataDir: join(folder, "data"), settings: ["fsync=off"] });

async function ask(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

test("two starters at once: one starts the server, the other joins it; its roles and files are closed to everyone else", async () => {
  const both = await Promise.all([start(), start()]);
  [server] = both;
  expect(both.filter((each) => each.started)).toHaveLength(1);
  expect(both[0]?.url).toBe(both[1]?.url);

  const { url, adminUrl, superUrl } = both[0];
  const who = "select current_user as who, current_database() as what";
  expect(await ask(url, who)).toEqual([{ who: "countersign_app", what: "countersign" }]);
  expect(await ask(adminUrl, who)).toEqual([{ who: "countersign_owner", what: "countersign" }]);
  expect(await ask(superUrl, "select rolsuper from pg_roles where rolname = current_user")).toEqual([
    { rolsuper: true },
  ]);
  await expect(ask(url, "create table mine (n int)")).rejects.toThrow("permission denied");
  await expect(ask(url.replace(/:[^:@/]+@/, ":wrong@"), who)).rejects.toThrow("password authentication failed");

  const state = join(folder, "state", "postgres.json");
  expect((await stat(state)).mode & 0o777).toBe(0o600);
  expect((await stat(join(folder, "data", "postgres"))).mode & 0o777).toBe(0o700);
  expect(await readFile(join(folder, "data", "postgres", "data", "pg_hba.conf"), "utf8")).not.toMatch(
    /^[^#]*\btrust\b/m,
  );
});
