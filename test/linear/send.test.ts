// What is planned, sent to a local Linear: once, in spite of all that goes wrong on the way.
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { WHO_AM_I } from "../../src/linear/documents.ts";
import { createPace } from "../../src/linear/pace.ts";
import type { LocalLinear } from "../../src/local/linear/server.ts";
import type { SendResult } from "../../src/ports.ts";
import { ADA, BEN, issueIn, open, RIVAL, sessionIn, start } from "../local/linear/fixture.ts";
import { adapterOn } from "./adapter.ts";
import { callsOf, find, plannedFor, post, RIVAL_APP, RUN, runOn, saidIn, say } from "./sending.ts";

const anything = z.object({}).loose();

describe("an activity", () => {
  it("stands in its session with the words to choose from", async () => {
    const linear = await start();
    const { tracker } = adapterOn(linear);
    const session = await open(linear);
    const activity = { type: "elicitation" as const, body: "Which one?" };
    await post(tracker, say(session, "ask", { activity, options: ["Yes, do it", "No"] }));
    expect(sessionIn(linear, session)).toMatchObject({ status: "awaitingInput" });
    await linear.choose({ user: ADA, session, value: "Yes, do it" });
  });

  it("that is there already counts as sent, and stands there once", async () => {
    const linear = await start();
    const { tracker } = adapterOn(linear);
    const planned = say(await open(linear), "hello");
    const first = await post(tracker, planned);
    expect(first).toEqual({ kind: "sent", remote: { activity: expect.any(String) } });
    expect(await post(adapterOn(linear).tracker, planned)).toEqual(first);
    expect(linear.state().sessions[0]?.activities).toHaveLength(1);
  });

  it.each(["network", "http500", "garbage"] as const)(
    "whose answer is lost (%s) is found, and never stands there twice",
    async (kind) => {
      const linear = await start();
      const { tracker } = adapterOn(linear);
      const session = await open(linear);
      const planned = say(session, "hello");
      expect(await find(tracker, planned)).toBeUndefined();
      linear.failNext({ operation: "CreateActivity", kind, afterWork: true });
      expect(await post(tracker, planned)).toMatchObject({ kind: "later" });
      expect(await find(tracker, planned)).toEqual({ activity: expect.any(String) });
      expect(await post(tracker, planned)).toMatchObject({ kind: "sent" });
      expect(saidIn(linear, session)).toHaveLength(1);
    },
  );

  it("that Linear will never take is given up", async () => {
    const linear = await start();
    const { tracker } = adapterOn(linear);
    expect(await post(tracker, say(randomUUID(), "hello"))).toMatchObject({ kind: "refused" });
    const unfit = say(await open(linear), "ask", { options: ["Yes"] });
    expect(await post(tracker, unfit)).toMatchObject({ kind: "refused" });
  });

  it("that passes is never waited for: what cannot be shown now is skipped", async () => {
    const linear = await start();
    const { tracker, log } = adapterOn(linear);
    const session = await open(linear);
    linear.failNext({ operation: "CreateActivity", kind: "http500" });
    expect(await post(tracker, say(session, "progress:1", { ephemeral: true }))).toMatchObject({ kind: "sent" });
    expect(saidIn(linear, session)).toEqual([]);
    expect(log.lines).toMatchObject([{ level: "warn", says: "progress was not shown on Linear" }]);
  });
});

