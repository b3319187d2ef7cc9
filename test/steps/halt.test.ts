// Told to stop on the tracker: at once, whoever said so, and nothing that is another matter.
import { describe, expect, it, test } from "vitest";
import type { HaltReason, TrackerEvent } from "../../src/core/interaction.ts";
import type { NewRequest } from "../../src/core/request.ts";
import type { RunState } from "../../src/core/run-state.ts";
import type { Accepted, Commit, DeliveryKey, Run } from "../../src/ports.ts";
import { applyTrackerEvent, type TrackerEventPorts } from "../../src/steps/apply-tracker-event.ts";
import { haltRun } from "../../src/steps/halt-run.ts";
import { SILENT } from "../setup/store.ts";
import { ISSUE, NOW_MS, runOf, storeWith } from "./runs.ts";

const ANN = { id: "linear:ann", name: "Ann" };
const PLACE = { surface: "linear", workspace: "", channel: "session-1" } as const;
const sealed = { turn: 1, change: 1, seal: "s", approvals: ["slack:U0OWN"] };
const published = { ...sealed, number: 1, url: "", headSha: "", tree: "" };

const MOVING: readonly RunState[] = [
  { phase: "received" },
  { phase: "needs_input", choice: { kind: "team", teams: ["a", "b"] } },
  { phase: "queued", turn: 1 },
  { phase: "dispatched", turn: 1 },
  { phase: "provisioning", turn: 1 },
  { phase: "checking", turn: 1, change: 1, done: [] },
  { phase: "awaiting_approval", ...sealed, askedAtMs: 1, expiresAtMs: 2, approvable: true },
  { phase: "approved", ...sealed, approvedAtMs: 1 },
];
const OVER: readonly RunState[] = [
  { phase: "pr_open", ...published, draft: true, headMatches: true, ci: {} },
  { phase: "merged", ...published, by: "x", atMs: 1, headMatches: true },
  { phase: "cancelled", turn: 1, by: "Ann", why: "stopped" },
  { phase: "answered", turn: 1, text: "x" },
  { phase: "expired", turn: 1, change: 1 },
];
const publishing: RunState = { phase: "publishing", ...sealed, approvedAtMs: 1 };

/** `unspoken`: nobody spoke to us, so nobody expects an answer. */
async function halt(state: RunState, why: HaltReason = "stop_signal", spoken: "spoken" | "unspoken" = "spoken") {
  const place = spoken === "spoken" ? PLACE : undefined;
  const { store, commits } = storeWith(runOf(state));
  await haltRun({ store }, "7KQ2AB", { inboxId: "9", by: ANN, why, place });
  return commits;
}

describe("a halt", () => {
  it.each(MOVING.map((state) => [state.phase, state] as const))("stops a run that is %s", async (phase, state) => {
    for (const why of ["stop_signal", "undelegated", "dismissed", "issue_canceled", "issue_deleted"] as const) {
      expect(await halt(state, why)).toMatchObject([
        {
          events: [{ type: "stopped", by: "Ann" }],
          record: [{ kind: "stopped", payload: { by: ANN, phase, why } }],
          jobs: [{ name: "clean", runId: "7KQ2AB" }],
          inboxId: "9",
        },
      ]);
    }
  });

  it.each(OVER.map((state) => [state.phase, state] as const))(
    "leaves a run that is %s, and says so who asks",
    async (_phase, state) => {
      expect(await halt(state)).toMatchObject([
        { events: [], notes: [{ kind: "stop_answer", data: { outcome: "over" } }] },
      ]);
      expect(await halt(state, "stop_signal", "unspoken")).toEqual([]);
      expect(await halt(state, "issue_canceled")).toEqual([]);
    },
  );

  it("does not break off a pull request that is being opened", async () => {
    expect(await halt(publishing)).toMatchObject([{ events: [], notes: [{ kind: "not_now" }] }]);
    expect(await halt(publishing, "undelegated", "unspoken")).toEqual([]);
  });

  it("is decided anew where the run moved meanwhile", async () => {
    const { store, commits } = storeWith(runOf({ phase: "queued", turn: 1 }));
    const answers: ("stale" | "committed")[] = ["stale", "committed"];
    const commit = async (given: Commit) => {
      const done = await store.commit(given);
      return answers.shift() === "stale" ? ({ kind: "stale" } as const) : done;
    };
    await haltRun({ store: { ...store, commit } }, "7KQ2AB", {
      inboxId: "9",
      by: ANN,
      why: "dismissed",
      place: undefined,
    });
    expect(commits).toHaveLength(2);
  });

  it("of a run that is not there is nothing", async () => {
    const { store, commits } = storeWith();
    await haltRun({ store }, "7KQ2AB", { inboxId: "9", by: ANN, why: "dismissed", place: undefined });
    expect(commits).toEqual([]);
  });
});

