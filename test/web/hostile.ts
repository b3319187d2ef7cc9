// A run that is hostile in every field that people, agents and repositories can reach.
import type { RunRules } from "../../src/core/policy.ts";
import type { Person } from "../../src/core/request.ts";
import type { RunState } from "../../src/core/run-state.ts";
import type { Run } from "../../src/ports.ts";
import { at, chain } from "./record.ts";
import { change, check, file, RULES, run, turn, view, type SceneData } from "./scene-parts.ts";
import { AGENT_EVENTS } from "./told.ts";

/** What a hostile person, agent and repository would put into every field they can reach. */
export const EVIL = `<script>alert(1)</script>"'><img src=x onerror=alert(1)> \u202egnp.exe\u202c \u200b\u001b[31mred ${"W".repeat(300)}`;

export function hostileScene(text = EVIL): SceneData {
  const id = "7KX0AA";
  const evil: Person = { id: `slack:${text.slice(0, 80)}`, name: text };
  const path = `content/${text.replaceAll("/", "").slice(0, 200)}`;
  const made = change(id, 1, {
    said: text,
    baseBranch: text.slice(0, 60),
    diff: `diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@ ${text.replaceAll("\n", " ")}\n-${text.replaceAll("\n", " ")}\n+${text.replaceAll("\n", " ")} more\n </td></tr></table>\n`,
    files: [
      { ...file("x", { added: 1, removed: 1 }), newMode: text },
      { ...file(path, { added: null, removed: null }), status: "added" },
    ],
    checks: [check({ name: text, command: text, output: text, status: "failed", exitCode: 1, changedFiles: [text] })],
    problems: [{ kind: "path-read-only", path: text }],
  });
  const state: RunState = {
    phase: "awaiting_approval",
    turn: 1,
    change: 1,
    seal: text,
    approvals: [],
    askedAtMs: at(400),
    expiresAtMs: at(4000),
    approvable: true,
    note: text,
  };
  const rules: RunRules = { ...RULES, team: text, repository: text, write: [text], policyVersion: text };
  const base = run(id, state, {
    title: text,
    rules,
    repository: { id: 1, fullName: text, defaultBranch: text },
    pullRequest: { number: 1, url: `javascript:alert("${text}")`, headSha: text, headBranch: text },
  });
  const hostile: Run = { ...base, request: { ...base.request, requester: evil, text } };
  const events = AGENT_EVENTS.map((event) =>
    Object.fromEntries(
      Object.entries(event).map(([key, value]) => [
        key,
        key === "kind" || key === "change" || typeof value !== "string" ? value : text,
      ]),
    ),
  );
  const people = {
    by: evil,
    text,
    reason: text,
    why: text,
    detail: text,
    says: text,
    rule: text,
    team: text,
    repository: text,
  };
  return {
    view: view(hostile, {
      turns: [turn(1, { author: evil, prompt: text })],
      changes: [made],
      votes: [{ change: 1, person: evil, verdict: "reject", seal: text, atMs: at(500) }],
    }),
    events: chain(id, [
      { kind: "requested", at: 0, payload: people },
      { kind: "routed", at: 1, payload: { ...people, write: [text], policyVersion: text } },
      {
        kind: "refused",
        at: 2,
        payload: { refusal: { kind: "no-repository", team: text, asked: text, allowed: [text] }, rule: text },
      },
      { kind: "asked", at: 3, payload: { choice: { kind: "team", teams: [text] } } },
      { kind: "answered_question", at: 4, payload: { by: evil, chosen: { team: text } } },
      { kind: "sandbox_ready", at: 5, payload: { sandbox: text } },
      { kind: "agent_started", at: 6, payload: { agent: text, secretsInSandbox: [text], hosts: [text], turn: 1 } },
      { kind: "agent_event", at: 7, payload: { events, dropped: 3 } },
      { kind: "agent_ended", at: 8, payload: { usedMs: 1, cause: { kind: "gave-up", detail: text } } },
      {
        kind: "change_frozen",
        at: 9,
        payload: { change: 1, resultTree: text, baseCommit: text, problems: made.problems },
      },
      { kind: "check_done", at: 10, payload: { change: 1, name: text, status: text, before: text, durationMs: 1 } },
      { kind: "approval_asked", at: 11, payload: { change: 1, seal: text, approvable: false, blocking: [text] } },
      ...(
        [
          "vote",
          "vote_refused",
          "changes_requested",
          "rejected",
          "withdrawn",
          "publish_held",
          "approval_void",
          "stopped",
          "retried",
          "note",
        ] as const
      ).map((kind) => ({ kind, at: 12, payload: { ...people, seal: text } })),
      { kind: "publish_step", at: 13, payload: { sha: text, tree: text } },
      {
        kind: "pull_request_opened",
        at: 14,
        payload: { url: `javascript:${text}`, number: 1, headSha: text, parent: text },
      },
      ...["merged", "closed", "pushed", "ready", "ci", "other"].map((kind) => ({
        kind: "pull_request_event" as const,
        at: 15,
        payload: { kind, by: text, name: text, conclusion: text, headSha: text, reconciled: [text] },
      })),
      {
        kind: "failed",
        at: 16,
        payload: { cause: { kind: "agent-ended-badly", agent: text, detail: text, output: text } },
      },
    ]),
  };
}
