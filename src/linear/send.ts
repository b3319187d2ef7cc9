// Activities, the session's own face and the issue's move, sent. Activities cannot be edited, and are never sent twice.
import { z } from "zod";
import { good, type Outcome } from "../core/problem.ts";
import type { Clock, Log, SendResult } from "../ports.ts";
import type { Call, LinearProblem } from "./call.ts";
import { activityId, type ActivityContent, type Content, type IssueContent, type SessionContent } from "./content.ts";
import {
  CREATE_ACTIVITY,
  FIND_ACTIVITY,
  OPEN_SESSION,
  READ_ISSUE,
  READ_SESSIONS_OF_ISSUE,
  READ_STARTED_STATES,
  UPDATE_ISSUE,
  UPDATE_SESSION,
} from "./documents.ts";
import type { IdentityBook } from "./identity.ts";
import type { Pace } from "./pace.ts";

export interface SendPorts {
  readonly call: Call;
  readonly identity: Pick<IdentityBook, "read">;
  readonly pace: Pace;
  readonly clock: Clock;
  readonly log: Log;
}

type Remote = Readonly<Record<string, unknown>>;

const LATER_MS = 5000;
const doneSchema = z.object({}).loose();

export async function sendContent(ports: SendPorts, content: Content): Promise<SendResult> {
  switch (content.kind) {
    case "activity":
      return sendActivity(ports, content);
    case "session":
      return content.session === undefined
        ? openSession(ports, content)
        : updateSession(ports, content, content.session);
    case "issue":
      return moveIssue(ports, content);
    default:
      return content satisfies never;
  }
}

function judge(problem: LinearProblem): SendResult {
  switch (problem.kind) {
    case "rate-limited":
      return { kind: "later", afterMs: problem.retryAfterMs, error: "ratelimited" };
    case "unavailable":
      return { kind: "later", afterMs: LATER_MS, error: problem.detail };
    case "missing":
    case "refused":
      return { kind: "refused", error: problem.detail };
    default:
      return problem satisfies never;
  }
}

/** Passing activities may be skipped: the next one says more. What has to be said waits its turn. */
async function sendActivity(ports: SendPorts, content: ActivityContent): Promise<SendResult> {
  const id = activityId(content);
  const sent: SendResult = { kind: "sent", remote: { activity: id } };
  if (content.ephemeral && !ports.pace.allows(content.session)) return sent;
  const input = {
    id,
    agentSessionId: content.session,
    content: content.activity,
    ...(content.ephemeral ? { ephemeral: true } : {}),
    ...(content.options.length === 0
      ? {}
      : { signal: "select", signalMetadata: { options: content.options.map((value) => ({ value })) } }),
  };
  const done = await ports.call(CREATE_ACTIVITY, { input }, doneSchema);
  if (done.ok) return sent;
  // Refused as one that is there already: its sender died before it could say so.
  if (done.problem.kind === "refused" && (await stands(ports, id))) return sent;
  const failed = judge(done.problem);
  if (!content.ephemeral) return failed;
  ports.log.warn({ runId: content.runId, why: done.problem.kind }, "progress was not shown on Linear");
  return sent;
}

async function stands(ports: SendPorts, id: string): Promise<boolean> {
  const found = await ports.call(FIND_ACTIVITY, { id }, z.object({ agentActivity: z.object({ id: z.string() }) }));
  return found.ok;
}

async function updateSession(ports: SendPorts, content: SessionContent, session: string): Promise<SendResult> {
  const input = { plan: content.plan, externalUrls: content.links };
  const done = await ports.call(UPDATE_SESSION, { id: session, input }, doneSchema);
  return done.ok ? { kind: "sent", remote: { session } } : judge(done.problem);
}

const openedSchema = z.object({ agentSessionCreateOnIssue: z.object({ agentSession: z.object({ id: z.string() }) }) });

async function openSession(ports: SendPorts, content: SessionContent): Promise<SendResult> {
  const input = { issueId: content.issueId, externalUrls: content.links };
  const opened = await ports.call(OPEN_SESSION, { input }, openedSchema);
  if (!opened.ok) return judge(opened.problem);
  // Its plan follows with the next round: what stands there now shows links only.
  return { kind: "sent", remote: { session: opened.value.agentSessionCreateOnIssue.agentSession.id } };
}

