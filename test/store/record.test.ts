import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findBreak } from "../../src/core/record.ts";
import { openDatabase, type Database } from "../../src/store/database.ts";
import { sha256 } from "../../src/store/record-rows.ts";
import { verifyRecord } from "../../src/store/verify-record.ts";
import { createTestStore, type TestStore } from "../setup/store.ts";
import { query } from "../setup/cluster.ts";
import { ask, committed, policyOf, route, toApproval } from "./world.ts";

let it: TestStore;
let owner: Database;
beforeAll(async () => {
  it = await createTestStore();
  owner = openDatabase({ url: it.database.adminUrl, maxConnections: 1 });
  await it.store.applyPolicy(policyOf("p1", { marketing: 1000 }));
});
afterAll(async () => {
  await owner.close();
  await it.close();
});

const lived = async () => toApproval(it, await route(it, await ask(it), "marketing"));
const asOwner = (sql: string, values: readonly unknown[]) =>
  query(it.database.adminUrl, (client) => client.query(sql, [...values]));

test("the record of a run that went its way is whole", async () => {
  const run = await lived();
  const events = await it.store.listEvents(run.id);
  expect(await verifyRecord(it.db, run.id)).toEqual({ kind: "whole", events: events.length, erased: 0 });
  expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
  expect(events[0]?.previous).toBe("0".repeat(64));
});

test("any JSON payload survives storing with its hash", async () => {
  let run = await route(it, await ask(it), "marketing");
  const payloads = fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue({ stringUnit: "binary" }));
  await fc.assert(
    fc.asyncProperty(fc.array(payloads, { maxLength: 4 }), async (many) => {
      const record = many.map((payload) => ({ kind: "note" as const, payload }));
      run = committed(await it.store.commit({ run, events: [], record }));
    }),
    { numRuns: 25 },
  );
  expect((await verifyRecord(it.db, run.id)).kind).toBe("whole");
});

describe("a change by somebody who owns the tables is noticed", () => {
  test.each<[string, string, string]>([
    ["another time", "update events set at_ms = at_ms + 1 where run_id = $1 and seq = 2", "its content was changed"],
    ["another kind", "update events set kind = 'note' where run_id = $1 and seq = 3", "its content was changed"],
    [
      "another payload",
      `update event_payloads set payload = '{"a":1}' where run_id = $1 and seq = 2`,
      "its payload was changed",
    ],
    [
      "another salt",
      "update event_payloads set salt = repeat('0', 32) where run_id = $1 and seq = 2",
      "its payload was changed",
    ],
    [
      "another hash",
      "update events set hash = repeat('0', 64) where run_id = $1 and seq = 2",
      "its content was changed",
    ],
    [
      "the end cut off",
      "with gone as (delete from event_payloads where run_id = $1 and seq = (select max(seq) from events where run_id = $1)) delete from events where run_id = $1 and seq = (select max(seq) from events where run_id = $1)",
      "events were written",
    ],
  ])("%s", async (_says, sql, why) => {
    const run = await route(it, await ask(it), "marketing");
    if (sql.startsWith("with gone"))
      await asOwner("alter table event_payloads drop constraint event_payloads_run_id_seq_fkey", []);
    await asOwner(sql, [run.id]);
    const verdict = await verifyRecord(it.db, run.id);
    expect(verdict).toMatchObject({ kind: "broken", why: expect.stringContaining(why) as string });
  });
});

test("a payload that was changed is marked as such where the record is read", async () => {
  const run = await route(it, await ask(it), "marketing");
  await asOwner('update event_payloads set payload = \'{"team": "other"}\' where run_id = $1 and seq = 2', [run.id]);
  const events = await it.store.listEvents(run.id);
  expect(events.map((event) => event.altered)).toEqual(events.map((event) => (event.seq === 2 ? true : undefined)));
  expect(findBreak(events, sha256)).toEqual({ seq: 2, why: "its payload was changed" });
});

test("payloads erased with their salts leave the chain whole, and the run goes on", async () => {
  const run = await lived();
  const { length } = await it.store.listEvents(run.id);
  await asOwner("delete from event_payloads where run_id = $1", [run.id]);
  expect(await verifyRecord(it.db, run.id)).toEqual({ kind: "whole", events: length, erased: length });
  expect((await it.store.listEvents(run.id)).every((event) => event.payload === undefined)).toBe(true);
  await it.store.commit({ run, events: [], record: [{ kind: "note", payload: { after: true } }] });
  expect(await verifyRecord(it.db, run.id)).toEqual({ kind: "whole", events: length + 1, erased: length });
});

describe("the role the bot works with cannot rewrite what happened", () => {
  test.each([
    "update events set kind = 'note'",
    "delete from events",
    "truncate events cascade",
    "update event_payloads set payload = '{}'",
    "delete from event_payloads",
    "truncate event_payloads",
    "update artifacts set bytes = ''",
    "delete from artifacts",
    "delete from votes",
    "update votes set verdict = 'approve'",
    "delete from runs",
    "drop table events cascade",
    "alter table events disable trigger all",
    "create table public.mine (a int)",
    "update kysely_migration set name = 'x'",
  ])("%s", async (sql) => {
    const done = query(it.database.url, (client) => client.query(sql));
    await expect(done).rejects.toThrow(/permission denied|must be owner/);
  });
});
