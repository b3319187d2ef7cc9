import { afterAll, beforeAll, expect, test } from "vitest";
import type { Job } from "../../src/core/job.ts";
import { createTestStore, type TestStore } from "../setup/store.ts";
import { ask, loaded, move, newKey, policyOf, route, toApproval } from "./world.ts";

let it: TestStore;
beforeAll(async () => {
  it = await createTestStore();
  await it.store.applyPolicy(policyOf("p1", { marketing: 100, small: 1 }));
});
afterAll(() => it.close());

const lose = (job: Job) => it.jobs.cancel(job);
const isThere = async (job: Job) => (await it.jobs.listLost(it.db, [job])).length === 0;

test("nothing is enqueued while every run that needs a job has one", async () => {
  await ask(it);
  await route(it, await ask(it), "marketing");
  expect(await it.store.requeueLost()).toEqual([]);
});

test("each phase that needs a job gets back the one it lost, once", async () => {
  const received = await ask(it);
  const dispatched = await route(it, await ask(it), "marketing");
  const approval = await toApproval(it, await route(it, await ask(it), "marketing"));
  const approved = await move(it, approval, { type: "voted", approvals: ["slack:UA"], enough: true });
  const jobs: readonly Job[] = [
    { name: "route", runId: received.id },
    { name: "work", runId: dispatched.id, turn: 1 },
    { name: "publish", runId: approved.id },
  ];
  for (const job of jobs) await lose(job);
  const again = await it.store.requeueLost();
  expect([...again].sort()).toEqual([`route ${received.id}`, `work ${dispatched.id}`, `publish ${approved.id}`].sort());
  for (const job of jobs) expect(await isThere(job)).toBe(true);
  expect(await it.store.requeueLost()).toEqual([]);
});

test("a publishing that is held waits for a person, not for the sweep", async () => {
  const approval = await toApproval(it, await route(it, await ask(it), "marketing"));
  await move(it, approval, { type: "voted", approvals: ["slack:UA"], enough: true });
  const publishing = await it.store.claim(approval.id, { phases: ["approved"] });
  if (publishing === undefined) throw new Error("not claimed");
  await lose({ name: "publish", runId: approval.id });
  await move(it, publishing, { type: "held", reason: "GitHub is down" });
  expect(await it.store.requeueLost()).toEqual([]);
});

test("an approval past its time is brought to its end, one before it is left alone", async () => {
  const run = await toApproval(it, await route(it, await ask(it), "marketing"));
  expect(await it.store.requeueLost()).toEqual([]);
  it.clock.at += 86_400_000;
  expect(await it.store.requeueLost()).toContain(`expire ${run.id}`);
  it.clock.at -= 86_400_000;
});

test("a click whose job was lost is judged after all", async () => {
  const run = await ask(it);
  const by = { id: "slack:U1", name: "Ann" };
  await it.store.acceptInteraction(newKey(), { kind: "withdraw", by, place: run.request.place, runId: run.id });
  const { id } = await it.db.selectFrom("inbox").select("id").orderBy("id", "desc").limit(1).executeTakeFirstOrThrow();
  const job: Job = { name: "apply", inboxId: String(id) };
  await lose(job);
  expect(await it.store.requeueLost()).toEqual([`apply ${id}`]);
  await it.store.finishInbox(String(id));
  await lose(job);
  expect(await it.store.requeueLost()).toEqual([]);
});

test("a free place nobody was given is given by the sweep", async () => {
  const first = await route(it, await ask(it), "small");
  const second = await route(it, await ask(it), "small");
  expect(second.state.phase).toBe("queued");
  // As if the team had been given more room by hand.
  await it.db.updateTable("teams").set({ at_once: 2 }).where("name", "=", "small").execute();
  expect(await it.store.requeueLost()).toEqual([`dispatched ${second.id}`]);
  expect((await loaded(it, first.id)).state.phase).toBe("dispatched");
});
