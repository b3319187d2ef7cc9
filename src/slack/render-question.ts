// A request that could mean several teams or repositories: the requester chooses.
import { wordChoice } from "../core/choice-words.ts";
import type { InPhase } from "../core/run-state.ts";
import { clip, oneLine } from "../core/text.ts";
import { writeValue } from "./actions.ts";
import { actions, button, context, headline, link, plain, quote, safe, section, wakes, type Block } from "./blocks.ts";
import { detailsLink, notice, runLabel, type Face, type Scene } from "./render-scene.ts";

const BUTTONS_LIMIT = 4;
const OPTIONS_LIMIT = 100;
const OPTION_TEXT_LIMIT = 75;

export function renderQuestion(scene: Scene, state: InPhase<"needs_input">): Face {
  const { title, request } = scene.view.run;
  const { choice } = state;
  const question = wordChoice(choice);
  return {
    text: notice(`Question: ${question} ${title}`),
    blocks: [
      headline("Needs an answer", title),
      quote(request.text, 500),
      section(question),
      ...(choice.kind === "busy" ? [section(workLines(choice))] : []),
      ...choicesOf(scene.view.run.id, choice),
      context(["the requester may answer", "nothing runs, costs nothing", runLabel(scene), detailsLink(scene)]),
    ],
    wakes: wakes({ people: [request.requester.id.replace(/^slack:/, "")], groups: [] }, "please choose."),
  };
}

function workLines({ work }: Extract<Choice, { kind: "busy" }>): string {
  const lines = work.slice(0, 5).map(({ says, url }) => (url === undefined ? safe(says) : link(url, safe(says))));
  return lines.map((line) => `• ${line}`).join("\n");
}

type Choice = InPhase<"needs_input">["choice"];

function choicesOf(run: string, choice: Choice): readonly Block[] {
  switch (choice.kind) {
    case "team":
      return choices(run, "team", choice.teams);
    case "repository":
      return choices(run, "repository", choice.repositories);
    case "owner":
    case "busy":
      return actions([
        button({ text: "Start anyway", action: "go_ahead", value: { run } }),
        button({ text: "Don't start", action: "stop", value: { run } }),
      ]);
    default:
      return choice satisfies never;
  }
}

function choices(run: string, kind: "team" | "repository", names: readonly string[]): readonly Block[] {
  const action = kind === "team" ? "choose_team" : "choose_repository";
  const valueOf = (name: string) => (kind === "team" ? { run, team: name } : { run, repository: name });
  if (names.length <= BUTTONS_LIMIT) {
    return actions(
      names.map((name, index) => button({ text: name, action, suffix: String(index), value: valueOf(name) })),
    );
  }
  const options = names.slice(0, OPTIONS_LIMIT).flatMap((name) => {
    const value = writeValue(valueOf(name), "option");
    return value === undefined ? [] : [{ text: plain(clip(oneLine(name), OPTION_TEXT_LIMIT)), value }];
  });
  return [
    {
      type: "actions",
      elements: [{ type: "static_select", action_id: action, placeholder: plain("Choose one"), options }],
    },
  ];
}
