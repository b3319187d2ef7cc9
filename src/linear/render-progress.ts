// What a run does at this moment: one passing activity, replaced by the next. It changes every few minutes by itself, for silence looks like death.
import { countOf } from "../core/text.ts";
import type { RunView } from "../ports.ts";
import type { Activity } from "./content.ts";
import { code, inert } from "./markdown.ts";

/** Linear calls a session stale after half an hour without a word. */
const SIGN_OF_LIFE_MS = 10 * 60_000;

/** Undefined where nothing moves. */
export function renderProgress(view: RunView): Activity | undefined {
  const activity = describeMoment(view);
  const minutes = Math.floor((view.nowMs - view.phaseSinceMs) / SIGN_OF_LIFE_MS) * 10;
  if (activity === undefined || minutes === 0) return activity;
  const so = `${minutes} minutes so far`;
  if (activity.type === "thought") return { ...activity, body: `${activity.body}\n\n${so}` };
  return activity.type === "action" ? { ...activity, parameter: `${activity.parameter} · ${so}` } : activity;
}

function describeMoment(view: RunView): Activity | undefined {
  const { state, rules } = view.run;
  switch (state.phase) {
    case "queued": {
      const place = view.queuePosition ?? 1;
      const limit = rules === undefined ? "" : ` (${rules.team} runs ${rules.atOnce} at once)`;
      return {
        type: "thought",
        body: place <= 1 ? `Queued, next in line${limit}.` : `Queued, ${place - 1} before it${limit}.`,
      };
    }
    case "dispatched":
      return action("Preparing", "a sandbox");
    case "provisioning":
      if (state.retryUntilMs !== undefined && state.sandboxId === undefined)
        return action("Waiting for", "the sandbox service; it is tried again by itself");
      return action("Preparing", state.sandboxId === undefined ? "a sandbox" : "the code and its packages");
    case "working":
      return describeWork(state.agent.progress);
    case "checking":
      return action("Checking", state.current === undefined ? "the change" : code(state.current));
    case "approved":
    case "publishing":
      return state.phase === "approved" && state.held !== undefined ? undefined : action("Opening", "the pull request");
    default:
      return undefined;
  }
}

function describeWork(progress: {
  readonly said: string;
  readonly files: readonly string[];
  readonly toolCalls: number;
  readonly denied: number;
}): Activity {
  const done = [
    ...(progress.files.length > 0 ? [`${countOf(progress.files.length, "file")} changed so far`] : []),
    ...(progress.files.length === 0 && progress.toolCalls > 0 ? [countOf(progress.toolCalls, "step")] : []),
    ...(progress.denied > 0 ? [`${countOf(progress.denied, "command")} denied`] : []),
  ].join(" · ");
  if (progress.said.trim() === "") return action("Working", done === "" ? "on the change" : done);
  return { type: "thought", body: `${inert(progress.said, 300)}${done === "" ? "" : `\n\n${done}`}` };
}

function action(what: string, parameter: string): Activity {
  return { type: "action", action: what, parameter };
}
