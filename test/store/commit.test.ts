import { afterAll, beforeAll, expect, test } from "vitest";
import type { Job } from "../../src/core/job.ts";
import type { CheckResult } from "../../src/core/verification.ts";
import type { Commit, Note, Run } from "../../src/ports.ts";
import { createStore } from "../../src/store/store.ts";
import { createTestStore, type TestStore } from "../setup/store.ts";
import {
  ask,
  changeOf,
  committed,
  loaded,
  move,
  moving,
  newKey,
  policyOf,
  route,
  SEAL,
  sealedOf,
  toApproval,
} from "./world.ts";

let it: TestStore;
beforeAll(async () => {
  it = await createTestStore();
  await it.store.applyPolicy(policyOf("p1", { marketing: 1000 }));
});
afterAll(() => it.close());

const dispatched = async () => route(it, await ask(it), "marketing");
const isWaiting = async (job: Job) => (await it.jobs.listLost(it.db, [job])).length === 0;
const eventsOf = async (run: Run) => (await it.store.listEvents(run.id)).map((event) => event.kind);

test("a commit answers the run as it is stored", async () => {
  const run = await dispatched();
  expect(run).toEqual(await loaded(it, run.id));
  expect(run).toMatchObject({
    version: 3,
    epoch: 0,
    generation: 1,
    usedMs: 0,
    repository: { id: 77 },
    rules: { team: "marketing" },
  });
});

test("a writer that loaded an older version changes nothing", async () => {
  const run = await dispatched();
  await move(it, run, { type: "claimed" });
  const before = await eventsOf(run);
  expect(await it.store.commit(moving(run, { type: "stopped", by: "Ann" }))).toEqual({ kind: "stale" });
  expect(await eventsOf(run)).toEqual(before);
  expect((await loaded(it, run.id)).state.phase).toBe("provisioning");
});

test("a worker believed dead loses to the one that claimed after it", async () => {
  const run = await dispatched();
  const first = await it.store.claim(run.id, { phases: ["dispatched", "provisioning"], turn: 1 });
  const second = await it.store.claim(run.id, { phases: ["dispatched", "provisioning"], turn: 1 });
  expect([first?.epoch, second?.epoch]).toEqual([1, 2]);
  if (first === undefined || second === undefined) throw new Error("not claimed");
  expect(await it.store.commit(moving(first, { type: "sandbox_made", sandboxId: "old" }))).toEqual({ kind: "stale" });
  const next = await move(it, second, { type: "sandbox_made", sandboxId: "new" });
  expect(next.state).toMatchObject({ phase: "provisioning", sandboxId: "new" });
});

test("a claim for another turn or phase takes nothing", async () => {
  const run = await dispatched();
  expect(await it.store.claim(run.id, { phases: ["dispatched"], turn: 2 })).toBeUndefined();
  expect(await it.store.claim(run.id, { phases: ["approved"] })).toBeUndefined();
  expect(await it.store.claim("000000", { phases: ["dispatched"] })).toBeUndefined();
  expect((await loaded(it, run.id)).epoch).toBe(0);
});

test("an event the phase does not know writes nothing at all", async () => {
  const run = await dispatched();
  const note: Note = { key: "n", kind: "x", place: run.request.place, data: {} };
  const done = await it.store.commit({ ...moving(run, { type: "expired" }), notes: [note] });
  expect(done).toMatchObject({ kind: "misfit", misfit: { phase: "dispatched", event: "expired" } });
  expect(await loaded(it, run.id)).toEqual(run);
  expect(await it.store.listDeliveries(run.id, "slack")).toEqual([]);
});

test("what fails half way leaves nothing behind: no state, no record, no message, no job", async () => {
  const run = await dispatched();
  const broken = createStore({
    db: it.db,
    clock: it.clock,
    jobs: {
      listLost: it.jobs.listLost,
      enqueue: async (trx, job) => {
        await it.jobs.enqueue(trx, job);
        if (job.name === "deliver") throw new Error("the queue is down");
      },
    },
  });
  const commit: Commit = {
    ...moving(run, { type: "claimed" }),
    notes: [{ key: "half", kind: "x", place: run.request.place, data: {} }],
    jobs: [{ name: "clean", runId: run.id }],
  };
  const before = await eventsOf(run);
  await expect(broken.commit(commit)).rejects.toThrow("the queue is down");
  expect(await loaded(it, run.id)).toEqual(run);
  expect(await eventsOf(run)).toEqual(before);
  expect(await it.store.listDeliveries(run.id, "slack")).toEqual([]);
  expect(await isWaiting({ name: "clean", runId: run.id })).toBe(false);
  expect((await it.store.commit(commit)).kind).toBe("committed");
});