interface Told {
  readonly runs?: readonly Run[];
  /** How long ago it was stored. */
  readonly ageMs?: number;
  readonly hasSession?: boolean;
}

/** Applies one event; what a run is asked to do, and what becomes a request. */
async function apply(event: TrackerEvent, { runs = [], ageMs = 0, hasSession = false }: Told = {}) {
  const { store, commits } = storeWith(...runs);
  const requests: { readonly key: string; readonly request: NewRequest }[] = [];
  const acceptRequest = async ({ key }: DeliveryKey, request: NewRequest): Promise<Accepted> => {
    requests.push({ key, request });
    return { kind: "new" };
  };
  const unasked = (): Promise<never> => Promise.reject(new Error("nobody asks this here"));
  const ports = {
    store: {
      ...store,
      loadInbox: unasked,
      loadView: unasked,
      loadChange: unasked,
      loadActivePolicy: async () => undefined,
    },
    intake: { acceptRequest },
    tracker: {
      hasSession: async () => hasSession,
      readPerson: async () => ({ name: "Ann", kind: "guest" as const, linearTeams: [] }),
    },
    chat: { readPerson: unasked, findPersonByEmail: unasked, readGroup: async () => new Set<string>() },
    clock: { nowMs: () => NOW_MS + ageMs, sleep: async () => undefined },
    log: SILENT,
  } as unknown as TrackerEventPorts;
  await applyTrackerEvent(ports, { inboxId: "9", atMs: NOW_MS, event });
  return { commits, requests };
}

const stopIn = (session: string, atMs = NOW_MS): TrackerEvent => ({
  kind: "halt",
  why: "stop_signal",
  by: ANN,
  atMs,
  session,
});
const canceled = (atMs = NOW_MS): TrackerEvent => ({
  kind: "halt",
  why: "issue_canceled",
  by: ANN,
  atMs,
  issue: ISSUE.id,
});
const queued: RunState = { phase: "queued", turn: 1 };
const request: NewRequest = {
  kind: "issue",
  requester: ANN,
  place: PLACE,
  text: "Resolve the issue ENG-1.",
  files: [],
  issue: ISSUE,
};

describe("a halt the tracker told", () => {
  it("in a session stops that session's run alone", async () => {
    const other = runOf(queued, { id: "8KQ2AB", session: "session-2" });
    const { commits } = await apply(stopIn("session-1"), { runs: [other, runOf(queued)] });
    expect(commits.map(({ run }) => run.id)).toEqual(["7KQ2AB"]);
  });

  it("of an issue stops every run on it, one that began in Slack as well", async () => {
    const { session: _none, ...other } = runOf(queued, { id: "8KQ2AB" });
    const elsewhere = runOf(queued, { id: "9KQ2AB", issue: { ...ISSUE, id: "issue-2" } });
    const { commits } = await apply(canceled(), { runs: [other, runOf(queued), elsewhere] });
    expect(commits.map(({ run }) => run.id)).toEqual(["8KQ2AB", "7KQ2AB"]);
  });

  it("counts as judged with the last run of an issue, so that a death in between stops the rest later", async () => {
    const others = ["8KQ2AB", "9KQ2AB"].map((id) => runOf(queued, { id, session: id }));
    const { commits } = await apply(canceled(), { runs: [...others, runOf(queued)] });
    expect(commits.map(({ inboxId }) => inboxId)).toEqual([undefined, undefined, "9"]);
  });

  it("spares a run that began more than a minute after it: the word was late", async () => {
    const at = (bornAfterMs: number) => apply(canceled(NOW_MS - bornAfterMs), { runs: [runOf(queued)] });
    expect((await at(61_000)).commits).toEqual([]);
    expect((await at(60_000)).commits).toHaveLength(1);
    expect((await at(-3_600_000)).commits).toHaveLength(1);
  });

  it("that cannot say when it was is never late", async () => {
    expect((await apply(canceled(Number.MAX_SAFE_INTEGER), { runs: [runOf(queued)] })).commits).toHaveLength(1);
  });

  it("waits a moment for the run it is about, and is nothing where none comes", async () => {
    await expect(apply(stopIn("session-9"))).rejects.toThrow("has no run yet");
    expect((await apply(stopIn("session-9"), { ageMs: 20_000 })).commits).toEqual([]);
    expect((await apply(canceled())).commits).toEqual([]);
  });
});