describe("trouble", () => {
  it.each([
    ["Linear is down", "network"],
    ["Linear breaks", "http500"],
    ["the answer is no JSON", "garbage"],
  ] as const)("is waited out: %s", async (_what, kind) => {
    const linear = await start();
    const { tracker } = adapterOn(linear);
    const planned = say(await open(linear), "hello");
    linear.failNext({ kind });
    expect(await post(tracker, planned)).toMatchObject({ kind: "later", afterMs: 5000 });
    expect(await post(tracker, planned)).toMatchObject({ kind: "sent" });
  });

  it("that lasts is told at once by what has to be answered, and is over when Linear is back", async () => {
    const linear = await start();
    const { tracker } = adapterOn(linear);
    linear.goDown();
    await expect(tracker.findIssue("ENG-1")).rejects.toThrow("cannot be read");
    await expect(tracker.readPerson(`linear:${ADA}`)).rejects.toThrow("cannot be read");
    await expect(tracker.hasSession("issue-1")).rejects.toThrow("does not say who we are");
    expect(await tracker.suggestRepositories({ issueId: "issue-1", repositories: ["acme/site"] })).toEqual([]);
    linear.comeUp();
    expect(await tracker.findIssue("ENG-1")).toMatchObject({ identifier: "ENG-1" });
    expect(await tracker.findIssue("ENG-99")).toBeUndefined();
    expect(await tracker.readPerson("linear:nobody")).toMatchObject({ kind: "unknown", linearTeams: [] });
  });

  it("a rate limit holds every call of the process, with jitter, until it is over", async () => {
    const linear = await start();
    const { tracker, call, clock } = adapterOn(linear);
    const planned = say(await open(linear), "hello");
    linear.failNext({ operation: "CreateActivity", kind: "ratelimited" });
    const held = await post(tracker, planned);
    if (held.kind !== "later") throw new Error(JSON.stringify(held));
    expect(held.afterMs).toBeGreaterThanOrEqual(60_000);
    expect(held.afterMs).toBeLessThanOrEqual(72_000);
    const before = linear.calls().length;
    clock.pass(10_000);
    expect(await post(tracker, planned)).toEqual({ ...held, afterMs: held.afterMs - 10_000 });
    expect(await call(WHO_AM_I, {}, anything)).toMatchObject({ problem: { kind: "rate-limited" } });
    await expect(tracker.findIssue("ENG-1")).rejects.toThrow("rate-limited");
    expect(linear.calls()).toHaveLength(before);
    clock.pass(held.afterMs - 10_000);
    expect(await post(tracker, planned)).toMatchObject({ kind: "sent" });
    expect(linear.calls()).toHaveLength(before + 1);
  });

  it("a rate limit that says when it is over is waited for until then", async () => {
    const linear = await start({ limits: { requests: 2, complexity: 2_000_000 } });
    const { call } = adapterOn(linear);
    const waits: number[] = [];
    for (let asked = 0; asked < 3; asked += 1) {
      const answer = await call(WHO_AM_I, {}, anything);
      if (!answer.ok && answer.problem.kind === "rate-limited") waits.push(answer.problem.retryAfterMs);
    }
    expect(waits).toHaveLength(1);
    expect(waits[0]).toBeGreaterThan(1000);
    expect(waits[0]).toBeLessThanOrEqual(3_600_000 * 1.2);
  });
});

describe("a session", () => {
  it("is opened where a run has none, and found by its link instead of opened twice", async () => {
    const linear = await start();
    const { tracker } = adapterOn(linear);
    await open(linear);
    const face = await plannedFor(tracker, runOn("issue-1"), "session");
    expect(await find(tracker, face)).toBeUndefined();
    linear.failNext({ operation: "OpenSession", kind: "network", afterWork: true });
    expect(await post(tracker, face)).toMatchObject({ kind: "later" });
    const found = await find(tracker, face);
    const opened = sessionIn(linear, String(found?.["session"]));
    expect(opened).toMatchObject({ externalUrls: [{ url: `http://127.0.0.1:3001/runs/${RUN}` }] });
    expect(linear.state().sessions).toHaveLength(2);
  });

  it("of another run, another app or another issue is never taken for it", async () => {
    const linear = await start({ otherApps: [RIVAL_APP] });
    const { tracker } = adapterOn(linear);
    const other = runOn("issue-1");
    await post(
      tracker,
      await plannedFor(
        tracker,
        { ...other, run: { ...other.run, id: "OTHER1" }, detailsUrl: "http://127.0.0.1:3001/runs/OTHER1" },
        "session",
      ),
    );
    await post(tracker, await plannedFor(tracker, runOn("issue-2"), "session"));
    await linear.delegate({ user: ADA, issue: "ENG-1", to: RIVAL });
    expect(await find(tracker, await plannedFor(tracker, runOn("issue-1"), "session"))).toBeUndefined();
  });

  it("shows plan and links, and changes them in place", async () => {
    const linear = await start();
    const { tracker } = adapterOn(linear);
    const session = await open(linear);
    const face = await plannedFor(tracker, runOn("issue-1", session), "session");
    expect(face).toMatchObject({ once: false });
    expect(await post(tracker, face)).toEqual({ kind: "sent", remote: { session } });
    const done = await plannedFor(tracker, runOn("issue-1", session, "merged"), "session");
    expect(await tracker.edit(done, { session })).toEqual({ kind: "sent", remote: { session } });
    const { plan, externalUrls } = sessionIn(linear, session);
    expect(plan?.map(({ status }) => status)).toEqual(Array.from({ length: 6 }, () => "completed"));
    expect(externalUrls.map(({ label }) => label)).toEqual([`Run ${RUN}`, "Pull request #482"]);
  });

  it("lives until it ends or is dismissed", async () => {
    const linear = await start();
    const { tracker } = adapterOn(linear);
    expect(await tracker.hasSession("issue-1")).toBe(false);
    const session = await open(linear);
    expect(await tracker.hasSession("issue-1")).toBe(true);
    await linear.dismiss({ user: ADA, session });
    expect(await tracker.hasSession("issue-1")).toBe(false);
  });
});

