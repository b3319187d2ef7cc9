// Issues as routing and the agent need them.
import { z } from "zod";
import type { IssueFacts } from "../core/issue.ts";
import { cleanText } from "../core/text.ts";
import type { ContextMessage } from "../ports.ts";
import type { Call } from "./call.ts";
import { READ_ISSUE, READ_ISSUE_TEXT, SUGGEST_REPOSITORIES } from "./documents.ts";
import { personName } from "./people.ts";

const factsSchema = z.object({
  issue: z.object({
    id: z.string(),
    identifier: z.string(),
    title: z.string(),
    url: z.string(),
    trashed: z.boolean().nullish(),
    archivedAt: z.string().nullish(),
    team: z.object({ id: z.string(), key: z.string() }),
    state: z.object({ type: z.string() }),
    project: z.object({ name: z.string() }).nullish(),
    labels: z.object({ nodes: z.array(z.object({ name: z.string() })) }),
  }),
});

/** Undefined where there is none that we may see; throws where Linear cannot be asked. */
export async function findIssue(call: Call, idOrKey: string): Promise<IssueFacts | undefined> {
  const read = await call(READ_ISSUE, { id: idOrKey }, factsSchema);
  if (!read.ok) {
    if (read.problem.kind === "missing") return undefined;
    throw new Error(`issue ${idOrKey} cannot be read: ${read.problem.kind}`);
  }
  const { team, state, project, labels, trashed, archivedAt, ...issue } = read.value.issue;
  const isGone = trashed === true || (archivedAt ?? undefined) !== undefined;
  return {
    ...issue,
    teamId: team.id,
    teamKey: team.key,
    over: isGone || state.type === "canceled",
    labels: labels.nodes.map((label) => label.name),
    ...(project === null || project === undefined ? {} : { project: project.name }),
  };
}

const authorSchema = z.object({ name: z.string(), guest: z.boolean(), app: z.boolean() }).nullish();
const textSchema = z.object({
  issue: z.object({
    identifier: z.string(),
    title: z.string(),
    description: z.string().nullish(),
    createdAt: z.string(),
    creator: authorSchema,
    comments: z.object({
      nodes: z.array(z.object({ body: z.string(), createdAt: z.string(), user: authorSchema })),
    }),
  }),
});

/** What an agent could be told in one go; a comment beyond it says no more than the rest. */
const TEXT_LIMIT = 20_000;

/** Title and description first, then comments, oldest first; those of apps, ours among them, left out. */
export async function readIssueText(call: Call, issueId: string): Promise<readonly ContextMessage[]> {
  const read = await call(READ_ISSUE_TEXT, { id: issueId }, textSchema);
  if (!read.ok) throw new Error(`issue ${issueId} cannot be read: ${read.problem.kind}`);
  const { identifier, title, description, createdAt, creator, comments } = read.value.issue;
  const first = messageOf({ body: `${identifier} ${title}\n\n${description ?? ""}`.trim(), createdAt, user: creator });
  const rest = comments.nodes.filter((comment) => comment.user?.app !== true).map(messageOf);
  return [first, ...rest.toSorted((a, b) => a.atMs - b.atMs)];
}

function messageOf(written: {
  readonly body: string;
  readonly createdAt: string;
  readonly user?: z.infer<typeof authorSchema>;
}): ContextMessage {
  const { body, createdAt, user } = written;
  const atMs = Date.parse(createdAt);
  return {
    author: user === null || user === undefined ? "somebody outside Linear" : personName(user.name),
    atMs: Number.isNaN(atMs) ? 0 : atMs,
    text: cleanText(body).slice(0, TEXT_LIMIT),
    // Who is no full member of the workspace counts as outside.
    outsider: user === null || user === undefined || user.guest,
  };
}

const guessSchema = z.object({
  issueRepositorySuggestions: z.object({
    suggestions: z.array(z.object({ repositoryFullName: z.string(), confidence: z.number() })),
  }),
});

export async function suggestRepositories(
  call: Call,
  about: {
    readonly issueId: string;
    readonly session?: string;
    readonly repositories: readonly string[];
    readonly hostname: string;
  },
) {
  const { issueId, session, repositories, hostname } = about;
  const candidates = repositories.map((repositoryFullName) => ({ hostname, repositoryFullName }));
  const variables = { issueId, candidates, ...(session === undefined ? {} : { sessionId: session }) };
  const guess = await call(SUGGEST_REPOSITORIES, variables, guessSchema);
  if (!guess.ok) return [];
  return guess.value.issueRepositorySuggestions.suggestions.map(({ repositoryFullName: name, confidence }) => ({
    name,
    confidence,
  }));
}
