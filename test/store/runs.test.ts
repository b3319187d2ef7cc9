import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createStore } from "../../src/store/store.ts";
import { createTestStore, type TestStore } from "../setup/store.ts";
import { ask, loaded, move, policyOf, route, toApproval } from "./world.ts";

let it: TestStore;
beforeAll(async () => {
  it = await createTestStore();
  await it.store.applyPolicy(policyOf("p1", { marketing: 1000, narrow: 1 }));
});
afterAll(() => it.close());

test("what is not there loads as nothing", async () => {
  expect(await it.store.loadRun("000000")).toBeUndefined();
  expect(await it.store.loadView("000000")).toBeUndefined();
  expect(await it.store.loadTurn("000000", 1)).toBeUndefined();
  expect(await it.store.loadChange("000000", 1)).toBeUndefined();
  expect(await it.store.listEvents("000000")).toEqual([]);
  expect(await it.store.listRuns({ beforeId: "000000", limit: 5 })).toEqual([]);
});

test("a view holds the run, its turns, changes and votes, and since when it is where it is", async () => {
  const started = await route(it, await ask(it), "marketing");
  it.clock.at += 5000;
  const run = await toApproval(it, started);
  const view = await it.store.loadView(run.id);
  expect(view).toMatchObject({
    run: { id: run.id, version: run.version },
    nowMs: it.clock.at,
    phaseSinceMs: it.clock.at,
  });
  expect(view?.turns.map((turn) => turn.turn)).toEqual([1]);
  expect(view?.changes.map((change) => change.number)).toEqual([1]);
  expect(view?.votes).toEqual([]);
  expect(view?.detailsUrl).toBeUndefined();
  const linked = createStore({
    db: it.db,
    jobs: it.jobs,
    clock: it.clock,
    detailsUrl: (id) => `https://x.example.com/${id}`,
  });
  expect((await linked.loadView(run.id))?.detailsUrl).toBe(`https://x.example.com/${run.id}`);
});

test("the phase's beginning does not move with commits that stay in it", async () => {
  const run = await route(it, await ask(it), "marketing");
  const since = it.clock.at;
  it.clock.at += 1000;
  await it.store.commit({ run, events: [], record: [{ kind: "note", payload: {} }] });
  expect((await it.store.loadView(run.id))?.phaseSinceMs).toBe(since);
});

test("runs are listed newest first, page by page, each once", async () => {
  const made: string[] = [];
  for (let index = 0; index < 5; index += 1) {
    it.clock.at += index % 2;
    made.push((await ask(it)).id);
  }
  const listed: string[] = [];
  for (let page = await it.store.listRuns({ limit: 2 }); page.length > 0;) {
    listed.push(...page.map((run) => run.id));
    page = await it.store.listRuns({ limit: 2, beforeId: listed.at(-1) ?? "" });
  }
  expect(new Set(listed).size).toBe(listed.length);
  expect(listed.slice(0, 5).sort()).toEqual([...made].sort());
});

test("a person's list holds what still moves or waits, and nothing that is over", async () => {
  const requester = { id: "slack:UMINE", name: "Mia" };
  const ended = await ask(it, "one that ends soon", { requester });
  it.clock.at += 1;
  const open = await ask(it, "one that goes on", { requester });
  await move(it, ended, { type: "stopped", by: "Mia" });
  const mine = await it.store.listRunsOf("slack:UMINE");
  expect(mine).toEqual([
    {
      id: open.id,
      title: "One that goes on",
      phase: "received",
      requester,
      createdAtMs: it.clock.at,
      updatedAtMs: it.clock.at,
    },
  ]);
});

test("runs are listed by phase with team and repository", async () => {
  await route(it, await ask(it), "narrow");
  const queued = await route(it, await ask(it), "narrow");
  expect(await it.store.listRunsIn([])).toEqual([]);
  expect(await it.store.listRunsIn(["queued"])).toMatchObject([
    { id: queued.id, team: "narrow", repository: "acme/site" },
  ]);
});

test("where a message stands is replaced as a whole, the note behind it stays", async () => {
  const run = await ask(it);
  const note = { key: "k", kind: "hello", place: run.request.place, data: { n: 1 } };
  await it.store.commit({ run, events: [], record: [], notes: [note] });
  await it.store.saveDelivery(run.id, "slack", { slot: "note:k", attemptedAtMs: 5 });
  await it.store.saveDelivery(run.id, "slack", { slot: "card", attemptedAtMs: 6 });
  await it.store.saveDelivery(run.id, "slack", { slot: "card", remote: { channel: "C1", ts: "1.2" }, shown: "digest" });
  await it.store.saveDelivery(run.id, "slack", { slot: "gone", gaveUp: "channel_not_found" });
  expect(await it.store.listDeliveries(run.id, "slack")).toEqual([
    { slot: "card", remote: { channel: "C1", ts: "1.2" }, shown: "digest" },
    { slot: "gone", gaveUp: "channel_not_found" },
    { slot: "note:k", note, attemptedAtMs: 5 },
  ]);
});

