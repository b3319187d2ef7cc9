// A job that failed for good must not leave its run hanging: the run ends with a last word.
import type { Job } from "../core/job.ts";
import type { FailureCause } from "../core/problem.ts";
import type { Log, Store } from "../ports.ts";
import { commitFresh, failure } from "./commit-run.ts";

export interface GiveUpPorts {
  readonly store: Pick<Store, "loadRun" | "commit">;
  readonly log: Log;
}

export async function giveUp(ports: GiveUpPorts, job: Job, why: string): Promise<void> {
  ports.log.error({ job, why }, "a job failed for good");
  if (job.name === "publish") await holdForGood(ports, job.runId);
  if (job.name !== "work" && job.name !== "route") return;
  const detail = why.split("\n")[0]?.slice(0, 300) ?? "";
  const cause: FailureCause = { kind: "gave-up", detail };
  await commitFresh(ports.store, job.runId, async (run) => {
    const { state } = run;
    const meant = job.name === "route" ? state.phase === "received" : "turn" in state && state.turn === job.turn;
    if (!meant || state.phase === "queued") return undefined;
    return { run, ...failure(cause), jobs: [{ name: "clean", runId: run.id }] };
  });
}

/** An approval outlives any outage: publishing rests with its reason until a person tries again. */
async function holdForGood(ports: GiveUpPorts, runId: string): Promise<void> {
  const reason = "GitHub or Slack did not answer for a long time. Try again when they do.";
  await commitFresh(ports.store, runId, async (run) => {
    const { phase } = run.state;
    if (phase !== "publishing" && phase !== "approved") return undefined;
    const record = [{ kind: "publish_held" as const, payload: { kind: "gave-up", detail: reason } }];
    return { run, events: [{ type: "held", reason }], record };
  });
}
