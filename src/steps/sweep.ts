// Every minute: what fell through anywhere is found and set going again. Each part fails alone.
import type { Clock, Intake, Log, Store, Tracker } from "../ports.ts";
import { reconcilePullRequest, type HostEventPorts } from "./apply-host-event.ts";
import { killOrphans, type CleanPorts } from "./clean-sandboxes.ts";
import { expireApproval } from "./expire-approval.ts";

export type SweepPorts = CleanPorts &
  HostEventPorts & {
    readonly store: Pick<Store, "requeueLost" | "listRunsIn" | "refreshSessions">;
    readonly intake: Pick<Intake, "acceptRequest" | "acceptTrackerEvent">;
    readonly tracker?: Pick<Tracker, "listMissed"> | undefined;
    readonly clock: Clock;
    readonly log: Log;
  };

export async function sweep(ports: SweepPorts): Promise<void> {
  const parts: readonly (readonly [string, () => Promise<void>])[] = [
    ["lost work", () => requeue(ports)],
    ["lapsed approvals", () => expireLapsed(ports)],
    ["orphan sandboxes", () => killOrphans(ports)],
    ["open pull requests", () => reconcile(ports)],
    ["sessions on the tracker", () => catchUp(ports)],
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

const MISSED_FOR_MS = 6 * 3_600_000;

/** A webhook that never came, or came too late to be believed, is made up for by asking; quiet sessions get a sign of life. */
async function catchUp({ tracker, intake, store, clock, log }: SweepPorts): Promise<void> {
  if (tracker === undefined) return;
  await store.refreshSessions();
  for (const missed of await tracker.listMissed(clock.nowMs() - MISSED_FOR_MS)) {
    const accepted =
      missed.kind === "request"
        ? await intake.acceptRequest(missed.key, missed.request)
        : await intake.acceptTrackerEvent(missed.key, missed.event);
    if (accepted.kind === "new") log.warn({ key: missed.key.key }, "the tracker had told something that never arrived");
  }
}
