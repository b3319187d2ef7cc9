// Answers that need no store: help, words that are not built yet, text that is too long. Shown to one person.
import { countOf } from "../core/text.ts";
import { safe, section, type Block } from "./blocks.ts";

export interface Answer {
  readonly text: string;
  readonly blocks: Block[];
}

export const COMMAND = "/agent";

export function helpAnswer(): Answer {
  const lines = [
    `*Ask for a change:* \`${COMMAND} raise the monthly price to $39 on the pricing page\`, or mention me in a thread.`,
    `*Name a repository or team:* add \`--repo owner/name\` or \`--team name\`.`,
    `*See or stop your runs:* \`${COMMAND} status\`, \`${COMMAND} stop\`, each alone or with a run's id.`,
    `*Open the form:* \`${COMMAND}\` alone, or with one or two words.`,
  ];
  return {
    text: `Type ${COMMAND} and what should change.`,
    blocks: [
      section("An agent makes the change in a sandbox; an owner approves it; then there is a pull request."),
      section(lines.join("\n")),
    ],
  };
}

export function notYetAnswer(word: string): Answer {
  return told(`${COMMAND} ${safe(word, 30)} is not available here yet. Nothing was done.`);
}

export function tooLongAnswer(characters: number): Answer {
  const count = countOf(characters, "character").replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  return told(`*Not started* · your text has ${count}; up to 40,000 can be read. Nothing ran. Put the rest in a file.`);
}

export function notHereAnswer(): Answer {
  return told("I am not in this channel. Type /invite @Countersign.");
}

export function formFailedAnswer(): Answer {
  return told("The form could not be opened in time. Nothing was done; press again.");
}

function told(sentence: string): Answer {
  return { text: sentence.replaceAll("*", ""), blocks: [section(sentence)] };
}
