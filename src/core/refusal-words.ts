// Why a run did not start, in plain text; what can be done instead, each surface offers in its own way.
import type { Refusal } from "./routing.ts";
import { clip, oneLine } from "./text.ts";

export interface RefusalWords {
  /** After "Not started"; names in it come from elsewhere, so it is shown where nothing is parsed. */
  readonly sentence: string;
  /** What the person may ask for, or how to mend it. */
  readonly more?: string;
  readonly next: readonly ("use" | "ask_platform" | "help")[];
}

/** Unknown and forbidden get the same sentence. */
export function wordRefusal(refusal: Refusal): RefusalWords {
  switch (refusal.kind) {
    case "no-policy":
      return { sentence: "there are no rules loaded here yet, so nothing may run.", next: ["ask_platform"] };
    case "not-a-person":
      return {
        sentence:
          refusal.who === "unknown"
            ? "I could not read who you are just now."
            : "only full members of this workspace may ask for changes.",
        next: [],
      };
    case "unmatched":
      return {
        sentence: "your Linear account has no counterpart in Slack with the same verified email address.",
        more: "Use the same address in both, or ask a member of the team to hand the issue over.",
        next: ["ask_platform"],
      };
    case "no-team":
      return { sentence: "you are not in a team that may ask for changes yet.", next: ["ask_platform"] };
    case "not-in-team":
      return { sentence: `you are not in a team called ${oneLine(refusal.team)}.`, next: ["ask_platform", "help"] };
    case "no-repository":
      return {
        sentence: `${oneLine(refusal.team)} has no repository called ${oneLine(refusal.asked)}.`,
        ...(refusal.allowed.length === 0
          ? {}
          : { more: `You can ask for changes in: ${listNames(refusal.allowed)}. To add one, ask platform.` }),
        next: ["use", "ask_platform", "help"],
      };
    case "nobody-else":
      return {
        sentence: `only you may approve changes to ${oneLine(refusal.repository)}; your own request needs a second person.`,
        next: ["ask_platform"],
      };
    case "no-owners":
      return {
        sentence: `nobody can approve changes to ${oneLine(refusal.repository)} yet: its group of owners is empty or cannot be read.`,
        next: ["ask_platform"],
      };
    case "agent-unavailable":
      return { sentence: `${oneLine(refusal.detail)}.`, next: ["ask_platform"] };
    case "no-issue":
      return {
        sentence: `there is no issue ${clip(oneLine(refusal.asked), 40)} that this team works with.`,
        more: "Leave --issue out, or name an issue of the team's own.",
        next: ["ask_platform"],
      };
    case "issue-over":
      return {
        sentence: `${clip(oneLine(refusal.issue), 40)} is canceled or deleted.`,
        more: "Open it again, then hand it over again.",
        next: [],
      };
    default:
      return refusal satisfies never;
  }
}

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, 8).map((name) => clip(oneLine(name), 80));
  return names.length > shown.length ? `${shown.join(", ")} and ${names.length - shown.length} more` : shown.join(", ");
}
