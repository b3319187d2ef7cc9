// While the agent works: its output becomes events and progress, offset and events in one commit; then its end is judged.
import { agentEventSchema, foldProgress, type AgentEvent, type Progress } from "../core/agent-event.ts";
import { stricter } from "../core/policy.ts";
import type { FailureCause } from "../core/problem.ts";
import { keepable } from "../core/redact.ts";
import type { AgentProcess, InPhase } from "../core/run-state.ts";
import { cleanText } from "../core/text.ts";
import type {
  Clock,
  Harness,
  HarnessReader,
  HarnessVerdict,
  Log,
  Run,
  Sandboxes,
  SandboxSession,
  Store,
} from "../ports.ts";
import { commitOrLose, failure } from "./commit-run.ts";
import { currentRules, freezeTurn, type FreezePorts } from "./freeze-turn.ts";
import { SANDBOX_KEEP_MS } from "./provision-turn.ts";

export interface FollowPorts extends FreezePorts {
  readonly store: FreezePorts["store"] & Pick<Store, "loadRun">;
  readonly sandboxes: Sandboxes;
  readonly clock: Clock;
  readonly log: Log;
  /** SHA-256 of bytes, lower-case hex. */
  readonly digest: (bytes: Uint8Array) => string;
}

/** An agent that ends its own sandbox does not get a new one for ever. */
const SANDBOXES_TO_LOSE = 2;
const POLL_MS = 400;
const KEEP_ALIVE_EVERY_MS = 60_000;
const SILENCE_MS = 10 * 60_000;
/** How much of what was read before is read again, to notice a log that was rewritten. */
const OVERLAP_BYTES = 1024;
const LINE_LIMIT_BYTES = 4 * 1024 * 1024;
const OUTPUT_LIMIT_BYTES = 64 * 1024 * 1024;
/** Events of one commit that are kept in words; the rest is counted. */
const EVENTS_A_COMMIT = 200;

interface Held {
  readonly run: Run;
  readonly state: InPhase<"working">;
}

interface Tail {
  readonly session: SandboxSession;
  readonly harness: Harness;
  readonly reader: HarnessReader;
  readonly redact: (text: string) => string;
}

type End =
  | { readonly kind: "verdict"; readonly verdict: HarnessVerdict; readonly errors: string }
  | { readonly kind: "cause"; readonly cause: FailureCause };

export async function followAgent(ports: FollowPorts, held: Held, signal: AbortSignal): Promise<Run | undefined> {
  const { rules } = held.run;
  if (rules === undefined) throw new Error(`run ${held.run.id} works without rules`);
  const connected = await ports.sandboxes.connect(held.state.sandboxId, SANDBOX_KEEP_MS);
  if (!connected.ok) return loseSandbox(ports, held, connected.problem.kind);
  const harness = ports.harnesses.forRules(rules);
  const redact = ports.redactor(ports.harnesses.secretValues(harness.secretNames));
  const tail: Tail = { session: connected.value, harness, reader: harness.reader(), redact };
  await replay(tail, held);
  const current = await currentRules(ports, rules);
  const { limits } = current === undefined ? rules : stricter(rules, current);
  return followLoop(ports, held, { tail, limitMs: limits.timeMs, signal });
}

/** A new reader is brought to where the last worker stood, so that its judgement rests on the whole stream. */
async function replay(tail: Tail, held: Held): Promise<void> {
  const until = held.state.agent.outOffset;
  let at = 0;
  while (at < until) {
    const slice = await tail.session.readOutput(held.state.turn, at);
    const bytes = slice.bytes.subarray(0, until - at);
    if (bytes.length === 0) return;
    const whole = bytes.lastIndexOf(10) + 1 || bytes.length;
    for (const line of splitLines(bytes.subarray(0, whole))) tail.reader.read(tail.redact(line));
    at += whole;
  }
}

