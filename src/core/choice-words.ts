// What a person is asked before a run may start, in plain text.
import type { Choice } from "./routing.ts";

export function wordChoice(choice: Choice): string {
  switch (choice.kind) {
    case "team":
      return "Which team is this for?";
    case "repository":
      return "Which repository should change?";
    case "owner":
      return "No person asked for this. Which owner answers for it?";
    case "busy":
      return `Somebody works on ${choice.issue} already. Start all the same?`;
    default:
      return choice satisfies never;
  }
}

/** What can be chosen, or what is in the way; for lists on pages. */
export function listChoice(choice: Choice): readonly string[] {
  switch (choice.kind) {
    case "team":
      return choice.teams;
    case "repository":
      return choice.repositories;
    case "owner":
      return choice.ownerGroups;
    case "busy":
      return choice.work.map((each) => each.says);
    default:
      return choice satisfies never;
  }
}
