// The run card once the run has a pull request or has ended, and the short reply that tells the requester so.
import { describeFailure, type NextAct } from "../core/failure-words.ts";
import type { InPhase } from "../core/run-state.ts";
import type { FailureCause } from "../core/problem.ts";
import {
  actions,
  button,
  context,
  headline,
  linkButton,
  preformatted,
  quote,
  rich,
  section,
  wakes,
  words,
  type Block,
} from "./blocks.ts";
import {
  days,
  detailsLink,
  keptSentence,
  notice,
  nothingReached,
  people,
  person,
  runLabel,
  type Face,
  type Scene,
} from "./render-scene.ts";

export type EndedState = InPhase<
  "pr_open" | "merged" | "closed" | "answered" | "rejected" | "expired" | "cancelled" | "failed" | "over_budget"
>;

interface Ending {
  readonly state: string;
  readonly notice: string;
  readonly blocks: readonly Block[];
  readonly facts: readonly (string | undefined)[];
}

export function renderEnded(scene: Scene, state: EndedState): Face {
  const { title } = scene.view.run;
  const ending = describeEnding(scene, state);
  const asked = quote(scene.view.run.request.text, 300);
  return {
    text: notice(ending.notice, title),
    blocks: [
      headline(ending.state, title),
      ...(state.phase === "answered" ? [] : [asked]),
      ...ending.blocks,
      context([...ending.facts, runLabel(scene), detailsLink(scene)]),
    ],
  };
}

function describeEnding(scene: Scene, state: EndedState): Ending {
  switch (state.phase) {
    case "pr_open":
    case "merged":
    case "closed":
      return describePublished(scene, state);
    case "answered":
      return {
        state: "Answered",
        notice: "Answered, no files changed",
        blocks: [section("No files changed. The agent says:"), quote(state.text, 2500)],
        facts: [keptSentence(scene)],
      };
    case "rejected":
      return {
        state: "Not approved",
        notice: "Not approved",
        blocks: [
          rich([words(`${scene.names.person(state.by)} rejected version ${state.change}:`)]),
          quote(state.reason),
          ...actions([askAgain(scene)]),
        ],
        facts: [keptSentence(scene), "the change is kept to look at"],
      };
    case "expired":
      return {
        state: "Expired",
        notice: "Nobody decided in time",
        blocks: [
          section(`Nobody decided in ${days(scene.view.run.rules?.expiresMs ?? 0)}. Ask again to start anew.`),
          ...actions([askAgain(scene)]),
        ],
        facts: [keptSentence(scene), "the change is kept to look at"],
      };
    case "cancelled":
      return describeCancelled(scene, state);
    case "failed":
      return describeFailed(scene, state.cause);
    case "over_budget":
      return {
        state: "Paused: budget used up",
        notice: "Paused: budget used up",
        blocks: [section("The work so far is saved.")],
        facts: [keptSentence(scene)],
      };
    default:
      return state satisfies never;
  }
}

function describePublished(scene: Scene, state: InPhase<"pr_open" | "merged" | "closed">): Ending {
  const open = actions([linkButton("Open pull request", state.url)]);
  const approved = `Approved by ${people(scene, state.approvals)}`;
  const facts = [approved];
  switch (state.phase) {
    case "pr_open":
      return {
        state: `Pull request #${state.number}`,
        notice: `Pull request #${state.number} is open`,
        blocks: [
          section(`Pull request #${state.number} is open. Mention me in this thread to change it further.`),
          ...open,
        ],
        facts,
      };
    case "merged":
      return {
        state: "Merged",
        notice: `Merged (#${state.number})`,
        blocks: [section(`Pull request #${state.number} was merged by ${person(scene, state.by)}.`), ...open],
        facts,
      };
    case "closed":
      return {
        state: "Closed without merging",
        notice: `Closed without merging (#${state.number})`,
        blocks: [section(`Pull request #${state.number} was closed by ${person(scene, state.by)}.`), ...open],
        facts,
      };
    default:
      return state satisfies never;
  }
}

