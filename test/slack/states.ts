// Every state a card can show, by name: the list behind fixtures, pictures and the rules.
import type { FailureCause } from "../../src/core/problem.ts";
import type { Refusal } from "../../src/core/routing.ts";
import type { InPhase, RunState } from "../../src/core/run-state.ts";
import type { RunView } from "../../src/ports.ts";
import { REVIEW } from "./workspace.ts";
import {
  approval,
  change,
  check,
  mention,
  NOW_MS,
  ownerId,
  request,
  requesterId,
  rules,
  SEAL,
  turn,
  view,
} from "./views.ts";

const working: RunState = {
  phase: "working",
  turn: 1,
  sandboxId: "sb",
  agent: {
    pid: 7,
    startedAtMs: NOW_MS - 120_000,
    outOffset: 10,
    tailDigest: "",
    lastOutputAtMs: NOW_MS,
    progress: {
      said: "Found the price in two files, changing both.",
      toolCalls: 14,
      files: ["content/pricing.md", "public/prices.json"],
      denied: 0,
      plan: [],
      usage: { inputTokens: 1, outputTokens: 1, cachedTokens: 0, usd: 0.42 },
    },
  },
};
export const waiting: InPhase<"awaiting_approval"> = {
  phase: "awaiting_approval",
  turn: 1,
  change: 1,
  seal: SEAL,
  approvals: [],
  askedAtMs: NOW_MS,
  expiresAtMs: NOW_MS + 7 * 86_400_000,
  approvable: true,
};
const sealed = { turn: 1, change: 1, seal: SEAL, approvals: [ownerId] };
const published = {
  ...sealed,
  number: 482,
  url: "https://github.example.com/acme/website/pull/482",
  headSha: "d".repeat(40),
  tree: "c".repeat(40),
};
const prOpen: InPhase<"pr_open"> = { phase: "pr_open", ...published, draft: true, headMatches: true, ci: {} };
const decided = {
  changes: [change()],
  votes: [approval],
  run: {
    pullRequest: { number: 482, url: published.url, headSha: published.headSha, headBranch: "agent/x" },
  },
};
/** Handed over on the tracker: in Slack its approval card is all there is. */
const fromIssue = {
  request: {
    ...request,
    kind: "issue" as const,
    place: { surface: "linear" as const, workspace: "org", channel: "session" },
    text: "Resolve the issue MKT-131.",
  },
  issue: {
    id: "issue-131",
    identifier: "MKT-131",
    title: "Raise the monthly price to $39",
    url: "https://linear.app/acme/issue/MKT-131",
    teamId: "team-mkt",
    teamKey: "MKT",
  },
  session: "session",
};
const failing = change({
  checks: [
    check({ name: "test", status: "failed", exitCode: 1, before: "passed" }),
    check({ name: "lint", required: false }),
  ],
});

const causes: readonly FailureCause[] = [
  { kind: "setup-failed", command: "npm ci", exitCode: 1, output: "npm error code E403\nnpm error 403 Forbidden\n" },
  { kind: "sandbox-unavailable", detail: "503 from the sandbox service" },
  { kind: "agent-missing", program: "claude" },
  { kind: "agent-ended-badly", agent: "Claude Code", detail: "code 137: out of memory", output: "Killed\n" },
  { kind: "agent-silent", agent: "Claude Code", silentMs: 600_000 },
  { kind: "time-used-up", limitMs: 1_800_000 },
  { kind: "model-refused", secret: "ANTHROPIC_API_KEY", status: 401 },
  { kind: "tampered", detail: "the log shrank" },
  {
    kind: "change-not-allowed",
    problems: [
      { kind: "path-denied", path: ".github/workflows/ci.yml", rule: "always denied: .github/**" },
      { kind: "path-read-only", path: "server/index.ts" },
    ],
  },
  { kind: "code-host-refused", detail: "a rule protects agent/**" },
  { kind: "gave-up", detail: "the database was away" },
];

