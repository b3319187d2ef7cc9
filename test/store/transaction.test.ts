import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openDatabase, type Database } from "../../src/store/database.ts";
import { inTransaction } from "../../src/store/transaction.ts";
import { createTestDatabase, type TestDatabase } from "../setup/database.ts";

let database: TestDatabase;
let open: Database;
beforeAll(async () => {
  database = await createTestDatabase();
  open = openDatabase({ url: database.url });
  await open.db
    .insertInto("base_checks")
    .values([row("a"), row("b")])
    .execute();
});
afterAll(async () => {
  await open.close();
  await database.drop();
});

const row = (key: string) => ({ key, status: "unknown", at_ms: 0 });

test.each([
  ["40P01", 2, "done after"],
  ["40001", 3, "done after"],
  ["40P01", 4, "given up after"],
  ["23505", 1, "given up after"],
])("the database's answer %s, %i times: %s as many tries", async (code, failures, ends) => {
  let tries = 0;
  const trying = inTransaction(open.db, async (trx) => {
    tries += 1;
    if (tries <= failures) await sql.raw(`do $$ begin raise exception using errcode = '${code}'; end $$`).execute(trx);
    return tries;
  });
  if (ends === "done after") await expect(trying).resolves.toBe(failures + 1);
  else {
    await expect(trying).rejects.toMatchObject({ code });
    expect(tries).toBe(failures);
  }
});

test("two transactions that lock each other out both get through", async () => {
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  const lock = (mine: string, theirs: string, gate: { readonly reach: () => void; readonly wait: Promise<void> }) =>
    inTransaction(open.db, async (trx) => {
      await trx.updateTable("base_checks").set({ at_ms: 1 }).where("key", "=", mine).execute();
      gate.reach();
      await gate.wait;
      await trx.updateTable("base_checks").set({ at_ms: 2 }).where("key", "=", theirs).execute();
    });
  await Promise.all([
    lock("a", "b", { reach: first.resolve, wait: second.promise }),
    lock("b", "a", { reach: second.resolve, wait: first.promise }),
  ]);
  const rows = await open.db.selectFrom("base_checks").select("at_ms").execute();
  expect(rows.every((each) => each.at_ms > 0)).toBe(true);
});