function describeCancelled(scene: Scene, state: InPhase<"cancelled">): Ending {
  const run = scene.view.run.id;
  const withdrawn = state.why === "withdrawn";
  const kept = state.change === undefined ? "" : ` Version ${state.change} is kept to look at.`;
  const did = withdrawn ? "Withdrawn" : "Stopped";
  const again = state.turn > 0 ? [button({ text: "Try again", action: "try_again", value: { run } })] : [];
  return {
    state: did,
    notice: did,
    blocks: [section(`${did} by ${person(scene, state.by)}.${kept}`), ...actions(again)],
    facts: [keptSentence(scene), "request saved"],
  };
}

const NEXT_LABELS: Readonly<Record<NextAct, string>> = {
  try_again: "Try again",
  ask_platform: "Ask platform",
  full_log: "Full log",
  leave_out: "Leave those files out",
};

function describeFailed(scene: Scene, cause: FailureCause): Ending {
  const failure = describeFailure(cause);
  const run = scene.view.run.id;
  return {
    state: "Stopped by a problem",
    notice: `Stopped: ${failure.short}`,
    blocks: [
      rich([words(failure.sentence)]),
      ...(failure.output === "" ? [] : [preformatted(failure.output)]),
      ...actions(failure.next.map((next) => button({ text: NEXT_LABELS[next], action: next, value: { run } }))),
    ],
    facts: [keptSentence(scene), "request saved"],
  };
}

/** The form with the same words in it; left out where they are too long for a button to carry. */
export function askAgain(scene: Scene) {
  const { request, rules } = scene.view.run;
  const { text } = request;
  return button({
    text: "Ask again",
    action: "ask_again",
    value: { text, ...(rules === undefined ? {} : { team: rules.team, repository: rules.repository }) },
  });
}

/** Only what the requester has to hear of, and did not do with their own hand. */
export function renderOutcome(scene: Scene): Face | undefined {
  const { state, title, request } = scene.view.run;
  const requester = request.requester.id.replace(/^slack:/, "");
  const said = describeOutcome(scene);
  if (said === undefined) return undefined;
  if (state.phase === "cancelled" && isRequester(scene, state.by)) return undefined;
  return {
    text: notice(said.notice, title),
    blocks: [
      headline(said.state, title),
      rich([words(said.line)]),
      ...(said.quote === undefined ? [] : [quote(said.quote, 1000)]),
    ],
    wakes: wakes({ people: [requester], groups: [] }, said.why),
  };
}

function isRequester(scene: Scene, by: string): boolean {
  const { requester } = scene.view.run.request;
  return by === requester.id || by === requester.name || by === scene.names.person(requester.id);
}

interface Said {
  readonly state: string;
  readonly notice: string;
  readonly line: string;
  readonly quote?: string;
  readonly why: string;
}

function describeOutcome(scene: Scene): Said | undefined {
  const { state } = scene.view.run;
  const safe = nothingReached(scene) ? " Nothing reached GitHub." : "";
  switch (state.phase) {
    case "answered":
      return {
        state: "Answered",
        notice: "Answered, no files changed",
        line: "No files changed. The agent says:",
        quote: state.text,
        why: "mention me here to go on.",
      };
    case "rejected": {
      const by = scene.names.person(state.by);
      return {
        state: "Not approved",
        notice: "Not approved",
        line: `${by} rejected version ${state.change}:`,
        quote: state.reason,
        why: "you can ask again with what you learned.",
      };
    }
    case "expired":
      return {
        state: "Expired",
        notice: "Nobody decided in time",
        line: `Nobody decided in ${days(scene.view.run.rules?.expiresMs ?? 0)}.${safe}`,
        why: "you can ask again.",
      };
    case "cancelled":
      return {
        state: state.why === "withdrawn" ? "Withdrawn" : "Stopped",
        notice: state.why === "withdrawn" ? "Withdrawn" : "Stopped",
        line: `By ${scene.names.person(state.by)}.${safe}`,
        why: "your request is saved.",
      };
    case "failed":
      return {
        state: "Stopped by a problem",
        notice: `Stopped: ${describeFailure(state.cause).short}`,
        line: `${describeFailure(state.cause).sentence}${safe}`,
        why: "the run's card has the next steps.",
      };
    default:
      return undefined;
  }
}
