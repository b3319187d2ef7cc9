// Every state a session can show, by name: those of the cards, and those that only the tracker knows.
import type { Choice, Refusal } from "../../src/core/routing.ts";
import type { RunView } from "../../src/ports.ts";
import { hostileView, STATES, waiting } from "../slack/states.ts";
import { approval, change, mention, ownerId, turn } from "../slack/views.ts";
import { onIssue, sessionView } from "./views.ts";

const asking = (choice: Choice): RunView =>
  sessionView({ phase: "needs_input", choice }, { turns: [], run: { usedMs: 0 } });
const refused = (refusal: Refusal): RunView =>
  sessionView({ phase: "refused", refusal, rule: "org.yaml, linear.unmatched" }, { turns: [] });

const account = { ...approval.person, account: "linear:owner" };

const own: Readonly<Record<string, RunView>> = {
  received: sessionView({ phase: "received" }, { turns: [] }),
  "needs-an-owner": asking({ kind: "owner", team: "marketing", ownerGroups: ["S0WEBOWNERS"] }),
  "refused-unmatched": refused({ kind: "unmatched" }),
  "refused-no-issue": refused({ kind: "no-issue", asked: "ENG-99" }),
  "approved-on-the-issue": sessionView(
    { phase: "publishing", turn: 1, change: 1, seal: waiting.seal, approvals: [ownerId], approvedAtMs: 1 },
    { changes: [change()], votes: [{ ...approval, person: account }] },
  ),
  "third-version-after-a-turn-without-changes": sessionView(
    { ...waiting, turn: 3, change: 2 },
    {
      changes: [change(), change({ number: 2, turn: 3, said: "In euro too." })],
      turns: [
        turn(),
        turn({ turn: 2, kind: "follow_up", prompt: "is it right?" }),
        turn({ turn: 3, kind: "review", prompt: "say it in euro too", author: account, authorMayVote: true }),
      ],
    },
  ),
  "asked-in-slack": fromSlack(STATES["working"]!),
};

function fromSlack(given: RunView): RunView {
  const { run, ...rest } = onIssue(given);
  return { ...rest, run: { ...run, request: mention } };
}

export const SESSIONS: Readonly<Record<string, RunView>> = {
  ...Object.fromEntries(Object.entries(STATES).map(([name, given]) => [name, onIssue(given)])),
  ...own,
};

/** Issue, title, request, agent, repository and people, all with these words. */
export function hostileSession(evil: string): readonly RunView[] {
  const { run, ...rest } = onIssue(hostileView(evil));
  const person = { id: "linear:evil", name: evil.slice(0, 60) };
  const asked = { ...run.request, requester: person, text: evil };
  const issue = { ...run.issue!, title: evil };
  const at = (state: RunView["run"]["state"]): RunView => ({
    ...rest,
    turns: [...rest.turns, turn({ turn: 2, prompt: evil, author: person })],
    run: { ...run, request: asked, issue, state },
  });
  const progress = { said: evil, toolCalls: 1, files: [evil], denied: 0, plan: [] };
  const agent = { pid: 1, startedAtMs: 1, outOffset: 0, tailDigest: "", lastOutputAtMs: 1, progress };
  const work = [{ says: evil, url: `https://github.example.com/acme/website/pull/1${evil}` }];
  return [
    at(run.state),
    at({ phase: "working", turn: 2, sandboxId: "sb", agent }),
    at({ phase: "checking", turn: 1, change: 1, done: [], current: evil }),
    at({ phase: "needs_input", choice: { kind: "busy", issue: "ENG-1", work } }),
    at({ phase: "answered", turn: 1, text: evil }),
    at({ phase: "rejected", turn: 1, change: 1, by: evil, reason: evil }),
    at({ phase: "cancelled", turn: 1, by: evil, why: "stopped" }),
    at({ phase: "refused", refusal: { kind: "no-issue", asked: evil }, rule: evil }),
    at({ phase: "failed", turn: 1, cause: { kind: "agent-ended-badly", agent: evil, detail: evil, output: evil } }),
    at({ phase: "approved", turn: 1, change: 1, seal: waiting.seal, approvals: [evil], approvedAtMs: 1, held: evil }),
  ];
}
