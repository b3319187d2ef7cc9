// Sessions and activities as the API shows them.
import { connect, type Row } from "./connection.ts";
import type { Activity, Content, Json, Session } from "./model.ts";
import { userView } from "./views-workspace.ts";
import { dates, nothing, type Eyes } from "./eyes.ts";
import { commentView, issueView } from "./views.ts";
import { activitiesOf, isoOf, sessionUrl } from "./world.ts";

export function sessionRow(eyes: Eyes): (session: Session) => Row {
  return (session) => ({ ...session, view: () => sessionView(eyes, session) });
}

export function activityRow(eyes: Eyes): (activity: Activity) => Row {
  return (activity) => ({
    id: activity.id,
    createdAtMs: activity.atMs,
    updatedAtMs: activity.atMs,
    facts: { type: activity.content.type, agentSessionId: activity.sessionId },
    view: () => activityView(eyes, activity),
  });
}

export function sessionView(eyes: Eyes, session: Session): Json {
  const { world } = eyes;
  const issue = world.issues.get(session.issueId);
  const user = (id: string | undefined) => () => (id === undefined ? null : userView(eyes, id));
  return {
    ...nothing("sourceMetadata"),
    ...dates(session),
    id: session.id,
    slugId: session.slugId,
    type: "commentThread",
    status: session.status,
    summary: session.summary ?? null,
    plan: session.plan ?? null,
    context: {},
    url: sessionUrl(world, session),
    externalLink: session.externalUrls[0]?.url ?? null,
    externalLinks: session.externalUrls,
    externalUrls: session.externalUrls,
    startedAt: isoOf(session.startedAtMs),
    endedAt: isoOf(session.endedAtMs),
    dismissedAt: isoOf(session.dismissedAtMs),
    dismissedBy: user(session.dismissedById),
    appUser: user(session.appUserId),
    creator: user(session.creatorId),
    issue: () => (issue === undefined ? null : issueView(eyes, issue)),
    comment: () => commentOr(eyes, session.commentId),
    sourceComment: () => commentOr(eyes, session.sourceCommentId),
    activities: (args: unknown) => connect(activitiesOf(world, session.id).map(activityRow(eyes)), args),
  };
}

function commentOr(eyes: Eyes, id: string | undefined): Json | null {
  const comment = id === undefined ? undefined : eyes.world.comments.get(id);
  return comment === undefined ? null : commentView(eyes, comment);
}

const CONTENT_TYPES = {
  thought: "AgentActivityThoughtContent",
  action: "AgentActivityActionContent",
  elicitation: "AgentActivityElicitationContent",
  response: "AgentActivityResponseContent",
  error: "AgentActivityErrorContent",
  prompt: "AgentActivityPromptContent",
} satisfies Record<Content["type"], string>;

export function activityView(eyes: Eyes, activity: Activity): Json {
  const session = eyes.world.sessions.get(activity.sessionId);
  const { content } = activity;
  return {
    ...nothing("sourceMetadata"),
    ...dates({ createdAtMs: activity.atMs, updatedAtMs: activity.atMs }),
    id: activity.id,
    ephemeral: activity.ephemeral,
    signal: activity.signal ?? null,
    signalMetadata: activity.signalMetadata ?? null,
    content: {
      __typename: CONTENT_TYPES[content.type],
      ...(content.type === "action" ? { ...content, result: content.result ?? null } : content),
      ...(content.type === "error" ? nothing("reasonCode") : {}),
      ...(content.type === "prompt" ? nothing("title") : {}),
    },
    user: () => userView(eyes, activity.userId),
    sourceComment: () => commentOr(eyes, activity.sourceCommentId),
    agentSession: () => (session === undefined ? null : sessionView(eyes, session)),
  };
}
