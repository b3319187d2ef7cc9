// What a job that failed for good leaves behind: a last word, or an approval that rests until somebody tries again.
import { expect, test } from "vitest";
import type { RunState } from "../../src/core/run-state.ts";
import type { Commit, Run, Store } from "../../src/ports.ts";
import { giveUp } from "../../src/steps/give-up.ts";
import { SILENT } from "../setup/store.ts";

const published = { turn: 1, change: 1, seal: "s", approvals: ["slack:U0OWN"], approvedAtMs: 1 };
const RUN: Omit<Run, "state"> = {
  id: "7KQ2AB",
  version: 3,
  epoch: 1,
  generation: 1,
  request: {
    kind: "command",
    requester: { id: "slack:U0REQ", name: "Marketing requester" },
    place: { surface: "slack", workspace: "T0ACME", channel: "C0MKT" },
    text: "write something",
    files: [],
  },
  title: "write something",
  createdAtMs: 1,
  chosen: {},
  usedMs: 0,
};

function storeWith(state: RunState): { readonly store: Pick<Store, "loadRun" | "commit">; readonly commits: Commit[] } {
  const commits: Commit[] = [];
  const run: Run = { ...RUN, state };
  return {
    commits,
    store: {
      loadRun: async () => run,
      commit: async (commit) => {
        commits.push(commit);
        return { kind: "committed", run };
      },
    },
  };
}

test.each<[string, RunState]>([
  ["publishing", { phase: "publishing", ...published }],
  [
    "approved, held before",
    { phase: "approved", ...published, held: "GitHub is not answering; trying again by itself." },
  ],
])(
  "a publishing that failed for good keeps the approval, with a reason that promises nothing: %s",
  async (_of, state) => {
    const { store, commits } = storeWith(state);
    await giveUp({ store, log: SILENT }, { name: "publish", runId: RUN.id }, "the code host was down");
    expect(commits.map((commit) => commit.events)).toEqual([
      [{ type: "held", reason: expect.stringContaining("Try again") }],
    ]);
  },
);

test.each<[string, RunState]>([
  [
    "open already",
    {
      phase: "pr_open",
      ...published,
      number: 1,
      url: "",
      headSha: "",
      tree: "",
      draft: true,
      headMatches: true,
      ci: {},
    },
  ],
  ["decided anew", { phase: "queued", turn: 2 }],
])("a publishing that failed for good leaves alone what is past it: %s", async (_of, state) => {
  const { store, commits } = storeWith(state);
  await giveUp({ store, log: SILENT }, { name: "publish", runId: RUN.id }, "late");
  expect(commits).toEqual([]);
});

test("a turn that failed for good ends the run with its last word", async () => {
  const { store, commits } = storeWith({ phase: "provisioning", turn: 1 });
  await giveUp({ store, log: SILENT }, { name: "work", runId: RUN.id, turn: 1 }, "no base\nstack");
  expect(commits[0]?.events).toEqual([{ type: "gave_up", cause: { kind: "gave-up", detail: "no base" } }]);
  expect(commits[0]?.jobs).toEqual([{ name: "clean", runId: RUN.id }]);
});

test("a turn that is over already is not ended again by the job of an earlier one", async () => {
  const { store, commits } = storeWith({ phase: "working", turn: 2, sandboxId: "s", agent: AGENT });
  await giveUp({ store, log: SILENT }, { name: "work", runId: RUN.id, turn: 1 }, "old");
  expect(commits).toEqual([]);
});

const AGENT = {
  pid: 1,
  startedAtMs: 1,
  outOffset: 0,
  tailDigest: "",
  lastOutputAtMs: 1,
  progress: { plan: [], said: "", files: [], denied: 0, toolCalls: 0 },
};
