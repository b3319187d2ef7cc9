import { afterAll, beforeAll, expect, test } from "vitest";
import { openDatabase, type Database } from "../../src/store/database.ts";
import { checkSchemaVersion, migrate } from "../../src/store/migrate.ts";
import { query } from "../setup/cluster.ts";
import { createTestDatabase, type TestDatabase } from "../setup/database.ts";

let database: TestDatabase;
let app: Database;
beforeAll(async () => {
  database = await createTestDatabase();
  app = openDatabase({ url: database.url });
});
afterAll(async () => {
  await app.close();
  await database.drop();
});

const asOwner = (sql: string) => query(database.adminUrl, (client) => client.query(sql));

test("migrating a database that is up to date runs nothing", async () => {
  expect(await migrate(database.adminUrl)).toEqual([]);
});

test("two that migrate at the same moment both come through", async () => {
  await expect(Promise.all([migrate(database.adminUrl), migrate(database.adminUrl)])).resolves.toEqual([[], []]);
});

test("the bot's own role sees whether the database fits the program, and is told what to run", async () => {
  expect(await checkSchemaVersion(app.db)).toEqual({ kind: "current" });
  await asOwner("insert into kysely_migration (name, timestamp) values ('9999_future', 'now')");
  expect(await checkSchemaVersion(app.db)).toMatchObject({ kind: "ahead" });
  await asOwner("delete from kysely_migration");
  const behind = await checkSchemaVersion(app.db);
  expect(behind).toMatchObject({ kind: "behind", says: expect.stringContaining("npm run migrate") as string });
  await asOwner("drop table kysely_migration");
  expect(await checkSchemaVersion(app.db)).toMatchObject({ kind: "behind" });
});

test("a bigint beyond what is exact is a fault, not another number", async () => {
  await app.db.insertInto("base_checks").values({ key: "big", status: "passed", at_ms: 0 }).execute();
  await asOwner("update base_checks set at_ms = 9007199254740993");
  await expect(app.db.selectFrom("base_checks").select("at_ms").execute()).rejects.toThrow("9007199254740993");
});
