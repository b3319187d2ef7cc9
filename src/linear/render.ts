// A run as its session should show it now, in order: what was sent before stays, what is missing follows, so that an outage loses nothing.
import { wordChoice } from "../core/choice-words.ts";
import { failedChecks } from "../core/ci.ts";
import { offersOf } from "../core/offer.ts";
import type { InPhase } from "../core/run-state.ts";
import { clip, oneLine } from "../core/text.ts";
import type { Change, RunView } from "../ports.ts";
import type { Activity, ActivityContent, Content } from "./content.ts";
import { inert, link, quoted } from "./markdown.ts";
import { renderApproval } from "./render-approval.ts";
import { renderOutcome } from "./render-outcome.ts";
import { renderPlan } from "./render-plan.ts";
import { renderProgress } from "./render-progress.ts";
import { checkLine, listFiles, peopleNames, personName, sizeOf, versionLabel } from "./render-words.ts";

/** Everything in its order; nothing for a run that is about no issue. */
export function renderSession(view: RunView): readonly Content[] {
  const { run } = view;
  const { issue, session } = run;
  if (issue === undefined) return [];
  const face: Content = {
    kind: "session",
    runId: run.id,
    slot: "session",
    ...(session === undefined ? {} : { session }),
    issueId: issue.id,
    plan: renderPlan(view),
    links: linksOf(view),
  };
  if (session === undefined) return [face];
  const scene = { view, session };
  return [
    say(scene, "hello", { type: "thought", body: helloOf(view) }),
    face,
    ...moveOf(view),
    ...startOf(scene),
    ...turnsOf(scene),
    ...decisionsOf(scene),
    ...questionOf(scene),
    ...progressOf(scene),
    ...outcomeOf(scene),
    ...newsOf(scene),
  ];
}

interface Scene {
  readonly view: RunView;
  readonly session: string;
}

type Words = Activity & Partial<Pick<ActivityContent, "ephemeral" | "options">>;

function say({ view, session }: Scene, slot: string, words: Words): Content {
  const { ephemeral = false, options = [], ...activity } = words;
  return { kind: "activity", runId: view.run.id, slot, session, activity, ephemeral, options };
}

function linksOf({ run, detailsUrl }: RunView) {
  return [
    ...(detailsUrl === undefined ? [] : [{ label: `Run ${run.id}`, url: detailsUrl }]),
    ...(run.pullRequest === undefined
      ? []
      : [{ label: `Pull request #${run.pullRequest.number}`, url: run.pullRequest.url }]),
  ];
}

/** Within seconds, before anything is looked up: what happens next, and who I am. */
function helloOf(view: RunView): string {
  const { request, issue } = view.run;
  const what = issue === undefined ? "this" : issue.identifier;
  if (request.place.surface === "slack") {
    return `${personName(view, request.requester.id)} asked for this in Slack, naming ${what}: “${inert(view.run.title, 80)}”. I am an agent; an owner decides before anything reaches GitHub.`;
  }
  const took = request.kind === "reply" ? "On it." : `Picked up ${what}.`;
  return `${took} Next I look up which rules and which repository apply, then I work in a sandbox. I am an agent; an owner decides before anything reaches GitHub.`;
}

/** Ours as delegate if nobody is, and the issue at work: once the request is allowed. */
function moveOf({ run }: RunView): readonly Content[] {
  const { issue, rules } = run;
  if (issue === undefined || rules === undefined) return [];
  return [{ kind: "issue", runId: run.id, slot: "issue", issueId: issue.id, teamId: issue.teamId }];
}

function startOf(scene: Scene): readonly Content[] {
  const { run } = scene.view;
  const { rules, repository } = run;
  if (rules === undefined) return [];
  const base = rules.base ?? repository?.defaultBranch ?? "";
  const where = `${inert(rules.repository, 100)}${base === "" ? "" : `, ${inert(base, 60)}`}`;
  return [say(scene, "start", { type: "action", action: "Chose", parameter: where, result: `rules of ${rules.team}` })];
}

/** Each further version begins with what was asked for. */
function turnsOf(scene: Scene): readonly Content[] {
  const { turns } = scene.view;
  return turns
    .filter((turn) => turn.turn > 1)
    .map((turn) => {
      const body = `Working on it again, asked for by ${personName(scene.view, turn.author.id)}:\n\n${quoted(turn.prompt, 400)}`;
      return { at: turn.turn, content: say(scene, `turn:${turn.turn}`, { type: "thought", body }) };
    })
    .flatMap(({ at, content }) => [...changesBefore(scene, at), content])
    .concat(changesFrom(scene, turns.findLast((turn) => turn.turn > 1)?.turn ?? 1));
}

