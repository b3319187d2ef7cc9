// A dispatched turn gets its sandbox: base laid, setup run with its own network, earlier work laid over, agent started.
import type { RunRules } from "../core/policy.ts";
import type { FailureCause } from "../core/problem.ts";
import { buildPrompt } from "../core/prompt.ts";
import type { InPhase } from "../core/run-state.ts";
import type {
  BasePack,
  Chat,
  Clock,
  CodeHost,
  Harnesses,
  Log,
  Repository,
  Run,
  Sandboxes,
  SandboxSession,
  Store,
  Tracker,
  Turn,
} from "../ports.ts";
import { commitOrLose, failure } from "./commit-run.ts";
import { readContext } from "./read-context.ts";

export interface ProvisionPorts {
  readonly store: Pick<Store, "commit" | "loadRun" | "loadTurn" | "loadView" | "loadPack">;
  readonly sandboxes: Sandboxes;
  readonly codeHost: Pick<CodeHost, "readBase" | "packBase">;
  readonly harnesses: Harnesses;
  readonly chat: Pick<Chat, "readThread" | "downloadFile">;
  readonly tracker?: Pick<Tracker, "readIssueText" | "downloadFile"> | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** Random hex for the fence around quoted text; not guessable by its author. */
  readonly nonce: () => string;
}

interface Held {
  readonly run: Run;
  readonly state: InPhase<"provisioning">;
}

/** A live agent keeps its sandbox for this long after the last heartbeat; a dead control plane frees it by itself. */
export const SANDBOX_KEEP_MS = 10 * 60_000;
const SETUP_TIME_MS = 10 * 60_000;
const SERVICE_PATIENCE_MS = 15 * 60_000;
const SERVICE_RETRY_MS = 5000;
const REPOSITORY_DIR = "/home/user/repo";

export async function provisionTurn(ports: ProvisionPorts, held: Held, signal: AbortSignal): Promise<Run | undefined> {
  const { rules, repository } = held.run;
  const turn = await ports.store.loadTurn(held.run.id, held.state.turn);
  if (rules === undefined || repository === undefined || turn === undefined)
    throw new Error(`run ${held.run.id} was never routed`);
  const found = await findSandbox(ports, held, signal);
  if (found.session === undefined) return found.run;
  const { session } = found;
  const started = await session.findAgent(turn.turn);
  if (started !== undefined) return commitStarted(ports, found.run, { session, pid: started.pid, turn });
  const based = await decideBase(ports, { run: found.run, turn, rules, repository });
  if (based === undefined)
    return giveUp(ports, found.run, {
      kind: "code-host-refused",
      detail: `branch ${rules.base ?? repository.defaultBranch} was not found`,
    });
  const base = await ports.codeHost.packBase(repository, based.commit, rules.historyDepth);
  await session.layBase(base);
  const problem = await runSetup(session, rules, signal);
  if (problem !== undefined) {
    await ports.sandboxes.kill(session.id);
    return giveUp(ports, based.run, problem);
  }
  await layEarlierWork(ports, { run: based.run, turn, session, base });
  return startAgent(ports, { run: based.run, turn: { ...turn, baseCommit: based.commit }, session, rules });
}

interface Found {
  readonly run: Run;
  readonly session?: SandboxSession;
}

async function findSandbox(ports: ProvisionPorts, held: Held, signal: AbortSignal): Promise<Found> {
  let { run } = held;
  const sinceMs = held.state.waitingSinceMs ?? ports.clock.nowMs();
  const untilMs = held.state.retryUntilMs ?? sinceMs + SERVICE_PATIENCE_MS;
  for (;;) {
    const made = await ports.sandboxes.adoptOrCreate(
      { runId: run.id, generation: run.generation, purpose: "agent" },
      SANDBOX_KEEP_MS,
    );
    if (made.ok) return keepSandbox(ports, run, made.value);
    const detail = made.problem.kind === "unavailable" ? made.problem.detail : "the sandbox ended while it started";
    ports.log.warn({ runId: run.id, detail }, "sandbox service did not give a sandbox");
    if (ports.clock.nowMs() >= untilMs) {
      const failed = await giveUp(ports, run, { kind: "sandbox-unavailable", detail });
      return { run: failed ?? run };
    }
    const waited = await commitOrLose(ports.store, {
      run,
      events: [{ type: "sandbox_waited", sinceMs, untilMs }],
      record: [{ kind: "note", payload: { says: "waiting for the sandbox service", detail } }],
    });
    if (waited === undefined) return { run };
    run = waited;
    await ports.clock.sleep(SERVICE_RETRY_MS, signal);
  }
}

/** The intent is on the row before anything is laid; who lost the row meanwhile kills what nobody else uses. */
async function keepSandbox(ports: ProvisionPorts, run: Run, session: SandboxSession): Promise<Found> {
  const kept = await commitOrLose(ports.store, {
    run,
    events: [{ type: "sandbox_made", sandboxId: session.id }],
    record: [{ kind: "sandbox_ready", payload: { sandbox: session.id, generation: run.generation } }],
  });
  if (kept !== undefined) return { run: kept, session };
  const now = await ports.store.loadRun(run.id);
  const used = now !== undefined && "sandboxId" in now.state && now.state.sandboxId === session.id;
  if (!used && now?.state.phase !== "provisioning") await ports.sandboxes.kill(session.id);
  return { run };
}

