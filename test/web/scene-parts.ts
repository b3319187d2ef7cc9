// What the runs of these tests are put together from.
import { canonicalJson, sealDigest, type SealedRecord } from "../../src/core/seal.ts";
import type { ChangedFile } from "../../src/core/change.ts";
import type { RunRules } from "../../src/core/policy.ts";
import type { Person } from "../../src/core/request.ts";
import type { RunState } from "../../src/core/run-state.ts";
import { checksToSeal, type CheckResult } from "../../src/core/verification.ts";
import type { Change, Run, RunSummary, RunView, StoredEvent, Turn } from "../../src/ports.ts";
import { at, sha256 } from "./record.ts";

export interface SceneData {
  readonly view: RunView;
  readonly events: readonly StoredEvent[];
}

export const REQUESTER: Person = { id: "slack:U0REQ", name: "Marketing requester" };
export const OWNER: Person = { id: "slack:U0OWN", name: "Web owner" };
const TITLE = "Raise the monthly price on the pricing page";
const ASK = "raise the monthly price to $39 on the pricing page";
export const BASE = {
  commit: "9b2f6d1c40e5a7781ff02e6d9a3b5c7788991122",
  tree: "77aa6d1c40e5a7781ff02e6d9a3b5c7788991133",
};

export const RULES: RunRules = {
  team: "marketing",
  policyVersion: sha256("policy"),
  repository: "acme/website",
  base: "main",
  historyDepth: 50,
  draft: true,
  write: ["content/**", "public/**"],
  never: [".github/**"],
  setup: "npm ci",
  checks: [
    { name: "test", run: "npm test", required: true, timeMs: 600_000, baseFiles: ["test/**"] },
    { name: "lint", run: "npm run lint", required: false, timeMs: 600_000, baseFiles: [] },
  ],
  ownerGroups: ["S0WEBOWNERS"],
  votesRequired: 1,
  expiresMs: 7 * 86_400_000,
  memberGroups: ["S0MKT"],
  linearTeams: [],
  adminGroups: ["S0PLATFORM"],
  agent: { use: "claude-code" },
  network: { setup: ["packages.example.com"], agent: [] },
  limits: { timeMs: 1_800_000, files: 40, lines: 1500 },
  atOnce: 3,
};

export const DIFF = `diff --git a/content/pricing.md b/content/pricing.md
index 1111111111..2222222222 100644
--- a/content/pricing.md
+++ b/content/pricing.md
@@ -12,7 +12,9 @@ ## Plans
 | Plan    | Per month | Seats |
 | ------- | --------- | ----- |
-| Starter | $29       | 3     |
+| Starter | $39       | 3     |
 | Team    | $79       | 10    |
 
-Billed monthly. Cancel at any time.
+Billed monthly at $39. Cancel at any time.
+
+The new price applies from 1 December.
 
diff --git a/public/prices.json b/public/prices.json
index 3333333333..4444444444 100644
--- a/public/prices.json
+++ b/public/prices.json
@@ -2,5 +2,7 @@
   "starter": {
     "yearly": 290,
+    "monthly": 39,
+    "monthlyFrom": "2026-12-01",
     "seats": 3
   },
   "team": {
`;

export function file(
  path: string,
  counts: { readonly added: number | null; readonly removed: number | null },
): ChangedFile {
  return {
    path,
    status: "modified",
    oldMode: "100644",
    newMode: "100644",
    oldId: sha256(`${path} before`).slice(0, 40),
    newId: sha256(`${path} after`).slice(0, 40),
    bytes: 840,
    ...counts,
  };
}

const FILES: readonly ChangedFile[] = [
  file("content/pricing.md", { added: 4, removed: 2 }),
  file("public/prices.json", { added: 2, removed: 0 }),
];

