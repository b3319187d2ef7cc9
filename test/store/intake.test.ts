import { afterAll, beforeAll, expect, test } from "vitest";
import type { HostEvent, Interaction, TrackerEvent } from "../../src/core/interaction.ts";
import type { NewRequest } from "../../src/core/request.ts";
import { createTestStore, type TestStore } from "../setup/store.ts";
import { loaded, newKey, requestOf } from "./world.ts";

let it: TestStore;
beforeAll(async () => {
  it = await createTestStore();
});
afterAll(() => it.close());

const mention = (ts: string, text: string, threadTs = ts): NewRequest =>
  requestOf(text, {
    kind: "mention",
    place: { surface: "slack", workspace: "T1", channel: "C7", threadTs, messageTs: ts },
  });

async function countRows() {
  const count = async (table: "runs" | "inbox" | "events") =>
    (
      await it.db
        .selectFrom(table)
        .select((eb) => eb.fn.countAll<number>().as("n"))
        .executeTakeFirstOrThrow()
    ).n;
  return { runs: await count("runs"), inbox: await count("inbox"), events: await count("events") };
}

async function lastItem() {
  const row = await it.db.selectFrom("inbox").select("id").orderBy("id", "desc").limit(1).executeTakeFirstOrThrow();
  return it.store.loadInbox(String(row.id));
}

test("a request becomes a received run with its first record entry and the job that routes it", async () => {
  const request = requestOf("--team web please change the title");
  const accepted = await it.store.acceptRequest(newKey(), request);
  const run = await loaded(it, accepted.runId ?? "");
  expect(accepted.kind).toBe("new");
  expect(run.id).toMatch(/^[0-9A-HJKMNP-TV-Z]{6}$/);
  expect(run).toMatchObject({ state: { phase: "received" }, request, title: "Please change the title", version: 1 });
  expect((await it.store.listEvents(run.id)).map(({ kind, seq }) => ({ kind, seq }))).toEqual([
    { kind: "requested", seq: 1 },
  ]);
  expect(await it.jobs.listLost(it.db, [{ name: "route", runId: run.id }])).toEqual([]);
});

test("a redelivery answers the same run and changes nothing, also when it comes at the same moment", async () => {
  const key = newKey();
  const first = await it.store.acceptRequest(key, requestOf());
  const before = await countRows();
  const again = await Promise.all(
    [1, 2, 3].map(() => it.store.acceptRequest(key, requestOf("other words entirely here"))),
  );
  expect(again).toEqual(again.map(() => ({ kind: "duplicate", runId: first.runId })));
  expect(await countRows()).toEqual(before);

  const fresh = newKey();
  const together = await Promise.all([1, 2, 3, 4].map(() => it.store.acceptRequest(fresh, requestOf())));
  expect(together.map((each) => each.kind).sort()).toEqual(["duplicate", "duplicate", "duplicate", "new"]);
  expect(new Set(together.map((each) => each.runId)).size).toBe(1);
});

test("the same key from another source is another delivery", async () => {
  const { key } = newKey();
  const event: HostEvent = { kind: "closed", repositoryId: 1, number: 2, by: "x", atMs: 3 };
  const slack = await it.store.acceptRequest({ source: "slack", key }, requestOf());
  expect([slack.kind, (await it.store.acceptHostEvent({ source: "github", key }, event)).kind]).toEqual(["new", "new"]);
});

test("a mention outside a known thread is a request, one in a run's thread is said to that run", async () => {
  const started = await it.store.acceptMention(newKey(), mention("100.1", "change the title"));
  const run = await loaded(it, started.runId ?? "");
  expect(run.thread).toEqual({ channel: "C7", ts: "100.1" });
  const followed = await it.store.acceptMention(newKey(), mention("100.2", "and the footer", "100.1"));
  expect(followed).toEqual({ kind: "new", runId: run.id });
  expect(await lastItem()).toMatchObject({
    done: false,
    content: { kind: "interaction", interaction: { kind: "mention", runId: run.id, text: "and the footer" } },
  });
});

test("a redelivered mention that started a run is a duplicate, not a word said to that run", async () => {
  const key = newKey();
  const started = await it.store.acceptMention(key, mention("200.1", "change the title"));
  const before = await countRows();
  expect(await it.store.acceptMention(key, mention("200.1", "change the title"))).toEqual({
    kind: "duplicate",
    runId: started.runId,
  });
  expect(await countRows()).toEqual(before);
});

test("two mentions in one new thread at the same moment: one starts a run, the other is said to it", async () => {
  const before = await countRows();
  const [one, two] = await Promise.all([
    it.store.acceptMention(newKey(), mention("300.1", "change the title")),
    it.store.acceptMention(newKey(), mention("300.2", "and the footer", "300.1")),
  ]);
  expect(one?.runId).toBe(two?.runId);
  expect((await countRows()).runs).toBe(before.runs + 1);
});

test("a command's run is found in its thread once that is known; of two runs the later one listens", async () => {
  const first = await it.store.acceptRequest(newKey(), requestOf());
  await it.store.saveThread(first.runId ?? "", { channel: "C7", ts: "400.1" });
  it.clock.at += 10;
  const second = await it.store.acceptRequest(newKey(), requestOf());
  await it.store.saveThread(second.runId ?? "", { channel: "C7", ts: "400.1" });
  expect((await it.store.acceptMention(newKey(), mention("400.5", "more", "400.1"))).runId).toBe(second.runId);
});

