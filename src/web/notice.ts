// The one paragraph under the title: what is going on now, whose turn it is, what was kept.
import { listChoice, wordChoice } from "../core/choice-words.ts";
import type { InPhase, RunState } from "../core/run-state.ts";
import { clip, countOf } from "../core/text.ts";
import { dotted, html, type Html, type Piece } from "./html.ts";
import { nameOf, QUOTE_LIMIT, renderLink, type Scene } from "./scene.ts";
import { quote, renderProblems } from "./parts.ts";
import { wordConclusion } from "./timeline-small.ts";
import { wordCause, wordProblem, wordRefusal } from "./words.ts";

interface Notice {
  readonly tone: "plain" | "need" | "bad" | "good";
  readonly says: Piece;
  readonly rule?: Piece;
  readonly more?: Html | undefined;
}

export function renderNotice(scene: Scene): Html | undefined {
  const notice = describe(scene.view.run.state, scene);
  if (notice === undefined) return undefined;
  const { tone, says, rule, more } = notice;
  return html`<div class="notice notice-${tone}">
    <p class="notice-says">${says}</p>
    ${rule === undefined ? undefined : html`<p class="tl-rule">${rule}</p>`}${more}
  </div>`;
}

function describe(state: RunState, scene: Scene): Notice | undefined {
  const { view, times } = scene;
  switch (state.phase) {
    case "received":
      return { tone: "plain", says: "Stored. The rules are about to be read." };
    case "refused":
      return { tone: "bad", says: wordRefusal(state.refusal), rule: `nothing ran · rule: ${state.rule}` };
    case "needs_input": {
      const { choice } = state;
      return { tone: "need", says: wordChoice(choice), rule: listChoice(choice).join(" · ") };
    }
    case "queued":
      return describeQueued(scene);
    case "dispatched":
      return { tone: "plain", says: "A worker is taking it up." };
    case "provisioning":
      return state.retryUntilMs === undefined
        ? { tone: "plain", says: "The sandbox is being set up." }
        : {
            tone: "need",
            says: `Waiting for the sandbox service, trying again until ${times.near(state.retryUntilMs, view.nowMs)}.`,
          };
    case "working":
      return describeWorking(state);
    case "checking":
      return describeChecking(state, scene);
    case "awaiting_approval":
      return describeAwaiting(state, scene);
    case "approved":
      return state.held === undefined
        ? { tone: "good", says: "The pull request is about to be opened." }
        : { tone: "need", says: `Publishing waits: ${state.held}`, rule: "the approval is kept" };
    case "publishing":
      return { tone: "good", says: "The pull request is being opened." };
    default:
      return describeOutcome(state, scene);
  }
}

type Outcome = InPhase<
  "pr_open" | "merged" | "closed" | "answered" | "rejected" | "expired" | "cancelled" | "failed" | "over_budget"
>;