/** Decided once a turn and then kept: the pull request's head, the earlier change's base, or the branch's tip now. */
async function decideBase(
  ports: ProvisionPorts,
  at: { readonly run: Run; readonly turn: Turn; readonly rules: RunRules; readonly repository: Repository },
): Promise<{ readonly run: Run; readonly commit: string } | undefined> {
  const { run, turn, rules, repository } = at;
  if (turn.baseCommit !== undefined) return { run, commit: turn.baseCommit };
  const earlier = run.pullRequest === undefined ? await earlierChange(ports, run, turn) : undefined;
  const branch = run.pullRequest?.headBranch ?? rules.base ?? repository.defaultBranch;
  const base =
    earlier === undefined
      ? await ports.codeHost.readBase(repository, branch)
      : { commit: earlier.baseCommit, tree: earlier.baseTree };
  if (base === undefined) return undefined;
  const kept = await commitOrLose(ports.store, {
    run,
    events: [],
    record: [{ kind: "note", payload: { says: "base commit chosen", commit: base.commit, tree: base.tree, branch } }],
    turnFacts: { turn: turn.turn, baseCommit: base.commit, baseTree: base.tree },
  });
  if (kept === undefined) throw new Error(`run ${run.id} moved on while its base was chosen`);
  return { run: kept, commit: base.commit };
}

/** The change this turn goes on from: the last one, unless the turn starts anew on today's branch. */
async function earlierChange(ports: ProvisionPorts, run: Run, turn: Turn) {
  if (turn.kind === "retry" || turn.turn === 1) return undefined;
  const view = await ports.store.loadView(run.id);
  return view?.changes.findLast((change) => change.turn < turn.turn);
}

async function layEarlierWork(
  ports: ProvisionPorts,
  at: { readonly run: Run; readonly turn: Turn; readonly session: SandboxSession; readonly base: BasePack },
): Promise<void> {
  const earlier = await earlierChange(ports, at.run, at.turn);
  if (earlier === undefined || earlier.baseCommit !== at.base.commit) return;
  const pack = await ports.store.loadPack(at.run.id, earlier.number);
  // What the rules did not allow is left out of the work that goes on; else no later turn could ever be allowed.
  const refused = earlier.problems.flatMap((problem) => ("path" in problem ? [problem.path] : []));
  await at.session.layChange({ pack, tree: earlier.resultTree, keepFromBase: refused });
}

export async function runSetup(
  session: SandboxSession,
  rules: RunRules,
  signal: AbortSignal,
): Promise<
  | { readonly kind: "setup-failed"; readonly command: string; readonly exitCode: number; readonly output: string }
  | undefined
> {
  if (rules.setup === undefined) return undefined;
  await session.setNetwork(rules.network.setup);
  const done = await session.run(rules.setup, { timeMs: SETUP_TIME_MS, signal });
  await session.setNetwork([]);
  if (done.exitCode === 0) return undefined;
  return {
    kind: "setup-failed",
    command: rules.setup,
    exitCode: done.exitCode ?? -1,
    output: done.output.slice(-4000),
  };
}

async function startAgent(
  ports: ProvisionPorts,
  at: { readonly run: Run; readonly turn: Turn; readonly session: SandboxSession; readonly rules: RunRules },
): Promise<Run | undefined> {
  const { run, turn, session, rules } = at;
  const harness = ports.harnesses.forRules(rules);
  const context = await readContext(ports, { run, turn });
  if (context.files.length > 0) await session.placeFiles(context.files);
  const view = await ports.store.loadView(run.id);
  const prompt = buildPrompt({
    turns: (view?.turns ?? [turn]).filter((each) => each.turn <= turn.turn),
    context: context.messages,
    ...(context.issue === undefined ? {} : { issue: context.issue }),
    files: context.files.map((file) => file.name),
    write: rules.write,
    nonce: ports.nonce(),
  });
  const launch = harness.launch({ prompt, repositoryDir: REPOSITORY_DIR });
  const secrets = Object.fromEntries(ports.harnesses.secretValues(harness.secretNames));
  await session.setNetwork([...rules.network.agent, ...harness.hosts]);
  const { pid } = await session.startAgent({
    turn: turn.turn,
    argv: launch.argv,
    env: { ...launch.env, ...secrets },
    stdin: launch.stdin,
  });
  return commitStarted(ports, run, {
    session,
    pid,
    turn,
    contextCount: context.messages.length + (context.issue?.messages.length ?? 0),
    pictureCount: context.pictures,
  });
}

async function commitStarted(
  ports: ProvisionPorts,
  run: Run,
  at: {
    readonly session: SandboxSession;
    readonly pid: number;
    readonly turn: Turn;
    readonly contextCount?: number;
    readonly pictureCount?: number;
  },
): Promise<Run | undefined> {
  const harness = run.rules === undefined ? undefined : ports.harnesses.forRules(run.rules);
  const { contextCount, pictureCount } = at;
  return commitOrLose(ports.store, {
    run,
    events: [{ type: "agent_started", sandboxId: at.session.id, pid: at.pid }],
    record: [
      {
        kind: "agent_started",
        payload: {
          agent: harness?.label ?? "",
          turn: at.turn.turn,
          secretsInSandbox: harness?.secretNames ?? [],
          hosts: harness?.hosts ?? [],
        },
      },
    ],
    turnFacts: {
      turn: at.turn.turn,
      ...(contextCount === undefined ? {} : { contextCount }),
      ...(pictureCount === undefined ? {} : { pictureCount }),
    },
  });
}

async function giveUp(ports: ProvisionPorts, run: Run, cause: FailureCause): Promise<Run | undefined> {
  return commitOrLose(ports.store, { run, ...failure(cause), jobs: [{ name: "clean", runId: run.id }] });
}
