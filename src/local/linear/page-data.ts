// What the page shows: every team's issues in short, and one issue in full. Copies, never the workspace itself.
import type { Linear } from "./context.ts";
import type { Comment, Issue, Session, WorkflowState, World } from "./model.ts";
import { sessionCard, type SessionCard } from "./page-session.ts";
import {
  announce,
  commentsOf,
  findIssue,
  identifierOf,
  nameOf,
  sessionsOf,
  settle,
  stateOf,
  statesOf,
} from "./world.ts";

/** The drawing of a state: Linear tells started ones apart by how full their circle is. */
type StateLook = "triage" | "backlog" | "unstarted" | "started" | "review" | "completed" | "canceled";

interface ShownState {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly look: StateLook;
}

interface Who {
  readonly id: string;
  readonly name: string;
}

interface IssueRow {
  readonly id: string;
  readonly key: string;
  readonly team: string;
  readonly title: string;
  readonly state: ShownState;
  readonly assignee?: Who | undefined;
  readonly delegate?: Who | undefined;
  readonly labels: readonly { readonly name: string; readonly color: string }[];
  /** The newest session's status, for the mark beside the title. */
  readonly session?: Pick<SessionCard, "status" | "unresponsive"> | undefined;
}

interface CommentRow {
  readonly id: string;
  readonly author: Who;
  readonly body: string;
  readonly atMs: number;
  readonly reply: boolean;
  /** The session that its mention opened. */
  readonly opened?: string | undefined;
}

interface IssueDetail extends IssueRow {
  readonly description: string;
  readonly creator: Who;
  readonly createdAtMs: number;
  readonly project?: string | undefined;
  readonly trashed: boolean;
  readonly comments: readonly CommentRow[];
  /** Newest first. */
  readonly sessions: readonly SessionCard[];
}

interface TeamRow {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  readonly states: readonly ShownState[];
}

interface AppRow extends Who {
  readonly handle: string;
  /** The teams in which it may be given work, by id. */
  readonly teams: readonly string[];
}

export interface PageData {
  readonly teams: readonly TeamRow[];
  readonly issues: readonly IssueRow[];
  readonly apps: readonly AppRow[];
  readonly issue?: IssueDetail | undefined;
}

export function pageData({ world }: Linear, key: string | undefined): PageData {
  if (settle(world)) announce(world);
  const issue = key === undefined ? undefined : findIssue(world, key);
  return {
    teams: [...world.teams.values()].map(({ id, key, name }) => {
      return { id, key, name, states: statesOf(world, id).map((state) => shownState(world, state)) };
    }),
    issues: [...world.issues.values()]
      .filter(({ trashed }) => !trashed)
      .sort((a, b) => b.number - a.number)
      .map((each) => issueRow(world, each)),
    apps: [...world.apps.values()].map(({ userId, name, handle, teamIds, revoked }) => {
      return { id: userId, name, handle, teams: revoked ? [] : [...teamIds] };
    }),
    issue: issue === undefined ? undefined : issueDetail(world, issue),
  };
}

function issueRow(world: World, issue: Issue): IssueRow {
  const session = sessionsOf(world, issue.id).at(-1);
  return {
    id: issue.id,
    key: identifierOf(world, issue),
    team: issue.teamId,
    title: issue.title,
    state: shownState(world, stateOf(world, issue)),
    assignee: who(world, issue.assigneeId),
    delegate: who(world, issue.delegateId),
    labels: issue.labelIds.flatMap((id) => {
      const label = world.labels.get(id);
      return label === undefined ? [] : [{ name: label.name, color: label.color }];
    }),
    session: session === undefined ? undefined : { status: session.status, unresponsive: session.unresponsive },
  };
}

function issueDetail(world: World, issue: Issue): IssueDetail {
  const sessions = sessionsOf(world, issue.id);
  return {
    ...issueRow(world, issue),
    description: issue.description ?? "",
    creator: { id: issue.creatorId, name: nameOf(world, issue.creatorId) },
    createdAtMs: issue.createdAtMs,
    project: issue.projectId === undefined ? undefined : world.projects.get(issue.projectId)?.name,
    trashed: issue.trashed,
    comments: inThreads(commentsOf(world, issue.id)).map((comment) => commentRow(world, comment, sessions)),
    sessions: sessions.toReversed().map((session) => sessionCard(world, session)),
  };
}

// What was said inside a session stands on its card. A reply follows the comment that it answers.
function inThreads(comments: readonly Comment[]): readonly Comment[] {
  const shown = comments.filter(({ sessionId }) => sessionId === undefined);
  const ids = new Set(shown.map(({ id }) => id));
  const isReply = ({ parentId }: Comment): boolean => parentId !== undefined && ids.has(parentId);
  return shown
    .filter((comment) => !isReply(comment))
    .flatMap((root) => [root, ...shown.filter((comment) => isReply(comment) && comment.parentId === root.id)]);
}

function commentRow(world: World, comment: Comment, sessions: readonly Session[]): CommentRow {
  const { id, userId, body, atMs, parentId } = comment;
  return {
    id,
    author: { id: userId ?? "", name: nameOf(world, userId) },
    body,
    atMs,
    reply: parentId !== undefined,
    opened: sessions.find(({ sourceCommentId }) => sourceCommentId === id)?.slugId,
  };
}

function shownState(world: World, { id, teamId, name, type }: WorkflowState): ShownState {
  const firstStarted = statesOf(world, teamId).find((state) => state.type === "started");
  return { id, name, type, look: type === "started" && firstStarted?.id !== id ? "review" : type };
}

function who(world: World, id: string | undefined): Who | undefined {
  return id === undefined ? undefined : { id, name: nameOf(world, id) };
}
