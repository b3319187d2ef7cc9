// The workspace itself: plain data, one clock, one list of listeners. Nothing here knows HTTP, GraphQL or webhooks.
import { createHash, randomUUID } from "node:crypto";
import type { Activity, AppUser, Comment, Issue, Json, Option, Session, WorkflowState, World } from "./model.ts";
import type { LocalLinearSeed, SeedApp, SeedIssue, SeedTeam, StateType } from "./seed.ts";

export const ANSWER_WITHIN_MS = 10_000;
const STALE_AFTER_MS = 30 * 60_000;

const STATES: readonly (readonly [StateType, string, number, string])[] = [
  ["backlog", "Backlog", 0, "#bec2c8"],
  ["unstarted", "Todo", 1_000, "#e2e2e2"],
  ["started", "In Review", 3_000, "#0f783c"],
  ["started", "In Progress", 2_000, "#f2c94c"],
  ["completed", "Done", 4_000, "#5e6ad2"],
  ["canceled", "Canceled", 5_000, "#95a2b3"],
  ["triage", "Triage", -1_000, "#fc7840"],
];

export function makeWorld(
  seed: LocalLinearSeed,
  options: { readonly now: () => number; readonly otherApps?: readonly SeedApp[] },
): World {
  const world: World = {
    seed,
    origin: "",
    now: options.now,
    otherApps: options.otherApps ?? [],
    people: new Map(),
    apps: new Map(),
    teams: new Map(),
    states: new Map(),
    projects: new Map(),
    labels: new Map(),
    issues: new Map(),
    comments: new Map(),
    sessions: new Map(),
    activities: new Map(),
    usedIds: new Set(),
    listeners: new Set(),
    lastAtMs: 0,
    syncId: 0,
  };
  sow(world);
  return world;
}

/** Back to the seed; listeners stay. */
export function resetWorld(world: World): void {
  const { people, apps, teams, states, projects, labels, issues, comments, sessions, activities } = world;
  for (const each of [people, apps, teams, states, projects, labels, issues, comments, sessions, activities])
    each.clear();
  world.usedIds.clear();
  world.syncId = 0;
  sow(world);
  announce(world);
}

function sow(world: World): void {
  const { seed } = world;
  for (const person of seed.people) world.people.set(person.id, person);
  for (const team of seed.teams) {
    world.teams.set(team.id, team);
    for (const [type, name, position, color] of STATES) {
      const id = stableId("state", team.id, name);
      world.states.set(id, { id, teamId: team.id, name, type, position, color });
    }
  }
  for (const app of [seed.app, ...world.otherApps])
    world.apps.set(app.userId, { ...app, teamIds: new Set(world.teams.keys()), revoked: false });
  for (const { id, name, team } of seed.projects ?? [])
    world.projects.set(id, { id, name, teamId: mustFindTeam(world, team).id });
  for (const { id, name, team } of seed.labels ?? []) {
    const teamId = team === undefined ? undefined : mustFindTeam(world, team).id;
    world.labels.set(id, { id, name, teamId, color: colorOf(name) });
  }
  for (const issue of seed.issues) plantIssue(world, issue);
}

/** Puts an issue with its comments into the workspace; tells nobody. */
export function plantIssue(world: World, seed: SeedIssue): Issue {
  const team = mustFindTeam(world, seed.team);
  const comments = seed.comments ?? [];
  const oldest = Math.max(0, ...comments.map(({ minutesAgo }) => minutesAgo ?? 1));
  const atMs = world.now() - (comments.length === 0 ? 0 : (oldest + 1) * 60_000);
  const issue: Issue = {
    id: seed.id,
    teamId: team.id,
    number: seed.number,
    title: seed.title,
    description: seed.description,
    creatorId: seed.creator,
    assigneeId: seed.assignee,
    stateId: firstState(world, team.id, seed.state ?? "backlog").id,
    labelIds: (seed.labels ?? []).map((name) => pick(world.labels, name, `label ${name}`).id),
    projectId: seed.project === undefined ? undefined : pick(world.projects, seed.project, "project").id,
    priority: 0,
    trashed: false,
    createdAtMs: atMs,
    updatedAtMs: atMs,
    suggestions: seed.suggestions,
  };
  world.issues.set(issue.id, issue);
  for (const [index, comment] of comments.entries()) {
    const id = comment.id ?? stableId("comment", issue.id, String(index));
    const { user: userId, body, parent: parentId } = comment;
    const at = world.now() - (comment.minutesAgo ?? 1) * 60_000 + index;
    world.comments.set(id, { id, issueId: issue.id, userId, body, parentId, atMs: at });
  }
  return issue;
}

function pick<T extends { readonly name: string }>(from: ReadonlyMap<string, T>, name: string, what: string): T {
  const found = from.get(name) ?? [...from.values()].find((each) => each.name === name);
  if (found === undefined) throw new Error(`the seed names ${what}, which it does not hold`);
  return found;
}

/** A UUID made from words: the same after a restart. */
export function stableId(...words: readonly string[]): string {
  const hex = createHash("sha256").update(words.join("\n")).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

export function freshId(): string {
  return randomUUID();
}

/** Instants never repeat, so what came later also sorts later. */
export function nextAtMs(world: World): number {
  world.lastAtMs = Math.max(world.now(), world.lastAtMs + 1);
  return world.lastAtMs;
}

/** Call after each change: the page, waiting tests and the state folder look again. */
export function announce(world: World): void {
  world.syncId += 1;
  for (const listener of world.listeners) listener();
}

/** A team by id or key. */
export function findTeam(world: World, idOrKey: string): SeedTeam | undefined {
  return world.teams.get(idOrKey) ?? [...world.teams.values()].find(({ key }) => key === idOrKey);
}

function mustFindTeam(world: World, idOrKey: string): SeedTeam {
  const team = findTeam(world, idOrKey);
  if (team === undefined) throw new Error(`the seed names team ${idOrKey}, which it does not hold`);
  return team;
}

/** An issue by id or identifier. */
export function findIssue(world: World, idOrIdentifier: string): Issue | undefined {
  const wanted = idOrIdentifier.toUpperCase();
  return (
    world.issues.get(idOrIdentifier) ??
    [...world.issues.values()].find((issue) => identifierOf(world, issue).toUpperCase() === wanted)
  );
}

export function identifierOf(world: World, issue: Issue): string {
  return `${world.teams.get(issue.teamId)?.key ?? ""}-${issue.number}`;
}

export function slugOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "")
    .slice(0, 60);
}

