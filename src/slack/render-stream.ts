// A turn's phases as a plan of tasks: streamed while it runs, an ordinary message afterwards.
import type { PlanBlock, TaskCardBlock } from "@slack/types";
import { cleanText, clip, countOf, oneLine } from "../core/text.ts";
import type { RunState } from "../core/run-state.ts";
import { escapeText } from "./plain-text.ts";
import { words, type Block } from "./blocks.ts";
import { notice, type Scene } from "./render-scene.ts";

type TaskStatus = "pending" | "in_progress" | "complete" | "error";

export interface StreamTask {
  readonly id: string;
  readonly title: string;
  readonly status: TaskStatus;
  /** What the agent last said, cleaned; never parsed. */
  readonly said?: string | undefined;
}

export interface StreamPlan {
  readonly title: string;
  /** For the phone and for readers without blocks. */
  readonly text: string;
  readonly tasks: readonly StreamTask[];
  /** False once the turn waits for a person or has ended: the stream is closed and edited from then on. */
  readonly live: boolean;
}

const IDS = ["ready", "work", "check", "approve", "publish"] as const;
const SAID_LIMIT = 240;

interface Standing {
  /** How many tasks are complete. */
  readonly complete: number;
  /** What became of the one after them. */
  readonly next: TaskStatus;
}

export function renderStream(scene: Scene): StreamPlan {
  const { state, title } = scene.view.run;
  const standing = describeStanding(scene, state);
  const tasks = IDS.map((id, index): StreamTask => {
    const status = index < standing.complete ? "complete" : index === standing.complete ? standing.next : "pending";
    const said = id === "work" && state.phase === "working" ? saidBy(state.agent.progress.said) : undefined;
    return { id, title: taskTitle(state, id), status, ...(said === undefined ? {} : { said }) };
  });
  const turn = "turn" in state ? state.turn : 1;
  const label = turn > 1 ? `Version ${turn}` : "Progress";
  return {
    title: clip(`${label} · ${oneLine(title)}`, 200),
    text: notice(label, title),
    tasks,
    live: ["dispatched", "provisioning", "working", "checking"].includes(state.phase),
  };
}

function saidBy(text: string): string | undefined {
  const said = clip(
    cleanText(text)
      .replace(/\s+/g, " ")
      .replace(/^[#\s]+/, "")
      .trim(),
    SAID_LIMIT,
  );
  return said === "" ? undefined : said;
}

function taskTitle(state: RunState, id: (typeof IDS)[number]): string {
  switch (id) {
    case "ready":
      return "Getting ready";
    case "work":
      return state.phase === "working" ? describeWork(state.agent.progress) : "Working";
    case "check":
      return state.phase === "checking" && state.current !== undefined
        ? `Checking: ${oneLine(state.current)}`
        : "Checking";
    case "approve":
      return state.phase === "awaiting_approval" ? "Waiting for an owner's approval" : "Approval by an owner";
    case "publish":
      return "number" in state ? `Pull request #${state.number}` : "Pull request";
    default:
      return id satisfies never;
  }
}

function describeWork(progress: { readonly files: readonly string[]; readonly toolCalls: number }): string {
  const parts = [
    ...(progress.files.length > 0 ? [`${countOf(progress.files.length, "file")} changed`] : []),
    ...(progress.toolCalls > 0 ? [countOf(progress.toolCalls, "step")] : []),
  ];
  return parts.length === 0 ? "Working" : `Working: ${parts.join(", ")}`;
}

function describeStanding(scene: Scene, state: RunState): Standing {
  switch (state.phase) {
    case "working":
      return { complete: 1, next: "in_progress" };
    case "checking":
      return { complete: 2, next: "in_progress" };
    case "awaiting_approval":
      // Nothing runs while it waits.
      return { complete: 3, next: "pending" };
    case "approved":
    case "publishing":
      return { complete: 4, next: "in_progress" };
    case "pr_open":
    case "merged":
    case "closed":
      return { complete: 5, next: "complete" };
    case "answered":
      return { complete: 2, next: "pending" };
    case "rejected":
    case "expired":
      return { complete: 3, next: "error" };
    case "cancelled":
    case "failed":
    case "over_budget":
      return { complete: doneBefore(scene, state), next: "error" };
    case "received":
    case "refused":
    case "needs_input":
    case "queued":
    case "dispatched":
    case "provisioning":
      return { complete: 0, next: "in_progress" };
    default:
      return state satisfies never;
  }
}

/** How far the turn had come when it ended: what is stored of it tells. */
function doneBefore(scene: Scene, state: RunState): number {
  const turn = "turn" in state ? state.turn : 0;
  const change = scene.view.changes.find((each) => each.turn === turn);
  if (change?.seal !== undefined) return 3;
  if (change !== undefined && change.problems.length === 0) return 2;
  if (change !== undefined) return 1;
  const atSetup = state.phase === "failed" && ["setup-failed", "sandbox-unavailable"].includes(state.cause.kind);
  return atSetup ? 0 : 1;
}

/** The plan as blocks of an ordinary message. */
export function planBlocks(plan: StreamPlan): readonly Block[] {
  const tasks = plan.tasks.map((task): TaskCardBlock => ({
    type: "task_card",
    task_id: task.id,
    title: clip(task.title, 250),
    status: task.status,
    ...(task.said === undefined
      ? {}
      : {
          details: {
            type: "rich_text",
            elements: [{ type: "rich_text_section", elements: [words(task.said)] }],
          },
        }),
  }));
  const block: PlanBlock = { type: "plan", title: clip(plan.title, 250), tasks };
  return [block];
}

/** Streams parse text, so what the agent said is escaped there. */
export function streamText(text: string): string {
  return escapeText(text);
}
