// The state of a run as stored: one union, data on the phase that owns it.
import { z } from "zod";
import { progressSchema } from "./agent-event.ts";

const agentSchema = z.object({
  pid: z.number(),
  startedAtMs: z.number(),
  /** Bytes of the agent's output already committed as events. */
  outOffset: z.number(),
  /** SHA-256 of the last bytes read, to notice a log that was rewritten. */
  tailDigest: z.string(),
  lastOutputAtMs: z.number(),
  progress: progressSchema,
});
export type AgentProcess = z.infer<typeof agentSchema>;

const refusalSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("no-policy"), detail: z.string() }),
  z.object({ kind: z.literal("not-a-person"), who: z.enum(["guest", "bot", "outsider", "unknown"]) }),
  z.object({ kind: z.literal("unmatched") }),
  z.object({ kind: z.literal("no-team") }),
  z.object({ kind: z.literal("not-in-team"), team: z.string() }),
  z.object({
    kind: z.literal("no-repository"),
    team: z.string(),
    asked: z.string(),
    allowed: z.array(z.string()).readonly(),
  }),
  z.object({ kind: z.literal("nobody-else"), repository: z.string() }),
  z.object({ kind: z.literal("no-owners"), repository: z.string() }),
  z.object({ kind: z.literal("agent-unavailable"), detail: z.string() }),
  z.object({ kind: z.literal("no-issue"), asked: z.string() }),
  z.object({ kind: z.literal("issue-over"), issue: z.string() }),
]);

export const changeProblemSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("path-denied"), path: z.string(), rule: z.string() }),
  z.object({ kind: z.literal("path-read-only"), path: z.string() }),
  z.object({ kind: z.literal("unsafe-path"), path: z.string(), why: z.string() }),
  z.object({ kind: z.literal("submodule"), path: z.string() }),
  z.object({ kind: z.literal("symlink-escapes"), path: z.string() }),
  z.object({ kind: z.literal("too-many-entries"), limit: z.number() }),
  z.object({ kind: z.literal("too-big"), limitBytes: z.number() }),
  z.object({ kind: z.literal("too-many-files"), files: z.number(), limit: z.number() }),
  z.object({ kind: z.literal("too-many-lines"), lines: z.number(), limit: z.number() }),
  z.object({ kind: z.literal("too-many-blobs"), blobs: z.number(), limit: z.number() }),
  z.object({ kind: z.literal("contains-secret"), name: z.string(), path: z.string() }),
  z.object({ kind: z.literal("not-a-change"), why: z.string() }),
]);

const causeSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("setup-failed"), command: z.string(), exitCode: z.number(), output: z.string() }),
  z.object({ kind: z.literal("sandbox-unavailable"), detail: z.string() }),
  z.object({ kind: z.literal("agent-missing"), program: z.string() }),
  z.object({ kind: z.literal("agent-ended-badly"), agent: z.string(), detail: z.string(), output: z.string() }),
  z.object({ kind: z.literal("agent-silent"), agent: z.string(), silentMs: z.number() }),
  z.object({ kind: z.literal("time-used-up"), limitMs: z.number() }),
  z.object({ kind: z.literal("model-refused"), secret: z.string(), status: z.number() }),
  z.object({ kind: z.literal("tampered"), detail: z.string() }),
  z.object({ kind: z.literal("change-not-allowed"), problems: z.array(changeProblemSchema).readonly() }),
  z.object({ kind: z.literal("code-host-refused"), detail: z.string() }),
  z.object({ kind: z.literal("gave-up"), detail: z.string() }),
]);

const choiceSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("team"), teams: z.array(z.string()).readonly() }),
  z.object({ kind: z.literal("repository"), team: z.string(), repositories: z.array(z.string()).readonly() }),
  /** Nobody answers for the request: an owner has to. */
  z.object({ kind: z.literal("owner"), team: z.string(), ownerGroups: z.array(z.string()).readonly() }),
  /** Somebody works on the issue already: what they have, in words and as a link where there is one. */
  z.object({
    kind: z.literal("busy"),
    issue: z.string(),
    work: z.array(z.object({ says: z.string(), url: z.string().optional() })).readonly(),
  }),
]);

const turn = z.int().min(1);
/** How often this turn lost its sandbox; absent for never. */
const lost = z.int().optional();
/** A change that is up for decision, decided, or published. */
const sealed = { turn, change: z.int().min(1), seal: z.string(), approvals: z.array(z.string()).readonly() };
const published = { ...sealed, number: z.int(), url: z.string(), headSha: z.string(), tree: z.string() };

export const runStateSchema = z.discriminatedUnion("phase", [
  z.object({ phase: z.literal("received") }),
  z.object({ phase: z.literal("refused"), refusal: refusalSchema, rule: z.string() }),
  z.object({ phase: z.literal("needs_input"), choice: choiceSchema }),
  z.object({ phase: z.literal("queued"), turn }),
  z.object({ phase: z.literal("dispatched"), turn }),
  z.object({
    phase: z.literal("provisioning"),
    turn,
    sandboxId: z.string().optional(),
    /** Since when the sandbox service has been unreachable, and until when we try. */
    waitingSinceMs: z.number().optional(),
    retryUntilMs: z.number().optional(),
    lost,
  }),
  z.object({ phase: z.literal("working"), turn, sandboxId: z.string(), agent: agentSchema, lost }),
  z.object({
    phase: z.literal("checking"),
    turn,
    change: z.int().min(1),
    done: z.array(z.string()).readonly(),
    current: z.string().optional(),
  }),
  z.object({
    phase: z.literal("awaiting_approval"),
    ...sealed,
    askedAtMs: z.number(),
    expiresAtMs: z.number(),
    approvable: z.boolean(),
    /** Why earlier votes are void, or why it cannot be approved. */
    note: z.string().optional(),
    /** What the base branch got since the change's base, when the card was made; absent for nothing. */
    behind: z.object({ commits: z.number(), touched: z.array(z.string()).readonly() }).optional(),
    conflict: z.boolean().optional(),
  }),
  z.object({ phase: z.literal("approved"), ...sealed, approvedAtMs: z.number(), held: z.string().optional() }),
  z.object({ phase: z.literal("publishing"), ...sealed, approvedAtMs: z.number(), commitSha: z.string().optional() }),
  z.object({
    phase: z.literal("pr_open"),
    ...published,
    draft: z.boolean(),
    /** False once somebody else pushed: the head is no longer the approved change. */
    headMatches: z.boolean(),
    ci: z.record(z.string(), z.string()),
  }),
  z.object({ phase: z.literal("merged"), ...published, by: z.string(), atMs: z.number(), headMatches: z.boolean() }),
  z.object({ phase: z.literal("closed"), ...published, by: z.string(), atMs: z.number() }),
  z.object({ phase: z.literal("answered"), turn, text: z.string() }),
  z.object({ phase: z.literal("rejected"), turn, change: z.int(), by: z.string(), reason: z.string() }),
  z.object({ phase: z.literal("expired"), turn, change: z.int() }),
  z.object({
    phase: z.literal("cancelled"),
    turn: z.int(),
    by: z.string(),
    why: z.enum(["stopped", "withdrawn"]),
    change: z.int().optional(),
  }),
  z.object({ phase: z.literal("failed"), turn: z.int(), cause: causeSchema, change: z.int().optional() }),
  z.object({ phase: z.literal("over_budget"), turn }),
]);
export type RunState = z.infer<typeof runStateSchema>;
export type Phase = RunState["phase"];
export type InPhase<P extends Phase> = Extract<RunState, { phase: P }>;
