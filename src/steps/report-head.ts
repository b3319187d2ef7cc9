// A pull request whose head somebody else moved says so on the code host too: our check on that head is red.
import type { Publisher, Run, Store } from "../ports.ts";

export interface ReportPorts {
  readonly store: Pick<Store, "loadRun" | "loadChange">;
  readonly publisher: Publisher;
}

/** Does nothing unless an open pull request shows something else than what was approved. */
export async function reportMovedHead(ports: ReportPorts, runId: string): Promise<void> {
  const run = await ports.store.loadRun(runId);
  if (run?.state.phase !== "pr_open" || run.state.headMatches) return;
  const { repository, state } = run;
  const change = await ports.store.loadChange(run.id, state.change);
  if (repository === undefined || change?.sealed === undefined) throw new Error(`run ${run.id} has no sealed change`);
  const approval = { record: change.sealed, digest: state.seal, approvals: state.approvals };
  const begun = await ports.publisher.begin(repository, approval);
  if (!begun.ok) throw new Error(`the moved head of run ${run.id} was not reported: ${begun.problem.detail}`);
  try {
    await begun.value.reportApproval(state.headSha, { ok: false, ...wordsFor(run) });
  } finally {
    await begun.value.end();
  }
}

function wordsFor(run: Run): { readonly title: string; readonly summary: string } {
  return {
    title: "Head is no longer the approved change",
    summary: `Somebody pushed to this branch after it was approved. Run ${run.id} approved another commit.`,
  };
}