/** Changes of the turn before this one: they were made before it was asked for. */
function changesBefore(scene: Scene, turn: number): readonly Content[] {
  return scene.view.changes.filter((change) => change.turn === turn - 1).flatMap((change) => madeOf(scene, change));
}

function changesFrom(scene: Scene, turn: number): readonly Content[] {
  return scene.view.changes.filter((change) => change.turn >= turn).flatMap((change) => madeOf(scene, change));
}

function madeOf(scene: Scene, change: Change): readonly Content[] {
  // Kept of a run that was stopped: its last word was said before that, and a word after it would set the session going again.
  if (change.seal === undefined && scene.view.run.state.phase === "cancelled") return [];
  const made = say(scene, `change:${change.number}`, {
    type: "action",
    action: `Made version ${change.number}`,
    parameter: sizeOf(change.files),
    result: listFiles(change.files),
  });
  if (change.seal === undefined) return [made];
  const checked = say(scene, `checked:${change.number}`, {
    type: "action",
    action: "Checked",
    parameter: versionLabel(change),
    result: change.checks.length === 0 ? "no checks are set up" : change.checks.map(checkLine).join("\n"),
  });
  return [made, checked];
}

/** Who approved, wherever they did; told while it still leads to something. */
function decisionsOf(scene: Scene): readonly Content[] {
  const { view } = scene;
  const { state } = view.run;
  if (state.phase !== "approved" && state.phase !== "publishing") return [];
  const cast = view.votes.filter((vote) => vote.change === state.change && vote.verdict === "approve");
  const where = cast.some((vote) => vote.person.account !== undefined) ? "here" : "in Slack";
  const body = `Approved by ${peopleNames(view, state.approvals)}, ${where}. Exactly this change is opened as a pull request now.`;
  return [say(scene, `approved:${state.change}:${state.approvedAtMs}`, { type: "thought", body })];
}

/** What waits for a person, with the exact words to choose. */
function questionOf(scene: Scene): readonly Content[] {
  const { view } = scene;
  const { state } = view.run;
  const options = offersOf(state).map((offer) => offer.value);
  switch (state.phase) {
    case "needs_input":
      return [say(scene, `ask:${state.choice.kind}`, { type: "elicitation", body: questionBody(state), options })];
    case "awaiting_approval": {
      const change = view.changes.find((each) => each.number === state.change);
      if (change === undefined) return [];
      const body = renderApproval(view, change, state);
      return [say(scene, `approval:${state.change}:${state.askedAtMs}`, { type: "elicitation", body, options })];
    }
    case "approved": {
      if (state.held === undefined) return [];
      const body = `**Approved, not published yet** · ${inert(state.held, 300).replace(/\.$/, "")}. The approval is kept.`;
      return [say(scene, `held:${state.change}:${state.approvedAtMs}`, { type: "elicitation", body, options })];
    }
    default:
      return [];
  }
}

function questionBody({ choice }: InPhase<"needs_input">): string {
  const question = wordChoice(choice);
  if (choice.kind !== "busy") return `${question} Nothing runs until then, and it costs nothing.`;
  const work = choice.work.slice(0, 5).map(({ says, url }) => {
    const words = inert(clip(oneLine(says), 160), 160);
    return `- ${url === undefined ? words : link(words, url)}`;
  });
  return `${question}\n\n${work.join("\n")}`;
}

function progressOf(scene: Scene): readonly Content[] {
  const activity = renderProgress(scene.view);
  return activity === undefined ? [] : [say(scene, `progress:${turnNow(scene)}`, { ...activity, ephemeral: true })];
}

function turnNow({ view }: Scene): number {
  return "turn" in view.run.state ? view.run.state.turn : 0;
}

function outcomeOf(scene: Scene): readonly Content[] {
  const outcome = renderOutcome(scene.view);
  return outcome === undefined ? [] : [say(scene, outcome.slot, outcome.activity)];
}

/** What happens to the open pull request: once a commit. */
function newsOf(scene: Scene): readonly Content[] {
  const { state } = scene.view.run;
  if (state.phase !== "pr_open") return [];
  const pull = link(`Pull request #${state.number}`, state.url);
  const commit = state.headSha.slice(0, 12);
  const failed = failedChecks(state.ci);
  const pushed = `Somebody else pushed to ${pull}: its head is not the change that was approved any more.`;
  const names = failed.slice(0, 5).map((name) => inert(name, 60));
  const ci = `✗ CI failed on ${pull}: ${names.join(", ")}. A new version needs a new approval by an owner.`;
  const options = offersOf(state).map((offer) => offer.value);
  return [
    ...(state.headMatches ? [] : [say(scene, `head:${commit}`, { type: "response", body: pushed })]),
    ...(failed.length === 0 ? [] : [say(scene, `ci:${commit}`, { type: "elicitation", body: ci, options })]),
  ];
}
