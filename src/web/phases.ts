// Which phase a run was in when, read from its record alone: the ribbon of time and the grouping of the timeline.
import type { StoredEvent } from "../ports.ts";
import { readFields } from "./payload.ts";

export const STRETCHES = ["queue", "ready", "agent", "checks", "answer", "approval", "publishing"] as const;
export type Stretch = (typeof STRETCHES)[number];

export interface Segment {
  readonly stretch: Stretch;
  readonly fromMs: number;
  readonly toMs: number;
}

/** What a run is in after an event: a stretch of time that counts, or `over` (pull request open, or at an end). */
type Now = Stretch | "over";

const AFTER: Readonly<Partial<Record<string, Now>>> = {
  requested: "queue",
  routed: "queue",
  refused: "over",
  asked: "answer",
  queued: "queue",
  dispatched: "ready",
  sandbox_ready: "ready",
  agent_started: "agent",
  no_change: "over",
  approval_asked: "approval",
  approved: "publishing",
  changes_requested: "queue",
  rejected: "over",
  expired: "over",
  withdrawn: "over",
  publishing: "publishing",
  pull_request_opened: "over",
  approval_void: "approval",
  stopped: "over",
  failed: "over",
};

function after(now: Now | undefined, event: StoredEvent): Now | undefined {
  switch (event.kind) {
    case "change_frozen":
      // The work of a run that has ended already is frozen only to be looked at.
      return now === "agent" ? "checks" : now;
    case "answered_question":
      return now === "answer" ? "queue" : now;
    case "retried":
      return readFields(event).text("step") === undefined ? "queue" : now;
    default:
      return (Object.hasOwn(AFTER, event.kind) ? AFTER[event.kind] : undefined) ?? now;
  }
}

/** Stretches in order, the last one open until `nowMs`; neighbours of one kind are one. */
export function readSegments(events: readonly StoredEvent[], nowMs: number): readonly Segment[] {
  const segments: Segment[] = [];
  let now: Now | undefined;
  let fromMs = 0;
  const close = (toMs: number): void => {
    if (now === undefined || now === "over" || toMs <= fromMs) return;
    const last = segments.at(-1);
    if (last?.stretch === now && last.toMs === fromMs) segments[segments.length - 1] = { ...last, toMs };
    else segments.push({ stretch: now, fromMs, toMs });
  };
  for (const event of events) {
    const next = after(now, event);
    if (next === now) continue;
    close(event.atMs);
    now = next;
    fromMs = event.atMs;
  }
  close(nowMs);
  return segments;
}