async function followLoop(
  ports: FollowPorts,
  held: Held,
  at: { readonly tail: Tail; readonly limitMs: number; readonly signal: AbortSignal },
): Promise<Run | undefined> {
  let { run, state } = held;
  let keptAliveAtMs = 0;
  for (;;) {
    at.signal.throwIfAborted();
    const now = ports.clock.nowMs();
    if (now - keptAliveAtMs > KEEP_ALIVE_EVERY_MS) {
      await at.tail.session.keepAlive(SANDBOX_KEEP_MS);
      keptAliveAtMs = now;
    }
    const status = await at.tail.session.agentStatus(state.turn, state.agent.pid);
    // Looked at after the status: an agent that a Stop has ended is not one that ended by itself.
    const fresh = await ports.store.loadRun(run.id);
    if (fresh?.epoch !== run.epoch || fresh.state.phase !== "working") return undefined;
    const read = await readOn(ports, state, { tail: at.tail, ended: status.kind === "ended" });
    if (read.kind === "cause") return endTurn(ports, { run, state }, { tail: at.tail, end: read });
    if (read.kind === "news") {
      const next = await commitNews(ports, run, read);
      if (next?.state.phase !== "working") return next;
      run = next;
      state = next.state;
      if (status.kind === "ended") continue;
    }
    if (status.kind === "running") {
      // An agent that ended while nobody looked has not used up what passed since.
      const cause = judgeTime(state.agent, { nowMs: now, limitMs: at.limitMs, agent: at.tail.harness.label });
      if (cause !== undefined) return endTurn(ports, { run, state }, { tail: at.tail, end: { kind: "cause", cause } });
    } else {
      const errors = await at.tail.session.readErrors(state.turn);
      const verdict = at.tail.reader.judge({ exitCode: status.exitCode, errors });
      return endTurn(ports, { run, state }, { tail: at.tail, end: { kind: "verdict", verdict, errors } });
    }
    if (read.kind === "nothing" || !read.more) await ports.clock.sleep(POLL_MS, at.signal);
  }
}

function judgeTime(
  agent: AgentProcess,
  at: { readonly nowMs: number; readonly limitMs: number; readonly agent: string },
): FailureCause | undefined {
  if (at.nowMs - agent.startedAtMs > at.limitMs) return { kind: "time-used-up", limitMs: at.limitMs };
  if (at.nowMs - agent.lastOutputAtMs > SILENCE_MS)
    return { kind: "agent-silent", agent: at.agent, silentMs: SILENCE_MS };
  return undefined;
}

interface News {
  readonly kind: "news";
  readonly agent: AgentProcess;
  readonly events: readonly AgentEvent[];
  readonly dropped: number;
  /** There was more than one read could take. */
  readonly more: boolean;
}

type Read = News | { readonly kind: "nothing" } | { readonly kind: "cause"; readonly cause: FailureCause };

async function readOn(
  ports: FollowPorts,
  state: InPhase<"working">,
  at: { readonly tail: Tail; readonly ended: boolean },
): Promise<Read> {
  const { agent } = state;
  const { tail } = at;
  const from = Math.max(0, agent.outOffset - OVERLAP_BYTES);
  const slice = await tail.session.readOutput(state.turn, from);
  if (slice.sizeBytes < agent.outOffset) return tampered("its log became shorter than what was read");
  const known = agent.outOffset - from;
  if (known > 0 && ports.digest(slice.bytes.subarray(0, known)) !== agent.tailDigest)
    return tampered("its log was rewritten");
  const fresh = slice.bytes.subarray(known);
  // An agent that ended may have left a last line without its line feed.
  const whole = at.ended ? fresh.length : wholeLines(fresh);
  if (whole === 0) return { kind: "nothing" };
  if (agent.outOffset + whole > OUTPUT_LIMIT_BYTES) {
    return {
      kind: "cause",
      cause: { kind: "agent-ended-badly", agent: tail.harness.label, detail: "it printed more than 64 MB", output: "" },
    };
  }
  const lines = splitLines(fresh.subarray(0, whole));
  const { events, progress, dropped } = readLines(lines, tail, agent.progress);
  const outOffset = agent.outOffset + whole;
  const overlap = slice.bytes.subarray(Math.max(0, outOffset - OVERLAP_BYTES) - from, outOffset - from);
  const next = {
    ...agent,
    outOffset,
    tailDigest: ports.digest(overlap),
    lastOutputAtMs: ports.clock.nowMs(),
    progress,
  };
  const more = from + slice.bytes.length < slice.sizeBytes;
  return { kind: "news", agent: next, events, dropped, more };
}

function tampered(detail: string): Read {
  return { kind: "cause", cause: { kind: "tampered", detail } };
}