const refusals: readonly Refusal[] = [
  { kind: "no-policy", detail: "no policy has been loaded" },
  { kind: "not-a-person", who: "guest" },
  { kind: "no-team" },
  { kind: "not-in-team", team: "web" },
  { kind: "no-repository", team: "marketing", asked: "acme/billing", allowed: ["acme/website"] },
  { kind: "nobody-else", repository: "acme/website" },
  { kind: "no-owners", repository: "acme/website" },
  { kind: "agent-unavailable", detail: "Claude Code needs ANTHROPIC_API_KEY, which is not set here" },
  { kind: "unmatched" },
  { kind: "no-issue", asked: "MKT-999" },
];

const moving: Readonly<Record<string, RunView>> = {
  queued: view({ phase: "queued", turn: 1 }, { queuePosition: 2, turns: [turn({ contextCount: 0, pictureCount: 0 })] }),
  "getting-ready": view(
    { phase: "provisioning", turn: 1 },
    { run: { usedMs: 0 }, detailsUrl: "http://127.0.0.1:3001/runs/7KQ2ZZ" },
  ),
  "waiting-for-sandbox": view({
    phase: "provisioning",
    turn: 1,
    waitingSinceMs: NOW_MS - 60_000,
    retryUntilMs: NOW_MS + 840_000,
  }),
  working: view(working, { detailsUrl: "http://127.0.0.1:3001/runs/7KQ2ZZ" }),
  "working-on-version-2": view(
    { ...working, turn: 2 },
    {
      changes: [change()],
      turns: [turn(), turn({ turn: 2, kind: "review", prompt: "say it in euro too", author: approval.person })],
    },
  ),
  checking: view(
    { phase: "checking", turn: 1, change: 1, done: ["test"], current: "lint" },
    { changes: [change({ checks: [] })].map(({ seal: _none, ...rest }) => rest) },
  ),
  "needs-go-ahead": view({
    phase: "needs_input",
    choice: {
      kind: "busy",
      issue: "MKT-131",
      work: [
        { says: "run 8KQ2ZZ, asked for by Support lead: Raise the monthly price" },
        { says: "pull request #481: MKT-131 new prices", url: "https://github.example.com/acme/website/pull/481" },
      ],
    },
  }),
  "needs-repository": view(
    {
      phase: "needs_input",
      choice: { kind: "repository", team: "marketing", repositories: ["acme/website", "acme/blog"] },
    },
    { turns: [], run: { usedMs: 0 } },
  ),
  "needs-team-of-many": view(
    { phase: "needs_input", choice: { kind: "team", teams: ["blog", "design", "marketing", "sales", "support"] } },
    { turns: [], run: { usedMs: 0 } },
  ),
};

