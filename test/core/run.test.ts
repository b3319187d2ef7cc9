import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NO_PROGRESS } from "../../src/core/agent-event.ts";
import { advance, ARROWS, END_PHASES, SLOT_PHASES, WAITING_PHASES } from "../../src/core/run.ts";
import type { RunEvent, RunEventType } from "../../src/core/run-event.ts";
import { runStateSchema, type Phase, type RunState } from "../../src/core/run-state.ts";

const NOW_MS = 1_800_000_000_000;
const AGENT = { pid: 7, startedAtMs: 1, outOffset: 0, tailDigest: "", lastOutputAtMs: 1, progress: NO_PROGRESS };
const SEALED = { turn: 2, change: 3, seal: "s", approvals: ["slack:UA"] };
const PUBLISHED = { ...SEALED, number: 12, url: "https://x.example.com/12", headSha: "h", tree: "t" };

/** One state of every phase. */
const STATES: { readonly [P in Phase]: Extract<RunState, { phase: P }> } = {
  received: { phase: "received" },
  refused: { phase: "refused", refusal: { kind: "no-team" }, rule: "r" },
  needs_input: { phase: "needs_input", choice: { kind: "team", teams: ["a", "b"] } },
  queued: { phase: "queued", turn: 2 },
  dispatched: { phase: "dispatched", turn: 2 },
  provisioning: { phase: "provisioning", turn: 2, sandboxId: "sb", waitingSinceMs: 1, retryUntilMs: 2 },
  working: { phase: "working", turn: 2, sandboxId: "sb", agent: AGENT },
  checking: { phase: "checking", turn: 2, change: 3, done: ["lint"], current: "test" },
  awaiting_approval: {
    phase: "awaiting_approval",
    ...SEALED,
    approvals: [],
    askedAtMs: 1,
    expiresAtMs: NOW_MS,
    approvable: true,
  },
  approved: { phase: "approved", ...SEALED, approvedAtMs: 5, held: "later" },
  publishing: { phase: "publishing", ...SEALED, approvedAtMs: 5, commitSha: "c" },
  pr_open: { phase: "pr_open", ...PUBLISHED, draft: true, headMatches: true, ci: { build: "success" } },
  merged: { phase: "merged", ...PUBLISHED, by: "bo", atMs: 9, headMatches: true },
  closed: { phase: "closed", ...PUBLISHED, by: "bo", atMs: 9 },
  answered: { phase: "answered", turn: 2, text: "hello" },
  rejected: { phase: "rejected", turn: 2, change: 3, by: "bo", reason: "no" },
  expired: { phase: "expired", turn: 2, change: 3 },
  cancelled: { phase: "cancelled", turn: 2, by: "bo", why: "stopped" },
  failed: { phase: "failed", turn: 2, cause: { kind: "gave-up", detail: "d" } },
  over_budget: { phase: "over_budget", turn: 2 },
};

/** Events of every type; several where what they carry decides where they lead. */
const EVENTS: { readonly [T in RunEventType]: readonly Extract<RunEvent, { type: T }>[] } = {
  allowed: [{ type: "allowed" }],
  refused: [{ type: "refused", refusal: { kind: "no-team" }, rule: "r" }],
  asked: [{ type: "asked", choice: { kind: "team", teams: ["a"] } }],
  answered: [{ type: "answered" }],
  admitted: [{ type: "admitted" }],
  claimed: [{ type: "claimed" }],
  sandbox_made: [{ type: "sandbox_made", sandboxId: "new" }],
  sandbox_waited: [{ type: "sandbox_waited", sinceMs: 1, untilMs: 2 }],
  agent_started: [{ type: "agent_started", sandboxId: "new", pid: 9 }],
  progressed: [{ type: "progressed", agent: { ...AGENT, outOffset: 10 } }],
  sandbox_gone: [{ type: "sandbox_gone" }],
  change_frozen: [{ type: "change_frozen", change: 4 }],
  no_change: [{ type: "no_change", text: "it is so already" }],
  check_started: [{ type: "check_started", name: "test" }],
  check_done: [{ type: "check_done", name: "test" }],
  checked: [{ type: "checked", seal: "s2", expiresAtMs: NOW_MS + 1, approvable: true }],
  voted: [
    { type: "voted", approvals: ["slack:UA"], enough: false },
    { type: "voted", approvals: ["slack:UA"], enough: true },
  ],
  changes_requested: [{ type: "changes_requested" }],
  rejected: [{ type: "rejected", by: "bo", reason: "no" }],
  expired: [{ type: "expired" }],
  withdrawn: [{ type: "withdrawn", by: "ann" }],
  approval_void: [
    { type: "approval_void", note: "n", expiresAtMs: 5, conflict: false },
    { type: "approval_void", note: "n", expiresAtMs: 5, conflict: true },
  ],
  commit_made: [{ type: "commit_made", sha: "c2" }],
  held: [{ type: "held", reason: "down" }],
  pull_request_recorded: [
    {
      type: "pull_request_recorded",
      number: 12,
      url: "https://x.example.com/12",
      headSha: "h",
      tree: "t",
      draft: true,
    },
  ],
  merged: [{ type: "merged", by: "bo", atMs: 9, headMatches: true }],
  closed: [{ type: "closed", by: "bo", atMs: 9 }],
  head_moved: [{ type: "head_moved", headSha: "h9" }],
  readied: [{ type: "readied", draft: false }],
  ci_reported: [{ type: "ci_reported", name: "build", conclusion: "failure" }],
  follow_up: [{ type: "follow_up" }],
  stopped: [{ type: "stopped", by: "ann" }],
  gave_up: [{ type: "gave_up", cause: { kind: "gave-up", detail: "d" } }],
};

