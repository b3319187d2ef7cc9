// Why a run did not start, and the buttons for what the person can do instead.
import { wordRefusal, type RefusalWords } from "../core/refusal-words.ts";
import type { Refusal } from "../core/routing.ts";
import type { RunView } from "../ports.ts";
import { actions, button, context, rich, safe, section, words, type Block } from "./blocks.ts";
import { escapeText } from "./plain-text.ts";
import { notice, runLabel, type Face, type Scene } from "./render-scene.ts";

const USE_LIMIT = 2;

export function renderRefusal(scene: Scene, state: { readonly refusal: Refusal; readonly rule: string }): Face {
  const { refusal, rule } = state;
  const refused = wordRefusal(refusal);
  const blocks: Block[] = [
    rich([words("Not started", { bold: true }), words(` · ${refused.sentence}`)]),
    ...(refused.more === undefined ? [] : [section(escapeText(refused.more))]),
    ...actions(buttons(scene.view, refusal, refused)),
    context(["nothing ran, nothing was spent", `rule: ${safe(rule, 80)}`, runLabel(scene)]),
  ];
  return { text: notice(`Not started: ${refused.sentence}`), blocks };
}

function buttons(view: RunView, refusal: Refusal, refused: RefusalWords) {
  const run = view.run.id;
  const allowed = refusal.kind === "no-repository" ? refusal.allowed : [];
  return refused.next.flatMap((each) => {
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
