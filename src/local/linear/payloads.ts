// The pieces that webhook bodies are put together from.
import type { Actor } from "./context.ts";
import type { Comment, Issue, Json, World } from "./model.ts";
import {
  absoluteText,
  commentUrl,
  emailOf,
  identifierOf,
  isoOf,
  issueUrl,
  nameOf,
  profileUrl,
  stateOf,
} from "./world.ts";

export const PRIORITIES: readonly string[] = ["No priority", "Urgent", "High", "Medium", "Low"];

export function userChild(world: World, userId: string): Json {
  return { id: userId, name: nameOf(world, userId), email: emailOf(world, userId), url: profileUrl(world, userId) };
}

/** An app acts under its client's name, a person as a user; an automation has no name at all. */
export function actorShape(world: World, actor: Actor): Json | null {
  if (actor.kind === "person") return { ...userChild(world, actor.person.id), type: "user" };
  if (actor.kind === "app") return { id: actor.app.oauthClientId, name: actor.app.name, type: "oauthClient" };
  return null;
}

function teamChild(world: World, teamId: string): Json {
  const team = world.teams.get(teamId);
  return { id: teamId, key: team?.key ?? "", name: team?.name ?? "" };
}

export function issueChild(world: World, issue: Issue): Json {
  return {
    id: issue.id,
    identifier: identifierOf(world, issue),
    title: issue.title,
    url: issueUrl(world, issue),
    teamId: issue.teamId,
    team: teamChild(world, issue.teamId),
  };
}

export function commentChild(world: World, comment: Comment): Json {
  return {
    id: comment.id,
    body: absoluteText(world, comment.body),
    issueId: comment.issueId,
    ...(comment.userId === undefined ? {} : { userId: comment.userId }),
  };
}

export function commentData(world: World, comment: Comment, issue: Issue): Json {
  const parent = comment.parentId === undefined ? undefined : world.comments.get(comment.parentId);
  return {
    id: comment.id,
    createdAt: isoOf(comment.atMs),
    updatedAt: isoOf(comment.atMs),
    archivedAt: null,
    body: absoluteText(world, comment.body),
    issueId: issue.id,
    issue: issueChild(world, issue),
    parentId: comment.parentId ?? null,
    ...(parent === undefined ? {} : { parent: commentChild(world, parent) }),
    userId: comment.userId ?? null,
    ...(comment.userId === undefined ? {} : { user: userChild(world, comment.userId) }),
    reactionData: [],
    url: commentUrl(world, comment),
  };
}

export function issueData(world: World, issue: Issue): Json {
  const { id, name, type, color } = stateOf(world, issue);
  const project = issue.projectId === undefined ? undefined : world.projects.get(issue.projectId);
  return {
    ...issueChild(world, issue),
    description: issue.description === undefined ? null : absoluteText(world, issue.description),
    number: issue.number,
    createdAt: isoOf(issue.createdAtMs),
    updatedAt: isoOf(issue.updatedAtMs),
    archivedAt: isoOf(issue.archivedAtMs),
    startedAt: isoOf(issue.startedAtMs),
    completedAt: isoOf(issue.completedAtMs),
    canceledAt: isoOf(issue.canceledAtMs),
    trashed: issue.trashed ? true : null,
    priority: issue.priority,
    priorityLabel: PRIORITIES[issue.priority] ?? "No priority",
    prioritySortOrder: 0,
    sortOrder: 0,
    previousIdentifiers: [],
    reactionData: [],
    subscriberIds: [issue.creatorId],
    stateId: issue.stateId,
    state: { id, name, type, color },
    creatorId: issue.creatorId,
    creator: userChild(world, issue.creatorId),
    ...person(world, "assignee", issue.assigneeId),
    ...person(world, "delegate", issue.delegateId),
    projectId: project?.id ?? null,
    ...(project === undefined
      ? {}
      : { project: { id: project.id, name: project.name, url: `${world.origin}/project` } }),
    labelIds: issue.labelIds,
    labels: issue.labelIds.flatMap((labelId) => {
      const label = world.labels.get(labelId);
      return label === undefined ? [] : [{ id: label.id, name: label.name, color: label.color, parentId: null }];
    }),
  };
}

function person(world: World, role: "assignee" | "delegate", userId: string | undefined): Json {
  return userId === undefined ? { [`${role}Id`]: null } : { [`${role}Id`]: userId, [role]: userChild(world, userId) };
}
