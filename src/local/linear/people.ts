// What people do on the service: delegate, assign, write, prompt, stop, dismiss. A refused act throws the reason.
import { z } from "zod";
import type { Actor, Linear } from "./context.ts";
import { notify, tellComment, tellIssue, tellSession } from "./events.ts";
import { changeIssue, trashIssue } from "./issues.ts";
import type { AppUser, Comment, Issue, Session } from "./model.ts";
import { StateTypes, type SeedIssue } from "./seed.ts";
import { addActivity, openSession } from "./sessions.ts";
import {
  announce,
  botApp,
  findIssue,
  findTeam,
  firstState,
  freshId,
  nextAtMs,
  offeredOptions,
  plantIssue,
  settle,
} from "./world.ts";

export interface IssueAct {
  readonly user: string;
  readonly issue: string;
}

export interface SessionAct {
  readonly user: string;
  readonly session: string;
}

export interface NewIssue extends Omit<SeedIssue, "id" | "number" | "creator"> {
  readonly user: string;
  readonly id?: string;
  readonly number?: number;
}

interface OnIssue {
  readonly actor: Actor & { readonly kind: "person" };
  readonly issue: Issue;
}

function personOn({ world }: Linear, act: IssueAct): OnIssue {
  const issue = findIssue(world, act.issue);
  if (issue === undefined) throw new Error(`no issue ${act.issue}`);
  if (issue.trashed) throw new Error(`${act.issue} is in the trash`);
  const person = world.people.get(act.user);
  if (person === undefined) throw new Error(`no person ${act.user}`);
  if (person.isActive === false) throw new Error(`${person.name} is suspended`);
  const member = world.teams.get(issue.teamId)?.members.includes(person.id) === true;
  if (person.isGuest === true && !member) throw new Error(`${person.name} is a guest and not in this team`);
  return { actor: { kind: "person", person }, issue };
}

function personIn(linear: Linear, act: SessionAct): OnIssue & { readonly session: Session } {
  if (settle(linear.world)) announce(linear.world);
  const session = linear.world.sessions.get(act.session);
  if (session === undefined) throw new Error(`no session ${act.session}`);
  if (session.dismissedAtMs !== undefined) throw new Error("the session was dismissed");
  return { ...personOn(linear, { user: act.user, issue: session.issueId }), session };
}

export function delegate(
  linear: Linear,
  act: IssueAct & { readonly to?: string | null },
): { readonly session?: string } {
  const { world } = linear;
  const { actor, issue } = personOn(linear, act);
  const bot = botApp(world);
  const to = act.to === undefined ? bot.userId : act.to;
  const was = issue.delegateId;
  if (!changeIssue(linear, issue, { change: { delegateId: to }, actor })) return {};
  if (was === bot.userId) notify(linear, "issueUnassignedFromYou", { issue, actor });
  const app = to === null ? undefined : world.apps.get(to);
  if (app === undefined) return {};
  if (app.userId === bot.userId) notify(linear, "issueAssignedToYou", { issue, actor });
  return { session: openSession(linear, { issue, app, creatorId: act.user, announced: true }).id };
}

export function assign(linear: Linear, act: IssueAct & { readonly to: string | null }): { readonly session?: string } {
  const { world } = linear;
  const { actor, issue } = personOn(linear, act);
  const bot = botApp(world);
  const was = issue.assigneeId;
  const app = act.to === null ? undefined : world.apps.get(act.to);
  if (app !== undefined && linear.assignMakesSession) return delegate(linear, act);
  if (app !== undefined && (app.revoked || !app.teamIds.has(issue.teamId)))
    throw new Error(`${app.name} has no access to this issue's team`);
  if (!changeIssue(linear, issue, { change: { assigneeId: act.to }, actor })) return {};
  if (was === bot.userId) notify(linear, "issueUnassignedFromYou", { issue, actor });
  if (act.to === bot.userId) notify(linear, "issueAssignedToYou", { issue, actor });
  return {};
}

export function comment(
  linear: Linear,
  act: IssueAct & { readonly body: string; readonly parent?: string },
): { readonly comment: string; readonly session?: string } {
  const { world } = linear;
  const { actor, issue } = personOn(linear, act);
  if (act.body.trim() === "") throw new Error("a comment needs words");
  const parent = act.parent === undefined ? undefined : world.comments.get(act.parent);
  if (act.parent !== undefined && parent?.issueId !== issue.id) throw new Error(`no comment ${act.parent} here`);
  // Threads are one level deep: an answer to an answer joins the thread.
  const written = writeComment(linear, { issue, actor, body: act.body, parentId: parent?.parentId ?? parent?.id });
  const sessions = mentioned(linear, issue, act.body).map((app) => {
    if (app.userId === botApp(world).userId) notify(linear, "issueCommentMention", { issue, actor, comment: written });
    return openSession(linear, { issue, app, creatorId: act.user, source: written, announced: true });
  });
  const mine = sessions.find(({ appUserId }) => appUserId === botApp(world).userId) ?? sessions[0];
  if (mine === undefined && follows(linear, issue))
    notify(linear, "issueNewComment", { issue, actor, comment: written });
  return mine === undefined ? { comment: written.id } : { comment: written.id, session: mine.id };
}