test("of three approvals at the same moment one approves, and its publish job is there once", async () => {
  const run = await toApproval(it, await dispatched());
  const vote = (id: string): Commit => ({
    ...moving(run, { type: "voted", approvals: [id], enough: true }),
    vote: { change: 1, person: { id, name: id }, verdict: "approve", seal: SEAL, atMs: 5, membership: ["SOWN"] },
    jobs: [{ name: "publish", runId: run.id }],
  });
  const results = await Promise.all(["slack:UA", "slack:UB", "slack:UC"].map((id) => it.store.commit(vote(id))));
  expect(results.map((result) => result.kind).sort()).toEqual(["committed", "stale", "stale"]);
  const votes = await it.store.listVotes(run.id, 1);
  expect(votes).toHaveLength(1);
  const now = await loaded(it, run.id);
  expect(now.state).toMatchObject({ phase: "approved", approvals: [votes[0]?.person.id] });
  expect(await isWaiting({ name: "publish", runId: run.id })).toBe(true);
});

test("an approval that is void no longer counts its votes, and the same owner may vote again", async () => {
  const run = await toApproval(it, await dispatched());
  const person = { id: "slack:UA", name: "Ada" };
  const vote = { change: 1, person, verdict: "approve", seal: SEAL, atMs: 5, membership: [] } as const;
  const voted = { type: "voted", approvals: [person.id], enough: true } as const;
  const approved = committed(await it.store.commit({ ...moving(run, voted), vote }));
  const voided = await move(it, approved, {
    type: "approval_void",
    note: "no longer an owner",
    expiresAtMs: 9e12,
    conflict: false,
  });
  expect(await it.store.listVotes(run.id, 1)).toEqual([]);
  const again = committed(await it.store.commit({ ...moving(voided, voted), vote: { ...vote, atMs: 9 } }));
  expect(again.state.phase).toBe("approved");
  expect(await it.store.listVotes(run.id, 1)).toMatchObject([{ person, atMs: 9 }]);
});

test("everything visible brings a deliver job, a record entry alone does not", async () => {
  const run = await dispatched();
  await it.jobs.cancel({ name: "deliver", runId: run.id });
  const noted = committed(
    await it.store.commit({ run, events: [], record: [{ kind: "note", payload: { a: 1 } }], addUsedMs: 40.4 }),
  );
  expect(noted.usedMs).toBe(40);
  expect(await isWaiting({ name: "deliver", runId: run.id })).toBe(false);
  const note: Note = {
    key: "hello",
    kind: "x",
    to: { id: "slack:U1", name: "Ann" },
    place: run.request.place,
    data: { b: [1] },
  };
  await it.store.commit({ run: noted, events: [], record: [], notes: [note, note] });
  expect(await isWaiting({ name: "deliver", runId: run.id })).toBe(true);
  expect(await it.store.listDeliveries(run.id, "slack")).toEqual([{ slot: "note:hello", note }]);
});

test("text no database can hold is kept as far as it can be", async () => {
  const run = await dispatched();
  const claimed = await move(it, run, { type: "claimed" });
  const working = await move(it, claimed, { type: "agent_started", sandboxId: "s", pid: 1 });
  const hostile = "a\u0000b\ud800c";
  const done = committed(
    await it.store.commit({
      run: working,
      events: [{ type: "change_frozen", change: 1 }],
      record: [{ kind: "agent_event", payload: { line: hostile, [hostile]: [hostile] } }],
      change: { ...changeOf(1), diff: hostile, said: hostile },
    }),
  );
  const change = await it.store.loadChange(done.id, 1);
  expect(change?.diff).toBe("a\ufffdb\ufffdc");
  expect((await it.store.listEvents(done.id)).at(-1)?.payload).toMatchObject({ line: "a\ufffdb\ufffdc" });
});

