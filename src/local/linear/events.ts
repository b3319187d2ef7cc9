// What the app's webhook is told, in the shapes of Linear's webhook payload types.
import { botApp, commentsOf, freshId, isoOf, nextAtMs, sessionUrl } from "./world.ts";
import { actorId, type Actor, type Linear } from "./context.ts";
import type { Activity, Comment, Issue, Json, Session, World } from "./model.ts";
import { actorShape, commentChild, commentData, issueChild, issueData, userChild } from "./payloads.ts";
import { guidanceFor, promptContext } from "./prompt-context.ts";

/** The app hears of issues in teams it may see, until it is removed. */
function hears(world: World, issue: Issue): boolean {
  const app = botApp(world);
  return !app.revoked && app.teamIds.has(issue.teamId);
}

function post(linear: Linear, event: string, body: Json & { readonly action: string }): void {
  const { organization, app } = linear.world.seed;
  const owner = event === "Issue" || event === "Comment" ? {} : { oauthClientId: app.oauthClientId };
  linear.courier.send({
    event,
    action: body.action,
    body: {
      type: event,
      createdAt: isoOf(linear.world.now()),
      organizationId: organization.id,
      ...owner,
      ...body,
    },
  });
}

export function tellSession(
  linear: Linear,
  session: Session,
  told: { readonly action: "created" | "prompted"; readonly activity?: Activity },
): void {
  const { world } = linear;
  const issue = world.issues.get(session.issueId);
  const app = botApp(world);
  // Another app's sessions are told to that app.
  if (issue === undefined || session.appUserId !== app.userId || app.revoked) return;
  post(linear, "AgentSessionEvent", {
    action: told.action,
    appUserId: app.userId,
    agentSession: sessionData(world, session, issue),
    ...(told.activity === undefined ? {} : { agentActivity: activityData(world, told.activity) }),
    guidance: guidanceFor(world, issue.teamId),
    ...(told.action === "created" ? opening(world, session, issue) : {}),
  });
}

function opening(world: World, session: Session, issue: Issue): Json {
  const source = session.sourceCommentId === undefined ? undefined : world.comments.get(session.sourceCommentId);
  const before =
    source?.parentId === undefined
      ? []
      : commentsOf(world, issue.id).filter(
          ({ id, parentId, atMs }) => (id === source.parentId || parentId === source.parentId) && atMs < source.atMs,
        );
  return {
    promptContext: promptContext(world, issue, source),
    ...(before.length === 0 ? {} : { previousComments: before.map((comment) => commentChild(world, comment)) }),
  };
}

function sessionData(world: World, session: Session, issue: Issue): Json {
  const comment = world.comments.get(session.commentId);
  return {
    id: session.id,
    createdAt: isoOf(session.createdAtMs),
    updatedAt: isoOf(session.updatedAtMs),
    archivedAt: null,
    startedAt: isoOf(session.startedAtMs),
    endedAt: isoOf(session.endedAtMs),
    type: "commentThread",
    status: session.status,
    summary: session.summary ?? null,
    sourceMetadata: null,
    organizationId: world.seed.organization.id,
    appUserId: session.appUserId,
    url: sessionUrl(world, session),
    issueId: issue.id,
    issue: { ...issueChild(world, issue), description: issueData(world, issue)["description"] },
    commentId: session.commentId,
    comment: comment === undefined ? null : commentChild(world, comment),
    sourceCommentId: session.sourceCommentId ?? null,
    ...(session.creatorId === undefined
      ? {}
      : { creatorId: session.creatorId, creator: userChild(world, session.creatorId) }),
  };
}

function activityData(world: World, activity: Activity): Json {
  return {
    id: activity.id,
    createdAt: isoOf(activity.atMs),
    updatedAt: isoOf(activity.atMs),
    archivedAt: null,
    agentSessionId: activity.sessionId,
    sourceCommentId: activity.sourceCommentId ?? null,
    content: activity.content,
    signal: activity.signal ?? null,
    signalMetadata: activity.signalMetadata ?? null,
    userId: activity.userId,
    user: userChild(world, activity.userId),
  };
}

export function tellIssue(
  linear: Linear,
  issue: Issue,
  told: { readonly action: "create" | "update" | "remove"; readonly actor: Actor; readonly updatedFrom?: Json },
): void {
  const { world } = linear;
  if (!hears(world, issue)) return;
  const data = issueData(world, issue);
  post(linear, "Issue", {
    action: told.action,
    actor: actorShape(world, told.actor),
    data,
    url: data["url"],
    ...(told.updatedFrom === undefined ? {} : { updatedFrom: told.updatedFrom }),
  });
}

export function tellComment(linear: Linear, comment: Comment, actor: Actor): void {
  const { world } = linear;
  const issue = world.issues.get(comment.issueId);
  if (issue === undefined || !hears(world, issue)) return;
  const data = commentData(world, comment, issue);
  post(linear, "Comment", { action: "create", actor: actorShape(world, actor), data, url: data["url"] });
}

export type Notice = "issueAssignedToYou" | "issueUnassignedFromYou" | "issueCommentMention" | "issueNewComment";

/** The app user's inbox. */
export function notify(
  linear: Linear,
  type: Notice,
  told: { readonly issue: Issue; readonly actor: Actor; readonly comment?: Comment },
): void {
  const { world } = linear;
  const { issue, actor, comment } = told;
  if (!hears(world, issue)) return;
  const who = actorId(actor);
  const atMs = nextAtMs(world);
  const parent = comment?.parentId === undefined ? undefined : world.comments.get(comment.parentId);
  post(linear, "AppUserNotification", {
    action: type,
    appUserId: botApp(world).userId,
    notification: {
      id: freshId(),
      type,
      createdAt: isoOf(atMs),
      updatedAt: isoOf(atMs),
      archivedAt: null,
      userId: botApp(world).userId,
      actorId: who ?? null,
      actor: who === undefined ? null : userChild(world, who),
      externalUserActorId: null,
      issueId: issue.id,
      issue: { ...issueChild(world, issue), description: issueData(world, issue)["description"] },
      ...(comment === undefined ? {} : { commentId: comment.id, comment: commentChild(world, comment) }),
      ...(parent === undefined ? {} : { parentCommentId: parent.id, parentComment: commentChild(world, parent) }),
    },
  });
}

export function tellTeamAccess(
  linear: Linear,
  addedTeamIds: readonly string[],
  removedTeamIds: readonly string[],
): void {
  const app = botApp(linear.world);
  post(linear, "PermissionChange", {
    action: "teamAccessChanged",
    appUserId: app.userId,
    canAccessAllPublicTeams: app.teamIds.size === linear.world.teams.size,
    addedTeamIds,
    removedTeamIds,
  });
}

export function tellRevoked(linear: Linear): void {
  post(linear, "OAuthApp", { action: "revoked" });
}