function describeOutcome(state: Outcome, scene: Scene): Notice {
  const { view, times } = scene;
  switch (state.phase) {
    case "pr_open":
      return describeOpen(state);
    case "merged":
      return {
        tone: "good",
        says: html`${renderLink(state.url, `#${state.number}`)} was merged by ${state.by},
        ${times.near(state.atMs, view.nowMs)}.`,
        ...(state.headMatches ? {} : { rule: "⚠ with commits that were not part of the approved change" }),
      };
    case "closed":
      return {
        tone: "plain",
        says: html`${renderLink(state.url, `#${state.number}`)} was closed without merging by ${state.by},
        ${times.near(state.atMs, view.nowMs)}.`,
      };
    case "answered":
      return { tone: "plain", says: "No files were changed. The agent answered:", more: quote(state.text) };
    case "rejected":
      return {
        tone: "bad",
        says: `${state.by} did not approve version ${state.change}.`,
        rule: wordReach(scene),
        more: quote(state.reason),
      };
    case "expired":
      return { tone: "plain", says: `Nobody decided about version ${state.change} in time.`, rule: wordReach(scene) };
    case "cancelled":
      return {
        tone: "plain",
        says: `${state.why === "withdrawn" ? "Withdrawn" : "Stopped"} by ${state.by}.`,
        rule: dotted([wordReach(scene), wordKept(scene)]),
      };
    case "failed":
      return describeFailed(state, scene);
    case "over_budget":
      return { tone: "need", says: "The budget is used up. The work so far is kept." };
    default:
      return state satisfies never;
  }
}

function describeQueued({ view }: Scene): Notice {
  const { queuePosition, run } = view;
  const rule = run.rules === undefined ? undefined : `${run.rules.team} runs ${run.rules.atOnce} at once`;
  const says =
    queuePosition === undefined || queuePosition === 1 ? "Next in line." : `Number ${queuePosition} in line.`;
  return { tone: "plain", says, rule };
}

function describeWorking({ agent }: InPhase<"working">): Notice {
  const { said, toolCalls, files, denied } = agent.progress;
  const counts = [
    ...(toolCalls === 0 ? [] : [countOf(toolCalls, "tool call")]),
    ...(files.length === 0 ? [] : [`${countOf(files.length, "file")} changed so far`]),
    ...(denied === 0 ? [] : [`${denied} denied`]),
  ];
  const says =
    said.trim() === ""
      ? "The agent is at work."
      : html`<span class="faint">The agent says:</span> ${clip(said.trim(), 600)}`;
  return { tone: "plain", says, ...(counts.length === 0 ? {} : { rule: dotted(counts) }) };
}

function describeChecking(state: InPhase<"checking">, { view }: Scene): Notice {
  const all = view.run.rules?.checks.length;
  const done = all === undefined ? `${state.done.length} done` : `${state.done.length} of ${all} done`;
  const says =
    state.current === undefined ? "The change is frozen and is being checked." : `Checking: ${state.current}.`;
  return { tone: "plain", says, rule: done };
}

function describeAwaiting(state: InPhase<"awaiting_approval">, scene: Scene): Notice {
  const { times, view } = scene;
  const until = `until ${times.near(state.expiresAtMs, view.nowMs)}`;
  const required = view.run.rules?.votesRequired ?? 1;
  if (!state.approvable) {
    const blocking = state.note ?? "a required check does not pass";
    return {
      tone: "bad",
      says: `Version ${state.change} can't be approved: ${blocking}.`,
      rule: dotted([wordReach(scene), until]),
    };
  }
  const votes = state.approvals.length === 0 ? "" : `${state.approvals.length} of ${required} given`;
  return {
    tone: "need",
    says: `An owner decides ${view.run.session === undefined ? "in Slack" : "in Slack or on the issue"} about version ${state.change}, ${until}.`,
    rule: dotted([
      state.note === undefined ? "" : `⚠ earlier approvals are void: ${state.note}`,
      votes,
      "who asked, or wrote a prompt, does not approve",
      "waiting costs nothing",
    ]),
  };
}

function describeOpen(state: InPhase<"pr_open">): Notice {
  const ci = Object.entries(state.ci)
    .slice(0, 20)
    .map(([name, conclusion]) => `${name} ${wordConclusion(conclusion)}`);
  const draft = state.draft ? ", as a draft" : "";
  const rule = ci.length === 0 ? "CI has not reported yet" : `CI: ${ci.join(" · ")}`;
  if (state.headMatches)
    return {
      tone: "good",
      says: html`${renderLink(state.url, `#${state.number}`)} is open${draft}: exactly the approved change.`,
      rule,
    };
  return {
    tone: "need",
    says: html`⚠ Somebody else pushed to ${renderLink(state.url, `#${state.number}`)}: its head is no longer only the
    approved change.`,
    rule,
  };
}

function describeFailed(state: InPhase<"failed">, scene: Scene): Notice {
  const { says, output = "", problems = [] } = wordCause(state.cause);
  const lines = output.trimEnd();
  const printed =
    lines === ""
      ? undefined
      : html`<details class="term" id="cause" open>
          <summary class="chev"><code>Last lines of output</code></summary>
          <pre tabindex="0" role="group" aria-label="Last lines of output">
${clip(lines.slice(-QUOTE_LIMIT), QUOTE_LIMIT)}</pre>
        </details>`;
  return {
    tone: "bad",
    says,
    rule: dotted([wordReach(scene), wordKept(scene)]),
    more: html`${renderProblems(problems.map(wordProblem))}${printed}`,
  };
}

/** "Nothing reached GitHub" is said only where the record shows no step of publishing. */
function wordReach({ events, view }: Scene): string {
  const reached = view.run.pullRequest !== undefined || events.some((event) => event.kind === "publish_step");
  return reached ? "" : "nothing reached GitHub";
}

function wordKept({ view }: Scene): string {
  const last = view.changes.at(-1);
  return last === undefined ? "no change was made" : `version ${last.number} is kept to look at`;
}

/** Who decided against, for the head of the page. */
export function wordAgainst(scene: Scene): string | undefined {
  const vote = scene.view.votes.findLast((each) => each.verdict === "reject");
  return vote === undefined ? undefined : `not approved by ${nameOf(scene.names, vote.person)}`;
}