describe("the issue at work", () => {
  async function move(linear: LocalLinear): Promise<SendResult> {
    const { tracker } = adapterOn(linear);
    return post(tracker, await plannedFor(tracker, runOn("issue-1", "session-1"), "issue"));
  }

  it("gets us as delegate where it has none, moves to the team's first state of work, and keeps its assignee", async () => {
    const linear = await start();
    expect(await move(linear)).toEqual({ kind: "sent", remote: { issue: "issue-1" } });
    expect(issueIn(linear, "ENG-1")).toMatchObject({
      delegate: "Countersign",
      assignee: "Ada Lovelace",
      state: { type: "started", name: "In Progress" },
    });
  });

  it.each(["started", "completed", "canceled"] as const)("stays where it is when it is %s", async (type) => {
    const linear = await start();
    await linear.setState({ user: BEN, issue: "ENG-1", type });
    const before = issueIn(linear, "ENG-1").state;
    expect(await move(linear)).toMatchObject({ kind: "sent" });
    expect(issueIn(linear, "ENG-1").state).toEqual(before);
  });

  it("keeps another delegate", async () => {
    const linear = await start({ otherApps: [RIVAL_APP] });
    await linear.delegate({ user: ADA, issue: "ENG-1", to: RIVAL });
    await move(linear);
    expect(issueIn(linear, "ENG-1").delegate).toBe("Rival");
  });

  it("is written to once: what stands as it should is left alone", async () => {
    const linear = await start();
    await move(linear);
    await move(linear);
    expect(callsOf(linear, "UpdateIssue")).toBe(1);
  });

  it.each(["ReadIssue", "ReadStartedStates", "UpdateIssue"])(
    "is moved later, not never, when Linear breaks at %s",
    async (operation) => {
      const linear = await start();
      linear.failNext({ operation, kind: "http500" });
      expect(await move(linear)).toMatchObject({ kind: "later" });
      expect(await move(linear)).toMatchObject({ kind: "sent" });
      expect(issueIn(linear, "ENG-1")).toMatchObject({ delegate: "Countersign", state: { type: "started" } });
    },
  );
});

describe("passing words", () => {
  it("are at most one in five seconds a session", () => {
    const clock = { ms: 0, nowMs: () => clock.ms };
    const pace = createPace(clock);
    expect(pace.allows("a")).toBe(true);
    expect([pace.allows("a"), pace.allows("b")]).toEqual([false, true]);
    clock.ms = 4999;
    expect(pace.allows("a")).toBe(false);
    clock.ms = 5000;
    expect(pace.allows("a")).toBe(true);
  });

  it("are at most thirty a minute over all sessions", () => {
    const clock = { ms: 0, nowMs: () => clock.ms };
    const pace = createPace(clock);
    const allowed = () =>
      Array.from({ length: 50 }, (_each, index) => pace.allows(`s${clock.ms}-${index}`)).filter(Boolean);
    expect(allowed()).toHaveLength(30);
    clock.ms = 59_999;
    expect(allowed()).toHaveLength(0);
    clock.ms = 60_000;
    expect(allowed()).toHaveLength(30);
  });

  it("go out at that pace, each replacing the one before; what has to be said is never held back", async () => {
    const linear = await start();
    const { tracker, clock } = adapterOn(linear);
    const session = await open(linear);
    const progress = (body: string) =>
      say(session, "progress:1", { ephemeral: true, activity: { type: "thought", body } });
    await post(tracker, progress("one"));
    await tracker.edit(progress("two"), {});
    await post(tracker, say(session, "hello"));
    await post(tracker, say(session, "start"));
    expect(callsOf(linear, "CreateActivity")).toBe(3);
    clock.pass(5000);
    await tracker.edit(progress("three"), {});
    expect(saidIn(linear, session).map(({ content }) => content)).toMatchObject([
      { body: "words of hello" },
      { body: "words of start" },
      { body: "three" },
    ]);
  });
});

it("an answer of another shape is trouble that passes, not a crash", async () => {
  const linear = await start();
  const { call } = adapterOn(linear);
  expect(await call(WHO_AM_I, {}, z.object({ viewer: z.object({ shoeSize: z.number() }) }))).toMatchObject({
    ok: false,
    problem: { kind: "unavailable", detail: expect.stringContaining("another shape") },
  });
  expect(await call("query Q { nick }", {}, anything)).toMatchObject({ problem: { kind: "refused" } });
});