test("a base check is remembered by its key, the last word counts", async () => {
  expect(await it.store.loadBaseCheck("k")).toBeUndefined();
  await it.store.saveBaseCheck("k", "unknown");
  await it.store.saveBaseCheck("k", "failed");
  expect(await it.store.loadBaseCheck("k")).toEqual({ status: "failed" });
});

test("policies come back as they were applied, one is active, and applying it again changes nothing", async () => {
  const full = {
    ...policyOf("full", { marketing: 5 }),
    org: {
      admins: { slackUsergroups: ["SADM"], channel: "CADM" },
      defaults: {
        owners: { slackUsergroups: ["SOWN"], required: 2, expires: 5000 },
        limits: { run: { time: 60_000, files: 3, lines: 9 }, atOnce: 4 },
        agent: { use: "command" as const, command: ["agent", "--go"] },
      },
      ceilings: { limits: { run: { time: 90_000 }, atOnce: 6 }, paths: { never: ["secrets/**"] } },
    },
    teams: [
      {
        team: "marketing",
        members: { slackUsergroups: ["SMEM"] },
        channels: { requests: ["C1"], review: "C2" },
        may: ["change" as const],
        repositories: [
          {
            repo: "acme/site",
            aka: ["the site"],
            base: "main",
            history: 5,
            pullRequest: { draft: false },
            paths: { write: ["**"] },
            setup: "npm ci",
            checks: { test: { run: "npm test", required: true, time: 1000, files: ["test/**"] } },
          },
        ],
        owners: { slackUsergroups: ["SOWN"] },
        agent: { use: "claude-code" as const },
        network: { setup: ["packages.example.com"], agent: [], checks: [] },
        limits: { atOnce: 9 },
      },
    ],
  };
  expect(await it.store.applyPolicy(full)).toEqual({ changed: true });
  expect(await it.store.applyPolicy(full)).toEqual({ changed: false });
  expect(await it.store.loadActivePolicy()).toEqual(full);
  expect((await it.store.loadPolicy("p1"))?.version).toBe("p1");
  expect(await it.store.loadPolicy("none")).toBeUndefined();
  const team = await it.db.selectFrom("teams").selectAll().where("name", "=", "marketing").executeTakeFirst();
  expect(team?.at_once).toBe(6);
});

test("a stored row this version cannot read is a fault that names its run", async () => {
  const run = await ask(it);
  await it.db.updateTable("runs").set({ request: "{}" }).where("id", "=", run.id).execute();
  await expect(loaded(it, run.id)).rejects.toThrow(`run ${run.id}`);
});

test("of two runs in a session the newer one is spoken to; runs on an issue are those that move, wait or are open", async () => {
  const issue = { id: "issue-9", identifier: "ENG-9", title: "t", url: "u", teamId: "t", teamKey: "ENG" };
  const place = { surface: "linear", workspace: "o", channel: "s-9" } as const;
  const first = await ask(it, "change the title", { place, issue });
  it.clock.at += 10;
  const second = await ask(it, "change the footer", { place, issue });
  expect(await it.store.findRunInSession("s-9")).toBe(second.id);
  expect((await it.store.listRunsOnIssue("issue-9")).map(({ id }) => id)).toEqual([second.id, first.id]);
  expect(await it.store.listRunsOnIssue("issue-none")).toEqual([]);
  await move(it, first, { type: "stopped", by: "Ann" });
  expect((await it.store.listRunsOnIssue("issue-9")).map(({ id }) => id)).toEqual([second.id]);
});

test("a session gets a sign of life while its run moves, and none while it waits or is over", async () => {
  const place = (channel: string) => ({ surface: "linear", workspace: "o", channel }) as const;
  const moving = await route(it, await ask(it, "one", { place: place("s-10") }), "marketing");
  const waiting = await toApproval(it, await route(it, await ask(it, "two", { place: place("s-11") }), "marketing"));
  const inSlack = await route(it, await ask(it, "three"), "marketing");
  await sql`delete from pgboss.job`.execute(it.db);
  await it.store.refreshSessions();
  const job = (run: { readonly id: string }) => ({ name: "deliver-linear", runId: run.id }) as const;
  const lost = await it.jobs.listLost(it.db, [job(moving), job(waiting), job(inSlack)]);
  expect(lost).toEqual([job(waiting), job(inSlack)]);
});
