// How a run ended, or where it stands with its pull request: one sentence of outcome first, then what can be done.
import { describeFailure } from "../core/failure-words.ts";
import { wordRefusal } from "../core/refusal-words.ts";
import type { InPhase } from "../core/run-state.ts";
import type { RunView } from "../ports.ts";
import type { Activity } from "./content.ts";
import { inert, link, printed, quoted } from "./markdown.ts";
import { keptSentence, peopleNames, personName } from "./render-words.ts";

export interface Outcome {
  readonly slot: string;
  readonly activity: Activity;
}

/** Undefined while the run moves or waits. */
export function renderOutcome(view: RunView): Outcome | undefined {
  const { state } = view.run;
  const turn = "turn" in state ? state.turn : 0;
  const activity = describeOutcome(view);
  return activity === undefined ? undefined : { slot: `outcome:${state.phase}:${turn}`, activity };
}

const ASK_ANEW = "Reply here to ask anew.";

function describeOutcome(view: RunView): Activity | undefined {
  const { state } = view.run;
  switch (state.phase) {
    case "refused":
      return renderRefused(view, state);
    case "pr_open":
    case "merged":
    case "closed":
      return response(describePublished(view, state));
    case "answered":
      return response(`No files changed. The agent says:\n\n${quoted(state.text, 2500)}\n\nReply here to go on.`);
    case "rejected":
      return response(
        `Not approved: ${personName(view, state.by)} rejected version ${state.change}.\n\n${quoted(state.reason, 1000)}\n\n${keptSentence(view)} ${ASK_ANEW}`,
      );
    case "expired":
      return response(`Nobody decided about version ${state.change} in time. ${keptSentence(view)} ${ASK_ANEW}`);
    case "cancelled":
      return response(describeCancelled(view, state));
    case "failed":
      return renderFailed(view, state);
    case "over_budget":
      return response(`Paused: the budget is used up. The work so far is saved. ${keptSentence(view)}`);
    default:
      return undefined;
  }
}

function response(body: string): Activity {
  return { type: "response", body };
}

function renderRefused(view: RunView, state: InPhase<"refused">): Activity {
  const { sentence, more } = wordRefusal(state.refusal);
  const how = more === undefined ? "" : ` ${inert(more, 400)}`;
  const rule = inert(state.rule, 100);
  return {
    type: "error",
    body: `**Not started** · ${inert(sentence, 400)}${how}\n\nNothing ran, nothing was spent · rule: ${rule} · run ${view.run.id}`,
  };
}

function describePublished(view: RunView, state: InPhase<"pr_open" | "merged" | "closed">): string {
  const pull = link(`Pull request #${state.number}`, state.url);
  const approved = `Approved by ${peopleNames(view, state.approvals)}`;
  switch (state.phase) {
    case "pr_open":
      return `${pull} is open: ${state.headMatches ? "exactly the change that was approved" : "somebody pushed to its branch, so it is no longer exactly what was approved"}. ${approved}. Next: CI and review on GitHub. Reply here to change it further.`;
    case "merged":
      return `Merged: ${pull}, by ${personName(view, state.by)}. ${approved}.`;
    case "closed":
      return `${pull} was closed without merging, by ${personName(view, state.by)}. ${ASK_ANEW}`;
    default:
      return state satisfies never;
  }
}

function describeCancelled(view: RunView, state: InPhase<"cancelled">): string {
  const did = state.why === "withdrawn" ? "Withdrawn" : "Stopped";
  const kept = state.change === undefined ? "" : ` Version ${state.change} is kept to look at.`;
  const again = state.turn === 0 ? ASK_ANEW : "Reply “Try again” to start it anew, or say what to do differently.";
  return `${did} by ${personName(view, state.by)}.${kept} ${keptSentence(view)} ${again}`;
}

function renderFailed(view: RunView, state: InPhase<"failed">): Activity {
  const failure = describeFailure(state.cause);
  const output = failure.output === "" ? "" : `\n\n${printed(failure.output)}`;
  const kept = state.change === undefined ? "" : ` Version ${state.change} is kept to look at.`;
  const next = "Reply “Try again”, or say what to do differently.";
  return {
    type: "error",
    body: `**Stopped by a problem** · ${inert(failure.sentence, 600)}${output}\n\n${keptSentence(view)}${kept} ${next} Run ${view.run.id}.`,
  };
}
