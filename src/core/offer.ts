// What a person can choose where there are no buttons: exact words, each bound to one act. A sentence is never a choice.
import { failedChecks } from "./ci.ts";
import type { Interaction } from "./interaction.ts";
import type { InPhase, RunState } from "./run-state.ts";
import { shortSeal } from "./seal.ts";

/** An act without who and where. */
export type OfferedAct =
  | { readonly kind: "approve"; readonly change: number; readonly seal: string }
  | { readonly kind: "reject"; readonly change: number }
  | { readonly kind: "send_failure_back" | "redo"; readonly change: number }
  | { readonly kind: "choose_team"; readonly team: string }
  | { readonly kind: "choose_repository"; readonly repository: string }
  | { readonly kind: "go_ahead" | "try_again" }
  | { readonly kind: "vouch" }
  | { readonly kind: "stop" }
  | { readonly kind: "mention_choice"; readonly mentionKey: string; readonly choice: "change" | "never_mind" };

export interface Offer {
  /** Shown, and what comes back when it is chosen. */
  readonly value: string;
  readonly act: OfferedAct;
}

const GO_AHEAD = "Start anyway";
const VOUCH = "Start it, I answer for it";
const DO_NOT_START = "Don't start";
export const TRY_AGAIN = "Try again";
const SEND_CI_BACK = "Send the CI failure back";

/** All that fits the state of a run now, in the order to show it. */
export function offersOf(state: RunState): readonly Offer[] {
  switch (state.phase) {
    case "needs_input":
      return offersOfChoice(state.choice);
    case "awaiting_approval":
      return offersOfDecision(state);
    case "approved":
      return state.held === undefined ? [] : [{ value: TRY_AGAIN, act: { kind: "try_again" } }];
    case "failed":
      return [{ value: TRY_AGAIN, act: { kind: "try_again" } }];
    case "cancelled":
      return state.turn === 0 ? [] : [{ value: TRY_AGAIN, act: { kind: "try_again" } }];
    case "pr_open":
      return failedChecks(state.ci).length === 0
        ? []
        : [{ value: SEND_CI_BACK, act: { kind: "send_failure_back", change: state.change } }];
    default:
      return [];
  }
}

function offersOfChoice(choice: InPhase<"needs_input">["choice"]): readonly Offer[] {
  const stop: Offer = { value: DO_NOT_START, act: { kind: "stop" } };
  switch (choice.kind) {
    case "team":
      return choice.teams.map((team) => ({ value: team, act: { kind: "choose_team", team } }));
    case "repository":
      return choice.repositories.map((repository) => ({
        value: repository,
        act: { kind: "choose_repository", repository },
      }));
    case "owner":
      return [{ value: VOUCH, act: { kind: "vouch" } }, stop];
    case "busy":
      return [{ value: GO_AHEAD, act: { kind: "go_ahead" } }, stop];
    default:
      return choice satisfies never;
  }
}

/** Version and seal in the words: an answer to an older card can never count for a newer one. */
function offersOfDecision(state: InPhase<"awaiting_approval">): readonly Offer[] {
  const { change, seal } = state;
  const label = `version ${change} (${shortSeal(seal)})`;
  const reject: Offer = { value: `Reject ${label}`, act: { kind: "reject", change } };
  if (state.conflict === true)
    return [{ value: `Redo ${label} on today's base`, act: { kind: "redo", change } }, reject];
  if (!state.approvable) {
    return [{ value: `Send the failure of ${label} back`, act: { kind: "send_failure_back", change } }, reject];
  }
  return [{ value: `Approve ${label}`, act: { kind: "approve", change, seal } }, reject];
}

/** What words wait to be made of: offered beside the rest while a change waits. */
export function offersOfWords(mentionKey: string, isQuestion: boolean): readonly Offer[] {
  return [
    {
      value: `${isQuestion ? "Make it a change" : "Change it again"} (reply ${mentionKey})`,
      act: { kind: "mention_choice", mentionKey, choice: "change" },
    },
    { value: `Leave it (reply ${mentionKey})`, act: { kind: "mention_choice", mentionKey, choice: "never_mind" } },
  ];
}

const WORDS = /^(Change it again|Make it a change|Leave it) \(reply (\d{1,15})\)$/;
const DECISION = /^(Approve|Reject) version ([1-9]\d{0,5}) \(([0-9a-f]{7})\)$/;

/** The act that exactly these words choose, or undefined: free text decides nothing. */
export function readOffer(state: RunState, text: string): OfferedAct | undefined {
  const words = text.trim();
  const offered = offersOf(state).find((offer) => offer.value === words);
  if (offered !== undefined) return offered.act;
  // Not asked there, and what people say all the same.
  if (state.phase === "answered" && words === TRY_AGAIN) return { kind: "try_again" };
  const about = WORDS.exec(words);
  if (about !== null) {
    const choice = about[1] === "Leave it" ? "never_mind" : "change";
    return { kind: "mention_choice", mentionKey: about[2] ?? "", choice };
  }
  const decision = DECISION.exec(words);
  return decision === null ? undefined : readDecision(state, decision);
}

const ONCE_OFFERED: ReadonlySet<string> = new Set([GO_AHEAD, VOUCH, DO_NOT_START, TRY_AGAIN, SEND_CI_BACK]);
const NEXT_VERSION =
  /^(?:Redo version [1-9]\d{0,5} \([0-9a-f]{7}\) on today's base|Send the failure of version [1-9]\d{0,5} \([0-9a-f]{7}\) back)$/;

/** Words of ours to choose, whatever they stood for when they were offered: once that is over, they ask for nothing. */
export function wereOffered(text: string): boolean {
  const words = text.trim();
  return ONCE_OFFERED.has(words) || [NEXT_VERSION, DECISION, WORDS].some((each) => each.test(words));
}

function readDecision(state: RunState, [, verdict, number, seal]: readonly string[]): OfferedAct | undefined {
  const change = Number(number);
  if (state.phase === "awaiting_approval" && state.change === change) {
    // Offered before something came in the way of it: the answer says what.
    return seal === shortSeal(state.seal) ? { kind: "approve", change, seal: state.seal } : undefined;
  }
  // A card that does not wait any more: the seal fits nothing, and the answer says which version waits now.
  return verdict === "Approve" ? { kind: "approve", change, seal: "" } : { kind: "reject", change };
}

/** The same act as the buttons of a card store it. To vouch and to stop are the tracker's own. */
export function toInteraction(
  act: Exclude<OfferedAct, { kind: "vouch" | "stop" }>,
  who: Pick<Interaction, "by" | "place"> & { readonly runId: string },
): Interaction {
  switch (act.kind) {
    case "reject":
      return { kind: act.kind, change: act.change, reason: "Rejected on the issue.", ...who };
    case "send_failure_back":
    case "redo":
      return { kind: act.kind, change: act.change, ...who };
    case "go_ahead":
    case "try_again":
      return { kind: act.kind, ...who };
    case "approve":
    case "choose_team":
    case "choose_repository":
    case "mention_choice":
      return { ...act, ...who };
    default:
      return act satisfies never;
  }
}
