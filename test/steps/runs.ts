// Runs and small stores for tests of single steps.
import type { Issue } from "../../src/core/issue.ts";
import type { RunState } from "../../src/core/run-state.ts";
import type { Commit, Run, Store } from "../../src/ports.ts";

export const NOW_MS = 1_800_000_000_000;

export const ISSUE: Issue = {
  id: "issue-1",
  identifier: "ENG-1",
  title: "Raise the price",
  url: "https://linear.app/acme/issue/ENG-1",
  teamId: "team-eng",
  teamKey: "ENG",
};

export function runOf(state: RunState, more: Partial<Run> = {}): Run {
  return {
    id: "7KQ2AB",
    version: 3,
    epoch: 1,
    generation: 1,
    state,
    request: {
      kind: "issue",
      requester: { id: "slack:U0REQ", name: "Ann" },
      place: { surface: "linear", workspace: "org-1", channel: "session-1" },
      text: "Resolve the issue ENG-1.",
      files: [],
    },
    title: "Raise the price",
    createdAtMs: NOW_MS,
    chosen: {},
    usedMs: 0,
    issue: ISSUE,
    session: "session-1",
    ...more,
  };
}

interface RunStore {
  readonly store: Pick<Store, "loadRun" | "commit" | "findRunInSession" | "listRunsOnIssue">;
  readonly commits: Commit[];
}

/** Holds these runs, the newest first; each commit is kept and changes nothing. */
export function storeWith(...runs: readonly Run[]): RunStore {
  const commits: Commit[] = [];
  return {
    commits,
    store: {
      loadRun: async (id) => runs.find((each) => each.id === id),
      commit: async (commit) => {
        commits.push(commit);
        return { kind: "committed", run: commit.run };
      },
      findRunInSession: async (session) => runs.find((each) => each.session === session)?.id,
      listRunsOnIssue: async (issueId) =>
        runs
          .filter((each) => each.issue?.id === issueId)
          .map(({ id, title, state, createdAtMs, request }) => ({
            id,
            title,
            phase: state.phase,
            requester: request.requester,
            createdAtMs,
            updatedAtMs: createdAtMs,
          })),
    },
  };
}
