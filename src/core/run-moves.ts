// What the next state holds, phase by phase. Whether a move may happen at all is the table's matter (run.ts).
import { NO_PROGRESS } from "./agent-event.ts";
import type { RunEvent } from "./run-event.ts";
import type { InPhase, RunState } from "./run-state.ts";

/** The turn a state belongs to; 0 before the first. */
export function turnOf(state: RunState): number {
  return "turn" in state ? state.turn : 0;
}

/** The change a state is about, where there is one. */
export function changeOf(state: RunState): number | undefined {
  return "change" in state ? state.change : undefined;
}

/** The state after an event, or undefined where the phase has no such move. */
export function buildNext(state: RunState, event: RunEvent, nowMs: number): RunState | undefined {
  switch (event.type) {
    case "allowed":
      return { phase: "queued", turn: 1 };
    case "refused":
      return { phase: "refused", refusal: event.refusal, rule: event.rule };
    case "asked":
      return { phase: "needs_input", choice: event.choice };
    case "answered":
      return { phase: "received" };
    case "admitted":
      return { phase: "dispatched", turn: turnOf(state) };
    case "changes_requested":
    case "follow_up":
      return { phase: "queued", turn: turnOf(state) + 1 };
    case "stopped":
      return {
        phase: "cancelled",
        turn: turnOf(state),
        by: event.by,
        why: "stopped",
        ...keptChange(state, event.change),
      };
    case "gave_up":
      return { phase: "failed", turn: turnOf(state), cause: event.cause, ...keptChange(state, event.change) };
    default:
      return buildInTurn(state, event, nowMs);
  }
}

type InTurnEvent = Exclude<
  RunEvent,
  {
    type:
      | "allowed"
      | "refused"
      | "asked"
      | "answered"
      | "admitted"
      | "changes_requested"
      | "follow_up"
      | "stopped"
      | "gave_up";
  }
>;

function buildInTurn(state: RunState, event: InTurnEvent, nowMs: number): RunState | undefined {
  switch (state.phase) {
    case "dispatched":
      return event.type === "claimed" ? { phase: "provisioning", turn: state.turn } : undefined;
    case "provisioning":
      return fromProvisioning(state, event, nowMs);
    case "working":
      return fromWorking(state, event);
    case "checking":
      return fromChecking(state, event, nowMs);
    case "awaiting_approval":
      return fromAwaiting(state, event, nowMs);
    case "approved":
    case "publishing":
      return fromApproved(state, event, nowMs);
    case "pr_open":
      return fromPullRequest(state, event);
    case "cancelled":
      return event.type === "change_frozen" ? { ...state, change: event.change } : undefined;
    case "received":
    case "refused":
    case "needs_input":
    case "queued":
    case "merged":
    case "closed":
    case "answered":
    case "rejected":
    case "expired":
    case "failed":
    case "over_budget":
      return undefined;
    default:
      return state satisfies never;
  }
}

function fromProvisioning(state: InPhase<"provisioning">, event: InTurnEvent, nowMs: number): RunState | undefined {
  switch (event.type) {
    case "claimed":
      return state;
    case "sandbox_made":
      return { phase: "provisioning", turn: state.turn, sandboxId: event.sandboxId, ...lostOf(state) };
    case "sandbox_waited":
      return { ...state, waitingSinceMs: event.sinceMs, retryUntilMs: event.untilMs };
    case "sandbox_gone":
      return { phase: "provisioning", turn: state.turn, lost: (state.lost ?? 0) + 1 };
    case "agent_started": {
      const agent = {
        pid: event.pid,
        startedAtMs: nowMs,
        outOffset: 0,
        tailDigest: "",
        lastOutputAtMs: nowMs,
        progress: NO_PROGRESS,
      };
      return { phase: "working", turn: state.turn, sandboxId: event.sandboxId, agent, ...lostOf(state) };
    }
    default:
      return undefined;
  }
}

function lostOf({ lost }: { readonly lost?: number | undefined }): { lost?: number } {
  return lost === undefined ? {} : { lost };
}

