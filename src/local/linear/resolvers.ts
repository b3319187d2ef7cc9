// The root fields: each one is answered from the workspace, and one that is not listed here fails.
import { z } from "zod";
import { actorId, type Actor, type Linear } from "./context.ts";
import { connect } from "./connection.ts";
import { tellComment } from "./events.ts";
import type { Eyes } from "./eyes.ts";
import { changeIssue, type IssueChange } from "./issues.ts";
import type { Comment, Issue, Json } from "./model.ts";
import { invalid, notFound } from "./problems.ts";
import {
  ActivityInput,
  createActivity,
  openOnComment,
  openOnIssue,
  SessionInput,
  updateSession,
} from "./session-writes.ts";
import {
  mustSeeActivity,
  mustSeeComment,
  mustSeeIssue,
  mustSeeSession,
  mustSeeTeam,
  seesIssue,
  seesTeam,
} from "./sight.ts";
import { suggestRepositories } from "./suggestions.ts";
import { activityRow, activityView, sessionRow, sessionView } from "./views-agents.ts";
import { organizationView, stateRow, stateView, teamRow, teamView, userView } from "./views-workspace.ts";
import { commentView, issueView, labelView } from "./views.ts";
import { announce, freshId, nextAtMs } from "./world.ts";

interface Asked {
  readonly linear: Linear;
  readonly actor: Actor;
  readonly args: Json;
}

export type RootField = (asked: Asked) => unknown;

const Id = z.object({ id: z.string() });
function eyesOf({ linear, actor }: Asked): Eyes {
  const eyes: Eyes = { world: linear.world, actor, showSession: (session) => sessionView(eyes, session) };
  return eyes;
}

const idOf = ({ args }: Asked): string => Id.parse(args).id;

export const QUERIES: Readonly<Record<string, RootField>> = {
  viewer: (asked) => {
    const id = actorId(asked.actor);
    if (id === undefined) throw notFound("User");
    return userView(eyesOf(asked), id);
  },
  organization: (asked) => organizationView(eyesOf(asked)),
  user: (asked) => {
    const { people, apps } = asked.linear.world;
    const id = idOf(asked);
    if (!people.has(id) && !apps.has(id)) throw notFound("User");
    return userView(eyesOf(asked), id);
  },
  team: (asked) => teamView(eyesOf(asked), mustSeeTeam(asked.linear.world, asked.actor, idOf(asked)).id),
  teams: (asked) => {
    const teams = [...asked.linear.world.teams.values()].filter(({ id }) => seesTeam(asked.actor, id));
    return connect(teams.map(teamRow(eyesOf(asked))), asked.args);
  },
  workflowState: (asked) => {
    const state = asked.linear.world.states.get(idOf(asked));
    if (state === undefined || !seesTeam(asked.actor, state.teamId)) throw notFound("WorkflowState");
    return stateView(eyesOf(asked), state.id);
  },
  workflowStates: (asked) => {
    const states = [...asked.linear.world.states.values()].filter(({ teamId }) => seesTeam(asked.actor, teamId));
    return connect(states.map(stateRow(eyesOf(asked))), asked.args);
  },
  issue: (asked) => issueView(eyesOf(asked), mustSeeIssue(asked.linear.world, asked.actor, idOf(asked))),
  issueLabel: (asked) => {
    const label = asked.linear.world.labels.get(idOf(asked));
    if (label === undefined) throw notFound("IssueLabel");
    return labelView(eyesOf(asked), label);
  },
  comment: (asked) => commentView(eyesOf(asked), mustSeeComment(asked.linear.world, asked.actor, idOf(asked))),
  agentSession: (asked) => sessionView(eyesOf(asked), mustSeeSession(asked.linear.world, asked.actor, idOf(asked))),
  agentSessions: (asked) => {
    const { world } = asked.linear;
    const seen = [...world.sessions.values()].filter(({ issueId }) => seesIssue(world, asked.actor, issueId));
    return connect(seen.map(sessionRow(eyesOf(asked))), asked.args);
  },
  agentActivity: (asked) => activityView(eyesOf(asked), mustSeeActivity(asked.linear.world, asked.actor, idOf(asked))),
  agentActivities: (asked) => {
    const { world } = asked.linear;
    const seen = [...world.activities.values()].filter(({ sessionId }) =>
      seesIssue(world, asked.actor, world.sessions.get(sessionId)?.issueId ?? ""),
    );
    return connect(seen.map(activityRow(eyesOf(asked))), asked.args);
  },
  issueRepositorySuggestions: ({ linear, actor, args }) => {
    const Wanted = z.object({
      issueId: z.string(),
      agentSessionId: z.string().nullish(),
      candidateRepositories: z.array(z.object({ hostname: z.string(), repositoryFullName: z.string() })),
    });
    const { issueId, agentSessionId, candidateRepositories } = Wanted.parse(args);
    const issue = mustSeeIssue(linear.world, actor, issueId);
    if (agentSessionId) mustSeeSession(linear.world, actor, agentSessionId);
    return { suggestions: suggestRepositories(linear.world, issue, candidateRepositories) };
  },
};

const Links = z.array(z.object({ label: z.string(), url: z.string() })).nullish();

