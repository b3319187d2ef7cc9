// What an actor may see: an app its teams, a person everything of the workspace. The rest is not there for them.
import type { Actor } from "./context.ts";
import type { Activity, Comment, Issue, Session, World } from "./model.ts";
import { notFound } from "./problems.ts";
import type { SeedTeam } from "./seed.ts";
import { findIssue, findTeam } from "./world.ts";

export function seesTeam(actor: Actor, teamId: string): boolean {
  return actor.kind !== "app" || actor.app.teamIds.has(teamId);
}

export function mustSeeTeam(world: World, actor: Actor, idOrKey: string): SeedTeam {
  const team = findTeam(world, idOrKey);
  if (team === undefined || !seesTeam(actor, team.id)) throw notFound("Team");
  return team;
}

export function mustSeeIssue(world: World, actor: Actor, idOrIdentifier: string): Issue {
  const issue = findIssue(world, idOrIdentifier);
  if (issue === undefined || !seesTeam(actor, issue.teamId)) throw notFound("Issue");
  return issue;
}

export function mustSeeComment(world: World, actor: Actor, id: string): Comment {
  const comment = world.comments.get(id);
  if (comment === undefined || !seesIssue(world, actor, comment.issueId)) throw notFound("Comment");
  return comment;
}

export function mustSeeSession(world: World, actor: Actor, id: string): Session {
  const session = world.sessions.get(id);
  if (session === undefined || !seesIssue(world, actor, session.issueId)) throw notFound("AgentSession");
  return session;
}

export function mustSeeActivity(world: World, actor: Actor, id: string): Activity {
  const activity = world.activities.get(id);
  const session = activity === undefined ? undefined : world.sessions.get(activity.sessionId);
  if (activity === undefined || session === undefined || !seesIssue(world, actor, session.issueId))
    throw notFound("AgentActivity");
  return activity;
}

export function seesIssue(world: World, actor: Actor, issueId: string): boolean {
  const issue = world.issues.get(issueId);
  return issue !== undefined && seesTeam(actor, issue.teamId);
}