export function check(changes: Partial<CheckResult> = {}): CheckResult {
  return {
    name: "test",
    command: "npm test",
    required: true,
    status: "passed",
    exitCode: 0,
    durationMs: 31_000,
    output: "✔ prices: every plan has a monthly price\n✔ prices: page and JSON agree\nℹ tests 48\nℹ pass 48\n",
    before: "failed",
    changedFiles: [],
    where: "sandbox",
    ...changes,
  };
}

const CHECKS: readonly CheckResult[] = [
  check(),
  check({ name: "lint", command: "npm run lint", required: false, durationMs: 9000, output: "", before: "passed" }),
  check({
    name: "No secrets found",
    command: "",
    output: "",
    before: "unknown",
    where: "control-plane",
    durationMs: 4,
    exitCode: null,
  }),
];

export function change(id: string, number: number, parts: Partial<Change> = {}): Change {
  const unsealed: Change = {
    number,
    turn: number,
    atMs: at(290 * number),
    said: "The monthly price is now $39 in the page and in prices.json.",
    baseBranch: "main",
    baseCommit: BASE.commit,
    baseTree: BASE.tree,
    resultTree: sha256(`tree ${number}`).slice(0, 40),
    headBranch: `agent/marketing/${id.toLowerCase()}-raise-the-monthly-price`,
    commitMessage: TITLE,
    title: TITLE,
    files: FILES,
    diff: DIFF,
    diffCut: false,
    problems: [],
    checks: CHECKS,
    ...parts,
  };
  return { ...sealChange(id, unsealed), ...parts };
}

function sealChange(id: string, given: Change): Change {
  const sealed: SealedRecord = {
    v: 1,
    run: id,
    change: given.number,
    repositoryId: 7,
    baseBranch: given.baseBranch,
    baseCommit: given.baseCommit,
    baseTree: given.baseTree,
    resultTree: given.resultTree,
    headBranch: given.headBranch,
    commitMessage: given.commitMessage,
    title: given.title,
    checksDigest: sha256(canonicalJson(checksToSeal(given.checks))),
    policyVersion: RULES.policyVersion,
  };
  return { ...given, sealed, seal: sealDigest(sealed, sha256) };
}

export function turn(number: number, parts: Partial<Turn> = {}): Turn {
  return {
    turn: number,
    kind: number === 1 ? "request" : "review",
    prompt: ASK,
    author: number === 1 ? REQUESTER : OWNER,
    authorMayVote: number > 1,
    files: [],
    atMs: at(1),
    baseCommit: BASE.commit,
    baseTree: BASE.tree,
    contextCount: number === 1 ? 6 : 0,
    pictureCount: number === 1 ? 1 : 0,
    ...parts,
  };
}

export function run(id: string, state: RunState, parts: Partial<Run> = {}): Run {
  return {
    id,
    version: 12,
    epoch: 2,
    generation: 1,
    state,
    request: {
      kind: "command",
      requester: REQUESTER,
      place: { surface: "slack", workspace: "T0", channel: "C0MKT" },
      text: ASK,
      files: [],
    },
    title: TITLE,
    createdAtMs: at(0),
    chosen: {},
    rules: RULES,
    repository: { id: 7, fullName: "acme/website", defaultBranch: "main" },
    usedMs: 286_000,
    ...parts,
  };
}

export function view(given: Run, parts: Partial<RunView> = {}): RunView {
  return { run: given, nowMs: at(900), turns: [turn(1)], changes: [], votes: [], phaseSinceMs: at(600), ...parts };
}

export function summaryOf(scene: SceneData, parts: Partial<RunSummary> = {}): RunSummary {
  const { run: given } = scene.view;
  return {
    id: given.id,
    title: given.title,
    phase: given.state.phase,
    ...(given.rules === undefined ? {} : { team: given.rules.team }),
    ...(given.repository === undefined ? {} : { repository: given.repository.fullName }),
    requester: given.request.requester,
    createdAtMs: given.createdAtMs,
    updatedAtMs: given.createdAtMs + 600_000,
    ...parts,
  };
}
