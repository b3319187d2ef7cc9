// How a step writes: one commit through the store, or the news that somebody else moved the run first.
import type { FailureCause } from "../core/problem.ts";
import type { Commit, Run, Store } from "../ports.ts";

/** The run after the commit, or undefined where ownership is lost: the caller stops, another worker goes on. */
export async function commitOrLose(store: Pick<Store, "commit">, commit: Commit): Promise<Run | undefined> {
  const done = await store.commit(commit);
  return done.kind === "committed" ? done.run : undefined;
}

/**
 * For decisions about a run that others move at the same time (a vote, a stop): decide on the freshest state, write,
 * and decide anew when somebody was faster. `decide` answers undefined when there is nothing to do any more.
 */
export async function commitFresh(
  store: Pick<Store, "commit" | "loadRun">,
  runId: string,
  decide: (run: Run) => Promise<Commit | undefined>,
): Promise<Run | undefined> {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const run = await store.loadRun(runId);
    const commit = run === undefined ? undefined : await decide(run);
    if (commit === undefined) return undefined;
    const done = await store.commit(commit);
    if (done.kind === "committed") return done.run;
    if (done.kind === "misfit") return undefined;
  }
  throw new Error(`run ${runId} moved twenty times while one decision was being written`);
}

/** The event and record entry of a run that stops by a problem; `change` is the work kept to look at. */
export function failure(cause: FailureCause, change?: number): Pick<Commit, "events" | "record"> {
  return {
    events: [{ type: "gave_up", cause, ...(change === undefined ? {} : { change }) }],
    record: [{ kind: "failed", payload: { cause, ...(change === undefined ? {} : { change }) } }],
  };
}
