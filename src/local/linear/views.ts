// Issues and what hangs on them, as the API shows them. Every field of a type is named here, or asking for it fails.
import { dates, nothing, type Eyes } from "./eyes.ts";
import { connect, type Row } from "./connection.ts";
import type { Comment, Issue, Json, Label, World } from "./model.ts";
import { PRIORITIES } from "./payloads.ts";
import { stateView, teamView, userView } from "./views-workspace.ts";
import { absoluteText, commentsOf, commentUrl, identifierOf, isoOf, issueUrl, sessionsOf, slugOf } from "./world.ts";

const NO_ISSUE_FIELDS =
  "addedToCycleAt addedToProjectAt asksExternalUserRequester asksRequester autoArchivedAt autoClosedAt botActor cycle dueDate estimate externalUserCreator favorite integrationSourceType lastAppliedTemplate parent projectMilestone recurringIssueTemplate slaBreachesAt slaHighRiskAt slaMediumRiskAt slaStartedAt slaType snoozedBy snoozedUntilAt sourceComment startedTriageAt subIssueSortOrder syncedWith triagedAt";

export function issueView(eyes: Eyes, issue: Issue): Json {
  const { world } = eyes;
  const user = (id: string | undefined) => () => (id === undefined ? null : userView(eyes, id));
  return {
    ...nothing(NO_ISSUE_FIELDS),
    ...dates(issue),
    archivedAt: isoOf(issue.archivedAtMs),
    addedToTeamAt: isoOf(issue.createdAtMs),
    startedAt: isoOf(issue.startedAtMs),
    completedAt: isoOf(issue.completedAtMs),
    canceledAt: isoOf(issue.canceledAtMs),
    id: issue.id,
    number: issue.number,
    identifier: identifierOf(world, issue),
    previousIdentifiers: [],
    title: issue.title,
    description: issue.description === undefined ? null : absoluteText(world, issue.description),
    url: issueUrl(world, issue),
    branchName: `${identifierOf(world, issue).toLowerCase()}-${slugOf(issue.title)}`,
    trashed: issue.trashed ? true : null,
    priority: issue.priority,
    priorityLabel: PRIORITIES[issue.priority],
    prioritySortOrder: 0,
    sortOrder: 0,
    boardOrder: 0,
    customerTicketCount: 0,
    inheritsSharedAccess: false,
    reactionData: [],
    reactions: [],
    sharedAccess: {
      disallowedIssueFields: [],
      isShared: false,
      sharedWithCount: 0,
      sharedWithUsers: [],
      viewerHasOnlySharedAccess: false,
    },
    team: () => teamView(eyes, issue.teamId),
    state: () => stateView(eyes, issue.stateId),
    creator: user(issue.creatorId),
    assignee: user(issue.assigneeId),
    delegate: user(issue.delegateId),
    project: () => projectView(world, issue.projectId),
    labelIds: issue.labelIds,
    labels: (args: unknown) => connect(labelRows(eyes, issue), args),
    comments: (args: unknown) => connect(commentsOf(world, issue.id).map(commentRow(eyes)), args),
    agentSessions: (args: unknown) =>
      connect(
        sessionsOf(world, issue.id).map((session) => ({ ...session, view: () => eyes.showSession(session) })),
        args,
      ),
  };
}

function projectView(world: World, id: string | undefined): Json | null {
  const project = id === undefined ? undefined : world.projects.get(id);
  return project === undefined ? null : { id: project.id, name: project.name };
}

function labelRows(eyes: Eyes, issue: Issue): readonly Row[] {
  return issue.labelIds.flatMap((id) => {
    const label = eyes.world.labels.get(id);
    if (label === undefined) return [];
    const facts = { name: label.name };
    return [{ id, createdAtMs: 0, updatedAtMs: 0, facts, view: () => labelView(eyes, label) }];
  });
}

export function labelView(eyes: Eyes, label: Label): Json {
  const { teamId } = label;
  return {
    ...nothing("creator description groupType inheritedFrom lastAppliedAt parent retiredBy"),
    ...dates({ createdAtMs: 0, updatedAtMs: 0 }),
    id: label.id,
    name: label.name,
    color: label.color,
    isGroup: false,
    team: () => (teamId === undefined ? null : teamView(eyes, teamId)),
  };
}

function commentRow(eyes: Eyes): (comment: Comment) => Row {
  return (comment) => ({
    id: comment.id,
    createdAtMs: comment.atMs,
    updatedAtMs: comment.atMs,
    facts: { body: comment.body },
    view: () => commentView(eyes, comment),
  });
}

const NO_COMMENT_FIELDS =
  "botActor documentContent documentContentId editedAt externalThread externalUser initiative initiativeId initiativeUpdate initiativeUpdateId project projectId projectUpdate projectUpdateId quotedText resolvedAt resolvingComment resolvingCommentId resolvingUser syncedWith";

export function commentView(eyes: Eyes, comment: Comment): Json {
  const { world } = eyes;
  const { id, parentId, userId, issueId, sessionId } = comment;
  const issue = world.issues.get(issueId);
  const parent = parentId === undefined ? undefined : world.comments.get(parentId);
  const session = [...world.sessions.values()].find((each) => each.commentId === id || each.id === sessionId);
  return {
    ...nothing(NO_COMMENT_FIELDS),
    ...dates({ createdAtMs: comment.atMs, updatedAtMs: comment.atMs }),
    id,
    body: absoluteText(world, comment.body),
    url: commentUrl(world, comment),
    issueId,
    issue: () => (issue === undefined ? null : issueView(eyes, issue)),
    parentId: parentId ?? null,
    parent: () => (parent === undefined ? null : commentView(eyes, parent)),
    user: () => (userId === undefined ? null : userView(eyes, userId)),
    agentSession: () => (session === undefined || parentId !== undefined ? null : eyes.showSession(session)),
    reactionData: [],
    reactions: [],
  };
}
