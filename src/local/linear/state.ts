// The workspace as tests and the page may look at it: copies, never the thing itself.
import type { LinearDelivery } from "./courier.ts";
import type { Activity, Comment, Issue, Session, World } from "./model.ts";
import type { StateType } from "./seed.ts";
import {
  activitiesOf,
  announce,
  commentsOf,
  identifierOf,
  issueUrl,
  nameOf,
  offeredOptions,
  sessionsOf,
  sessionUrl,
  settle,
  stateOf,
} from "./world.ts";

interface CommentState extends Comment {
  readonly author: string;
}

interface ActivityState extends Activity {
  readonly author: string;
}

interface SessionState extends Session {
  readonly identifier: string;
  readonly url: string;
  /** Newest last; a replaced ephemeral one is gone. */
  readonly activities: readonly ActivityState[];
  /** Values a person may pick, while the app waits for an answer. */
  readonly options: readonly string[];
}

interface IssueState extends Issue {
  readonly identifier: string;
  readonly url: string;
  readonly team: { readonly id: string; readonly key: string; readonly name: string };
  readonly state: { readonly id: string; readonly name: string; readonly type: StateType };
  readonly creator: string;
  readonly assignee?: string | undefined;
  readonly delegate?: string | undefined;
  readonly labels: readonly string[];
  readonly project?: string | undefined;
  /** Oldest first, replies among them. */
  readonly comments: readonly CommentState[];
  readonly sessions: readonly string[];
}

export interface LocalLinearState {
  readonly issues: readonly IssueState[];
  /** Oldest first. */
  readonly sessions: readonly SessionState[];
  readonly comments: readonly CommentState[];
  /** How many access tokens open the API right now. */
  readonly tokens: number;
  readonly deliveries: readonly LinearDelivery[];
}

export interface Looked {
  readonly world: World;
  readonly tokens: () => number;
  readonly deliveries: () => readonly LinearDelivery[];
}

export function snapshot({ world, tokens, deliveries }: Looked): LocalLinearState {
  if (settle(world)) announce(world);
  return structuredClone({
    issues: [...world.issues.values()].map((issue) => issueState(world, issue)),
    sessions: [...world.sessions.values()].map((session) => sessionState(world, session)),
    comments: [...world.comments.values()].map((comment) => ({ ...comment, author: nameOf(world, comment.userId) })),
    tokens: tokens(),
    deliveries: deliveries(),
  });
}

function issueState(world: World, issue: Issue): IssueState {
  const team = world.teams.get(issue.teamId);
  const { id, name, type } = stateOf(world, issue);
  return {
    ...issue,
    identifier: identifierOf(world, issue),
    url: issueUrl(world, issue),
    team: { id: issue.teamId, key: team?.key ?? "", name: team?.name ?? "" },
    state: { id, name, type },
    creator: nameOf(world, issue.creatorId),
    assignee: issue.assigneeId === undefined ? undefined : nameOf(world, issue.assigneeId),
    delegate: issue.delegateId === undefined ? undefined : nameOf(world, issue.delegateId),
    labels: issue.labelIds.map((id) => world.labels.get(id)?.name ?? id),
    project: issue.projectId === undefined ? undefined : world.projects.get(issue.projectId)?.name,
    comments: commentsOf(world, issue.id).map((comment) => ({ ...comment, author: nameOf(world, comment.userId) })),
    sessions: sessionsOf(world, issue.id).map(({ id }) => id),
  };
}

function sessionState(world: World, session: Session): SessionState {
  const issue = world.issues.get(session.issueId);
  return {
    ...session,
    identifier: issue === undefined ? "" : identifierOf(world, issue),
    url: sessionUrl(world, session),
    activities: activitiesOf(world, session.id).map((activity) => ({
      ...activity,
      author: nameOf(world, activity.userId),
    })),
    options: session.status === "awaitingInput" ? offeredOptions(world, session.id).map(({ value }) => value) : [],
  };
}

export interface WaitOptions {
  readonly timeoutMs: number;
  /** What is waited for, in words: it is all a failing test says. */
  readonly what: string;
}

/** The first thing that `look` finds in the workspace; `undefined` and `false` mean: not yet. */
export function waitFor<T>(
  looked: Looked,
  look: (state: LocalLinearState) => T | undefined,
  options: WaitOptions,
): Promise<T> {
  const { listeners } = looked.world;
  return new Promise((resolve, reject) => {
    const done = (): void => {
      clearTimeout(timer);
      listeners.delete(check);
    };
    const check = (): void => {
      try {
        const found = look(snapshot(looked));
        if (found === undefined || found === false) return;
        done();
        resolve(found);
      } catch (error) {
        done();
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    };
    const timer = setTimeout(() => {
      done();
      reject(new Error(`waited ${options.timeoutMs} ms for ${options.what}`));
    }, options.timeoutMs);
    listeners.add(check);
    check();
  });
}