test("a change, its pack, its checks and its seal come back as they went in", async () => {
  const run = await toApproval(it, await dispatched());
  const result: CheckResult = {
    name: "test",
    command: "npm test",
    required: true,
    status: "passed",
    exitCode: 0,
    durationMs: 5,
    output: "ok",
    before: "failed",
    changedFiles: [],
    where: "sandbox",
  };
  await it.store.commit({ run, events: [], record: [], checks: { change: 1, results: [result] } });
  const { pack, ...frozen } = changeOf(1);
  const atMs = it.clock.nowMs();
  expect(await it.store.loadChange(run.id, 1)).toEqual({
    ...frozen,
    atMs,
    checks: [result],
    seal: SEAL,
    sealed: sealedOf(run, 1),
  });
  expect(await it.store.loadPack(run.id, 1)).toEqual(pack);
  await expect(it.store.loadPack(run.id, 2)).rejects.toThrow("missing");
});

test("the pull request stays known through later turns and is found by number and head", async () => {
  const run = await toApproval(it, await dispatched());
  const approved = await move(it, run, { type: "voted", approvals: ["slack:UA"], enough: true });
  const publishing = await it.store.claim(approved.id, { phases: ["approved"] });
  if (publishing === undefined) throw new Error("not claimed");
  const url = "https://github.example.com/acme/site/pull/12";
  const opened = { type: "pull_request_recorded", number: 12, url, headSha: "h1", tree: "t", draft: true } as const;
  const open = await move(it, publishing, opened);
  expect(open.pullRequest).toEqual({ number: 12, url, headSha: "h1", headBranch: "agent/marketing/x" });
  expect(await it.store.findRunByPullRequest(77, 12)).toBe(run.id);
  expect(await it.store.findRunByPullRequest(78, 12)).toBeUndefined();
  const moved = await move(it, open, { type: "head_moved", headSha: "h2" });
  expect(await it.store.listOpenPullRequestsByHead(77, "h1")).toEqual([]);
  expect(await it.store.listOpenPullRequestsByHead(77, "h2")).toEqual([run.id]);
  const later = await move(it, moved, { type: "follow_up" });
  expect(later.pullRequest?.headSha).toBe("h2");
  expect(later.state).toEqual({ phase: "dispatched", turn: 2 });
});

test("facts of a turn, the sandbox's generation and what a person chose are kept", async () => {
  const run = await dispatched();
  const base = { turn: 1, baseCommit: "b1", baseTree: "t1" };
  const one = committed(await it.store.commit({ run, events: [], record: [], turnFacts: base, raiseGeneration: true }));
  expect(one.generation).toBe(2);
  await it.store.commit({
    run: one,
    events: [],
    record: [],
    turnFacts: { turn: 1, contextCount: 4, pictureCount: 2 },
    chosen: { team: "x" },
  });
  expect(await it.store.loadTurn(run.id, 1)).toMatchObject({
    ...base,
    contextCount: 4,
    pictureCount: 2,
    kind: "request",
  });
  expect((await loaded(it, run.id)).chosen).toEqual({ team: "x" });
  const wrong = it.store.commit({
    run: await loaded(it, run.id),
    events: [],
    record: [],
    turnFacts: { turn: 9, contextCount: 1 },
  });
  await expect(wrong).rejects.toThrow("no turn 9");
});

test("the delivery a commit answers is done with it", async () => {
  const run = await dispatched();
  const place = run.request.place;
  await it.store.acceptInteraction(newKey(), {
    kind: "withdraw",
    by: { id: "slack:U1", name: "Ann" },
    place,
    runId: run.id,
  });
  const row = await it.db
    .selectFrom("inbox")
    .select("id")
    .where("run_id", "=", run.id)
    .where("kind", "=", "interaction")
    .executeTakeFirstOrThrow();
  const id = String(row.id);
  expect(await it.store.loadInbox(id)).toMatchObject({
    id,
    done: false,
    content: { kind: "interaction", interaction: { kind: "withdraw" } },
  });
  await it.store.commit({ run, events: [], record: [], inboxId: id });
  expect((await it.store.loadInbox(id))?.done).toBe(true);
});
