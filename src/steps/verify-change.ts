// Our own checks on the frozen tree in a fresh sandbox, and the same commands on the base: the agent's word counts for nothing.
import { resolveRules, type CheckRule, type RunRules } from "../core/policy.ts";
import { denies } from "../core/glob.ts";
import type { InPhase } from "../core/run-state.ts";
import { canonicalJson, sealDigest, type SealedRecord, type Sha256 } from "../core/seal.ts";
import { cleanText } from "../core/text.ts";
import { checksToSeal, judgeChecks, type CheckResult } from "../core/verification.ts";
import type {
  BasePack,
  Change,
  Clock,
  CodeHost,
  Log,
  Repository,
  Run,
  Sandboxes,
  SandboxSession,
  SandboxTag,
  Store,
} from "../ports.ts";
import { commitOrLose, failure } from "./commit-run.ts";
import { runSetup, SANDBOX_KEEP_MS } from "./provision-turn.ts";

/** A check of ours that reads the change itself and needs no sandbox. */
type BuiltInCheck = (change: Pick<Change, "files" | "diff">) => CheckResult;

export interface VerifyPorts {
  readonly store: Pick<
    Store,
    "commit" | "loadChange" | "loadPack" | "loadBaseCheck" | "saveBaseCheck" | "loadActivePolicy"
  >;
  readonly sandboxes: Sandboxes;
  readonly codeHost: Pick<CodeHost, "packBase" | "compareBase">;
  readonly builtInChecks: readonly BuiltInCheck[];
  readonly sha256: Sha256;
  readonly clock: Clock;
  readonly log: Log;
}

interface Held {
  readonly run: Run;
  readonly state: InPhase<"checking">;
}

/** What stays the same while one change is checked. */
interface Bench {
  readonly change: Change;
  readonly rules: RunRules;
  readonly repository: Repository;
  readonly base: BasePack;
  readonly signal: AbortSignal;
}

export async function verifyChange(ports: VerifyPorts, held: Held, signal: AbortSignal): Promise<Run | undefined> {
  const { rules, repository } = held.run;
  const change = await ports.store.loadChange(held.run.id, held.state.change);
  if (rules === undefined || repository === undefined || change === undefined)
    throw new Error(`run ${held.run.id} has nothing to check`);
  const base = await ports.codeHost.packBase(repository, change.baseCommit, 1);
  const bench: Bench = { change, rules, repository, base, signal };
  let { run } = held;
  const results: CheckResult[] = change.checks.filter((check) => held.state.done.includes(check.name)).slice();
  for (const check of rules.checks) {
    if (results.some((result) => result.name === check.name)) continue;
    const started = await commitOrLose(ports.store, {
      run,
      events: [{ type: "check_started", name: check.name }],
      record: [],
    });
    if (started === undefined) return undefined;
    const result = await runCheck(ports, { run: started, bench, check });
    if ("problem" in result) return giveUp(ports, started, { change, problem: result.problem });
    results.push(result);
    const kept = await keepResult(ports, started, { change, results, result });
    if (kept === undefined) return undefined;
    run = kept;
  }
  for (const builtIn of ports.builtInChecks) results.push(builtIn(change));
  await killCheckSandboxes(ports, run);
  return seal(ports, run, { bench, results });
}

async function keepResult(
  ports: VerifyPorts,
  run: Run,
  at: { readonly change: Change; readonly results: readonly CheckResult[]; readonly result: CheckResult },
): Promise<Run | undefined> {
  const { name, status, exitCode, before, durationMs } = at.result;
  return commitOrLose(ports.store, {
    run,
    events: [{ type: "check_done", name }],
    record: [{ kind: "check_done", payload: { change: at.change.number, name, status, exitCode, before, durationMs } }],
    checks: { change: at.change.number, results: at.results },
    addUsedMs: durationMs,
  });
}

type SandboxTrouble = {
  readonly problem: {
    readonly kind: "sandbox" | "setup";
    readonly detail: string;
    readonly output: string;
    readonly exitCode: number;
  };
};

async function runCheck(
  ports: VerifyPorts,
  at: { readonly run: Run; readonly bench: Bench; readonly check: CheckRule },
): Promise<CheckResult | SandboxTrouble> {
  const { bench, check } = at;
  const before = await checkBase(ports, at);
  const made = await openBench(ports, at, "checks");
  if ("problem" in made) return made;
  const pack = await ports.store.loadPack(at.run.id, bench.change.number);
  await made.session.layChange({ pack, tree: bench.change.resultTree, keepFromBase: check.baseFiles });
  const done = await made.session.run(check.run, { timeMs: check.timeMs, signal: bench.signal });
  const status = done.timedOut
    ? "timed_out"
    : done.exitCode === 0
      ? "passed"
      : done.exitCode === null
        ? "could_not_run"
        : "failed";
  return {
    name: check.name,
    command: check.run,
    required: check.required,
    status,
    exitCode: done.exitCode,
    durationMs: done.durationMs,
    output: cleanText(done.output).slice(-6000),
    before,
    changedFiles: bench.change.files
      .map((file) => file.path)
      .filter((path) => check.baseFiles.some((pattern) => denies(pattern, path))),
    where: "sandbox",
  };
}

