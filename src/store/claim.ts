// A worker becomes a run's only writer: whoever claimed before it loses at its next commit.
import { advance } from "../core/run.ts";
import { turnOf } from "../core/run-moves.ts";
import type { Phase } from "../core/run-state.ts";
import type { Run } from "../ports.ts";
import { enqueueDelivery } from "./enqueue-delivery.ts";
import type { StoreParts } from "./parts.ts";
import { toRun } from "./run-row.ts";
import { inTransaction } from "./transaction.ts";
import { lockRun, updateRun } from "./update-run.ts";

export async function claimRun(
  parts: StoreParts,
  id: string,
  want: { readonly phases: readonly Phase[]; readonly turn?: number },
): Promise<Run | undefined> {
  return inTransaction(parts.db, async (trx) => {
    const row = await lockRun(trx, id);
    if (row === undefined) return undefined;
    const run = toRun(row);
    if (!want.phases.includes(run.state.phase)) return undefined;
    if (want.turn !== undefined && turnOf(run.state) !== want.turn) return undefined;
    const nowMs = parts.clock.nowMs();
    const moved = advance(run.state, { type: "claimed" }, nowMs);
    if (!moved.ok) return undefined;
    const epoch = row.epoch + 1;
    const record = [{ kind: "claimed" as const, payload: { epoch, phase: run.state.phase } }];
    const updated = await updateRun(trx, row, { next: moved.value, record, nowMs, columns: { epoch } });
    await enqueueDelivery(parts, trx, updated);
    return toRun(updated);
  });
}