/** Bytes that end in a line feed; an endless line is cut into pieces rather than waited for. */
function wholeLines(bytes: Uint8Array): number {
  const whole = bytes.lastIndexOf(10) + 1;
  return whole === 0 && bytes.length >= LINE_LIMIT_BYTES ? bytes.length : whole;
}

function splitLines(bytes: Uint8Array): readonly string[] {
  return new TextDecoder()
    .decode(bytes)
    .split("\n")
    .filter((line) => line.trim() !== "");
}

function readLines(lines: readonly string[], tail: Tail, before: Progress) {
  let progress = before;
  let dropped = 0;
  const events: AgentEvent[] = [];
  for (const line of lines) {
    for (const event of tail.reader.read(tail.redact(line))) {
      progress = foldProgress(progress, event);
      if (events.length < EVENTS_A_COMMIT) events.push(shorten(event, tail.redact));
      else dropped += 1;
    }
  }
  return { events, progress: { ...progress, said: cleanText(progress.said) }, dropped };
}

/** The event with every text short enough to keep in the record. */
function shorten(event: AgentEvent, redact: (text: string) => string): AgentEvent {
  const fields = Object.entries(event).map(([key, value]) => [
    key,
    typeof value === "string" ? keepable(cleanText(value), redact) : value,
  ]);
  return agentEventSchema.parse(Object.fromEntries(fields));
}

async function commitNews(ports: FollowPorts, run: Run, news: News): Promise<Run | undefined> {
  return commitOrLose(ports.store, {
    run,
    events: [{ type: "progressed", agent: news.agent }],
    record: [
      { kind: "agent_event", payload: { until: news.agent.outOffset, events: news.events, dropped: news.dropped } },
    ],
  });
}

async function loseSandbox(
  ports: FollowPorts,
  { run, state }: Held,
  kind: "unavailable" | "gone",
): Promise<Run | undefined> {
  if (kind === "unavailable") throw new Error(`sandbox of run ${run.id} cannot be reached right now`);
  if ((state.lost ?? 0) >= SANDBOXES_TO_LOSE) {
    const detail = "the sandbox ended again and again while the agent worked";
    return commitOrLose(ports.store, {
      run,
      ...failure({ kind: "sandbox-unavailable", detail }),
      jobs: [{ name: "clean", runId: run.id }],
    });
  }
  return commitOrLose(ports.store, {
    run,
    events: [{ type: "sandbox_gone" }],
    record: [{ kind: "note", payload: { says: "the sandbox was gone; starting the turn again in a new one" } }],
    raiseGeneration: true,
  });
}

async function endTurn(
  ports: FollowPorts,
  held: Held,
  at: { readonly tail: Tail; readonly end: End },
): Promise<Run | undefined> {
  const { session, harness } = at.tail;
  await session.stopAgent(held.state.turn, held.state.agent.pid);
  await session.setNetwork([]);
  const addUsedMs = ports.clock.nowMs() - held.state.agent.startedAtMs;
  const cause =
    at.end.kind === "cause"
      ? at.end.cause
      : causeOf(at.end.verdict, { harness, errors: at.tail.redact(at.end.errors) });
  const said =
    at.end.kind === "verdict" && at.end.verdict.kind === "done" ? at.end.verdict.said : held.state.agent.progress.said;
  return freezeTurn(ports, {
    run: held.run,
    turn: held.state.turn,
    session,
    said,
    aim: cause === undefined ? { kind: "finish" } : { kind: "fail", cause },
    record: [
      { kind: "agent_ended", payload: { usedMs: addUsedMs, ...(cause === undefined ? { ok: true } : { cause }) } },
    ],
    addUsedMs,
  });
}

function causeOf(
  verdict: HarnessVerdict,
  at: { readonly harness: Harness; readonly errors: string },
): FailureCause | undefined {
  const output = cleanText(at.errors).slice(-2000);
  switch (verdict.kind) {
    case "done":
      return undefined;
    case "model-refused":
      return { kind: "model-refused", secret: at.harness.secretNames[0] ?? "the model key", status: verdict.status };
    case "missing":
      return { kind: "agent-missing", program: verdict.program };
    case "failed":
      return { kind: "agent-ended-badly", agent: at.harness.label, detail: verdict.detail, output };
    default:
      return verdict satisfies never;
  }
}
