// A turn's progress: a native stream while it is young, the same message edited after that. Progress may be skipped, its end may not.
import type { TaskUpdateChunk, PlanUpdateChunk } from "@slack/types";
import type { WebClient } from "@slack/web-api";
import type { Clock, Log, SendResult } from "../ports.ts";
import { errorName, judgeFailure } from "./api-problem.ts";
import { remoteOf, type Remote, type StreamContent } from "./content.ts";
import type { Placements } from "./placements.ts";
import { METADATA_TYPE, rootOf } from "./post.ts";
import { planBlocks, streamText, type StreamPlan, type StreamTask } from "./render-stream.ts";

export interface StreamPorts {
  /** For progress alone: a rate limit on it must not hold up anything else. */
  readonly client: WebClient;
  readonly placements: Placements;
  readonly clock: Clock;
  readonly log: Log;
  readonly pace: Pace;
  /** Set once Slack says that it has no streams here. */
  readonly latch: { off: boolean };
}

/** A stream dies about five minutes after its start, whatever is appended. */
const STREAM_LIFE_MS = 240_000;
const THREAD_WAIT_MS = 500;
const NO_STREAMS = new Set([
  "unknown_method",
  "method_deprecated",
  "method_not_supported_for_channel_type",
  "channel_type_not_supported",
  "feature_not_enabled",
  "feature_disabled",
  "team_not_eligible",
  "missing_scope",
  "not_allowed_token_type",
]);
/** The stream is over on Slack's side: what stands there is an ordinary message now. */
const OVER = new Set(["message_not_in_streaming_state", "stopped_by_user", "stream_expired"]);

type Tasks = readonly StreamTask[];

export async function startStream(ports: StreamPorts, content: StreamContent): Promise<SendResult> {
  const root = rootOf(ports, content);
  if (root?.threadTs === undefined) {
    return { kind: "later", afterMs: THREAD_WAIT_MS, error: "its thread does not stand yet" };
  }
  const target = { channel: root.channel, threadTs: root.threadTs };
  if (ports.latch.off || !content.plan.live) return postPlan(ports, content, target);
  try {
    const { ts } = await ports.client.chat.startStream({
      channel: target.channel,
      thread_ts: target.threadTs,
      recipient_user_id: content.recipient,
      recipient_team_id: content.workspace,
      task_display_mode: "plan",
      chunks: chunksFor(content.plan, undefined),
    });
    if (ts === undefined) throw new Error("Slack did not say where the stream stands");
    return sent(ports, content, { channel: target.channel, ts, stream: freshStream(ports, content.plan) });
  } catch (cause) {
    if (!NO_STREAMS.has(errorName(cause) ?? "")) return judgeFailure(cause);
    ports.latch.off = true;
    ports.log.warn({ error: errorName(cause) }, "slack has no streams here; progress is edited instead");
    return postPlan(ports, content, target);
  }
}

async function postPlan(
  ports: StreamPorts,
  content: StreamContent,
  target: { readonly channel: string; readonly threadTs: string },
): Promise<SendResult> {
  try {
    const { ts } = await ports.client.chat.postMessage({
      channel: target.channel,
      thread_ts: target.threadTs,
      text: content.plan.text,
      blocks: [...planBlocks(content.plan)],
      parse: "none",
      link_names: false,
      unfurl_links: false,
      unfurl_media: false,
      metadata: metadataOf(content),
    });
    if (ts === undefined) throw new Error("Slack did not say where the message stands");
    const stream = { ...freshStream(ports, content.plan), stopped: true };
    return sent(ports, content, { channel: target.channel, ts, stream });
  } catch (cause) {
    return judgeFailure(cause);
  }
}

function freshStream(ports: StreamPorts, plan: StreamPlan) {
  return { startedAtMs: ports.clock.nowMs(), stopped: false, tasks: plan.tasks, title: plan.title };
}

function metadataOf(content: StreamContent) {
  return { event_type: METADATA_TYPE, event_payload: { run: content.runId, slot: content.slot } };
}

function sent(ports: StreamPorts, content: StreamContent, remote: Remote): SendResult {
  ports.placements.learn(content.runId, content.slot, remote);
  return { kind: "sent", remote: { ...remote } };
}

export async function editStream(
  ports: StreamPorts,
  content: StreamContent,
  given: Readonly<Record<string, unknown>>,
): Promise<SendResult> {
  const remote = remoteOf(given);
  if (remote === undefined) return { kind: "refused", error: "it is not known where the stream stands" };
  const { stream } = remote;
  const isOpen = stream !== undefined && !stream.stopped;
  const isYoung = stream !== undefined && ports.clock.nowMs() - stream.startedAtMs < STREAM_LIFE_MS;
  if (isOpen && isYoung && content.plan.live) return append(ports, content, remote);
  if (isOpen) return stop(ports, content, remote);
  return update(ports, content, remote);
}

