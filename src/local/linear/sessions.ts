// The life of an agent session: opened, written in, moved by its last activity.
import { type Linear } from "./context.ts";
import { tellComment, tellSession } from "./events.ts";
import type { Activity, AppUser, Comment, Content, Issue, Json, Session, Signal } from "./model.ts";
import { ANSWER_WITHIN_MS, announce, freshId, nextAtMs } from "./world.ts";

export interface Opening {
  readonly issue: Issue;
  readonly app: AppUser;
  /** The person who asked; absent for automations and for the app itself. */
  readonly creatorId?: string;
  /** The comment that mentioned the app. */
  readonly source?: Comment;
  readonly announced: boolean;
}

export function openSession(linear: Linear, opening: Opening): Session {
  const { world } = linear;
  const { issue, app, source } = opening;
  const id = freshId();
  const atMs = nextAtMs(world);
  const commentId = source === undefined ? openThread(linear, opening, id).id : (source.parentId ?? source.id);
  const session: Session = {
    id,
    slugId: id.slice(0, 12).replace("-", ""),
    issueId: issue.id,
    appUserId: app.userId,
    creatorId: opening.creatorId,
    commentId,
    sourceCommentId: source?.id,
    status: "pending",
    unresponsive: false,
    answerDueMs: opening.announced ? world.now() + ANSWER_WITHIN_MS : undefined,
    externalUrls: [],
    lastActivityAtMs: atMs,
    createdAtMs: atMs,
    updatedAtMs: atMs,
  };
  world.sessions.set(id, session);
  announce(world);
  if (opening.announced) tellSession(linear, session, { action: "created" });
  return session;
}

// A session without a comment gets a thread of its own, opened by the service.
function openThread({ world }: Linear, { issue, app }: Opening, sessionId: string): Comment {
  const comment: Comment = {
    id: freshId(),
    issueId: issue.id,
    body: `Agent session with ${app.name}`,
    sessionId,
    atMs: nextAtMs(world),
  };
  world.comments.set(comment.id, comment);
  return comment;
}

export interface NewActivity {
  readonly id?: string;
  readonly userId: string;
  readonly content: Content;
  readonly ephemeral?: boolean;
  readonly signal?: Signal;
  readonly signalMetadata?: Json;
  readonly sourceCommentId?: string;
}

/** Adds what the app or a person did, and moves the session by it. */
export function addActivity(linear: Linear, session: Session, given: NewActivity): Activity {
  const { world } = linear;
  const atMs = nextAtMs(world);
  const activity: Activity = {
    ...given,
    id: given.id ?? freshId(),
    sessionId: session.id,
    ephemeral: given.ephemeral === true,
    atMs,
  };
  for (const { id, sessionId, ephemeral } of world.activities.values())
    if (ephemeral && sessionId === session.id) world.activities.delete(id);
  world.activities.set(activity.id, activity);
  world.usedIds.add(activity.id);
  session.lastActivityAtMs = world.now();
  session.updatedAtMs = atMs;
  if (activity.content.type === "prompt") moveByPerson(session, activity.signal);
  else moveByApp(session, activity, atMs);
  announce(world);
  return activity;
}

function moveByPerson(session: Session, signal: Signal | undefined): void {
  if (signal === "stop") session.status = "stopping";
  // An app that never looked at its session has nothing to continue, and one that is stopping goes on stopping.
  else if (session.status !== "pending" && session.status !== "stopping") session.status = "active";
  session.endedAtMs = undefined;
}

function moveByApp(session: Session, { content }: Activity, atMs: number): void {
  acknowledge(session);
  session.startedAtMs ??= atMs;
  const ends = content.type === "response" || content.type === "error";
  session.endedAtMs = ends ? atMs : undefined;
  if (session.status === "stopping" && !ends) return;
  session.status = statusAfter(content.type);
}

function statusAfter(type: Content["type"]): Session["status"] {
  switch (type) {
    case "response":
      return "complete";
    case "error":
      return "error";
    case "elicitation":
      return "awaitingInput";
    case "thought":
    case "action":
    case "prompt":
      return "active";
    default:
      return type satisfies never;
  }
}

/** The app gave a sign of life. */
export function acknowledge(session: Session): void {
  session.answerDueMs = undefined;
  session.unresponsive = false;
}

/** What the app finally says also stands in the issue's thread. */
export function replyInThread(linear: Linear, session: Session, body: string): Comment {
  const { world } = linear;
  const comment: Comment = {
    id: freshId(),
    issueId: session.issueId,
    userId: session.appUserId,
    body,
    parentId: session.commentId,
    sessionId: session.id,
    atMs: nextAtMs(world),
  };
  world.comments.set(comment.id, comment);
  announce(world);
  const app = world.apps.get(session.appUserId);
  if (app !== undefined) tellComment(linear, comment, { kind: "app", app, scopes: new Set() });
  return comment;
}
