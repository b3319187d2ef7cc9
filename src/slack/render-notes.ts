// Private answers, word for word. Each says what did not happen and who can help.
import { ACT_WORDS, PHASE_WORDS } from "../core/note-words.ts";
import type { NoteContent } from "../core/notes.ts";
import { clip, countOf, oneLine } from "../core/text.ts";
import type { RunView } from "../ports.ts";
import { helpAnswer, notHereAnswer, type Answer } from "./answers.ts";
import { actions, button, link, rich, safe, section, words, type Block } from "./blocks.ts";
import { escapeText } from "./plain-text.ts";
import { groups, notice, type Names } from "./render-scene.ts";

export interface NoteScene {
  /** Absent for an answer to a person who has no run. */
  readonly view: RunView | undefined;
  readonly names: Names;
  readonly cardLinks: ReadonlyMap<string, string>;
}

/** Notes that are posts or files are drawn elsewhere. */
export type ToldNote = Exclude<NoteContent, { kind: "platform_request" | "full_diff" | "full_log" }>;
type VoteNote = Extract<
  ToldNote,
  {
    kind:
      | "not_owner"
      | "requester_cannot"
      | "prompt_author"
      | "too_late"
      | "already_voted"
      | "already_decided"
      | "expired"
      | "unreadable_authority"
      | "not_approvable"
      | "vote_counted";
  }
>;

export function renderNote(scene: NoteScene, content: ToldNote): Answer {
  switch (content.kind) {
    case "not_owner":
    case "requester_cannot":
    case "prompt_author":
    case "too_late":
    case "already_voted":
    case "already_decided":
    case "expired":
    case "unreadable_authority":
    case "not_approvable":
    case "vote_counted":
      return renderVoteNote(scene, content);
    case "help":
      return helpAnswer();
    case "not_here":
      return notHereAnswer();
    case "stop_answer":
    case "status":
      return renderRuns(content);
    case "mention_waiting":
    case "question_not_yet":
      return renderMentionQuestion(scene, content);
    case "not_yours":
    case "not_now":
    case "busy":
    case "run_over":
    case "card_link":
    case "mention_dropped":
    case "thanks":
    case "choose_one":
    case "ask_platform_posted":
    case "ask_platform_nobody":
      return told(describeOther(scene, content));
    default:
      return content satisfies never;
  }
}

function told(sentence: string, buttons: readonly Block[] = []): Answer {
  return { text: notice(plainOf(sentence)), blocks: [section(sentence), ...buttons] };
}