test("a click is stored with the job that judges it, once", async () => {
  const { runId = "" } = await it.store.acceptRequest(newKey(), requestOf());
  const key = newKey();
  const place = requestOf().place;
  const click: Interaction = {
    kind: "approve",
    by: { id: "slack:U2", name: "Bo" },
    place,
    runId,
    change: 1,
    seal: "s",
  };
  expect(await it.store.acceptInteraction(key, click)).toEqual({ kind: "new", runId });
  expect(await it.store.acceptInteraction(key, click)).toEqual({ kind: "duplicate", runId });
  const item = await lastItem();
  expect(item?.content).toEqual({ kind: "interaction", interaction: click });
  expect(await it.jobs.listLost(it.db, [{ name: "apply", inboxId: item?.id ?? "" }])).toEqual([]);
  await it.store.finishInbox(item?.id ?? "");
  expect((await lastItem())?.done).toBe(true);
});

test("a run id somebody made up is stored as asked, for the job to answer", async () => {
  const place = requestOf().place;
  const asked: Interaction = { kind: "status", by: { id: "slack:U2", name: "Bo" }, place, runId: "ZZZZZZ" };
  expect(await it.store.acceptInteraction(newKey(), asked)).toEqual({ kind: "new" });
  expect((await lastItem())?.content).toEqual({ kind: "interaction", interaction: asked });
});

test("unknown inbox ids load nothing", async () => {
  expect(await it.store.loadInbox("999999")).toBeUndefined();
  expect(await it.store.loadInbox("not a number")).toBeUndefined();
  await it.store.finishInbox("not a number");
});

test("a token pasted into a request stays out of its record", async () => {
  const { runId = "" } = await it.store.acceptRequest(
    newKey(),
    requestOf("use ghp_abcdefghijklmnopqrstuvwxyz0123456789 to push"),
  );
  const [event] = await it.store.listEvents(runId);
  expect(JSON.stringify(event?.payload)).not.toContain("ghp_abcdef");
});

const ISSUE = {
  id: "issue-1",
  identifier: "ENG-1",
  title: "Raise the price",
  url: "https://linear.app/acme/issue/ENG-1",
  teamId: "team-eng",
  teamKey: "ENG",
};
const onTracker = (session: string): NewRequest =>
  requestOf("Resolve the issue ENG-1.", {
    kind: "issue",
    requester: { id: "linear:ann", name: "Ann" },
    place: { surface: "linear", workspace: "org-1", channel: session },
    issue: ISSUE,
    background: [{ author: "Linear", text: "half a pair \ud83d and a NUL \u0000 in it" }],
  });
const linear = (key: string) => ({ source: "linear" as const, key });

test("a request of the tracker becomes a run with its issue and session, told on both surfaces", async () => {
  const { runId = "" } = await it.store.acceptRequest(linear("session:s-1"), onTracker("s-1"));
  const run = await loaded(it, runId);
  expect(run).toMatchObject({ issue: ISSUE, session: "s-1", state: { phase: "received" } });
  expect(run.request.background?.[0]?.text).toBe("half a pair \ufffd and a NUL \ufffd in it");
  const jobs = (["route", "deliver", "deliver-linear"] as const).map((name) => ({ name, runId }));
  expect(await it.jobs.listLost(it.db, jobs)).toEqual([]);
  expect(await it.store.acceptRequest(linear("session:s-1"), onTracker("s-1"))).toEqual({ kind: "duplicate", runId });
});

test("an assigned issue has a run without a session until one is opened", async () => {
  const { runId = "" } = await it.store.acceptRequest(linear("assigned:1"), onTracker(""));
  expect((await loaded(it, runId)).session).toBeUndefined();
  await it.store.saveSession(runId, "s-opened");
  await it.store.saveSession(runId, "s-other");
  expect((await loaded(it, runId)).session).toBe("s-opened");
  expect(await it.store.findRunInSession("s-opened")).toBe(runId);
  expect(await it.store.findRunInSession("")).toBeUndefined();
});

test("what the tracker told is stored once with the job that judges it", async () => {
  const event: TrackerEvent = { kind: "reply", session: "s-1", request: { ...onTracker("s-1"), kind: "reply" } };
  expect(await it.store.acceptTrackerEvent(linear("activity:1"), event)).toEqual({ kind: "new" });
  expect(await it.store.acceptTrackerEvent(linear("activity:1"), event)).toEqual({ kind: "duplicate" });
  const item = await lastItem();
  expect(item).toMatchObject({
    done: false,
    atMs: it.clock.at,
    content: { kind: "tracker_event", event: { kind: "reply" } },
  });
  expect(await it.jobs.listLost(it.db, [{ name: "apply", inboxId: item?.id ?? "" }])).toEqual([]);
  const halt: TrackerEvent = {
    kind: "halt",
    why: "dismissed",
    by: { id: "linear:ann", name: "Ann" },
    atMs: 5,
    session: "s-1",
  };
  await it.store.acceptTrackerEvent(linear("ended:s-1:dismissed"), halt);
  expect((await lastItem())?.content).toEqual({ kind: "tracker_event", event: halt });
});
