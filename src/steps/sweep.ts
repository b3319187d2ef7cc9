// Every minute: what fell through anywhere is found and set going again. Each part fails alone.
import type { Clock, Log, Store } from "../ports.ts";
import { reconcilePullRequest, type HostEventPorts } from "./apply-host-event.ts";
import { killOrphans, type CleanPorts } from "./clean-sandboxes.ts";
import { expireApproval } from "./expire-approval.ts";

export type SweepPorts = CleanPorts &
  HostEventPorts & {
    readonly store: Pick<Store, "requeueLost" | "listRunsIn">;
    readonly clock: Clock;
    readonly log: Log;
  };

export async function sweep(ports: SweepPorts): Promise<void> {
  const parts: readonly (readonly [string, () => Promise<void>])[] = [
    ["lost work", () => requeue(ports)],
    ["lapsed approvals", () => expireLapsed(ports)],
    ["orphan sandboxes", () => killOrphans(ports)],
    ["open pull requests", () => reconcile(ports)],
  ];
  for (const [part, run] of parts) {
    try {
      await run();
    } catch (cause) {
      ports.log.error({ part, cause: String(cause) }, "a part of the sweep failed");
    }
  }
}

async function requeue(ports: SweepPorts): Promise<void> {
  const found = await ports.store.requeueLost();
  if (found.length > 0) ports.log.warn({ jobs: found }, "lost work was enqueued again");
}

async function expireLapsed(ports: SweepPorts): Promise<void> {
  for (const each of await ports.store.listRunsIn(["awaiting_approval"])) {
    const run = await ports.store.loadRun(each.id);
    if (run?.state.phase === "awaiting_approval" && run.state.expiresAtMs <= ports.clock.nowMs()) {
      await expireApproval(ports, { runId: run.id, change: run.state.change });
    }
  }
}

async function reconcile(ports: SweepPorts): Promise<void> {
  for (const each of await ports.store.listRunsIn(["pr_open"])) await reconcilePullRequest(ports, each.id);
}