describe("words in a session", () => {
  const reply = (missed = false): TrackerEvent => ({
    kind: "reply",
    session: "session-1",
    request: { ...request, kind: "reply", text: "Stop." },
    ...(missed ? { missed } : {}),
  });

  it("that came before the session was stored wait for it, and ask anew where it never comes", async () => {
    await expect(apply(reply())).rejects.toThrow("has no run yet");
    expect((await apply(reply(), { ageMs: 20_000 })).requests).toMatchObject([{ key: "reply:9" }]);
  });

  it("that were found by asking ask for nothing where no run is known", async () => {
    expect(await apply(reply(true))).toEqual({ commits: [], requests: [] });
  });

  it("that only say stop stop, whoever wrote them", async () => {
    const { commits } = await apply(reply(), { runs: [runOf(queued)] });
    expect(commits).toMatchObject([{ events: [{ type: "stopped", by: "Ann" }] }]);
  });

  it.each([
    ["a run that is over takes no more: they ask anew in the same session", { phase: "expired", turn: 1, change: 1 }],
    ["the same after a refusal", { phase: "refused", refusal: { kind: "no-team" }, rule: "" }],
  ] as const)("%s", async (_says, state) => {
    const asked = { ...request, kind: "reply" as const, text: "Please do it for the blog" };
    const { requests, commits } = await apply(
      { kind: "reply", session: "session-1", request: asked },
      { runs: [runOf(state)] },
    );
    expect(requests).toMatchObject([{ key: "reply:9", request: { text: asked.text } }]);
    expect(commits).toEqual([]);
  });

  it("that choose nothing while a choice waits are answered with the choice", async () => {
    const state: RunState = { phase: "needs_input", choice: { kind: "team", teams: ["a", "b"] } };
    const asked = { ...request, kind: "reply" as const, text: "The first one, I think" };
    const { commits } = await apply({ kind: "reply", session: "session-1", request: asked }, { runs: [runOf(state)] });
    expect(commits).toMatchObject([{ events: [], notes: [{ kind: "choose_one", to: { id: "linear:ann" } }] }]);
  });
});

describe("words that were a choice once", () => {
  const answered: RunState = { phase: "pr_open", ...published, draft: true, headMatches: true, ci: {} };
  const say = async (text: string, run: Run) => {
    const asked = { ...request, kind: "reply" as const, text };
    return apply({ kind: "reply", session: "session-1", request: asked }, { runs: [run] });
  };

  it.each(["Send the CI failure back", "Start anyway", "Start it, I answer for it", "Don't start"])(
    "ask for no new version: %s",
    async (text) => {
      const { commits, requests } = await say(text, runOf(answered));
      expect(commits).toMatchObject([{ events: [], notes: [{ kind: "not_now" }] }]);
      expect(requests).toEqual([]);
    },
  );

  it("ask for nothing new where the run is over for good", async () => {
    const { commits, requests } = await say(
      "Send the CI failure back",
      runOf({ phase: "expired", turn: 1, change: 1 }),
    );
    expect(commits).toMatchObject([{ events: [], notes: [{ kind: "not_now" }] }]);
    expect(requests).toEqual([]);
  });
});

describe("a run that ended before its rules were found", () => {
  const ended: readonly RunState[] = [
    { phase: "cancelled", turn: 0, by: "Ann", why: "stopped" },
    { phase: "failed", turn: 0, cause: { kind: "gave-up", detail: "x" } },
  ];

  it.each(ended.map((state) => [state.phase, state] as const))(
    "%s: words after it ask anew, and Try again asks the same",
    async (_phase, state) => {
      const asked = { ...request, kind: "reply" as const, text: "Do it for the blog", requester: ANN };
      const told: TrackerEvent = { kind: "reply", session: "session-1", request: asked };
      const words = await apply(told, { runs: [runOf(state)] });
      expect(words).toMatchObject({ commits: [], requests: [{ key: "reply:9", request: { text: asked.text } }] });
      const again = { ...told, request: { ...asked, text: "Try again" } };
      const same = await apply(again, { runs: [runOf(state)] });
      expect(same).toMatchObject({
        commits: [],
        requests: [{ key: "reply:9", request: { kind: "issue", text: "Resolve the issue ENG-1.", requester: ANN } }],
      });
    },
  );
});

test("a session nobody answers for is a request, unless a run of ours opened it", async () => {
  const opened: TrackerEvent = { kind: "opened", request };
  expect((await apply(opened)).requests).toMatchObject([{ key: "session:session-1" }]);
  expect((await apply(opened, { runs: [runOf(queued)] })).requests).toEqual([]);
  const { session: _none, ...opening } = runOf(queued);
  await expect(apply(opened, { runs: [opening] })).rejects.toThrow("may have opened");
  // Whoever opened it may be dead: its job lies for a while before somebody else looks for the session.
  await expect(apply(opened, { runs: [opening], ageMs: 899_999 })).rejects.toThrow("may have opened");
  expect((await apply(opened, { runs: [opening], ageMs: 900_000 })).requests).toHaveLength(1);
});

test("an assigned issue is a request only where no session tells of it", async () => {
  const assigned: TrackerEvent = { kind: "assigned", request };
  expect((await apply(assigned)).requests).toMatchObject([{ key: "assigned:9" }]);
  expect((await apply(assigned, { hasSession: true })).requests).toEqual([]);
});
