import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Job } from "../../src/core/job.ts";
import { createJobs, type Jobs, type JobsOptions } from "../../src/jobs/jobs.ts";
import { openDatabase, type Database } from "../../src/store/database.ts";
import { createTestDatabase, type TestDatabase } from "../setup/database.ts";
import { SILENT } from "../setup/store.ts";

let database: TestDatabase;
let db: Database;
let running: Jobs[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase({ url: database.url });
});
afterEach(async () => {
  await Promise.all(running.map((jobs) => jobs.stop()));
  running = [];
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

async function start(options: Partial<JobsOptions> = {}): Promise<Jobs> {
  const jobs = createJobs({ url: database.url, log: SILENT, heartbeatSeconds: 10, ...options });
  await jobs.start();
  running.push(jobs);
  return jobs;
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(10);
}

function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

const put = (jobs: Jobs, job: Job) => db.db.transaction().execute((trx) => jobs.enqueue(trx, job));

test("a job reaches its handler with its own data", async () => {
  const jobs = await start();
  const seen: Job[] = [];
  await jobs.work("route", async (job) => void seen.push(job));
  await jobs.work("work", async (job) => void seen.push(job));
  await put(jobs, { name: "route", runId: "DATA01" });
  await put(jobs, { name: "work", runId: "DATA01", turn: 3 });
  await until(() => seen.length === 2);
  expect(seen.find((job) => job.name === "work")).toEqual({ name: "work", runId: "DATA01", turn: 3 });
});

test("a job exists only when the transaction it was put into commits", async () => {
  const jobs = await start();
  const seen: string[] = [];
  await jobs.work("clean", async (job) => void seen.push(job.runId));
  const failed = db.db.transaction().execute(async (trx) => {
    await jobs.enqueue(trx, { name: "clean", runId: "ROLLED" });
    throw new Error("rolled back");
  });
  await expect(failed).rejects.toThrow("rolled back");
  await put(jobs, { name: "clean", runId: "KEPT01" });
  await until(() => seen.length === 1);
  expect(await jobs.listLost(db.db, [{ name: "clean", runId: "ROLLED" }])).toHaveLength(1);
  expect(seen).toEqual(["KEPT01"]);
});

test("many deliver jobs of one run that nobody has taken are one", async () => {
  const jobs = await start();
  for (let count = 0; count < 8; count += 1) await put(jobs, { name: "deliver", runId: "ONE001" });
  let runs = 0;
  await jobs.work("deliver", async () => void (runs += 1));
  await until(() => runs > 0);
  await until(async () => (await jobs.listLost(db.db, [{ name: "deliver", runId: "ONE001" }])).length === 1);
  expect(runs).toBe(1);
});

test("a deliver job put in while one is being carried out runs afterwards, never beside it", async () => {
  const jobs = await start();
  const first = gate();
  let active = 0;
  let most = 0;
  let runs = 0;
  await jobs.work("deliver", async () => {
    active += 1;
    most = Math.max(most, active);
    runs += 1;
    if (runs === 1) await first.opened;
    active -= 1;
  });
  await put(jobs, { name: "deliver", runId: "BUSY01" });
  await until(() => runs === 1);
  for (let count = 0; count < 5; count += 1) await put(jobs, { name: "deliver", runId: "BUSY01" });
  first.open();
  await until(() => runs === 2);
  await until(async () => (await jobs.listLost(db.db, [{ name: "deliver", runId: "BUSY01" }])).length === 1);
  expect({ most, runs }).toEqual({ most: 1, runs: 2 });
});

test("a merged job is not carried out before the transaction that merged into it commits", async () => {
  const jobs = await start();
  await db.db.insertInto("base_checks").values({ key: "merge", status: "unknown", at_ms: 0 }).execute();
  await put(jobs, { name: "deliver", runId: "MERGE1" });
  const inside = gate();
  const mayCommit = gate();
  const merging = db.db.transaction().execute(async (trx) => {
    await trx.updateTable("base_checks").set({ status: "passed" }).where("key", "=", "merge").execute();
    await jobs.enqueue(trx, { name: "deliver", runId: "MERGE1" });
    inside.open();
    await mayCommit.opened;
  });
  await inside.opened;
  const seen: string[] = [];
  await jobs.work("deliver", async () => {
    const row = await db.db.selectFrom("base_checks").select("status").where("key", "=", "merge").executeTakeFirst();
    seen.push(row?.status ?? "");
  });
  // Workers are looking for jobs meanwhile; another run's job shows that they do.
  await put(jobs, { name: "deliver", runId: "OTHER1" });
  await until(() => seen.length === 1);
  mayCommit.open();
  await merging;
  await until(() => seen.length === 2);
  expect(seen).toEqual(["unknown", "passed"]);
});

test("a handler that throws is called again, and its last failure ends as a dead job", async () => {
  const jobs = await start();
  let runs = 0;
  await jobs.work("route", async () => {
    runs += 1;
    if (runs < 2) throw new Error("not yet");
  });
  await put(jobs, { name: "route", runId: "AGAIN1" });
  await until(() => runs === 2);

  const dead: { readonly job: Job; readonly why: string }[] = [];
  await jobs.workDead(async (job, why) => void dead.push({ job, why }));
  await jobs.work("sweep", async () => {
    throw new Error("broken for good");
  });
  await put(jobs, { name: "sweep" });
  await until(() => dead.length === 1);
  expect(dead).toEqual([{ job: { name: "sweep" }, why: "broken for good" }]);
});

test("a job falls due at its time, not before", async () => {
  const jobs = await start();
  const seen: number[] = [];
  await jobs.work("expire", async (job) => void seen.push(job.change));
  await put(jobs, { name: "expire", runId: "DUE001", change: 2, atMs: Date.now() + 3_600_000 });
  await put(jobs, { name: "expire", runId: "DUE001", change: 1, atMs: Date.now() - 1000 });
  await until(() => seen.length === 1);
  expect(seen).toEqual([1]);
  expect(await jobs.listLost(db.db, [{ name: "expire", runId: "DUE001", change: 2, atMs: 1 }])).toHaveLength(1);
});

test("a cancelled job that waits is not carried out", async () => {
  const jobs = await start();
  await put(jobs, { name: "publish", runId: "GONE01" });
  await jobs.cancel({ name: "publish", runId: "GONE01" });
  await put(jobs, { name: "publish", runId: "STAYS1" });
  const seen: string[] = [];
  await jobs.work("publish", async (job) => void seen.push(job.runId));
  await until(() => seen.length === 1);
  expect(seen).toEqual(["STAYS1"]);
});

test("a turn under way is handed back when its process stops, and another goes on at once", async () => {
  const first = await start();
  let aborted = false;
  const begun = gate();
  await first.work("work", async (_job, signal) => {
    begun.open();
    await sleep(60_000, undefined, { signal }).catch(() => {
      aborted = true;
    });
    signal.throwIfAborted();
  });
  await put(first, { name: "work", runId: "HAND01", turn: 1 });
  await begun.opened;
  await first.stop();
  expect(aborted).toBe(true);
  const second = await start();
  const seen: string[] = [];
  await second.work("work", async (job) => void seen.push(job.runId));
  await until(() => seen.includes("HAND01"));
});

test("forty clicks at once are all handled, each once", async () => {
  const jobs = await start();
  const seen: string[] = [];
  await jobs.work("apply", async (job) => void seen.push(job.inboxId));
  await Promise.all(Array.from({ length: 40 }, (_, index) => put(jobs, { name: "apply", inboxId: `${index}` })));
  await until(() => seen.length === 40);
  expect(new Set(seen).size).toBe(40);
});

test("two processes that start at once make the same queues", async () => {
  await expect(Promise.all([start(), start(), start()])).resolves.toHaveLength(3);
});
