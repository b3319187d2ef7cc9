// The card of a run: what it is doing now, and what its people can press. One message, edited for as long as the run lives.
import { countOf } from "../core/text.ts";
import type { InPhase, RunState } from "../core/run-state.ts";
import { turnOf } from "../core/run-moves.ts";
import { actions, button, context, headline, link, quote, section, type Block } from "./blocks.ts";
import { renderEnded } from "./render-ended.ts";
import { renderQuestion } from "./render-question.ts";
import { renderRefusal } from "./render-refusal.ts";
import {
  currentTurn,
  detailsLink,
  groups,
  minutes,
  notice,
  person,
  repositoryLine,
  runLabel,
  when,
  type Face,
  type Scene,
} from "./render-scene.ts";

type MovingState = InPhase<
  "queued" | "dispatched" | "provisioning" | "working" | "checking" | "awaiting_approval" | "approved" | "publishing"
>;

/** Undefined before anything is decided: there is nothing to say yet. */
export function renderRunCard(scene: Scene): Face | undefined {
  const { state } = scene.view.run;
  switch (state.phase) {
    case "received":
      return undefined;
    case "refused":
      return renderRefusal(scene, state);
    case "needs_input":
      return renderQuestion(scene, state);
    case "queued":
    case "dispatched":
    case "provisioning":
    case "working":
    case "checking":
    case "awaiting_approval":
    case "approved":
    case "publishing":
      return renderMoving(scene, state);
    case "pr_open":
    case "merged":
    case "closed":
    case "answered":
    case "rejected":
    case "expired":
    case "cancelled":
    case "failed":
    case "over_budget":
      return renderEnded(scene, state);
    default:
      return state satisfies never;
  }
}

interface Stage {
  readonly state: string;
  readonly line: string;
  readonly notice: string;
}

function renderMoving(scene: Scene, state: MovingState): Face {
  const { title } = scene.view.run;
  const stage = describeStage(scene, state);
  const blocks: Block[] = [
    headline(stage.state, title),
    ...askedBlocks(scene),
    section(stage.line),
    context([...spent(scene, state), runLabel(scene), detailsLink(scene)]),
    ...actions(movingButtons(scene, state)),
  ];
  return { text: notice(stage.notice, title), blocks };
}

/** What was asked and what the agent was given with it. */
function askedBlocks(scene: Scene): readonly Block[] {
  const { run } = scene.view;
  const turn = currentTurn(scene);
  const prompt = turn === undefined ? run.request.text : turn.prompt;
  // A slash command shows nobody in the channel what was typed, so the card does, as it was typed.
  const asked = run.request.kind === "command" && (turn?.turn ?? 1) === 1 ? `/agent ${run.request.text}` : prompt;
  return [
    quote(asked, 500),
    context([
      person(scene, turn?.author.id ?? run.request.requester.id),
      run.rules?.team,
      repositoryLine(scene),
      run.issue === undefined ? undefined : link(run.issue.url, run.issue.identifier),
      given(turn?.contextCount ?? 0, turn?.pictureCount ?? 0),
    ]),
  ];
}

function given(messages: number, pictures: number): string | undefined {
  const parts = [
    ...(messages > 0 ? [countOf(messages, "thread message")] : []),
    ...(pictures > 0 ? [countOf(pictures, "picture")] : []),
  ];
  return parts.length === 0 ? undefined : `read ${parts.join(", ")}`;
}

function describeStage(scene: Scene, state: MovingState): Stage {
  switch (state.phase) {
    case "queued":
      return { state: "Queued", line: describeQueue(scene), notice: "Queued" };
    case "dispatched":
      return { state: "Getting ready", line: "Step 1 of 5: getting a sandbox.", notice: "Getting ready" };
    case "provisioning":
      return { state: "Getting ready", line: describeProvisioning(state), notice: "Getting ready" };
    case "working":
      return describeWorking(state);
    case "checking":
      return { state: "Checking", line: describeChecking(scene, state), notice: "Checking" };
    case "awaiting_approval":
      return describeWaiting(scene, state);
    case "approved":
    case "publishing":
      return describePublishing(state);
    default:
      return state satisfies never;
  }
}

function describeQueue(scene: Scene): string {
  const { queuePosition = 1, run } = scene.view;
  const place = queuePosition <= 1 ? "Next in line" : `${ordinal(queuePosition)} in line`;
  return run.rules === undefined ? `${place}.` : `${place} (${run.rules.team} runs ${run.rules.atOnce} at once).`;
}