/** Skipped progress counts as shown: the next step of a run that moves shows more, and its end is never skipped. */
async function append(ports: StreamPorts, content: StreamContent, remote: Remote): Promise<SendResult> {
  const chunks = chunksFor(content.plan, remote.stream);
  const skipped: SendResult = { kind: "sent", remote: { ...remote } };
  if (chunks.length === 0) return skipped;
  const turnsOver = movesOn(content.plan.tasks, remote.stream?.tasks ?? []);
  if (!ports.pace.allows(`${remote.channel}/${remote.ts}`, turnsOver ? "step" : "progress")) return skipped;
  try {
    await ports.client.chat.appendStream({ channel: remote.channel, ts: remote.ts, chunks });
    return sent(ports, content, withTasks(remote, content.plan, false));
  } catch (cause) {
    if (OVER.has(errorName(cause) ?? "")) return update(ports, content, ended(remote));
    const failed = judgeFailure(cause);
    return failed.kind === "later" && !turnsOver ? skipped : failed;
  }
}

async function stop(ports: StreamPorts, content: StreamContent, remote: Remote): Promise<SendResult> {
  const stopped = withTasks(remote, content.plan, true);
  const chunks = chunksFor(content.plan, remote.stream);
  try {
    await ports.client.chat.stopStream({
      channel: remote.channel,
      ts: remote.ts,
      ...(chunks.length === 0 ? {} : { chunks }),
      metadata: metadataOf(content),
    });
    return sent(ports, content, stopped);
  } catch (cause) {
    if (OVER.has(errorName(cause) ?? "")) return update(ports, content, ended(remote));
    return judgeFailure(cause);
  }
}

async function update(ports: StreamPorts, content: StreamContent, remote: Remote): Promise<SendResult> {
  const shown = withTasks(remote, content.plan, true);
  const turnsOver = !content.plan.live || movesOn(content.plan.tasks, remote.stream?.tasks ?? []);
  if (!turnsOver && !ports.pace.allows(`${remote.channel}/${remote.ts}`, "edit")) {
    return { kind: "sent", remote: { ...remote } };
  }
  try {
    await ports.client.chat.update({
      channel: remote.channel,
      ts: remote.ts,
      text: content.plan.text,
      blocks: [...planBlocks(content.plan)],
      parse: "none",
      link_names: false,
    });
    return sent(ports, content, shown);
  } catch (cause) {
    const failed = judgeFailure(cause);
    return failed.kind === "later" && !turnsOver ? { kind: "sent", remote: { ...remote } } : failed;
  }
}

function withTasks(remote: Remote, plan: StreamPlan, stopped: boolean): Remote {
  const startedAtMs = remote.stream?.startedAtMs ?? 0;
  return { ...remote, stream: { startedAtMs, stopped, tasks: plan.tasks, title: plan.title } };
}

/** Closed by Slack: what it shows now is taken as nothing, so that the edit is not skipped. */
function ended(remote: Remote): Remote {
  return { ...remote, stream: { startedAtMs: remote.stream?.startedAtMs ?? 0, stopped: true, tasks: [], title: "" } };
}

function movesOn(now: Tasks, before: Tasks): boolean {
  return now.some((task) => task.status !== before.find(({ id }) => id === task.id)?.status);
}

/** Only what differs. Title and status replace; details append, so the agent's words go as one new line. */
function chunksFor(plan: StreamPlan, shown: Remote["stream"]): (TaskUpdateChunk | PlanUpdateChunk)[] {
  const title: PlanUpdateChunk[] =
    plan.title === shown?.title ? [] : [{ type: "plan_update", title: streamText(plan.title) }];
  const tasks = plan.tasks.flatMap((task): TaskUpdateChunk[] => {
    const before = shown?.tasks.find(({ id }) => id === task.id);
    const says = task.said !== undefined && task.said !== before?.said ? task.said : undefined;
    if (before?.title === task.title && before.status === task.status && says === undefined) return [];
    const details = says === undefined ? {} : { details: streamText(before?.said === undefined ? says : `\n${says}`) };
    return [{ type: "task_update", id: task.id, title: streamText(task.title), status: task.status, ...details }];
  });
  return [...title, ...tasks];
}

export interface Pace {
  allows(message: string, what: "step" | "progress" | "edit"): boolean;
}

const EVERY_MS = { step: 0, progress: 2000, edit: 5000 } as const;
const PER_MINUTE = { step: 95, progress: 80, edit: 40 } as const;
const MINUTE_MS = 60_000;

/** Slack counts calls per method for the whole app: progress takes the share that steps and decisions leave. */
export function createPace(clock: Clock): Pace {
  const lastMs = new Map<string, number>();
  const recent: { readonly atMs: number; readonly what: "append" | "edit" }[] = [];
  return {
    allows: (message, what) => {
      const nowMs = clock.nowMs();
      while (recent[0] !== undefined && recent[0].atMs <= nowMs - MINUTE_MS) recent.shift();
      for (const [key, atMs] of lastMs) if (atMs <= nowMs - MINUTE_MS) lastMs.delete(key);
      const bucket = what === "edit" ? "edit" : "append";
      const used = recent.filter((each) => each.what === bucket).length;
      const sinceMs = nowMs - (lastMs.get(message) ?? Number.NEGATIVE_INFINITY);
      if (used >= PER_MINUTE[what] || sinceMs < EVERY_MS[what]) return false;
      recent.push({ atMs: nowMs, what: bucket });
      lastMs.set(message, nowMs);
      return true;
    },
  };
}