const ALL_STATES: readonly RunState[] = Object.values(STATES);
const ALL_EVENTS: readonly RunEvent[] = Object.values(EVENTS).flat();
const PAIRS = ALL_STATES.flatMap((state) => ALL_EVENTS.map((event) => ({ state, event })));

const arrowOf = (state: RunState, event: RunEvent) =>
  ARROWS.find((arrow) => arrow.event === event.type && arrow.from.includes(state.phase));

describe("the table", () => {
  test.each(
    ARROWS.flatMap((arrow) => arrow.from.flatMap((from) => arrow.to.map((to) => [from, arrow.event, to] as const))),
  )("%s, %s: a run can come to %s", (from, event, to) => {
    const reached = EVENTS[event].map((each) => advance(STATES[from], each, NOW_MS));
    expect(reached.some((next) => next.ok && next.value.phase === to)).toBe(true);
  });

  test("no event leads anywhere from a phase the table does not name", () => {
    for (const { state, event } of PAIRS) {
      if (arrowOf(state, event) !== undefined) continue;
      const misfit = { kind: "misfit", phase: state.phase, event: event.type };
      expect(advance(state, event, NOW_MS)).toEqual({ ok: false, problem: misfit });
    }
  });

  test("every phase an event leads to is one the table names, and its data is whole", () => {
    for (const { state, event } of PAIRS) {
      const next = advance(state, event, NOW_MS);
      if (!next.ok) continue;
      expect(arrowOf(state, event)?.to).toContain(next.value.phase);
      expect(runStateSchema.parse(next.value)).toEqual(next.value);
    }
  });

  test("names each pair of phase and event once", () => {
    const pairs = ARROWS.flatMap((arrow) => arrow.from.map((from) => `${from} ${arrow.event}`));
    expect(new Set(pairs).size).toBe(pairs.length);
  });

  test("arrows lead to every phase but over_budget, which no limit brings about", () => {
    const reached = new Set<Phase>(ARROWS.flatMap((arrow) => arrow.to));
    const unreached = Object.keys(STATES).filter((phase) => !reached.has(phase as Phase));
    expect(unreached).toEqual(["over_budget"]);
  });
});