/** After a send whose answer was lost. */
export async function findContent(ports: SendPorts, content: Content): Promise<Remote | undefined> {
  switch (content.kind) {
    case "activity": {
      const id = activityId(content);
      return content.ephemeral || (await stands(ports, id)) ? { activity: id } : undefined;
    }
    case "session":
      return content.session === undefined ? findSession(ports, content) : { session: content.session };
    case "issue":
      return undefined;
    default:
      return content satisfies never;
  }
}

const sessionsSchema = z.object({
  issue: z.object({
    agentSessions: z.object({
      nodes: z.array(
        z.object({
          id: z.string(),
          status: z.string(),
          dismissedAt: z.string().nullish(),
          appUser: z.object({ id: z.string() }),
          externalLinks: z.array(z.object({ url: z.string() })),
        }),
      ),
    }),
  }),
});

/** A session takes no id of ours: the one that links to the run's page is the one. */
async function findSession(ports: SendPorts, content: SessionContent): Promise<Remote | undefined> {
  const listed = await listSessions(ports, content.issueId);
  const ends = `/runs/${content.runId}`;
  const found = listed.find((session) => session.externalLinks.some(({ url }) => url.endsWith(ends)));
  return found === undefined ? undefined : { session: found.id };
}

/** Our own sessions on an issue; throws where that cannot be read. */
export async function listSessions(ports: Pick<SendPorts, "call" | "identity">, issueId: string) {
  const { appUserId } = await ports.identity.read();
  const listed = await ports.call(READ_SESSIONS_OF_ISSUE, { id: issueId }, sessionsSchema);
  if (!listed.ok) throw new Error(`sessions of an issue cannot be listed: ${describe(listed)}`);
  return listed.value.issue.agentSessions.nodes.filter((session) => session.appUser.id === appUserId);
}

function describe(failed: Extract<Outcome<unknown, LinearProblem>, { ok: false }>): string {
  return "detail" in failed.problem ? failed.problem.detail : failed.problem.kind;
}

const issueSchema = z.object({
  issue: z.object({
    state: z.object({ type: z.string() }),
    delegate: z.object({ id: z.string() }).nullish(),
  }),
});
const statesSchema = z.object({
  team: z.object({ states: z.object({ nodes: z.array(z.object({ id: z.string(), position: z.number() })) }) }),
});

/** Never backwards: an issue that is started, done or canceled stays where it is. The human assignee is never touched. */
const BEFORE_WORK = new Set(["triage", "backlog", "unstarted"]);

async function moveIssue(ports: SendPorts, content: IssueContent): Promise<SendResult> {
  const { issueId, teamId } = content;
  const now = await ports.call(READ_ISSUE, { id: issueId }, issueSchema);
  if (!now.ok) return judge(now.problem);
  const { appUserId } = await ports.identity.read();
  const { state, delegate } = now.value.issue;
  const started = BEFORE_WORK.has(state.type) ? await firstStarted(ports, teamId) : good(undefined);
  // A team without such a state keeps its issue where it is; an outage must not look like that.
  if (!started.ok && judge(started.problem).kind === "later") return judge(started.problem);
  const input = {
    ...(delegate === null || delegate === undefined ? { delegateId: appUserId } : {}),
    ...(started.ok && started.value !== undefined ? { stateId: started.value } : {}),
  };
  if (Object.keys(input).length > 0) {
    const done = await ports.call(UPDATE_ISSUE, { id: issueId, input }, doneSchema);
    if (!done.ok) return judge(done.problem);
  }
  return { kind: "sent", remote: { issue: issueId } };
}

async function firstStarted(ports: SendPorts, team: string): Promise<Outcome<string | undefined, LinearProblem>> {
  const states = await ports.call(READ_STARTED_STATES, { team }, statesSchema);
  if (!states.ok) return states;
  return good(states.value.team.states.nodes.toSorted((a, b) => a.position - b.position)[0]?.id);
}
