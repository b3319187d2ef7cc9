// A request that could mean several teams or repositories: the requester chooses.
import type { InPhase } from "../core/run-state.ts";
import { clip } from "../core/text.ts";
import { writeValue } from "./actions.ts";
import { actions, button, context, headline, oneLine, plain, quote, section, wakes, type Block } from "./blocks.ts";
import { detailsLink, notice, runLabel, type Face, type Scene } from "./render-scene.ts";

const BUTTONS_LIMIT = 4;
const OPTIONS_LIMIT = 100;
const OPTION_TEXT_LIMIT = 75;

export function renderQuestion(scene: Scene, state: InPhase<"needs_input">): Face {
  const { title, request } = scene.view.run;
  const { choice } = state;
  const question = choice.kind === "team" ? "Which team is this for?" : "Which repository should change?";
  const names = choice.kind === "team" ? choice.teams : choice.repositories;
  return {
    text: notice(`Question: ${question} ${title}`),
    blocks: [
      headline("Needs an answer", title),
      quote(request.text, 500),
      section(question),
      ...choices(scene.view.run.id, choice.kind, names),
      context(["the requester may answer", "nothing runs, costs nothing", runLabel(scene), detailsLink(scene)]),
    ],
    wakes: wakes({ people: [request.requester.id.replace(/^slack:/, "")], groups: [] }, "please choose."),
  };
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
