// The plan of a session: the phases a run really has, as far as they have come.
import type { RunState } from "../core/run-state.ts";
import type { RunView } from "../ports.ts";
import type { Plan, PlanStatus } from "./content.ts";

const STEPS = [
  "Choose rules and repository",
  "Prepare a sandbox",
  "Work on the change",
  "Check it in a fresh sandbox",
  "Approval by an owner",
  "Open the pull request",
] as const;

interface Standing {
  /** How many steps are complete. */
  readonly complete: number;
  /** What became of the one after them, and of those that follow it. */
  readonly next: PlanStatus;
  readonly rest: PlanStatus;
}

export function renderPlan({ run }: Pick<RunView, "run">): Plan {
  const { complete, next, rest } = describeStanding(run.state);
  return STEPS.map((content, index) => ({
    content,
    status: index < complete ? "completed" : index === complete ? next : rest,
  }));
}

const going = (complete: number): Standing => ({ complete, next: "inProgress", rest: "pending" });
const over = (complete: number): Standing => ({ complete, next: "canceled", rest: "canceled" });

function describeStanding(state: RunState): Standing {
  switch (state.phase) {
    case "received":
    case "needs_input":
      return going(0);
    case "queued":
    case "dispatched":
    case "provisioning":
      return going(1);
    case "working":
    case "over_budget":
      return going(2);
    case "checking":
      return going(3);
    case "awaiting_approval":
      return going(4);
    case "approved":
    case "publishing":
      return going(5);
    case "pr_open":
    case "merged":
    case "closed":
      return over(6);
    case "refused":
      return over(0);
    case "answered":
      return over(3);
    case "rejected":
    case "expired":
      return over(4);
    case "cancelled":
    case "failed":
      return over(state.change !== undefined ? 4 : state.turn > 0 ? 1 : 0);
    default:
      return state satisfies never;
  }
}