/** Who wrote and where. */
interface Writing extends OnIssue {
  readonly body: string;
  readonly parentId?: string | undefined;
  readonly sessionId?: string;
}

function writeComment(linear: Linear, { issue, actor, body, parentId, sessionId }: Writing): Comment {
  const { world } = linear;
  const { id: userId } = actor.person;
  const ids = { id: freshId(), issueId: issue.id, userId, parentId, sessionId };
  const written: Comment = { ...ids, body, atMs: nextAtMs(world) };
  world.comments.set(written.id, written);
  announce(world);
  tellComment(linear, written, actor);
  return written;
}

function mentioned({ world }: Linear, issue: Issue, body: string): readonly AppUser[] {
  const names = new Set([...body.matchAll(/(?<![\w.@])@([\w-]+)/g)].map(([, name]) => name?.toLowerCase()));
  return [...world.apps.values()].filter(
    (app) => names.has(app.handle.toLowerCase()) && !app.revoked && app.teamIds.has(issue.teamId),
  );
}

// The app follows issues it was given and issues it works on.
function follows({ world }: Linear, issue: Issue): boolean {
  const { userId } = botApp(world);
  if (issue.delegateId === userId || issue.assigneeId === userId) return true;
  return [...world.sessions.values()].some((session) => session.issueId === issue.id && session.appUserId === userId);
}

export function prompt(linear: Linear, act: SessionAct & { readonly body: string }): { readonly activity: string } {
  const { actor, issue, session } = personIn(linear, act);
  if (act.body.trim() === "") throw new Error("a prompt needs words");
  const thread = { parentId: session.commentId, sessionId: session.id };
  const written = writeComment(linear, { issue, actor, body: act.body, ...thread });
  const activity = addActivity(linear, session, {
    userId: act.user,
    content: { type: "prompt", body: act.body },
    sourceCommentId: written.id,
  });
  tellSession(linear, session, { action: "prompted", activity });
  return { activity: activity.id };
}

export function choose(linear: Linear, act: SessionAct & { readonly value: string }): { readonly activity: string } {
  const { session } = personIn(linear, act);
  if (!offeredOptions(linear.world, session.id).some(({ value }) => value === act.value))
    throw new Error(`the session's newest question does not offer ${act.value}`);
  return prompt(linear, { user: act.user, session: act.session, body: act.value });
}

export function stop(linear: Linear, act: SessionAct): void {
  const { session } = personIn(linear, act);
  if (["complete", "error", "stopping"].includes(session.status))
    throw new Error(`the session is ${session.status}: there is nothing to stop`);
  const activity = addActivity(linear, session, {
    userId: act.user,
    content: { type: "prompt", body: "Stop" },
    signal: "stop",
  });
  tellSession(linear, session, { action: "prompted", activity });
}

export function dismiss(linear: Linear, act: SessionAct): void {
  const { actor, issue, session } = personIn(linear, act);
  session.dismissedAtMs = linear.world.now();
  session.dismissedById = act.user;
  session.updatedAtMs = nextAtMs(linear.world);
  announce(linear.world);
  if (issue.delegateId === session.appUserId) changeIssue(linear, issue, { change: { delegateId: null }, actor });
}

export function setState(linear: Linear, act: IssueAct & { readonly type: string }): void {
  const { actor, issue } = personOn(linear, act);
  const type = z.enum(StateTypes).parse(act.type);
  changeIssue(linear, issue, { change: { stateId: firstState(linear.world, issue.teamId, type).id }, actor });
}

export function remove(linear: Linear, act: IssueAct): void {
  const { actor, issue } = personOn(linear, act);
  trashIssue(linear, issue, actor);
}

export function automate(linear: Linear, act: { readonly issue: string }): { readonly session: string } {
  const { world } = linear;
  const issue = findIssue(world, act.issue);
  if (issue === undefined || issue.trashed) throw new Error(`no issue ${act.issue}`);
  const app = botApp(world);
  const actor: Actor = { kind: "nobody" };
  changeIssue(linear, issue, { change: { delegateId: app.userId }, actor });
  return { session: openSession(linear, { issue, app, announced: true }).id };
}

export function createIssue(linear: Linear, act: NewIssue): { readonly issue: string } {
  const { world } = linear;
  const person = world.people.get(act.user);
  if (person === undefined || person.isActive === false) throw new Error(`no active person ${act.user}`);
  const { user, ...given } = act;
  const team = findTeam(world, act.team);
  const taken = [...world.issues.values()].filter(({ teamId }) => teamId === team?.id).map(({ number }) => number);
  const number = act.number ?? Math.max(0, ...taken) + 1;
  const issue = plantIssue(world, { ...given, id: act.id ?? freshId(), number, creator: user });
  announce(world);
  tellIssue(linear, issue, { action: "create", actor: { kind: "person", person } });
  return { issue: issue.id };
}
