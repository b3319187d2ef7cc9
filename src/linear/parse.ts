// Linear's webhook bodies -> what is stored. The key of each is in its signed body: a header that came along proves nothing.
import { z } from "zod";
import { timeOf, type EventContext, type Heard } from "./heard.ts";
import { readEvent } from "./parse-issue.ts";
import {
  activitySchema,
  createdRequest,
  promptedRequest,
  sessionEventSchema,
  type SessionBody,
  type SessionEvent,
} from "./parse-session.ts";
import { personName, PREFIX } from "./people.ts";

const ownerSchema = z.object({
  type: z.string(),
  action: z.string(),
  organizationId: z.string(),
  oauthClientId: z.string().nullish(),
  appUserId: z.string().nullish(),
});

export function parseEvent(body: unknown, context: EventContext): Heard {
  const owner = ownerSchema.safeParse(body);
  if (!owner.success) return { kind: "malformed", detail: z.prettifyError(owner.error) };
  const foreign = judgeOwner(owner.data, context);
  if (foreign !== undefined) return { kind: "ignored", says: foreign };
  if (owner.data.type === "AgentSessionEvent") {
    const parsed = sessionEventSchema.safeParse(body);
    if (!parsed.success) return { kind: "malformed", detail: z.prettifyError(parsed.error) };
    return readSession(parsed.data, context);
  }
  return readEvent(owner.data.type, body, context);
}

/** Why this is told to somebody else, or undefined. Issues carry no app. */
function judgeOwner(owner: z.infer<typeof ownerSchema>, { identity, clientId }: EventContext): string | undefined {
  if (owner.organizationId !== identity.organizationId) return "it is of another workspace";
  const { appUserId, oauthClientId } = owner;
  if (appUserId !== null && appUserId !== undefined && appUserId !== identity.appUserId) return "it is for another app";
  const isOtherClient = clientId !== undefined && oauthClientId !== null && oauthClientId !== undefined;
  return isOtherClient && oauthClientId !== clientId ? "it is for another app" : undefined;
}

function readSession(event: SessionEvent, context: EventContext): Heard {
  if (event.action === "created") return hearCreated(event, context);
  if (event.action === "prompted") return readPrompt(event, context);
  return { kind: "ignored" };
}

/** Without a person who opened it, it may be ours: whose it is, is looked up before it becomes a request. */
export function hearCreated(event: SessionEvent, context: EventContext): Heard {
  const { agentSession: session } = event;
  const request = createdRequest(event, context);
  if (request === undefined) return { kind: "ignored", says: "a session that is about no issue" };
  return (session.creator ?? undefined) === undefined
    ? { kind: "event", key: `opened:${session.id}`, event: { kind: "opened", request } }
    : { kind: "request", key: `session:${session.id}`, request };
}

function readPrompt(event: SessionEvent, context: EventContext): Heard {
  const { agentSession: session, agentActivity: activity } = event;
  if (activity === null || activity === undefined) return { kind: "malformed", detail: "a prompt without an activity" };
  // Our own words come back too: they prompt nobody.
  if (activity.user.id === context.identity.appUserId) return { kind: "ignored" };
  return hearPrompt(session, activity, context);
}

/** A stop is looked for before any word is read. */
export function hearPrompt(
  session: SessionBody,
  activity: z.infer<typeof activitySchema>,
  context: EventContext,
): Heard {
  const key = `activity:${activity.id}`;
  const by = { id: `${PREFIX}${activity.user.id}`, name: personName(activity.user.name) };
  if (activity.signal === "stop") {
    const atMs = timeOf(activity.createdAt);
    return { kind: "event", key, event: { kind: "halt", why: "stop_signal", by, atMs, session: session.id } };
  }
  const request = promptedRequest(session, activity, context);
  if (request === undefined) return { kind: "ignored", says: "words in a session that is about no issue" };
  return { kind: "event", key, event: { kind: "reply", session: session.id, request } };
}
