// What the tracker told: a session nobody answers for, an issue assigned, words in a session, or that work is to stop.
import type { TrackerEvent } from "../core/interaction.ts";
import type { Place } from "../core/request.ts";
import type { Clock, Intake, Log, Store, Tracker } from "../ports.ts";
import { haltRun } from "./halt-run.ts";
import { hearReply, type ReplyPorts } from "./hear-reply.ts";

export interface TrackerEventPorts extends ReplyPorts {
  readonly store: ReplyPorts["store"] & Pick<Store, "findRunInSession" | "listRunsOnIssue">;
  readonly intake: Pick<Intake, "acceptRequest">;
  readonly tracker?: (ReplyPorts["tracker"] & Pick<Tracker, "hasSession">) | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

interface Told<K extends TrackerEvent["kind"]> {
  readonly inboxId: string;
  /** When it was stored. */
  readonly atMs: number;
  readonly event: Extract<TrackerEvent, { kind: K }>;
}

/** How far two clocks may be apart before a late word counts for the wrong run. */
const CLOCK_SKEW_MS = 60_000;

/** Deliveries come in any order: what this one builds on may be stored a moment later. */
const ORDER_PATIENCE_MS = 20_000;
/** As long as a dead worker's job may lie: whose session this is, only the next one to send finds out. */
const OPENING_PATIENCE_MS = 15 * 60_000;

export async function applyTrackerEvent(
  ports: TrackerEventPorts,
  given: { readonly inboxId: string; readonly atMs: number; readonly event: TrackerEvent },
): Promise<void> {
  const { event } = given;
  switch (event.kind) {
    case "opened":
      return meetSession(ports, { ...given, event });
    case "assigned":
      return takeAssignment(ports, { ...given, event });
    case "reply":
      return takeReply(ports, { ...given, event });
    case "halt":
      return haltRuns(ports, { ...given, event });
    default:
      return event satisfies never;
  }
}

function isYoung(ports: TrackerEventPorts, atMs: number, patienceMs = ORDER_PATIENCE_MS): boolean {
  return ports.clock.nowMs() - atMs < patienceMs;
}

/** A session that we opened for a run is told of like any other; only what belongs to no run is a request. */
async function meetSession(ports: TrackerEventPorts, { event, atMs }: Told<"opened">): Promise<void> {
  const { request } = event;
  const session = request.place.channel;
  if ((await ports.store.findRunInSession(session)) !== undefined) return;
  const onIssue = request.issue === undefined ? [] : await ports.store.listRunsOnIssue(request.issue.id);
  for (const { id } of onIssue) {
    const run = await ports.store.loadRun(id);
    if (run?.session === undefined && isYoung(ports, atMs, OPENING_PATIENCE_MS))
      throw new Error(`run ${id} may have opened ${session}`);
  }
  await ports.intake.acceptRequest({ source: "linear", key: `session:${session}` }, request);
}

async function takeAssignment(ports: TrackerEventPorts, { event, inboxId }: Told<"assigned">): Promise<void> {
  const { request } = event;
  const issueId = request.issue?.id ?? "";
  // A delegation tells of itself by its session.
  if (ports.tracker !== undefined && (await ports.tracker.hasSession(issueId))) return;
  await ports.intake.acceptRequest({ source: "linear", key: `assigned:${inboxId}` }, request);
}

async function takeReply(ports: TrackerEventPorts, { event, inboxId, atMs }: Told<"reply">): Promise<void> {
  const { session, request } = event;
  const runId = await ports.store.findRunInSession(session);
  if (runId === undefined) {
    if (event.missed === true) return;
    if (isYoung(ports, atMs)) throw new Error(`session ${session} has no run yet`);
    await ports.intake.acceptRequest({ source: "linear", key: `reply:${inboxId}` }, request);
    return;
  }
  await hearReply(ports, { inboxId, runId, request });
}

async function haltRuns(ports: TrackerEventPorts, { event, inboxId, atMs }: Told<"halt">): Promise<void> {
  const { session, issue, by, why } = event;
  const sparedFromMs = event.atMs + CLOCK_SKEW_MS;
  const inSession = session === undefined ? undefined : await ports.store.findRunInSession(session);
  const onIssue = issue === undefined ? [] : (await ports.store.listRunsOnIssue(issue)).map((run) => run.id);
  const runs = inSession === undefined ? onIssue : [inSession];
  if (runs.length === 0 && session !== undefined && isYoung(ports, atMs))
    throw new Error(`session ${session} has no run yet`);
  const place: Place | undefined =
    session === undefined ? undefined : { surface: "linear", workspace: "", channel: session };
  for (const [at, runId] of runs.entries()) {
    await haltRun(ports, runId, { inboxId, by, why, place, sparedFromMs, more: at < runs.length - 1 });
  }
}