/** The same command on the base tree, once per repository, base commit, setup and command. */
async function checkBase(
  ports: VerifyPorts,
  at: { readonly run: Run; readonly bench: Bench; readonly check: CheckRule },
): Promise<"passed" | "failed" | "unknown"> {
  const { bench, check } = at;
  const key = ports.sha256(
    canonicalJson({
      repository: bench.repository.id,
      base: bench.base.commit,
      setup: bench.rules.setup ?? "",
      run: check.run,
    }),
  );
  const known = await ports.store.loadBaseCheck(key);
  if (known !== undefined) return known.status;
  const made = await openBench(ports, at, "base-checks");
  if ("problem" in made) return "unknown";
  const done = await made.session.run(check.run, { timeMs: check.timeMs, signal: bench.signal });
  const status = done.timedOut || done.exitCode === null ? "unknown" : done.exitCode === 0 ? "passed" : "failed";
  await ports.store.saveBaseCheck(key, status);
  return status;
}

/** A sandbox with the base laid and set up, its network closed again. Adopted where an earlier check of this run left one. */
async function openBench(
  ports: VerifyPorts,
  at: { readonly run: Run; readonly bench: Bench },
  purpose: SandboxTag["purpose"],
): Promise<{ readonly session: SandboxSession } | SandboxTrouble> {
  const tag = { runId: at.run.id, generation: at.run.generation, purpose };
  for (const stale of (await ports.sandboxes.list()).filter(
    (each) => each.tag.runId === tag.runId && each.tag.purpose === purpose,
  )) {
    await ports.sandboxes.kill(stale.id);
  }
  const made = await ports.sandboxes.adoptOrCreate(tag, SANDBOX_KEEP_MS);
  if (!made.ok) {
    const detail = made.problem.kind === "unavailable" ? made.problem.detail : "the sandbox ended while it started";
    return { problem: { kind: "sandbox", detail, output: "", exitCode: -1 } };
  }
  await made.value.layBase(at.bench.base);
  const setup = await runSetup(made.value, at.bench.rules, at.bench.signal);
  if (setup === undefined) return { session: made.value };
  return { problem: { kind: "setup", detail: setup.command, output: setup.output, exitCode: setup.exitCode } };
}

async function killCheckSandboxes(ports: VerifyPorts, run: Run): Promise<void> {
  for (const each of await ports.sandboxes.list()) {
    if (each.tag.runId === run.id && each.tag.purpose !== "agent") await ports.sandboxes.kill(each.id);
  }
}

async function giveUp(
  ports: VerifyPorts,
  run: Run,
  at: { readonly change: Change; readonly problem: SandboxTrouble["problem"] },
): Promise<Run | undefined> {
  const { kind, detail, output, exitCode } = at.problem;
  if (kind === "sandbox") throw new Error(`no sandbox for the checks of run ${run.id}: ${detail}`);
  const cause = { kind: "setup-failed", command: detail, exitCode, output: cleanText(output) } as const;
  return commitOrLose(ports.store, {
    run,
    ...failure(cause, at.change.number),
    jobs: [{ name: "clean", runId: run.id }],
  });
}

/** Binds everything an approval is about into one digest, and puts the change up for decision. */
async function seal(
  ports: VerifyPorts,
  run: Run,
  at: { readonly bench: Bench; readonly results: readonly CheckResult[] },
): Promise<Run | undefined> {
  const { change, rules, repository } = at.bench;
  const policy = await ports.store.loadActivePolicy();
  const current = policy === undefined ? undefined : resolveRules(policy, rules.team, rules.repository);
  const record: SealedRecord = {
    v: 1,
    run: run.id,
    change: change.number,
    repositoryId: repository.id,
    baseBranch: change.baseBranch,
    baseCommit: change.baseCommit,
    baseTree: change.baseTree,
    resultTree: change.resultTree,
    headBranch: change.headBranch,
    commitMessage: change.commitMessage,
    title: change.title,
    checksDigest: ports.sha256(canonicalJson(checksToSeal(at.results))),
    policyVersion: rules.policyVersion,
  };
  const digest = sealDigest(record, ports.sha256);
  const judged = judgeChecks(at.results);
  const behind = await readBehind(ports, run, at.bench);
  const expiresAtMs = ports.clock.nowMs() + Math.min(rules.expiresMs, current?.expiresMs ?? rules.expiresMs);
  return commitOrLose(ports.store, {
    run,
    events: [
      {
        type: "checked",
        seal: digest,
        expiresAtMs,
        approvable: judged.passed,
        ...(behind === undefined ? {} : { behind }),
      },
    ],
    record: [
      {
        kind: "approval_asked",
        payload: {
          change: change.number,
          seal: digest,
          approvable: judged.passed,
          blocking: judged.blocking.map((check) => check.name),
        },
      },
    ],
    checks: { change: change.number, results: at.results },
    seal: { change: change.number, digest, record },
    jobs: [
      { name: "expire", runId: run.id, change: change.number, atMs: expiresAtMs },
      { name: "clean", runId: run.id },
    ],
  });
}

/** What the base branch got meanwhile, to warn of it. Not knowing stops nothing: publishing judges it again. */
async function readBehind(ports: VerifyPorts, run: Run, { change, repository }: Bench) {
  if (run.pullRequest !== undefined) return undefined;
  const paths = change.files.map((file) => file.path);
  const asked = { repository, branch: change.baseBranch, from: change.baseCommit, paths };
  try {
    const { commits, touched } = await ports.codeHost.compareBase(asked);
    return commits === 0 ? undefined : { commits, touched };
  } catch (cause) {
    ports.log.warn({ runId: run.id, cause: String(cause) }, "the base branch could not be compared");
    return undefined;
  }
}
