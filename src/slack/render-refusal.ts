// Why a run did not start, and what the person can do instead. Unknown and forbidden get the same sentence.
import type { Refusal } from "../core/routing.ts";
import { oneLine } from "./blocks.ts";
import type { RunView } from "../ports.ts";
import { actions, button, context, rich, safe, section, words, type Block } from "./blocks.ts";
import { notice, runLabel, type Face, type Scene } from "./render-scene.ts";

interface Refused {
  /** After "Not started"; shown where nothing is parsed. */
  readonly sentence: string;
  readonly more?: string;
  readonly buttons: readonly ("use" | "ask_platform" | "help")[];
}

const USE_LIMIT = 2;

export function renderRefusal(scene: Scene, state: { readonly refusal: Refusal; readonly rule: string }): Face {
  const { refusal, rule } = state;
  const refused = describeRefusal(refusal);
  const blocks: Block[] = [
    rich([words("Not started", { bold: true }), words(` · ${refused.sentence}`)]),
    ...(refused.more === undefined ? [] : [section(refused.more)]),
    ...actions(buttons(scene.view, refusal, refused)),
    context(["nothing ran, nothing was spent", `rule: ${safe(rule, 80)}`, runLabel(scene)]),
  ];
  return { text: notice(`Not started: ${refused.sentence}`), blocks };
}

function buttons(view: RunView, refusal: Refusal, refused: Refused) {
  const run = view.run.id;
  const allowed = refusal.kind === "no-repository" ? refusal.allowed : [];
  return refused.buttons.flatMap((each) => {
    if (each === "ask_platform") return [button({ text: "Ask platform", action: "ask_platform", value: { run } })];
    if (each === "help") return [button({ text: "What can I ask for?", action: "help", value: { run } })];
    return allowed.slice(0, USE_LIMIT).map((repository, index) =>
      button({
        text: `Use ${repository}`,
        action: "choose_repository",
        suffix: String(index),
        value: { run, repository },
      }),
    );
  });
}

export function describeRefusal(refusal: Refusal): Refused {
  switch (refusal.kind) {
    case "no-policy":
      return { sentence: "there are no rules loaded here yet, so nothing may run.", buttons: ["ask_platform"] };
    case "not-a-person":
      return {
        sentence:
          refusal.who === "unknown"
            ? "I could not read who you are in Slack just now."
            : "only full members of this workspace may ask for changes.",
        buttons: [],
      };
    case "no-team":
      return {
        sentence: "you are not in a team that may ask for changes yet.",
        buttons: ["ask_platform"],
      };
    case "not-in-team":
      return {
        sentence: `you are not in a team called ${oneLine(refusal.team)}.`,
        buttons: ["ask_platform", "help"],
      };
    case "no-repository":
      return {
        sentence: `${oneLine(refusal.team)} has no repository called ${oneLine(refusal.asked)}.`,
        ...(refusal.allowed.length === 0
          ? {}
          : {
              more: `You can ask for changes in: ${listNames(refusal.allowed)}. To add one, ask platform.`,
            }),
        buttons: ["use", "ask_platform", "help"],
      };
    case "nobody-else":
      return {
        sentence: `only you may approve changes to ${oneLine(refusal.repository)}; your own request needs a second person.`,
        buttons: ["ask_platform"],
      };
    case "no-owners":
      return {
        sentence: `nobody can approve changes to ${oneLine(refusal.repository)} yet: its group of owners is empty or cannot be read.`,
        buttons: ["ask_platform"],
      };
    case "agent-unavailable":
      return { sentence: `${oneLine(refusal.detail)}.`, buttons: ["ask_platform"] };
    default:
      return refusal satisfies never;
  }
}

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, 8).map((name) => safe(name, 80));
  return names.length > shown.length ? `${shown.join(", ")} and ${names.length - shown.length} more` : shown.join(", ");
}
