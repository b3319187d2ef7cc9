// A session's bodies -> the request they are. What people wrote in the issue is kept as background: quoted, never asked.
import { z } from "zod";
import type { Issue } from "../core/issue.ts";
import { AUTOMATION_ID, ISSUE_AS_SENT, type NewRequest } from "../core/request.ts";
import { filesIn } from "./download.ts";
import type { EventContext } from "./heard.ts";
import { personName, PREFIX } from "./people.ts";

const teamSchema = z.object({ id: z.string(), key: z.string() });
export const issueBodySchema = z.object({
  id: z.string(),
  identifier: z.string(),
  title: z.string(),
  description: z.string().nullish(),
  url: z.string(),
  team: teamSchema,
});
export type IssueBody = z.infer<typeof issueBodySchema>;

const userSchema = z.object({ id: z.string(), name: z.string() });

export const sessionSchema = z.object({
  id: z.string(),
  issue: issueBodySchema.nullish(),
  creator: userSchema.nullish(),
  comment: z.object({ id: z.string(), body: z.string(), userId: z.string().nullish() }).nullish(),
  sourceCommentId: z.string().nullish(),
});
export type SessionBody = z.infer<typeof sessionSchema>;

export const activitySchema = z.object({
  id: z.string(),
  createdAt: z.string(),
  signal: z.string().nullish(),
  user: userSchema,
  content: z.object({ body: z.string().nullish() }),
});

export const sessionEventSchema = z.object({
  action: z.string(),
  agentSession: sessionSchema,
  agentActivity: activitySchema.nullish(),
  promptContext: z.string().nullish(),
  guidance: z.array(z.object({ body: z.string(), origin: z.unknown().optional() })).nullish(),
});
export type SessionEvent = z.infer<typeof sessionEventSchema>;

const TEXT_LIMIT = 40_000;

export function issueOf(body: IssueBody): Issue {
  const { id, identifier, title, url, team } = body;
  return { id, identifier, title, url, teamId: team.id, teamKey: team.key };
}

/** Undefined for a session about something else than an issue. */
export function createdRequest(event: SessionEvent, context: EventContext): NewRequest | undefined {
  const { agentSession: session } = event;
  const { issue, creator } = session;
  if (issue === null || issue === undefined) return undefined;
  const mention = mentionOf(event, context);
  return {
    kind: mention === undefined ? "issue" : "comment",
    requester:
      creator === null || creator === undefined
        ? { id: AUTOMATION_ID, name: "an automation" }
        : { id: `${PREFIX}${creator.id}`, name: personName(creator.name) },
    place: placeOf(session.id, context, session.sourceCommentId ?? undefined),
    text: mention ?? `Resolve the issue ${issue.identifier}.`,
    files: filesIn(context.uploadsUrl, mention ?? "", issue.description ?? ""),
    issue: issueOf(issue),
    background: backgroundOf(event),
  };
}

export function promptedRequest(
  session: SessionBody,
  activity: z.infer<typeof activitySchema>,
  context: EventContext,
): NewRequest | undefined {
  const { issue } = session;
  if (issue === null || issue === undefined) return undefined;
  const text = withoutHandle(activity.content.body ?? "", context).slice(0, TEXT_LIMIT);
  return {
    kind: "reply",
    requester: { id: `${PREFIX}${activity.user.id}`, name: personName(activity.user.name) },
    place: placeOf(session.id, context, activity.id),
    text,
    files: filesIn(context.uploadsUrl, text),
    issue: issueOf(issue),
  };
}

function placeOf(session: string, { identity }: EventContext, messageTs: string | undefined): NewRequest["place"] {
  return {
    surface: "linear",
    workspace: identity.organizationId,
    channel: session,
    ...(messageTs === undefined ? {} : { messageTs }),
  };
}

/** The words of the comment that called us; undefined where an issue was handed over without any. */
function mentionOf(event: SessionEvent, context: EventContext): string | undefined {
  const { comment, sourceCommentId, creator } = event.agentSession;
  if (comment === null || comment === undefined || (comment.userId ?? undefined) === undefined) return undefined;
  // In a thread the session belongs to its first comment; ours is the last of what Linear calls the directive.
  const inThread = sourceCommentId !== null && sourceCommentId !== undefined && sourceCommentId !== comment.id;
  // Words of somebody else are no prompt of whoever started this.
  const own = comment.userId === creator?.id ? comment.body : undefined;
  const said = inThread ? lastDirective(event.promptContext ?? "") : own;
  const words = withoutHandle(said ?? "", context).slice(0, TEXT_LIMIT);
  return words === "" ? undefined : words;
}

/** Undefined where more than Linear itself marks a thread: what others wrote must not pass for the words that called us. */
function lastDirective(promptContext: string): string | undefined {
  if (promptContext.split(/<\/?primary-directive-thread/).length !== 3) return undefined;
  const thread = between(promptContext, "<primary-directive-thread", "</primary-directive-thread>");
  return between(thread ?? "", "<comment", "</comment>")
    ?.replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
}

/** What stands in the last of such elements; by plain search, for a text may hold any number of half ones. */
function between(text: string, open: string, close: string): string | undefined {
  const end = text.lastIndexOf(close);
  const start = text.lastIndexOf(open, end);
  const from = text.indexOf(">", start);
  return end === -1 || start === -1 || from === -1 || from > end ? undefined : text.slice(from + 1, end);
}

/** Our own name in front of what is asked. */
function withoutHandle(text: string, { identity }: EventContext): string {
  const name = identity.appName.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const handle = new RegExp(`(?<![\\w.])@(?:${name}|${name.replaceAll(" ", "")})(?![\\w-])[ \\t]*`, "gi");
  return text.replaceAll(handle, "").trim();
}

function backgroundOf(event: SessionEvent): NonNullable<NewRequest["background"]> {
  const sent = (event.promptContext ?? "").slice(0, TEXT_LIMIT);
  return [
    ...(sent === "" ? [] : [{ author: ISSUE_AS_SENT, text: sent }]),
    ...(event.guidance ?? []).slice(0, 5).map(({ body, origin }) => ({
      author: `Guidance for agents (${originOf(origin)})`,
      text: body.slice(0, TEXT_LIMIT),
    })),
  ];
}

const originSchema = z.object({ team: z.object({ name: z.string() }) });

function originOf(origin: unknown): string {
  const parsed = originSchema.safeParse(origin);
  return parsed.success ? `team ${parsed.data.team.name}` : "workspace";
}
