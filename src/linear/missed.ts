// What lost webhooks would have told: sessions nobody took up, words nobody heard, sessions that were put away.
import { z } from "zod";
import type { Missed } from "../ports.ts";
import type { Call } from "./call.ts";
import { READ_SESSIONS } from "./documents.ts";
import type { IdentityBook } from "./identity.ts";
import { timeOf, type EventContext, type Heard } from "./heard.ts";
import { hearPrompt } from "./parse.ts";
import { activitySchema, createdRequest, sessionSchema } from "./parse-session.ts";
import { PREFIX } from "./people.ts";

const sessionsSchema = z.object({
  agentSessions: z.object({
    nodes: z.array(
      sessionSchema.extend({
        status: z.string(),
        createdAt: z.string(),
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

/** Only of sessions and words younger than `sinceMs`; what arrived in time is stored under the same keys. */
export async function listMissed(
  ports: { readonly call: Call; readonly identity: IdentityBook; readonly uploadsUrl: string },
  sinceMs: number,
): Promise<readonly Missed[]> {
  const identity = await ports.identity.read();
  const read = await ports.call(READ_SESSIONS, {}, sessionsSchema);
  if (!read.ok) throw new Error(`sessions cannot be listed: ${read.problem.kind}`);
  const context: EventContext = { identity, clientId: undefined, uploadsUrl: ports.uploadsUrl };
  return read.value.agentSessions.nodes
    .filter((session) => session.appUser.id === identity.appUserId && timeOf(session.createdAt) >= sinceMs)
    .flatMap((session) => missedIn(session, context))
    .flatMap(toMissed);
}

function missedIn(session: Session, context: EventContext): readonly Heard[] {
  const heard: Heard[] = [];
  // A session with a state beyond this was taken up by somebody who was told of it.
  if (session.status === "pending" && session.creator !== null && session.creator !== undefined) {
    const request = createdRequest({ action: "created", agentSession: session }, context);
    if (request !== undefined) heard.push({ kind: "request", key: `session:${session.id}`, request });
  }
  for (const activity of session.activities.nodes) {
    const { user } = activity;
    if (user === null || user === undefined || user.id === context.identity.appUserId) continue;
    const prompt = hearPrompt(session, { ...activity, user }, context);
    const isReply = prompt.kind === "event" && prompt.event.kind === "reply";
    heard.push(isReply ? { ...prompt, event: { ...prompt.event, missed: true } } : prompt);
  }
  const why = endOf(session);
  if (why !== undefined) {
    const by = { id: `${PREFIX}unknown`, name: "somebody in Linear" };
    // Its own session alone: a later one on the same issue is another matter.
    const halt = { kind: "halt", why, by, atMs: Date.now(), session: session.id } as const;
    heard.push({ kind: "event", key: `ended:${session.id}:${why}`, event: halt });
  }
  return heard;
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
