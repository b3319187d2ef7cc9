// The life of a run as data: which event moves it from where to where. `advance()` is the only way to a next state.
import { bad, good, type Outcome } from "./problem.ts";
import type { RunEvent, RunEventType } from "./run-event.ts";
import { buildNext } from "./run-moves.ts";
import type { Phase, RunState } from "./run-state.ts";

export interface Arrow {
  readonly from: readonly Phase[];
  readonly event: RunEventType;
  readonly to: readonly Phase[];
}

/** Phases that hold one of a team's places. */
export const SLOT_PHASES = ["dispatched", "provisioning", "working", "checking"] as const satisfies readonly Phase[];
/** Phases that wait for a person: no sandbox runs, no slot is held. */
export const WAITING_PHASES = ["needs_input", "over_budget", "awaiting_approval"] as const satisfies readonly Phase[];
export const END_PHASES = [
  "refused",
  "merged",
  "closed",
  "answered",
  "rejected",
  "expired",
  "cancelled",
  "failed",
] as const satisfies readonly Phase[];

const MOVING: readonly Phase[] = [
  "received",
  "queued",
  "dispatched",
  "provisioning",
  "working",
  "checking",
  "approved",
  "publishing",
];

/** Every move a run can make. The README's diagram is drawn from this table. */
export const ARROWS: readonly Arrow[] = [
  { from: ["received"], event: "allowed", to: ["queued"] },
  { from: ["received"], event: "refused", to: ["refused"] },
  { from: ["received"], event: "asked", to: ["needs_input"] },
  { from: ["needs_input"], event: "answered", to: ["received"] },
  { from: ["queued"], event: "admitted", to: ["dispatched"] },
  { from: ["dispatched", "provisioning"], event: "claimed", to: ["provisioning"] },
  { from: ["working"], event: "claimed", to: ["working"] },
  { from: ["checking"], event: "claimed", to: ["checking"] },
  { from: ["approved", "publishing"], event: "claimed", to: ["publishing"] },
  { from: ["provisioning"], event: "sandbox_made", to: ["provisioning"] },
  { from: ["provisioning"], event: "sandbox_waited", to: ["provisioning"] },
  { from: ["provisioning"], event: "agent_started", to: ["working"] },
  { from: ["working"], event: "progressed", to: ["working"] },
  { from: ["working", "provisioning"], event: "sandbox_gone", to: ["provisioning"] },
  { from: ["working"], event: "change_frozen", to: ["checking"] },
  // Work found in the sandbox of a run that was stopped: kept to look at.
  { from: ["cancelled"], event: "change_frozen", to: ["cancelled"] },
  { from: ["working"], event: "no_change", to: ["answered"] },
  { from: ["checking"], event: "check_started", to: ["checking"] },
  { from: ["checking"], event: "check_done", to: ["checking"] },
  { from: ["checking"], event: "checked", to: ["awaiting_approval"] },
  { from: ["awaiting_approval"], event: "voted", to: ["awaiting_approval", "approved"] },
  { from: ["awaiting_approval"], event: "changes_requested", to: ["queued"] },
  { from: ["awaiting_approval"], event: "rejected", to: ["rejected"] },
  { from: ["awaiting_approval"], event: "expired", to: ["expired"] },
  { from: ["awaiting_approval"], event: "withdrawn", to: ["cancelled"] },
  { from: ["approved", "publishing"], event: "approval_void", to: ["awaiting_approval"] },
  { from: ["publishing"], event: "commit_made", to: ["publishing"] },
  { from: ["approved", "publishing"], event: "held", to: ["approved"] },
  { from: ["publishing"], event: "pull_request_recorded", to: ["pr_open"] },
  { from: ["pr_open"], event: "merged", to: ["merged"] },
  { from: ["pr_open"], event: "closed", to: ["closed"] },
  { from: ["pr_open"], event: "head_moved", to: ["pr_open"] },
  { from: ["pr_open"], event: "readied", to: ["pr_open"] },
  { from: ["pr_open"], event: "ci_reported", to: ["pr_open"] },
  { from: ["pr_open", "answered", "cancelled", "failed", "awaiting_approval"], event: "follow_up", to: ["queued"] },
  { from: [...MOVING, ...WAITING_PHASES], event: "stopped", to: ["cancelled"] },
  { from: [...MOVING, "needs_input", "over_budget"], event: "gave_up", to: ["failed"] },
];

export interface Misfit {
  readonly kind: "misfit";
  readonly phase: Phase;
  readonly event: RunEventType;
}

/**
 * The state after an event, or a misfit where the table has no such arrow: a late click, a stale worker, a message twice.
 * `nowMs` is the caller's clock in milliseconds.
 */
export function advance(state: RunState, event: RunEvent, nowMs: number): Outcome<RunState, Misfit> {
  const arrow = ARROWS.find((each) => each.event === event.type && each.from.includes(state.phase));
  const next = arrow === undefined ? undefined : buildNext(state, event, nowMs);
  if (arrow === undefined || next === undefined || !arrow.to.includes(next.phase)) {
    return bad({ kind: "misfit", phase: state.phase, event: event.type });
  }
  return good(next);
}
