// Notes that everybody in a channel reads: what platform is asked, and files with a diff or a log.
import { describeFailure } from "../core/failure-words.ts";
import { wordRefusal } from "../core/refusal-words.ts";
import type { Person } from "../core/request.ts";
import { cleanText, countOf } from "../core/text.ts";
import type { Change, RunView } from "../ports.ts";
import { context, headline, quote, rich, words } from "./blocks.ts";
import { detailsLink, notice, person, runLabel, when, type Face, type Scene } from "./render-scene.ts";

/** Who asks, which rule it was, and what was wanted. */
export function renderPlatformRequest(scene: Scene, by: Person): Face {
  const { run } = scene.view;
  const { state } = run;
  const why =
    state.phase === "refused"
      ? wordRefusal(state.refusal).sentence
      : state.phase === "failed"
        ? describeFailure(state.cause).sentence
        : "it needs a look by platform.";
  const rule = state.phase === "refused" ? [`rule: ${state.rule}`] : [];
  return {
    text: notice("Help wanted", run.title),
    blocks: [
      headline("Help wanted", run.title),
      rich([words(why)]),
      quote(run.request.text, 600),
      ...(rule.length === 0 ? [] : [rich([words(rule.join(""))])]),
      context([
        `${person(scene, by.id)} asks`,
        run.rules?.team,
        runLabel(scene),
        detailsLink(scene),
        when(scene.view.nowMs),
      ]),
    ],
  };
}

export interface TextFile {
  readonly name: string;
  readonly title: string;
  readonly type: "diff" | "text";
  readonly content: string;
  readonly comment: string;
}

/** Undefined where this version is not kept any more. */
export function diffFile(view: RunView, number: number): TextFile | undefined {
  const change = view.changes.find((each) => each.number === number);
  if (change === undefined || change.diff.trim() === "") return undefined;
  const cut = change.diffCut ? " Its end is cut: it is longer than what is kept for reading." : "";
  return {
    name: `${view.run.id}-version-${number}.diff`,
    title: `Version ${number}, ${countOf(change.files.length, "file")}`,
    type: "diff",
    content: cleanText(change.diff),
    comment: `The whole diff of version ${number}.${cut}`,
  };
}

/** All that is known of how a run went: why it stopped, what its checks printed. Undefined when nothing is. */
export function logFile(view: RunView): TextFile | undefined {
  const { state } = view.run;
  const parts = [...(state.phase === "failed" ? causeParts(state.cause) : []), ...checkParts(view.changes.at(-1))];
  if (parts.length === 0) return undefined;
  return {
    name: `${view.run.id}-log.txt`,
    title: `Log of run ${view.run.id}`,
    type: "text",
    content: cleanText(parts.join("\n\n")),
    comment: `What was printed in run ${view.run.id}.`,
  };
}

function causeParts(cause: Parameters<typeof describeFailure>[0]): readonly string[] {
  const output = "output" in cause ? cause.output : "";
  return [describeFailure(cause).sentence, ...(output === "" ? [] : [output])];
}

function checkParts(change: Change | undefined): readonly string[] {
  return (change?.checks ?? [])
    .filter((check) => check.output.trim() !== "")
    .map((check) => `== ${check.name}: ${check.command} (${check.status})\n${check.output}`);
}
