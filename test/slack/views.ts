// Runs as the store would show them, built from one ordinary request.
import type { NewRequest } from "../../src/core/request.ts";
import type { RunRules } from "../../src/core/policy.ts";
import type { RunState } from "../../src/core/run-state.ts";
import type { CheckResult } from "../../src/core/verification.ts";
import type { Change, Run, RunView, Turn, VoteRow } from "../../src/ports.ts";
import type { Scene } from "../../src/slack/render-scene.ts";
import { MARKETING, OTHER, OWNER, OWNERS, REQUESTER, TEAM } from "./workspace.ts";

export const NOW_MS = Date.UTC(2026, 10, 23, 10, 12);
export const SEAL = "1f3c9a2b".repeat(8);
const ASK = "raise the monthly price to $39 on the pricing page\nand say since when";
export const requesterId = `slack:${REQUESTER}`;
export const ownerId = `slack:${OWNER}`;

export const request: NewRequest = {
  kind: "command",
  requester: { id: requesterId, name: "Marketing requester" },
  place: { surface: "slack", workspace: TEAM, channel: MARKETING },
  text: ASK,
  files: [],
};

export const mention: NewRequest = {
  ...request,
  kind: "mention",
  place: { ...request.place, threadTs: "1795400000.000100", messageTs: "1795400000.000100" },
};

export const rules: RunRules = {
  team: "marketing",
  policyVersion: "p1",
  repository: "acme/website",
  base: "main",
  historyDepth: 50,
  draft: true,
  write: ["content/**"],
  never: [],
  checks: [
    { name: "test", run: "npm test", required: true, timeMs: 60_000, baseFiles: [] },
    { name: "lint", run: "npm run lint", required: false, timeMs: 60_000, baseFiles: [] },
  ],
  ownerGroups: [OWNERS],
  votesRequired: 1,
  expiresMs: 7 * 86_400_000,
  memberGroups: ["S0MKT"],
  linearTeams: [],
  adminGroups: ["S0PLATFORM"],
  adminsChannel: "C0PLATFORM",
  agent: { use: "claude-code" },
  network: { setup: ["packages.example.com"], agent: [] },
  limits: { timeMs: 30 * 60_000, files: 40, lines: 1500 },
  atOnce: 3,
};

const DIFF = `diff --git a/content/pricing.md b/content/pricing.md
index 1111111..2222222 100644
--- a/content/pricing.md
+++ b/content/pricing.md
@@ -1,6 +1,8 @@
 # Pricing
-Monthly: $29
+Monthly: $39
+Since December 2026.
 Yearly: $290
diff --git a/public/prices.json b/public/prices.json
index 3333333..4444444 100644
--- a/public/prices.json
+++ b/public/prices.json
@@ -1,3 +1,5 @@
 {
-  "monthly": 29
+  "monthly": 39,
+  "since": "2026-12-01",
+  "currency": "USD"
 }
`;

export function check(fields: Partial<CheckResult> & Pick<CheckResult, "name">): CheckResult {
  return {
    command: `npm run ${fields.name}`,
    required: true,
    status: "passed",
    exitCode: 0,
    durationMs: 31_000,
    output: "48 passed\n",
    before: "passed",
    changedFiles: [],
    where: "sandbox",
    ...fields,
  };
}

const file = { status: "modified", oldMode: "100644", newMode: "100644", oldId: "a", newId: "b", bytes: 300 } as const;

export function change(fields: Partial<Change> = {}): Change {
  return {
    number: 1,
    turn: 1,
    atMs: NOW_MS - 60_000,
    baseCommit: "a".repeat(40),
    baseTree: "b".repeat(40),
    resultTree: "c".repeat(40),
    files: [
      { ...file, path: "content/pricing.md", added: 2, removed: 1 },
      { ...file, path: "public/prices.json", added: 3, removed: 1 },
    ],
    diff: DIFF,
    diffCut: false,
    said: "The monthly price is now $39 in two files.",
    baseBranch: "main",
    headBranch: "agent/marketing/7KQ2ZZ-raise-the-monthly-price",
    commitMessage: "Raise the monthly price",
    title: "Raise the monthly price to $39 on the pricing page",
    problems: [],
    checks: [
      check({ name: "test", before: "failed" }),
      check({ name: "lint", required: false, durationMs: 4000 }),
      check({ name: "no secrets found", where: "control-plane", durationMs: 3 }),
    ],
    seal: SEAL,
    ...fields,
  };
}

export function turn(fields: Partial<Turn> = {}): Turn {
  return {
    turn: 1,
    kind: "request",
    prompt: ASK,
    author: request.requester,
    authorMayVote: false,
    files: [],
    atMs: NOW_MS - 300_000,
    baseCommit: "a".repeat(40),
    baseTree: "b".repeat(40),
    contextCount: 6,
    pictureCount: 1,
    ...fields,
  };
}

export const approval: VoteRow = {
  change: 1,
  person: { id: ownerId, name: "Web owner" },
  verdict: "approve",
  seal: SEAL,
  atMs: NOW_MS - 5000,
};

export type ViewFields = Partial<Omit<RunView, "run">> & { readonly run?: Partial<Run> };

export function view(state: RunState, fields: ViewFields = {}): RunView {
  const { run, ...rest } = fields;
  return {
    nowMs: NOW_MS,
    turns: [turn()],
    changes: [],
    votes: [],
    phaseSinceMs: NOW_MS - 30_000,
    ...rest,
    run: {
      id: "7KQ2ZZ",
      version: 4,
      epoch: 1,
      generation: 1,
      state,
      request,
      title: "Raise the monthly price to $39 on the pricing page",
      createdAtMs: NOW_MS - 400_000,
      chosen: {},
      rules,
      repository: { id: 7, fullName: "acme/website", defaultBranch: "main" },
      thread: { channel: MARKETING, ts: "1795400000.000100" },
      usedMs: 4 * 60_000,
      ...run,
    },
  };
}

const NAMES: Readonly<Record<string, string>> = {
  [requesterId]: "Marketing requester",
  [ownerId]: "Web owner",
  [`slack:${OTHER}`]: "Other owner",
};
const GROUPS: Readonly<Record<string, string>> = {
  [OWNERS]: "@web-owners",
  S0MKT: "@marketing",
  S0PLATFORM: "@platform",
};

export function scene(given: RunView, fields: Partial<Omit<Scene, "view">> = {}): Scene {
  return {
    view: given,
    names: { person: (id) => NAMES[id] ?? id, group: (id) => GROUPS[id] ?? id },
    cardLinks: new Map(),
    owners: { people: [], groups: [OWNERS] },
    ...fields,
  };
}
