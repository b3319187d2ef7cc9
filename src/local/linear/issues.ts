// Changes to issues, by people and by apps alike: each is one update event that tells what was before.
import { type Actor, type Linear } from "./context.ts";
import { tellIssue } from "./events.ts";
import type { Issue, Json, World } from "./model.ts";
import { invalid, notFound } from "./problems.ts";
import { announce, isoOf, nextAtMs, stateOf } from "./world.ts";

export interface IssueChange {
  readonly title?: string;
  readonly description?: string | null;
  readonly stateId?: string;
  readonly assigneeId?: string | null;
  readonly delegateId?: string | null;
  readonly projectId?: string | null;
  readonly priority?: number;
  readonly labelIds?: readonly string[];
  readonly trashed?: boolean;
}

/** Whole or not at all; nothing is told when nothing differs. True when something changed. */
export function changeIssue(
  linear: Linear,
  issue: Issue,
  { change, actor }: { readonly change: IssueChange; readonly actor: Actor },
): boolean {
  const { world } = linear;
  check(world, issue, change);
  const updatedFrom = differences(issue, change);
  if (Object.keys(updatedFrom).length === 0) return false;
  const before = issue.updatedAtMs;
  write(world, issue, change);
  issue.updatedAtMs = nextAtMs(world);
  announce(world);
  tellIssue(linear, issue, { action: "update", actor, updatedFrom: { ...updatedFrom, updatedAt: isoOf(before) } });
  return true;
}

function check(world: World, issue: Issue, change: IssueChange): void {
  if (change.title?.trim() === "") throw invalid("title must not be empty");
  if (change.priority !== undefined && (change.priority < 0 || change.priority > 4))
    throw invalid("priority is 0 to 4");
  if (change.stateId !== undefined && world.states.get(change.stateId)?.teamId !== issue.teamId)
    throw notFound("WorkflowState");
  if (change.projectId && !world.projects.has(change.projectId)) throw notFound("Project");
  for (const id of change.labelIds ?? []) if (!world.labels.has(id)) throw notFound("IssueLabel");
  if (change.assigneeId && !world.people.has(change.assigneeId) && !world.apps.has(change.assigneeId))
    throw notFound("User");
  if (change.delegateId) checkDelegate(world, issue, change.delegateId);
}

function checkDelegate(world: World, issue: Issue, delegateId: string): void {
  const app = world.apps.get(delegateId);
  if (app === undefined) throw invalid("an issue can be delegated to an app user only");
  if (app.revoked) throw notFound("User");
  if (!app.teamIds.has(issue.teamId)) throw invalid(`${app.name} has no access to this issue's team`);
}

function differences(issue: Issue, change: IssueChange): Json {
  const old: Record<string, unknown> = {};
  if (change.title !== undefined && change.title !== issue.title) old["title"] = issue.title;
  if (change.description !== undefined && (change.description ?? undefined) !== issue.description)
    old["description"] = issue.description ?? null;
  if (change.stateId !== undefined && change.stateId !== issue.stateId) old["stateId"] = issue.stateId;
  if (change.priority !== undefined && change.priority !== issue.priority) old["priority"] = issue.priority;
  for (const key of ["assigneeId", "delegateId", "projectId"] as const)
    if (change[key] !== undefined && (change[key] ?? undefined) !== issue[key]) old[key] = issue[key] ?? null;
  if (change.labelIds !== undefined && change.labelIds.join(" ") !== issue.labelIds.join(" "))
    old["labelIds"] = issue.labelIds;
  if (change.trashed !== undefined && change.trashed !== issue.trashed) old["trashed"] = issue.trashed ? true : null;
  return old;
}

function write(world: World, issue: Issue, change: IssueChange): void {
  const { title, description, assigneeId, delegateId, projectId, priority, labelIds, trashed } = change;
  if (title !== undefined) issue.title = title;
  if (description !== undefined) issue.description = description ?? undefined;
  if (assigneeId !== undefined) issue.assigneeId = assigneeId ?? undefined;
  if (delegateId !== undefined) issue.delegateId = delegateId ?? undefined;
  if (projectId !== undefined) issue.projectId = projectId ?? undefined;
  if (priority !== undefined) issue.priority = priority;
  if (labelIds !== undefined) issue.labelIds = [...labelIds];
  if (trashed !== undefined) {
    issue.trashed = trashed;
    issue.archivedAtMs = trashed ? world.now() : undefined;
  }
  if (change.stateId !== undefined && change.stateId !== issue.stateId) {
    issue.stateId = change.stateId;
    stampState(world, issue);
  }
}

function stampState(world: World, issue: Issue): void {
  const { type } = stateOf(world, issue);
  const atMs = world.now();
  issue.completedAtMs = type === "completed" ? atMs : undefined;
  issue.canceledAtMs = type === "canceled" ? atMs : undefined;
  if (type === "started") issue.startedAtMs ??= atMs;
  else if (type !== "completed" && type !== "canceled") issue.startedAtMs = undefined;
}

/** To the trash: gone for people, still readable by id for a while. */
export function trashIssue(linear: Linear, issue: Issue, actor: Actor): void {
  if (issue.trashed) throw invalid("the issue is in the trash already");
  issue.trashed = true;
  issue.archivedAtMs = linear.world.now();
  issue.updatedAtMs = nextAtMs(linear.world);
  announce(linear.world);
  tellIssue(linear, issue, { action: "remove", actor });
}