/** The life of a run as the design tells it, in one line for each of its lines. */
describe("the life of a run", () => {
  const cases: readonly (readonly [string, readonly Phase[], RunEvent, Phase | undefined])[] = [
    ["allowed: the first turn queues", ["received"], { type: "allowed" }, "queued"],
    ["answered before turn 1: read again", ["needs_input"], { type: "answered" }, "received"],
    ["admitted", ["queued"], { type: "admitted" }, "dispatched"],
    ["claimed by a worker", ["dispatched"], { type: "claimed" }, "provisioning"],
    ["sandbox gone: the same turn starts again", ["working"], { type: "sandbox_gone" }, "provisioning"],
    ["turn ended with a change", ["working"], { type: "change_frozen", change: 4 }, "checking"],
    ["turn ended without", ["working"], { type: "no_change", text: "" }, "answered"],
    [
      "required checks done",
      ["checking"],
      { type: "checked", seal: "s", expiresAtMs: 1, approvable: true },
      "awaiting_approval",
    ],
    ["enough votes", ["awaiting_approval"], { type: "voted", approvals: ["a"], enough: true }, "approved"],
    [
      "not enough votes yet",
      ["awaiting_approval"],
      { type: "voted", approvals: ["a"], enough: false },
      "awaiting_approval",
    ],
    ["changes requested: the next turn queues", ["awaiting_approval"], { type: "changes_requested" }, "queued"],
    ["claimed for publishing", ["approved"], { type: "claimed" }, "publishing"],
    [
      "approval no longer holds",
      ["approved", "publishing"],
      { type: "approval_void", note: "", expiresAtMs: 1, conflict: false },
      "awaiting_approval",
    ],
    ["code host down", ["publishing"], { type: "held", reason: "down" }, "approved"],
    ["feedback on an open pull request", ["pr_open"], { type: "follow_up" }, "queued"],
    ["follow-up after an end that may go on", ["answered", "cancelled", "failed"], { type: "follow_up" }, "queued"],
    [
      "these ends need a linked run",
      ["rejected", "expired", "merged", "closed", "refused"],
      { type: "follow_up" },
      undefined,
    ],
    ["an ended run cannot be stopped", [...END_PHASES], { type: "stopped", by: "ann" }, undefined],
    ["an open pull request cannot be stopped", ["pr_open"], { type: "stopped", by: "ann" }, undefined],
    ["a waiting run can be stopped", [...WAITING_PHASES], { type: "stopped", by: "ann" }, "cancelled"],
    [
      "a moving run can be stopped",
      ["received", "queued", ...SLOT_PHASES, "approved", "publishing"],
      { type: "stopped", by: "ann" },
      "cancelled",
    ],
    [
      "a card that waits is not given up by a machine",
      ["awaiting_approval"],
      { type: "gave_up", cause: { kind: "gave-up", detail: "" } },
      undefined,
    ],
    [
      "a vote on a run that moved on",
      ["approved", "queued", "pr_open"],
      { type: "voted", approvals: ["a"], enough: true },
      undefined,
    ],
  ];
  test.each(cases)("%s", (_says, from, event, to) => {
    for (const phase of from) {
      const next = advance(STATES[phase], event, NOW_MS);
      expect(next.ok ? next.value.phase : undefined).toBe(to);
    }
  });
});

describe("what a state keeps", () => {
  const after = (state: RunState, event: RunEvent, nowMs = NOW_MS) => {
    const next = advance(state, event, nowMs);
    return next.ok ? next.value : undefined;
  };

  test("an approval cannot expire before its time", () => {
    expect(after(STATES.awaiting_approval, { type: "expired" }, NOW_MS - 1)).toBeUndefined();
    expect(after(STATES.awaiting_approval, { type: "expired" }, NOW_MS)).toEqual({
      phase: "expired",
      turn: 2,
      change: 3,
    });
  });

  test("a void approval has no votes, and is not approvable while the base conflicts", () => {
    const [fine, conflict] = EVENTS.approval_void;
    expect(after(STATES.approved, fine!)).toMatchObject({ approvals: [], approvable: true, note: "n" });
    expect(after(STATES.approved, conflict!)).toMatchObject({ approvals: [], approvable: false, conflict: true });
  });

  test("a new turn counts up, admission and claims stay in it", () => {
    expect(after(STATES.answered, { type: "follow_up" })).toEqual({ phase: "queued", turn: 3 });
    expect(after(STATES.queued, { type: "admitted" })).toEqual({ phase: "dispatched", turn: 2 });
    expect(after(STATES.working, { type: "claimed" })).toEqual(STATES.working);
  });

  test("a push by somebody else makes the head no longer the approved change, and forgets its CI", () => {
    expect(after(STATES.pr_open, { type: "head_moved", headSha: "h9" })).toMatchObject({
      headSha: "h9",
      headMatches: false,
      ci: {},
    });
  });

  test("a run stopped or failed keeps the change it had, or the one that was saved for looking at", () => {
    expect(after(STATES.checking, { type: "stopped", by: "ann" })).toMatchObject({ phase: "cancelled", change: 3 });
    expect(after(STATES.working, { type: "stopped", by: "ann", change: 8 })).toMatchObject({ change: 8 });
    expect(after(STATES.queued, { type: "stopped", by: "ann" })).not.toHaveProperty("change");
  });
});

test("no sequence of events, however odd, leaves the phases or makes a turn go back", () => {
  const anyEvents = fc.array(fc.constantFrom(...ALL_EVENTS), { maxLength: 60 });
  fc.assert(
    fc.property(anyEvents, (events) => {
      let state: RunState = { phase: "received" };
      for (const event of events) {
        const next = advance(state, event, NOW_MS);
        if (!next.ok) continue;
        const before: number = "turn" in state ? state.turn : 0;
        if ("turn" in next.value) expect(next.value.turn).toBeGreaterThanOrEqual(before);
        state = next.value;
        expect(runStateSchema.safeParse(state).success).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
});

test("a run holds a place, waits or is over, never two of these", () => {
  const groups = [SLOT_PHASES, WAITING_PHASES, END_PHASES].map((phases) => new Set<Phase>(phases));
  for (const phase of Object.keys(STATES)) {
    expect(groups.filter((group) => group.has(phase as Phase)).length).toBeLessThanOrEqual(1);
  }
});