export const MUTATIONS: Readonly<Record<string, RootField>> = {
  agentActivityCreate: (asked) => {
    const { input } = z.object({ input: ActivityInput }).parse(asked.args);
    const activity = createActivity(asked.linear, asked.actor, input);
    return done(asked, { agentActivity: activityView(eyesOf(asked), activity) });
  },
  agentSessionUpdate: (asked) => {
    const given = z.object({ id: z.string(), input: SessionInput }).parse(asked.args);
    const session = updateSession(asked.linear, asked.actor, given);
    return done(asked, { agentSession: sessionView(eyesOf(asked), session) });
  },
  agentSessionUpdateExternalUrl: (asked) => {
    const given = z.object({ id: z.string(), input: SessionInput }).parse(asked.args);
    const session = updateSession(asked.linear, asked.actor, given);
    return done(asked, { agentSession: sessionView(eyesOf(asked), session) });
  },
  agentSessionCreateOnIssue: (asked) => {
    const { input } = z.object({ input: z.object({ issueId: z.string(), externalUrls: Links }) }).parse(asked.args);
    return done(asked, { agentSession: sessionView(eyesOf(asked), openOnIssue(asked.linear, asked.actor, input)) });
  },
  agentSessionCreateOnComment: (asked) => {
    const { input } = z.object({ input: z.object({ commentId: z.string(), externalUrls: Links }) }).parse(asked.args);
    return done(asked, { agentSession: sessionView(eyesOf(asked), openOnComment(asked.linear, asked.actor, input)) });
  },
  issueUpdate: (asked) => {
    const { id, input } = z.object({ id: z.string(), input: IssueInput }).parse(asked.args);
    const issue = mustSeeIssue(asked.linear.world, asked.actor, id);
    changeIssue(asked.linear, issue, { change: changeFrom(issue, input), actor: asked.actor });
    return done(asked, { issue: issueView(eyesOf(asked), issue) });
  },
  commentCreate: (asked) => {
    const { input } = z.object({ input: CommentInput }).parse(asked.args);
    return done(asked, { comment: commentView(eyesOf(asked), writeComment(asked, input)) });
  },
};

function done({ linear }: Asked, made: Json): Json {
  return { success: true, lastSyncId: linear.world.syncId, ...made };
}

const IssueInput = z.object({
  title: z.string().nullish(),
  description: z.string().nullish(),
  stateId: z.string().nullish(),
  assigneeId: z.string().nullish(),
  delegateId: z.string().nullish(),
  projectId: z.string().nullish(),
  priority: z.number().nullish(),
  trashed: z.boolean().nullish(),
  labelIds: z.array(z.string()).nullish(),
  addedLabelIds: z.array(z.string()).nullish(),
  removedLabelIds: z.array(z.string()).nullish(),
});

function changeFrom(issue: Issue, input: z.output<typeof IssueInput>): IssueChange {
  const { title, stateId, priority, trashed, labelIds, addedLabelIds, removedLabelIds } = input;
  const base = labelIds ?? issue.labelIds;
  const labels = new Set([...base, ...(addedLabelIds ?? [])]);
  for (const id of removedLabelIds ?? []) labels.delete(id);
  return {
    ...(title === undefined || title === null ? {} : { title }),
    ...(stateId === undefined || stateId === null ? {} : { stateId }),
    ...(priority === undefined || priority === null ? {} : { priority }),
    ...(trashed === undefined || trashed === null ? {} : { trashed }),
    ...(input.description === undefined ? {} : { description: input.description }),
    ...(input.assigneeId === undefined ? {} : { assigneeId: input.assigneeId }),
    ...(input.delegateId === undefined ? {} : { delegateId: input.delegateId }),
    ...(input.projectId === undefined ? {} : { projectId: input.projectId }),
    labelIds: [...labels],
  };
}

const CommentInput = z.object({
  id: z.string().nullish(),
  issueId: z.string().nullish(),
  body: z.string().nullish(),
  parentId: z.string().nullish(),
});

function writeComment({ linear, actor }: Asked, input: z.output<typeof CommentInput>): Comment {
  const { world } = linear;
  const parent = input.parentId ? mustSeeComment(world, actor, input.parentId) : undefined;
  const issueId = input.issueId ?? parent?.issueId;
  if (!issueId) throw invalid("a comment needs an issueId or a parentId");
  const issue = mustSeeIssue(world, actor, issueId);
  if (parent !== undefined && parent.issueId !== issue.id) throw invalid("the parent is a comment of another issue");
  if (!input.body || input.body.trim() === "") throw invalid("a comment needs a body");
  const id = input.id ?? freshId();
  if (input.id && !z.uuidv4().safeParse(input.id).success) throw invalid("id must be a UUID v4");
  if (world.comments.has(id)) throw invalid(`id ${id} is taken: an entity with it exists already`);
  const parentId = parent?.parentId ?? parent?.id;
  const comment = { id, issueId: issue.id, userId: actorId(actor), body: input.body, parentId, atMs: nextAtMs(world) };
  world.comments.set(id, comment);
  announce(world);
  tellComment(linear, comment, actor);
  return comment;
}
