// Runs in the states people look at them in, whole and consistent.
import type { RunState } from "../../src/core/run-state.ts";
import type { VoteRow } from "../../src/ports.ts";
import { at, chain, sha256 } from "./record.ts";
import { change, OWNER, REQUESTER, RULES, run, turn, view, type SceneData } from "./scene-parts.ts";
import { ASKED, checked, froze, worked } from "./told.ts";

export function workingScene(): SceneData {
  const state: RunState = {
    phase: "working",
    turn: 1,
    sandboxId: "sbx-41",
    agent: {
      pid: 7,
      startedAtMs: at(52),
      outOffset: 1800,
      tailDigest: "aa",
      lastOutputAtMs: at(112),
      progress: {
        said: "Now I run the tests.",
        toolCalls: 3,
        files: ["content/pricing.md"],
        denied: 1,
        plan: [],
      },
    },
  };
  return {
    view: view(run("7KR5AA", state, { usedMs: 0 }), { nowMs: at(180) }),
    events: chain("7KR5AA", [...ASKED, ...worked(1, 52)]),
  };
}

/** Two versions: an owner asked for changes to the first, the second waits. */
export function waitingScene(id = "7KQ2AA"): SceneData {
  const first = change(id, 1, { said: "The monthly price is now $39 in the page." });
  const second = change(id, 2, { atMs: at(800) });
  const state: RunState = {
    phase: "awaiting_approval",
    turn: 2,
    change: 2,
    seal: second.seal ?? "",
    approvals: [],
    askedAtMs: at(850),
    expiresAtMs: at(850) + RULES.expiresMs,
    approvable: true,
  };
  return {
    view: view(run(id, state), { turns: [turn(1), turn(2)], changes: [first, second] }),
    events: chain(id, [
      ...ASKED,
      ...worked(1, 52),
      ...froze(first, 298),
      ...checked(first, 320),
      { kind: "vote_refused", at: 420, payload: { change: 1, by: REQUESTER.id, why: "requester_cannot" } },
      {
        kind: "changes_requested",
        at: 470,
        payload: { turn: 2, kind: "review", by: OWNER, text: "Please say from when it applies." },
      },
      { kind: "dispatched", at: 471, payload: { turn: 2 } },
      { kind: "sandbox_ready", at: 480, payload: { sandbox: "sbx-42", generation: 2 } },
      ...worked(2, 520),
      ...froze(second, 800),
      ...checked(second, 830),
    ]),
  };
}

export function openScene(id = "7KP9AA"): SceneData {
  const made = change(id, 1);
  const seal = made.seal ?? "";
  const published = {
    number: 482,
    url: "https://github.example.com/acme/website/pull/482",
    headSha: sha256("head").slice(0, 40),
  };
  const state: RunState = {
    phase: "pr_open",
    turn: 1,
    change: 1,
    seal,
    approvals: [OWNER.id],
    ...published,
    tree: made.resultTree,
    draft: true,
    headMatches: true,
    ci: { build: "success", "preview deploy": "in_progress" },
  };
  const vote: VoteRow = { change: 1, person: OWNER, verdict: "approve", seal, atMs: at(623) };
  return {
    view: view(run(id, state, { pullRequest: { ...published, headBranch: made.headBranch } }), {
      changes: [made],
      votes: [vote],
    }),
    events: chain(id, [
      ...ASKED,
      ...worked(1, 52),
      ...froze(made, 298),
      ...checked(made, 320),
      { kind: "vote", at: 623, payload: { change: 1, seal, by: OWNER, groups: RULES.ownerGroups, verdict: "approve" } },
      { kind: "approved", at: 623, payload: { change: 1, approvals: [OWNER.id] } },
      { kind: "claimed", at: 624, payload: { epoch: 2 } },
      { kind: "publish_step", at: 626, payload: { step: "commit", sha: published.headSha, tree: made.resultTree } },
      {
        kind: "pull_request_opened",
        at: 628,
        payload: { ...published, tree: made.resultTree, parent: made.baseCommit },
      },
      { kind: "pull_request_event", at: 700, payload: { kind: "ci", name: "build", conclusion: "success" } },
    ]),
  };
}

export function failedScene(): SceneData {
  const cause = {
    kind: "setup-failed" as const,
    command: "npm ci",
    exitCode: 1,
    output: "npm error code ECONNREFUSED\n\u001b[31mnpm error\u001b[39m packages.example.com was not reached\n",
  };
  const state: RunState = { phase: "failed", turn: 1, cause };
  return {
    view: view(run("7KM6AA", state, { usedMs: 0 })),
    events: chain("7KM6AA", [...ASKED, { kind: "failed", at: 60, payload: { cause } }]),
  };
}

export function refusedScene(): SceneData {
  const refusal = {
    kind: "no-repository" as const,
    team: "marketing",
    asked: "acme/billing",
    allowed: ["acme/website"],
  };
  const rule = "teams/marketing.yaml, repositories";
  const bare = run("7KB1AA", { phase: "refused", refusal, rule }, { usedMs: 0 });
  const { rules: _rules, repository: _repository, ...unrouted } = bare;
  return {
    view: view(unrouted, { turns: [] }),
    events: chain("7KB1AA", [
      { kind: "requested", at: 0, payload: {} },
      { kind: "refused", at: 1, payload: { refusal, rule } },
    ]),
  };
}