function ordinal(position: number): string {
  const tail = position % 100;
  const ending = tail >= 11 && tail <= 13 ? "th" : (["th", "st", "nd", "rd"][position % 10] ?? "th");
  return `${position}${ending}`;
}

function describeProvisioning(state: InPhase<"provisioning">): string {
  if (state.retryUntilMs !== undefined && state.sandboxId === undefined) {
    return `Waiting for the sandbox service, trying again until ${when(state.retryUntilMs)}.`;
  }
  return state.sandboxId === undefined
    ? "Step 1 of 5: getting a sandbox."
    : "Step 1 of 5: laying out the code and installing packages.";
}

function describeWorking(state: InPhase<"working">): Stage {
  const { files, toolCalls, denied } = state.agent.progress;
  const done = [
    "the agent is working",
    ...(files.length > 0 ? [`${countOf(files.length, "file")} changed so far`] : []),
    ...(files.length === 0 && toolCalls > 0 ? [countOf(toolCalls, "step")] : []),
    ...(denied > 0 ? [`${countOf(denied, "command")} denied`] : []),
  ];
  const label = state.turn > 1 ? `Working on version ${state.turn}` : "Working";
  return { state: label, line: `Step 2 of 5: ${done.join(" · ")}`, notice: state.turn > 1 ? label : "Working on" };
}

function describeChecking(scene: Scene, state: InPhase<"checking">): string {
  const all = scene.view.run.rules?.checks.length ?? 0;
  const at = state.current === undefined ? "running the checks" : `running ${state.current}`;
  const done = all === 0 ? "" : ` · ${Math.min(state.done.length, all)} of ${countOf(all, "check")} done`;
  return `Step 3 of 5: ${at}${done}`;
}

function describeWaiting(scene: Scene, state: InPhase<"awaiting_approval">): Stage {
  const { run } = scene.view;
  const owners = groups(scene.names, run.rules?.ownerGroups ?? []);
  const url = scene.cardLinks.get(`approval:${state.change}`);
  const where = url === undefined ? `Version ${state.change}` : link(url, `Version ${state.change}`);
  return state.approvable
    ? {
        state: "Ready for approval",
        line: `Step 4 of 5: ${where} waits for ${owners} until ${when(state.expiresAtMs)}. Waiting costs nothing.`,
        notice: "Waits for approval",
      }
    : {
        state: "Can't be approved yet",
        line: `Step 4 of 5: ${where} can't be approved yet; its card says why.`,
        notice: "Can't be approved yet",
      };
}

function describePublishing(state: InPhase<"approved" | "publishing">): Stage {
  if (state.phase === "approved" && state.held !== undefined) {
    return {
      state: "Approved, not published yet",
      line: "Step 5 of 5: the pull request could not be opened. The approval is kept.",
      notice: "Approved, not published yet",
    };
  }
  return {
    state: "Approved",
    line: "Step 5 of 5: opening the pull request.",
    notice: "Approved, opening the pull request",
  };
}

function spent(scene: Scene, state: RunState): readonly (string | undefined)[] {
  const { run, nowMs } = scene.view;
  const limitMs = run.rules?.limits.timeMs;
  const runningMs = state.phase === "working" ? Math.max(0, nowMs - state.agent.startedAtMs) : 0;
  const usedMs = run.usedMs + runningMs;
  const usd = state.phase === "working" ? state.agent.progress.usage?.usd : undefined;
  if (turnOf(state) === 0 || limitMs === undefined || usedMs === 0) return [];
  return [
    `${Math.floor(usedMs / 60_000)} of ${minutes(limitMs)}`,
    usd === undefined ? undefined : `$${usd.toFixed(2)} so far`,
  ];
}

function movingButtons(scene: Scene, state: MovingState) {
  const run = scene.view.run.id;
  switch (state.phase) {
    case "awaiting_approval":
      return [button({ text: "Withdraw", action: "withdraw", value: { run } })];
    case "approved":
      return state.held === undefined
        ? []
        : [
            button({ text: "Try again", action: "try_again", value: { run }, style: "primary" }),
            button({ text: "Ask platform", action: "ask_platform", value: { run } }),
          ];
    case "publishing":
      return [];
    case "queued":
    case "dispatched":
    case "provisioning":
    case "working":
    case "checking":
      return [button({ text: "Stop", action: "stop", value: { run } })];
    default:
      return state satisfies never;
  }
}
