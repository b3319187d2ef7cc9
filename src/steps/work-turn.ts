// One turn from dispatched to the end of its checks. Each phase has its own file; this one only goes from one to the next.
import type { Run, Store } from "../ports.ts";
import { followAgent, type FollowPorts } from "./follow-agent.ts";
import { provisionTurn, type ProvisionPorts } from "./provision-turn.ts";
import { verifyChange, type VerifyPorts } from "./verify-change.ts";

export type WorkPorts = ProvisionPorts & FollowPorts & VerifyPorts & { readonly store: Pick<Store, "claim"> };

/**
 * Claims the turn (epoch + 1), so that a worker believed dead can no longer write, and carries it on from where it stands.
 * Returns when the turn waits for a person, has ended, or another worker owns it.
 */
export async function workTurn(
  ports: WorkPorts,
  job: { readonly runId: string; readonly turn: number },
  signal: AbortSignal,
): Promise<void> {
  let run = await ports.store.claim(job.runId, {
    phases: ["dispatched", "provisioning", "working", "checking"],
    turn: job.turn,
  });
  while (run !== undefined && !signal.aborted) {
    const next: Run | undefined = await workPhase(ports, run, signal);
    if (next === undefined || next.version === run.version) return;
    run = next;
  }
  signal.throwIfAborted();
}

async function workPhase(ports: WorkPorts, run: Run, signal: AbortSignal): Promise<Run | undefined> {
  switch (run.state.phase) {
    case "provisioning":
      return provisionTurn(ports, { run, state: run.state }, signal);
    case "working":
      return followAgent(ports, { run, state: run.state }, signal);
    case "checking":
      return verifyChange(ports, { run, state: run.state }, signal);
    default:
      return undefined;
  }
}