/** Where people open it: on this service's page. */
export function issueUrl(world: World, issue: Issue): string {
  return `${world.origin}/${world.seed.organization.urlKey}/issue/${identifierOf(world, issue)}/${slugOf(issue.title)}`;
}

export function commentUrl(world: World, comment: Comment): string {
  const issue = world.issues.get(comment.issueId);
  return `${issue === undefined ? world.origin : issueUrl(world, issue)}#comment-${comment.id.slice(0, 8)}`;
}

export function sessionUrl(world: World, session: Session): string {
  const issue = world.issues.get(session.issueId);
  return `${issue === undefined ? world.origin : issueUrl(world, issue)}#agent-session-${session.slugId}`;
}

export function profileUrl(world: World, userId: string): string {
  return `${world.origin}/${world.seed.organization.urlKey}/profiles/${userId}`;
}

/** `null` is how the wire says "never". */
export function isoOf(atMs: number): string;
export function isoOf(atMs: number | undefined): string | null;
export function isoOf(atMs: number | undefined): string | null {
  return atMs === undefined ? null : new Date(atMs).toISOString();
}

/** Seeds write `/uploads/...`, since they cannot know the port; readers get whole addresses. */
export function absoluteText(world: World, text: string): string {
  return text.replaceAll("](/uploads/", `](${world.origin}/uploads/`);
}

/** App users have an address that nobody reads. */
export function emailOf(world: World, userId: string): string {
  return world.people.get(userId)?.email ?? `${userId}@oauthapp.linear.app`;
}

/** What people call a user of either kind. */
export function nameOf(world: World, userId: string | undefined): string {
  if (userId === undefined) return "Linear";
  return world.people.get(userId)?.name ?? world.apps.get(userId)?.name ?? userId;
}

export function botApp(world: World): AppUser {
  const app = world.apps.get(world.seed.app.userId);
  if (app === undefined) throw new Error("the workspace lost its app");
  return app;
}

/** The team's states, lowest position first. */
export function statesOf(world: World, teamId: string): readonly WorkflowState[] {
  return [...world.states.values()].filter((state) => state.teamId === teamId).sort((a, b) => a.position - b.position);
}

export function firstState(world: World, teamId: string, type: string): WorkflowState {
  const state = statesOf(world, teamId).find((each) => each.type === type);
  if (state === undefined) throw new Error(`no state of type ${type} in team ${teamId}`);
  return state;
}

export function stateOf(world: World, issue: Issue): WorkflowState {
  const state = world.states.get(issue.stateId);
  if (state === undefined) throw new Error(`issue ${issue.id} is in a state that is not there`);
  return state;
}

/** Oldest first. */
export function commentsOf(world: World, issueId: string): readonly Comment[] {
  return [...world.comments.values()].filter((comment) => comment.issueId === issueId).sort((a, b) => a.atMs - b.atMs);
}

/** Oldest first. */
export function sessionsOf(world: World, issueId: string): readonly Session[] {
  return [...world.sessions.values()].filter((session) => session.issueId === issueId);
}

/** Oldest first. */
export function activitiesOf(world: World, sessionId: string): readonly Activity[] {
  return [...world.activities.values()].filter((activity) => activity.sessionId === sessionId);
}

/** What the newest select elicitation of a session offers, answered or not. */
export function offeredOptions(world: World, sessionId: string): readonly Option[] {
  const asked = activitiesOf(world, sessionId).findLast(({ signal }) => signal === "select");
  return readOptions(asked?.signalMetadata) ?? [];
}

/** The options of a select signal; undefined when they are not in the form asked for. */
export function readOptions(metadata: Json | undefined): readonly Option[] | undefined {
  const options = metadata?.["options"];
  if (!Array.isArray(options) || options.length === 0) return undefined;
  const read: Option[] = [];
  for (const option of options) {
    if (typeof option !== "object" || option === null || !("value" in option)) return undefined;
    if (typeof option.value !== "string" || option.value === "") return undefined;
    const label: unknown = "label" in option ? option.label : undefined;
    if (label !== undefined && typeof label !== "string") return undefined;
    read.push({ value: option.value, label });
  }
  return read;
}

/** Clock-driven changes: who did not answer in time, and what went quiet. True when something changed. */
export function settle(world: World): boolean {
  const nowMs = world.now();
  let changed = false;
  for (const session of world.sessions.values()) {
    if (session.answerDueMs !== undefined && nowMs >= session.answerDueMs) {
      session.answerDueMs = undefined;
      session.unresponsive = true;
      changed = true;
    }
    const waiting = session.status === "active" || session.status === "awaitingInput";
    if (waiting && nowMs - session.lastActivityAtMs >= STALE_AFTER_MS) {
      session.status = "stale";
      session.updatedAtMs = nowMs;
      changed = true;
    }
  }
  return changed;
}

function colorOf(name: string): string {
  return `#${createHash("sha256").update(name).digest("hex").slice(0, 6)}`;
}
