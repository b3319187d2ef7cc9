// Answers to what somebody wrote in a session. They are read by all who see the issue; none of them names a secret or another team's things.
import { ACT_WORDS, PHASE_WORDS } from "../core/note-words.ts";
import type { NoteContent } from "../core/notes.ts";
import { offersOf, offersOfWords, type Offer } from "../core/offer.ts";
import { END_PHASES } from "../core/run.ts";
import type { RunState } from "../core/run-state.ts";
import { wordChoice } from "../core/choice-words.ts";
import type { Activity } from "./content.ts";
import { inert } from "./markdown.ts";

export interface Answer {
  readonly activity: Activity;
  readonly options: readonly string[];
}

/** As long as a choice waits every answer ends with it again: the last activity says whose turn it is. */
export function renderNote(state: RunState, content: NoteContent | undefined): Answer {
  const body = content === undefined ? "There is news about this run; its page shows it." : sentenceOf(state, content);
  const offers = [...offersOf(state), ...extraOffers(content)];
  const options = offers.map((offer) => offer.value);
  const isOver =
    END_PHASES.some((phase) => phase === state.phase) || (state.phase === "pr_open" && options.length === 0);
  if (isOver && extraOffers(content).length === 0) return { activity: { type: "response", body }, options: [] };
  if (options.length > 0) return { activity: { type: "elicitation", body }, options };
  return { activity: { type: "thought", body }, options: [] };
}

function extraOffers(content: NoteContent | undefined): readonly Offer[] {
  if (content?.kind === "mention_waiting") return offersOfWords(content.mentionKey, false);
  return content?.kind === "question_not_yet" ? offersOfWords(content.mentionKey, true) : [];
}

const VOTE_KINDS = [
  "not_owner",
  "requester_cannot",
  "prompt_author",
  "too_late",
  "already_voted",
  "already_decided",
  "expired",
  "unreadable_authority",
  "not_approvable",
  "vote_counted",
] as const;
type VoteNote = Extract<NoteContent, { kind: (typeof VOTE_KINDS)[number] }>;
type OtherNote = Exclude<NoteContent, VoteNote>;

function isVote(content: NoteContent): content is VoteNote {
  return VOTE_KINDS.some((kind) => kind === content.kind);
}

function sentenceOf(state: RunState, content: NoteContent): string {
  return isVote(content) ? voteSentence(content) : otherSentence(state, content);
}

function voteSentence(content: VoteNote): string {
  switch (content.kind) {
    case "not_owner":
      return `Only its owners can approve changes to ${inert(content.repository, 100)}, with the same verified email in Slack and Linear. Nothing was changed.`;
    case "requester_cannot":
      return "You asked for this change, so someone else approves it. Nothing was changed.";
    case "prompt_author":
      return "You wrote part of what the agent was asked, so someone else approves it. Nothing was changed.";
    case "too_late":
      return content.current === undefined
        ? `That was version ${content.change}; it is not waiting any more. Nothing was approved.`
        : `That was version ${content.change}; version ${content.current} is waiting now. Nothing was approved.`;
    case "already_voted":
      return `You have approved version ${content.change} already. Nothing was changed.`;
    case "already_decided":
      return `Version ${content.change} was decided before you answered. Nothing was changed.`;
    case "expired":
      return `Nobody decided about version ${content.change} in time; it can't be approved any more.`;
    case "unreadable_authority":
      return "I can't read who the owners are just now, so nothing was changed. Choose again in a minute.";
    case "not_approvable":
      return content.conflict
        ? "It can't be approved: the base changed the same lines. Nothing was changed."
        : "It can't be approved yet: its checks must pass first. Nothing was changed.";
    case "vote_counted":
      return `That approval of version ${content.change} counts: ${content.approvals} of ${content.required}. Somebody else has to approve too.`;
    default:
      return content satisfies never;
  }
}

function otherSentence(state: RunState, content: OtherNote): string {
  const now = PHASE_WORDS[state.phase];
  switch (content.kind) {
    case "not_yours":
      return `You can't ${ACT_WORDS[content.act]}. Ask a member of the team or an owner. Nothing was changed.`;
    case "not_now":
      return `That does not fit any more: this run is ${now}. Nothing was changed.`;
    case "busy":
      return `This run is ${now}. Reply again when it is done, or stop it first. Nothing was changed.`;
    case "run_over":
      return `This run is ${now}. Hand the issue over again to ask anew.`;
    case "stop_answer":
      return content.outcome === "stopped" ? "Stopped." : "There is nothing to stop: this run is over already.";
    case "mention_waiting":
      return "A change is waiting for approval, and words decide nothing about it. Should what you wrote become a new version? It replaces this one and needs a new approval.";
    case "question_not_yet":
      return "I can't answer questions about the code yet. I can work on it as a change instead.";
    case "mention_dropped":
      return "Left as it was.";
    case "thanks":
      return "Glad it helps.";
    case "choose_one":
      return state.phase === "needs_input"
        ? `Please choose one of these; other words decide nothing here. ${wordChoice(state.choice)}`
        : `This run is ${now}.`;
    case "status":
    case "help":
    case "not_here":
    case "card_link":
    case "ask_platform_posted":
    case "ask_platform_nobody":
    case "platform_request":
    case "full_diff":
    case "full_log":
      return `This run is ${now}; its page shows the rest.`;
    default:
      return content satisfies never;
  }
}
