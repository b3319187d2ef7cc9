// What an app does to sessions through the API: open one, write in it, set its links, plan and title.
import { z } from "zod";
import { checkActivityId, checkMarks, isWebUrl, parseContent, wordsOf } from "./activities.ts";
import type { Actor, Linear } from "./context.ts";
import type { Activity, AppUser, ExternalUrl, PlanStep, Session } from "./model.ts";
import { forbidden, invalid, notFound } from "./problems.ts";
import { acknowledge, addActivity, openSession, replyInThread } from "./sessions.ts";
import { announce, nextAtMs } from "./world.ts";
import { mustSeeComment, mustSeeIssue, mustSeeSession } from "./sight.ts";

const Links = z.array(z.object({ label: z.string(), url: z.string() })).nullish();
export const ActivityInput = z.object({
  agentSessionId: z.string(),
  content: z.unknown(),
  ephemeral: z.boolean().nullish(),
  id: z.string().nullish(),
  signal: z.enum(["stop", "continue", "select", "auth"]).nullish(),
  signalMetadata: z.record(z.string(), z.unknown()).nullish(),
});
export const SessionInput = z.object({
  externalUrls: Links,
  addedExternalUrls: Links,
  removedExternalUrls: z.array(z.string()).nullish(),
  plan: z.unknown().optional(),
  summary: z.string().nullish(),
});
const Plan = z.array(
  z.strictObject({
    content: z.string().min(1),
    status: z.enum(["pending", "inProgress", "completed", "canceled"]),
  }),
);

function mustBeApp(actor: Actor): AppUser {
  if (actor.kind !== "app") throw forbidden("only an app user may do this");
  return actor.app;
}

function mustOwn(linear: Linear, actor: Actor, sessionId: string): Session {
  const session = mustSeeSession(linear.world, actor, sessionId);
  if (mustBeApp(actor).userId !== session.appUserId)
    throw forbidden("only the app that owns this agent session may write to it");
  return session;
}

export function createActivity(linear: Linear, actor: Actor, input: z.output<typeof ActivityInput>): Activity {
  const session = mustOwn(linear, actor, input.agentSessionId);
  const content = parseContent(input.content);
  const marks = {
    ephemeral: input.ephemeral === true,
    ...(input.signal ? { signal: input.signal } : {}),
    ...(input.signalMetadata ? { signalMetadata: input.signalMetadata } : {}),
  };
  checkMarks(content, marks);
  const id = input.id ?? undefined;
  if (id !== undefined) checkActivityId(id, linear.world.usedIds);
  const said = content.type === "response" || content.type === "elicitation" || content.type === "error";
  const reply = said ? { sourceCommentId: replyInThread(linear, session, content.body).id } : {};
  const ids = id === undefined ? {} : { id };
  return addActivity(linear, session, { ...ids, userId: session.appUserId, content, ...marks, ...reply });
}

interface SessionUpdate {
  readonly id: string;
  readonly input: z.output<typeof SessionInput>;
}

export function updateSession(linear: Linear, actor: Actor, { id, input }: SessionUpdate): Session {
  const session = mustOwn(linear, actor, id);
  const urls = nextUrls(session.externalUrls, input);
  const plan = input.plan === undefined || input.plan === null ? undefined : parsePlan(input.plan);
  if (typeof input.summary === "string") checkSummary(input.summary);
  if (urls !== undefined) {
    session.externalUrls = urls;
    acknowledge(session);
  }
  if (plan !== undefined) session.plan = plan;
  if (typeof input.summary === "string") session.summary = input.summary;
  session.updatedAtMs = nextAtMs(linear.world);
  announce(linear.world);
  return session;
}

function nextUrls(
  old: readonly ExternalUrl[],
  input: z.output<typeof SessionInput>,
): readonly ExternalUrl[] | undefined {
  const { externalUrls, addedExternalUrls, removedExternalUrls } = input;
  for (const each of [...(externalUrls ?? []), ...(addedExternalUrls ?? [])]) checkLink(each);
  if (externalUrls) return mergeUrls([], externalUrls);
  if (!addedExternalUrls && !removedExternalUrls) return undefined;
  const kept = old.filter(({ url }) => !(removedExternalUrls ?? []).includes(url));
  return mergeUrls(kept, addedExternalUrls ?? []);
}

function checkLink({ label, url }: ExternalUrl): void {
  if (label.trim() === "") throw invalid("an external URL needs a label");
  if (!isWebUrl(url)) throw invalid(`externalUrls: ${url} is no web address`);
}

// One entry an address: a later label replaces an earlier one.
function mergeUrls(old: readonly ExternalUrl[], added: readonly ExternalUrl[]): readonly ExternalUrl[] {
  return [...new Map([...old, ...added].map((each) => [each.url, each])).values()];
}

function parsePlan(plan: unknown): readonly PlanStep[] {
  const parsed = Plan.safeParse(plan);
  if (!parsed.success) throw invalid(`plan is not valid: ${wordsOf(parsed.error)}`);
  return parsed.data;
}

function checkSummary(summary: string): void {
  if (summary.length < 1 || summary.length > 255) throw invalid("summary must have 1 to 255 characters");
  if (/[\r\n]/.test(summary)) throw invalid("summary must be one line");
}

interface OnIssue {
  readonly issueId: string;
  readonly externalUrls?: readonly ExternalUrl[] | null | undefined;
}

export function openOnIssue(linear: Linear, actor: Actor, given: OnIssue): Session {
  const app = mustBeApp(actor);
  const issue = mustSeeIssue(linear.world, actor, given.issueId);
  if (issue.trashed) throw notFound("Issue");
  for (const each of given.externalUrls ?? []) checkLink(each);
  const session = openSession(linear, { issue, app, announced: linear.announceOwnSessions });
  return withUrls(linear, session, given.externalUrls);
}

interface OnComment {
  readonly commentId: string;
  readonly externalUrls?: readonly ExternalUrl[] | null | undefined;
}

export function openOnComment(linear: Linear, actor: Actor, given: OnComment): Session {
  const app = mustBeApp(actor);
  const source = mustSeeComment(linear.world, actor, given.commentId);
  if (source.parentId !== undefined) throw invalid("a session opens on the first comment of a thread");
  for (const each of given.externalUrls ?? []) checkLink(each);
  const issue = mustSeeIssue(linear.world, actor, source.issueId);
  const session = openSession(linear, { issue, app, source, announced: linear.announceOwnSessions });
  return withUrls(linear, session, given.externalUrls);
}

function withUrls(linear: Linear, session: Session, urls: readonly ExternalUrl[] | null | undefined): Session {
  if (!urls) return session;
  session.externalUrls = mergeUrls([], urls);
  acknowledge(session);
  announce(linear.world);
  return session;
}
