// What a record tells of the stations every run passes.
import type { Change } from "../../src/ports.ts";
import type { Written } from "./record.ts";
import { BASE, RULES } from "./scene-parts.ts";

export const ASKED: readonly Written[] = [
  { kind: "requested", at: 0, payload: { kind: "command" } },
  {
    kind: "routed",
    at: 1,
    payload: {
      team: "marketing",
      repository: "acme/website",
      policyVersion: RULES.policyVersion,
      rule: "teams/marketing.yaml, repositories",
      write: RULES.write,
    },
  },
  { kind: "dispatched", at: 3, payload: { turn: 1 } },
  { kind: "claimed", at: 3, payload: { epoch: 1 } },
  { kind: "sandbox_ready", at: 11, payload: { sandbox: "sbx-41", generation: 1 } },
  { kind: "note", at: 14, payload: { says: "base commit chosen", commit: BASE.commit, branch: "main" } },
];

export const AGENT_EVENTS = [
  { kind: "started", agent: "Claude Code", model: "a-model" },
  {
    kind: "plan",
    items: [
      { title: "Find the price", done: true },
      { title: "Change 2 files", done: true },
      { title: "Run the tests", done: false },
    ],
  },
  { kind: "tool", id: "1", name: "Read", summary: "content/pricing.md" },
  { kind: "tool", id: "2", name: "Edit", summary: "content/pricing.md" },
  { kind: "file", path: "content/pricing.md", change: "edit" },
  { kind: "denied", what: "POST telemetry.example.net:443", why: "not among the hosts of marketing" },
  { kind: "tool", id: "3", name: "Bash", summary: "npm test" },
  { kind: "message", text: "The monthly price is now $39 in the page and in prices.json." },
];

export function worked(number: number, from: number): readonly Written[] {
  return [
    {
      kind: "agent_started",
      at: from,
      payload: {
        agent: "Claude Code",
        turn: number,
        secretsInSandbox: ["ANTHROPIC_API_KEY"],
        hosts: ["model.example.com"],
      },
    },
    { kind: "agent_event", at: from + 20, payload: { until: 900, events: AGENT_EVENTS.slice(0, 4), dropped: 0 } },
    { kind: "agent_event", at: from + 60, payload: { until: 1800, events: AGENT_EVENTS.slice(4), dropped: 0 } },
  ];
}

export function froze(made: Change, from: number): readonly Written[] {
  return [
    { kind: "agent_ended", at: from, payload: { usedMs: 246_000, ok: true } },
    {
      kind: "change_frozen",
      at: from,
      payload: {
        change: made.number,
        baseCommit: made.baseCommit,
        resultTree: made.resultTree,
        files: made.files.length,
        problems: made.problems,
      },
    },
  ];
}

export function checked(made: Change, from: number): readonly Written[] {
  return [
    ...made.checks.slice(0, 2).map((each, index) => ({
      kind: "check_done" as const,
      at: from + index * 10,
      payload: {
        change: made.number,
        name: each.name,
        status: each.status,
        before: each.before,
        durationMs: each.durationMs,
      },
    })),
    {
      kind: "approval_asked",
      at: from + 20,
      payload: { change: made.number, seal: made.seal ?? "", approvable: true, blocking: [] },
    },
  ];
}
