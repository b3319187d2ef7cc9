// What happens to a pull request after it is open flows back: merged, closed, a foreign push, CI.
import type { HostEvent } from "../core/interaction.ts";
import type { Job } from "../core/job.ts";
import type { RecordEntry } from "../core/record.ts";
import type { RunEvent } from "../core/run-event.ts";
import type { CodeHost, Commit, Run, Store } from "../ports.ts";
import { commitFresh } from "./commit-run.ts";

export interface HostEventPorts {
  readonly store: Pick<
    Store,
    "loadRun" | "commit" | "findRunByPullRequest" | "listOpenPullRequestsByHead" | "loadChange"
  >;
  readonly codeHost: Pick<CodeHost, "readPullRequest">;
}

export async function applyHostEvent(
  ports: HostEventPorts,
  given: { readonly inboxId: string; readonly event: HostEvent },
): Promise<void> {
  const { event } = given;
  const runIds =
    event.kind === "ci"
      ? await ports.store.listOpenPullRequestsByHead(event.repositoryId, event.headSha)
      : [await ports.store.findRunByPullRequest(event.repositoryId, event.number)];
  for (const runId of runIds) {
    if (runId !== undefined) await commitFresh(ports.store, runId, async (run) => decideHostEvent(run, given));
  }
}

function decideHostEvent(run: Run, given: { readonly inboxId: string; readonly event: HostEvent }): Commit | undefined {
  const record: RecordEntry[] = [{ kind: "pull_request_event", payload: { ...given.event } }];
  // A further version is under way: what happens to the pull request meanwhile is written down, and decides nothing.
  if (run.state.phase !== "pr_open") return { run, events: [], record, inboxId: given.inboxId };
  const moved = toRunEvent(run, given.event);
  if (moved === undefined) return undefined;
  return { run, events: [moved], record, jobs: jobsAfter(run, [moved]), inboxId: given.inboxId };
}

/** A head that somebody moved turns our check red, which only a publisher may write. */
function jobsAfter(run: Run, events: readonly RunEvent[]): readonly Job[] {
  return events.some((event) => event.type === "head_moved") ? [{ name: "publish", runId: run.id }] : [];
}

function toRunEvent(run: Run, event: HostEvent): RunEvent | undefined {
  const { state, repository } = run;
  if (state.phase !== "pr_open" || repository === undefined) return undefined;
  switch (event.kind) {
    case "merged":
      return { type: "merged", by: event.by, atMs: event.atMs, headMatches: state.headMatches };
    case "closed":
      return { type: "closed", by: event.by, atMs: event.atMs };
    case "pushed":
      return event.headSha === state.headSha ? undefined : { type: "head_moved", headSha: event.headSha };
    case "ready":
      return event.draft === state.draft ? undefined : { type: "readied", draft: event.draft };
    case "ci":
      return state.ci[event.name] === event.conclusion
        ? undefined
        : { type: "ci_reported", name: event.name, conclusion: event.conclusion };
    default:
      return event satisfies never;
  }
}

/** The code host does not redeliver: an open pull request is looked up now and then. */
export async function reconcilePullRequest(ports: HostEventPorts, runId: string): Promise<void> {
  await commitFresh(ports.store, runId, async (run) => {
    const { state, repository } = run;
    if (state.phase !== "pr_open" || repository === undefined) return undefined;
    const now = await ports.codeHost.readPullRequest(repository, state.number);
    if (now === undefined) return undefined;
    const events: RunEvent[] = [];
    if (now.headSha !== state.headSha) events.push({ type: "head_moved", headSha: now.headSha });
    if (now.state === "open" && now.draft !== state.draft) events.push({ type: "readied", draft: now.draft });
    const headMatches = state.headMatches && now.headSha === state.headSha;
    if (now.state === "merged")
      events.push({ type: "merged", by: now.by ?? "", atMs: now.endedAtMs ?? 0, headMatches });
    if (now.state === "closed") events.push({ type: "closed", by: now.by ?? "", atMs: now.endedAtMs ?? 0 });
    if (events.length === 0) return undefined;
    return {
      run,
      events,
      jobs: jobsAfter(run, events),
      record: [{ kind: "pull_request_event", payload: { reconciled: events.map((event) => event.type) } }],
    };
  });
}