/** Our own sentence without its markup, for the phone. */
function plainOf(sentence: string): string {
  return sentence
    .replace(/<[^|>]*\|([^>]*)>/g, "$1")
    .replace(/<#[^>]*>/g, "the channel")
    .replaceAll("*", "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}

function renderVoteNote(scene: NoteScene, content: VoteNote): Answer {
  const about = { run: scene.view?.run.id ?? "" };
  switch (content.kind) {
    case "not_owner": {
      const owners = groups(scene.names, content.ownerGroups);
      return told(`Only ${owners} can approve changes to ${safe(content.repository)}. Nothing was changed.`);
    }
    case "requester_cannot":
      return told(
        "You asked for this change, so someone else approves it.",
        actions([
          button({ text: "Request changes", action: "request_changes", value: { ...about, change: content.change } }),
          button({ text: "Withdraw", action: "withdraw", value: about }),
        ]),
      );
    case "prompt_author":
      return told("You wrote part of what the agent was asked, so someone else approves it. Nothing was changed.");
    case "too_late":
      return told(
        content.current === undefined
          ? `That card was version ${content.change}; it is not waiting any more. Nothing was approved.`
          : `That card was version ${content.change}; version ${content.current} is waiting now. Nothing was approved.`,
        content.current === undefined ? [] : actions([button({ text: "Show it", action: "show_card", value: about })]),
      );
    case "already_voted":
      return told(`You have approved version ${content.change} already. Nothing was changed.`);
    case "already_decided":
      return told(`Version ${content.change} was decided before you pressed. Nothing was changed.`);
    case "expired":
      return told(`Nobody decided about version ${content.change} in time; it can't be approved any more.`);
    case "unreadable_authority": {
      const owners = groups(scene.names, content.ownerGroups);
      return told(`I can't read who is in ${owners} just now, so nothing was changed. Press again in a minute.`);
    }
    case "not_approvable":
      return told(describeNotApprovable(content));
    case "vote_counted":
      return told(
        `Your approval of version ${content.change} counts: ${content.approvals} of ${content.required}. Somebody else has to approve too.`,
      );
    default:
      return content satisfies never;
  }
}

function describeNotApprovable(content: Extract<VoteNote, { kind: "not_approvable" }>): string {
  if (content.conflict) return "It can't be approved: the base changed the same lines. Nothing was changed.";
  const names = content.blocking.map((name) => safe(name, 40)).join(", ");
  return names === ""
    ? "It can't be approved yet; its card says why. Nothing was changed."
    : `It can't be approved yet: ${names} must pass first. Nothing was changed.`;
}

type OtherNote = Extract<
  ToldNote,
  {
    kind:
      | "not_yours"
      | "not_now"
      | "busy"
      | "run_over"
      | "card_link"
      | "mention_dropped"
      | "thanks"
      | "choose_one"
      | "ask_platform_posted"
      | "ask_platform_nobody";
  }
>;

function describeOther(scene: NoteScene, content: OtherNote): string {
  switch (content.kind) {
    case "not_yours": {
      const ask = content.askGroups.length === 0 ? "" : ` Ask ${groups(scene.names, content.askGroups)}.`;
      return `You can't ${ACT_WORDS[content.act]}.${ask} Nothing was changed.`;
    }
    case "not_now":
      return `That does not fit any more: this run is ${phaseWords(scene.view)}. Nothing was changed.`;
    case "busy":
      return `This run is ${phaseWords(scene.view)}. Mention me again when it is done, or stop it first. Nothing was changed.`;
    case "run_over":
      return `This run is ${phaseWords(scene.view)}. Ask anew with /agent and what should change.`;
    case "card_link": {
      const url = scene.cardLinks.get(`approval:${content.change}`);
      const card = `Version ${content.change}`;
      return url === undefined ? `${card} stands in this run's thread.` : `${link(url, card)} is waiting there.`;
    }
    case "mention_dropped":
      return "Dropped. What was waiting is as it was.";
    case "thanks":
      return "Glad it helps.";
    case "choose_one":
      return "Please press one of the buttons; words decide nothing here.";
    case "ask_platform_posted": {
      const where = `<#${escapeText(content.channel)}>`;
      return content.again ? `Platform was asked today already, in ${where}.` : `Platform is asked, in ${where}.`;
    }
    case "ask_platform_nobody":
      return "Nobody is set up to be asked here. Tell whoever runs Countersign in your company.";
    default:
      return content satisfies never;
  }
}

function phaseWords(view: RunView | undefined): string {
  return view === undefined ? "in another state" : PHASE_WORDS[view.run.state.phase];
}

function renderMentionQuestion(
  scene: NoteScene,
  content: Extract<ToldNote, { kind: "mention_waiting" | "question_not_yet" }>,
): Answer {
  const run = scene.view?.run.id ?? "";
  const { mentionKey } = content;
  const isQuestion = content.kind === "question_not_yet";
  const sentence = isQuestion
    ? "I can't answer questions about the code yet. I can work on it as a change instead."
    : "A change is waiting for approval. A new version replaces it and needs a new approval.";
  return told(
    sentence,
    actions([
      button({
        text: isQuestion ? "Make it a change" : "Change it again",
        action: "mention_choice",
        suffix: "change",
        value: { run, mentionKey, choice: "change" },
      }),
      button({
        text: "Never mind",
        action: "mention_choice",
        suffix: "never_mind",
        value: { run, mentionKey, choice: "never_mind" },
      }),
    ]),
  );
}

/** Notes are stored with the word they were written with, which a later version may not know. */
function phaseOf(phase: string): string {
  return new Map<string, string>(Object.entries(PHASE_WORDS)).get(phase) ?? phase;
}

const RUNS_SHOWN = 8;

function renderRuns(content: Extract<ToldNote, { kind: "stop_answer" | "status" }>): Answer {
  const { lead, empty } = describeRuns(content);
  if (content.runs.length === 0) return told(empty);
  const lines = content.runs.slice(0, RUNS_SHOWN).map((run) => {
    const where = run.repository === undefined ? "" : ` · ${clip(oneLine(run.repository), 80)}`;
    return `${run.id}  ${phaseOf(run.phase)} · ${clip(oneLine(run.title), 80)}${where}`;
  });
  const more = content.runs.length - RUNS_SHOWN;
  return {
    text: notice(lead),
    blocks: [
      section(lead),
      rich([words([...lines, ...(more > 0 ? [`… and ${countOf(more, "more run")}`] : [])].join("\n"))]),
      ...stopButtons(content),
    ],
  };
}

function stopButtons(content: Extract<ToldNote, { kind: "stop_answer" | "status" }>): readonly Block[] {
  if (content.kind !== "stop_answer" || content.outcome !== "which") return [];
  return actions(
    content.runs
      .slice(0, 4)
      .map((run) => button({ text: `Stop ${run.id}`, action: "stop", suffix: run.id, value: { run: run.id } })),
  );
}

function describeRuns(content: Extract<ToldNote, { kind: "stop_answer" | "status" }>): {
  readonly lead: string;
  readonly empty: string;
} {
  if (content.kind === "status") {
    const named = content.asked === undefined ? undefined : safe(content.asked, 20);
    return {
      lead: named === undefined ? "Your runs that move or wait:" : `Run ${named}:`,
      empty: named === undefined ? "You have no runs that move or wait." : `There is no run ${named} that you can see.`,
    };
  }
  switch (content.outcome) {
    case "stopped":
      return { lead: "Stopped:", empty: "Stopped. The work so far is kept." };
    case "over":
      return { lead: "Already over:", empty: "There is nothing to stop: this run is over already." };
    case "which":
      return { lead: "Which run should stop?", empty: "Which run should stop? Type /agent stop and its id." };
    case "none":
      return { lead: "Nothing was stopped:", empty: "You have no such run to stop. Nothing was changed." };
    default:
      return content.outcome satisfies never;
  }
}