const approvals: Readonly<Record<string, RunView>> = {
  "waiting-for-approval": view(waiting, { changes: [change()] }),
  "waiting-from-an-issue": view(waiting, {
    changes: [change()],
    run: { ...fromIssue, rules: { ...rules, reviewChannel: REVIEW } },
  }),
  "approved-from-an-issue": view(
    { phase: "publishing", ...sealed, approvedAtMs: NOW_MS },
    { ...decided, run: { ...fromIssue, rules: { ...rules, reviewChannel: REVIEW } } },
  ),
  "waiting-in-review-channel": view(waiting, {
    changes: [change()],
    run: { rules: { ...rules, reviewChannel: REVIEW } },
  }),
  "waiting-with-warnings": view(
    { ...waiting, behind: { commits: 2, touched: [] }, note: "who approved it is no longer an owner here" },
    {
      changes: [
        change({
          files: [
            ...change().files,
            { ...change().files[0]!, path: "public/logo.png", status: "added", added: null, removed: null },
          ],
          checks: [check({ name: "test", changedFiles: ["test/prices.test.ts"] })],
          diff: `${change().diff}+sneaky\u202etext\n`,
        }),
      ],
    },
  ),
  "waiting-for-second-vote": view(
    { ...waiting, approvals: [ownerId] },
    { changes: [change()], votes: [approval], run: { rules: { ...rules, votesRequired: 2 } } },
  ),
  "blocked-by-check": view({ ...waiting, approvable: false }, { changes: [failing] }),
  "blocked-by-conflict": view(
    { ...waiting, approvable: false, conflict: true, note: "main changed the same lines since this was approved" },
    { changes: [change()] },
  ),
  replaced: view(
    { ...waiting, turn: 2, change: 2 },
    {
      changes: [change(), change({ number: 2, turn: 2, said: "Also in euro." })],
      turns: [turn(), turn({ turn: 2, kind: "review", prompt: "say it in euro too" })],
    },
  ),
  approved: view({ phase: "approved", ...sealed, approvedAtMs: NOW_MS }, { changes: [change()], votes: [approval] }),
  "approved-and-held": view(
    { phase: "approved", ...sealed, approvedAtMs: NOW_MS, held: "a rule protects agent/**" },
    { changes: [change()], votes: [approval] },
  ),
  "approved-pointer": view(
    { phase: "publishing", ...sealed, approvedAtMs: NOW_MS },
    { changes: [change()], votes: [approval], run: { rules: { ...rules, reviewChannel: REVIEW } } },
  ),
};

const ended: Readonly<Record<string, RunView>> = {
  "pull-request-open": view(prOpen, decided),
  "pull-request-ci-failed": view({ ...prOpen, draft: false, ci: { build: "failure", lint: "success" } }, decided),
  "pull-request-pushed-to": view({ ...prOpen, headMatches: false, ci: { build: "in_progress" } }, decided),
  merged: view({ phase: "merged", ...published, by: "web-owner", atMs: NOW_MS, headMatches: true }, decided),
  closed: view({ phase: "closed", ...published, by: "web-owner", atMs: NOW_MS }, decided),
  answered: view({ phase: "answered", turn: 1, text: "The page shows $39 already, since last week." }),
  rejected: view(
    { phase: "rejected", turn: 1, change: 1, by: "Web owner", reason: "the redesign replaces this page" },
    { changes: [change()] },
  ),
  expired: view({ phase: "expired", turn: 1, change: 1 }, { changes: [change()] }),
  withdrawn: view(
    { phase: "cancelled", turn: 1, by: "Marketing requester", why: "withdrawn", change: 1 },
    { changes: [change()] },
  ),
  stopped: view({ phase: "cancelled", turn: 1, by: "Web owner", why: "stopped" }),
  ...Object.fromEntries(causes.map((cause) => [`failed-${cause.kind}`, view({ phase: "failed", turn: 1, cause })])),
};

const refused = Object.fromEntries(
  refusals.map((refusal) => [
    `refused-${refusal.kind}`,
    view(
      { phase: "refused", refusal, rule: "teams/marketing.yaml, repositories" },
      { turns: [], run: { request: mention } },
    ),
  ]),
);

export const STATES: Readonly<Record<string, RunView>> = {
  ...moving,
  ...approvals,
  ...ended,
  ...refused,
  "refused-command": view(
    { phase: "refused", refusal: refusals[4]!, rule: "teams/marketing.yaml, repositories" },
    { turns: [], run: { request } },
  ),
};

/** A run whose every word from outside is hostile. */
export function hostileView(evil: string): RunView {
  return view(
    { ...waiting, note: evil },
    {
      changes: [
        change({
          said: evil,
          diff: `+${evil}\n`.repeat(30),
          baseBranch: evil.slice(0, 200),
          files: [{ ...change().files[0]!, path: evil.slice(0, 200) }],
          checks: [check({ name: evil.slice(0, 50), output: evil })],
        }),
      ],
      turns: [turn({ prompt: evil, author: { id: requesterId, name: evil } })],
      run: { title: evil.slice(0, 80), request: { ...request, text: evil } },
    },
  );
}
