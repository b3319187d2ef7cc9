// What lost webhooks would have told: sessions nobody took up, words nobody heard, sessions that were put away.
import { z } from "zod";
import type { Missed } from "../ports.ts";
import type { Call } from "./call.ts";
import { READ_SESSIONS } from "./documents.ts";
import type { IdentityBook } from "./identity.ts";
import { timeOf, type EventContext, type Heard } from "./heard.ts";
import { hearCreated, hearPrompt } from "./parse.ts";
import { activitySchema, sessionSchema, type SessionBody } from "./parse-session.ts";
import { PREFIX } from "./people.ts";

const commentSchema = z
  .object({ id: z.string(), body: z.string(), user: z.object({ id: z.string() }).nullish() })
  .nullish();

const sessionsSchema = z.object({
  agentSessions: z.object({
    nodes: z.array(
      sessionSchema.omit({ sourceCommentId: true }).extend({
        status: z.string(),
        createdAt: z.string(),
        updatedAt: z.string(),
        comment: commentSchema,
        /** Where somebody called us: in a thread it is not the session's own comment. */
        sourceComment: commentSchema,
        dismissedAt: z.string().nullish(),
        appUser: z.object({ id: z.string() }),
        issue: sessionSchema.shape.issue
          .unwrap()
          .unwrap()
          .extend({
            trashed: z.boolean().nullish(),
            archivedAt: z.string().nullish(),
            state: z.object({ type: z.string() }),
          })
          .nullish(),
        activities: z.object({ nodes: z.array(activitySchema.extend({ user: activitySchema.shape.user.nullish() })) }),
      }),
    ),
  }),
});
type Session = z.infer<typeof sessionsSchema>["agentSessions"]["nodes"][number];

/** Only of sessions that changed and words that came after `sinceMs`; what arrived in time is stored under the same keys. */
export async function listMissed(
  ports: { readonly call: Call; readonly identity: IdentityBook; readonly uploadsUrl: string },
  sinceMs: number,
): Promise<readonly Missed[]> {
  const identity = await ports.identity.read();
  const read = await ports.call(READ_SESSIONS, {}, sessionsSchema);
  if (!read.ok) throw new Error(`sessions cannot be listed: ${read.problem.kind}`);
  const context: EventContext = { identity, clientId: undefined, uploadsUrl: ports.uploadsUrl };
  return read.value.agentSessions.nodes
    .filter((session) => session.appUser.id === identity.appUserId && timeOf(session.updatedAt) >= sinceMs)
    .flatMap((session) => missedIn(session, context, sinceMs))
    .flatMap(toMissed);
}

function missedIn(told: Session, context: EventContext, sinceMs: number): readonly Heard[] {
  const heard: Heard[] = [];
  const session = asSent(told);
  // A session with a state beyond this was taken up by somebody who was told of it.
  if (told.status === "pending" && timeOf(told.createdAt) >= sinceMs) {
    const created = hearCreated({ action: "created", agentSession: session }, context);
    if (created.kind !== "ignored") heard.push(created);
  }
  // As they were written: a stop after other words is the last thing said.
  for (const activity of told.activities.nodes.toSorted((a, b) => timeOf(a.createdAt) - timeOf(b.createdAt))) {
    const { user } = activity;
    if (user === null || user === undefined || user.id === context.identity.appUserId) continue;
    if (timeOf(activity.createdAt) < sinceMs) continue;
    const prompt = hearPrompt(session, { ...activity, user }, context);
    const isReply = prompt.kind === "event" && prompt.event.kind === "reply";
    heard.push(isReply ? { ...prompt, event: { ...prompt.event, missed: true } } : prompt);
  }
  const why = endOf(told);
  if (why !== undefined) {
    const by = { id: `${PREFIX}unknown`, name: "somebody in Linear" };
    // Its own session alone: a later one on the same issue is another matter.
    const halt = { kind: "halt", why, by, atMs: Date.now(), session: session.id } as const;
    heard.push({ kind: "event", key: `ended:${session.id}:${why}`, event: halt });
  }
  return heard;
}

/** As a webhook tells it: the comment that called us stands for the thread it is in. */
function asSent({ sourceComment, comment, ...session }: Session): SessionBody {
  const said = sourceComment ?? comment;
  if (said === null || said === undefined) return session;
  const { id, body, user } = said;
  return { ...session, comment: { id, body, userId: user?.id }, sourceCommentId: sourceComment?.id };
}

function endOf({ dismissedAt, issue }: Session) {
  if ((dismissedAt ?? undefined) !== undefined) return "dismissed" as const;
  if (issue?.trashed === true || (issue?.archivedAt ?? undefined) !== undefined) return "issue_deleted" as const;
  return issue?.state.type === "canceled" ? ("issue_canceled" as const) : undefined;
}

function toMissed(heard: Heard): readonly Missed[] {
  if (heard.kind !== "request" && heard.kind !== "event") return [];
  const key = { source: "linear", key: heard.key } as const;
  return heard.kind === "request"
    ? [{ key, kind: "request", request: heard.request }]
    : [{ key, kind: "event", event: heard.event }];
}
