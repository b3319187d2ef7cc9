// Nobody decided in time. Harmless when late or twice: only a change that still waits, past its own date, expires.
import type { Clock, Store } from "../ports.ts";
import { commitFresh } from "./commit-run.ts";

export interface ExpirePorts {
  readonly store: Pick<Store, "loadRun" | "commit">;
  readonly clock: Clock;
}

export async function expireApproval(
  ports: ExpirePorts,
  due: { readonly runId: string; readonly change: number },
): Promise<void> {
  await commitFresh(ports.store, due.runId, async (run) => {
    const { state } = run;
    if (state.phase !== "awaiting_approval" || state.change !== due.change || ports.clock.nowMs() < state.expiresAtMs)
      return undefined;
    return { run, events: [{ type: "expired" }], record: [{ kind: "expired", payload: { change: due.change } }] };
  });
}
