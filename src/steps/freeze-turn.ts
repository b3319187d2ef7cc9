// The end of a turn: nothing the agent left running survives, the work tree becomes one commit, and only then is it judged.
import { CHANGE_BOUNDS, judgeUnderBoth, type FrozenChange } from "../core/change.ts";
import { resolveRules, type RunRules } from "../core/policy.ts";
import type { ChangeProblem, FailureCause } from "../core/problem.ts";
import { commitMessage, headBranch, pullRequestTitle } from "../core/pull-request.ts";
import type { RecordEntry } from "../core/record.ts";
import { cleanText, clip, slugOf } from "../core/text.ts";
import type { CodeHost, Harnesses, Repository, Run, Sandboxes, SandboxSession, Store, Turn } from "../ports.ts";
import { commitOrLose, failure } from "./commit-run.ts";

export interface FreezePorts {
  readonly store: Pick<Store, "commit" | "loadTurn" | "loadView" | "loadActivePolicy">;
  readonly codeHost: Pick<CodeHost, "packBase" | "freezeChange">;
  readonly sandboxes: Pick<Sandboxes, "kill">;
  readonly harnesses: Harnesses;
  readonly redactor: (secrets: ReadonlyMap<string, string>) => (text: string) => string;
}

export interface FreezeInput {
  readonly run: Run;
  readonly turn: number;
  readonly session: SandboxSession;
  readonly said: string;
  /** `finish`: go on to checks. `fail`: keep the work to look at and stop. `keep`: only keep it, the run has ended already. */
  readonly aim:
    { readonly kind: "finish" } | { readonly kind: "fail"; readonly cause: FailureCause } | { readonly kind: "keep" };
  /** Written in the same commit: how the agent ended, and the time it took. */
  readonly record: readonly RecordEntry[];
  readonly addUsedMs: number;
}

/** Answers the run after its one commit, or undefined where ownership was lost. */
export async function freezeTurn(ports: FreezePorts, input: FreezeInput): Promise<Run | undefined> {
  const { run, session } = input;
  const { rules, repository } = run;
  const turn = await ports.store.loadTurn(run.id, input.turn);
  if (rules === undefined || repository === undefined || turn?.baseCommit === undefined) {
    throw new Error(`run ${run.id} has no base to freeze against`);
  }
  await session.scrub();
  const base = await ports.codeHost.packBase(repository, turn.baseCommit, 1);
  const bundle = await session.freeze(base, CHANGE_BOUNDS.bundleBytes);
  if (!bundle.ok) {
    const problem: ChangeProblem =
      bundle.problem.kind === "too-big"
        ? { kind: "too-big", limitBytes: CHANGE_BOUNDS.bundleBytes }
        : { kind: "not-a-change", why: bundle.problem.detail };
    return refuse(ports, input, [problem]);
  }
  if (bundle.value === undefined) return noChange(ports, input);
  const secrets = ports.harnesses.secretValues(ports.harnesses.forRules(rules).secretNames);
  const frozen = await ports.codeHost.freezeChange({
    repository,
    baseCommit: turn.baseCommit,
    bundle: bundle.value,
    secrets,
  });
  if (!frozen.ok) return refuse(ports, input, frozen.problem);
  const current = await currentRules(ports, rules);
  const problems = judgeUnderBoth(frozen.value.files, rules, current ?? rules);
  return keep(ports, input, { turn, rules, repository, frozen: frozen.value, problems });
}

/** What the same team may do to the same repository under the policy as it is now. */
export async function currentRules(
  ports: { readonly store: Pick<Store, "loadActivePolicy"> },
  rules: RunRules,
): Promise<RunRules | undefined> {
  const policy = await ports.store.loadActivePolicy();
  return policy === undefined ? undefined : resolveRules(policy, rules.team, rules.repository);
}

async function keep(
  ports: FreezePorts,
  input: FreezeInput,
  at: {
    readonly turn: Turn;
    readonly rules: RunRules;
    readonly repository: Repository;
    readonly frozen: FrozenChange;
    readonly problems: readonly ChangeProblem[];
  },
): Promise<Run | undefined> {
  const { run } = input;
  const view = await ports.store.loadView(run.id);
  const number = (view?.changes.at(-1)?.number ?? 0) + 1;
  const goesOn = input.aim.kind === "finish" && at.problems.length === 0;
  const ending = goesOn ? undefined : endingOf(input, at.problems, number);
  const { baseCommit, resultTree, files } = at.frozen;
  const done = await commitOrLose(ports.store, {
    run,
    events: ending?.events ?? [{ type: "change_frozen", change: number }],
    record: [
      ...input.record,
      {
        kind: "change_frozen",
        payload: { change: number, baseCommit, resultTree, files: files.length, problems: at.problems },
      },
      ...(ending?.record ?? []),
    ],
    change: {
      ...at.frozen,
      number,
      turn: at.turn.turn,
      said: clip(cleanText(input.said), 1500),
      baseBranch: at.rules.base ?? at.repository.defaultBranch,
      headBranch: run.pullRequest?.headBranch ?? headBranch(at.rules.team, run.id, slugOf(run.title)),
      commitMessage: commitMessage({
        title: run.title,
        run: run.id,
        requester: run.request.requester.name,
        team: at.rules.team,
      }),
      title: pullRequestTitle(run.title),
      problems: at.problems,
    },
    addUsedMs: input.addUsedMs,
    ...(goesOn ? {} : { jobs: [{ name: "clean", runId: run.id }] }),
  });
  if (goesOn && done !== undefined) await ports.sandboxes.kill(input.session.id);
  return done;
}

/** What a turn that does not go on to checks comes to; undefined for a run that has ended already. */
function endingOf(input: FreezeInput, problems: readonly ChangeProblem[], change?: number) {
  switch (input.aim.kind) {
    case "fail":
      return failure(input.aim.cause, change);
    case "finish":
      return failure({ kind: "change-not-allowed", problems }, change);
    case "keep":
      return undefined;
    default:
      return input.aim satisfies never;
  }
}

async function noChange(ports: FreezePorts, input: FreezeInput): Promise<Run | undefined> {
  const { run, aim } = input;
  const text = clip(cleanText(input.said), 2500);
  const ending = aim.kind === "fail" ? failure(aim.cause) : undefined;
  return commitOrLose(ports.store, {
    run,
    events: aim.kind === "finish" ? [{ type: "no_change", text }] : (ending?.events ?? []),
    record: [...input.record, { kind: "no_change", payload: { turn: input.turn } }, ...(ending?.record ?? [])],
    addUsedMs: input.addUsedMs,
    jobs: [{ name: "clean", runId: run.id }],
  });
}

/** Not a change we accept: only the fact is stored, never the content. */
async function refuse(
  ports: FreezePorts,
  input: FreezeInput,
  problems: readonly ChangeProblem[],
): Promise<Run | undefined> {
  const ending = endingOf(input, problems);
  return commitOrLose(ports.store, {
    run: input.run,
    events: ending?.events ?? [],
    record: [
      ...input.record,
      { kind: "change_refused", payload: { turn: input.turn, problems } },
      ...(ending?.record ?? []),
    ],
    addUsedMs: input.addUsedMs,
    jobs: [{ name: "clean", runId: input.run.id }],
  });
}