function fromWorking(state: InPhase<"working">, event: InTurnEvent): RunState | undefined {
  switch (event.type) {
    case "claimed":
      return state;
    case "progressed":
      return { ...state, agent: event.agent };
    case "sandbox_gone":
      return { phase: "provisioning", turn: state.turn, lost: (state.lost ?? 0) + 1 };
    case "change_frozen":
      return { phase: "checking", turn: state.turn, change: event.change, done: [] };
    case "no_change":
      return { phase: "answered", turn: state.turn, text: event.text };
    default:
      return undefined;
  }
}

function fromChecking(state: InPhase<"checking">, event: InTurnEvent, nowMs: number): RunState | undefined {
  switch (event.type) {
    case "claimed":
      return state;
    case "check_started":
      return { ...state, current: event.name };
    case "check_done":
      return {
        phase: "checking",
        turn: state.turn,
        change: state.change,
        done: [...new Set([...state.done, event.name])],
      };
    case "checked":
      return {
        phase: "awaiting_approval",
        turn: state.turn,
        change: state.change,
        seal: event.seal,
        approvals: [],
        askedAtMs: nowMs,
        expiresAtMs: event.expiresAtMs,
        approvable: event.approvable,
        ...(event.behind === undefined ? {} : { behind: event.behind }),
      };
    default:
      return undefined;
  }
}

function fromAwaiting(state: InPhase<"awaiting_approval">, event: InTurnEvent, nowMs: number): RunState | undefined {
  const { turn, change, seal } = state;
  switch (event.type) {
    case "voted": {
      const { approvals } = event;
      return event.enough
        ? { phase: "approved", turn, change, seal, approvals, approvedAtMs: nowMs }
        : { ...state, approvals };
    }
    case "rejected":
      return { phase: "rejected", turn, change, by: event.by, reason: event.reason };
    case "expired":
      return nowMs >= state.expiresAtMs ? { phase: "expired", turn, change } : undefined;
    case "withdrawn":
      return { phase: "cancelled", turn, by: event.by, why: "withdrawn", change };
    default:
      return undefined;
  }
}

function fromApproved(
  state: InPhase<"approved" | "publishing">,
  event: InTurnEvent,
  nowMs: number,
): RunState | undefined {
  const { turn, change, seal, approvals, approvedAtMs } = state;
  const kept = { turn, change, seal, approvals, approvedAtMs };
  switch (event.type) {
    case "claimed":
      return state.phase === "publishing" ? state : { phase: "publishing", ...kept };
    case "commit_made":
      return { phase: "publishing", ...kept, commitSha: event.sha };
    case "held":
      return { phase: "approved", ...kept, held: event.reason };
    case "approval_void": {
      const { note, expiresAtMs, conflict } = event;
      const up = { turn, change, seal, approvals: [], askedAtMs: nowMs, expiresAtMs, approvable: !conflict };
      return { phase: "awaiting_approval", ...up, note, ...(conflict ? { conflict } : {}) };
    }
    case "pull_request_recorded": {
      const { number, url, headSha, tree, draft } = event;
      const opened = { turn, change, seal, approvals, number, url, headSha, tree };
      return { phase: "pr_open", ...opened, draft, headMatches: true, ci: {} };
    }
    default:
      return undefined;
  }
}

function fromPullRequest(state: InPhase<"pr_open">, event: InTurnEvent): RunState | undefined {
  const { turn, change, seal, approvals, number, url, headSha, tree } = state;
  const published = { turn, change, seal, approvals, number, url, headSha, tree };
  switch (event.type) {
    case "merged":
      return { phase: "merged", ...published, by: event.by, atMs: event.atMs, headMatches: event.headMatches };
    case "closed":
      return { phase: "closed", ...published, by: event.by, atMs: event.atMs };
    case "head_moved":
      return { ...state, headSha: event.headSha, headMatches: false, ci: {} };
    case "readied":
      return { ...state, draft: event.draft };
    case "ci_reported":
      return { ...state, ci: { ...state.ci, [event.name]: event.conclusion } };
    default:
      return undefined;
  }
}

function keptChange(state: RunState, change: number | undefined): { change?: number } {
  const kept = change ?? changeOf(state);
  return kept === undefined ? {} : { change: kept };
}
