// Check runs by any app: made and changed here, with the suite they belong to and the events they cause.
import { suiteState } from "./check-shapes.ts";
import { tellCheckRun, tellCheckSuite } from "./events.ts";
import { invalid } from "./refusal.ts";
import type { CheckApp, CheckRun, CheckSuite, Repository } from "./state.ts";
import { takeId, type World } from "./world.ts";

export interface CheckWish {
  readonly name?: string | undefined;
  readonly status?: CheckRun["status"] | undefined;
  readonly conclusion?: string | undefined;
  readonly detailsUrl?: string | undefined;
  readonly externalId?: string | undefined;
  readonly startedAtMs?: number | undefined;
  readonly completedAtMs?: number | undefined;
  readonly output?:
    | {
        readonly title: string;
        readonly summary: string;
        readonly text?: string | undefined;
        readonly annotations?: readonly Record<string, unknown>[] | undefined;
      }
    | undefined;
  readonly actions?: CheckRun["actions"] | undefined;
}

const MAX_TEXT = 65_535;

/** Settled status and conclusion: a conclusion means completed, and completed needs a conclusion. */
function judgeWish(wish: CheckWish): void {
  const wrong = (field: string, message: string): never => {
    throw invalid({ resource: "CheckRun", field, code: "custom", message });
  };
  if (wish.status === "completed" && wish.conclusion === undefined)
    wrong("conclusion", "conclusion is required when status is completed");
  if (wish.conclusion !== undefined && wish.status !== undefined && wish.status !== "completed")
    wrong("status", "status must be completed when a conclusion is given");
  for (const field of ["summary", "text"] as const)
    if ((wish.output?.[field]?.length ?? 0) > MAX_TEXT)
      wrong(`output.${field}`, `${field} is too long (maximum is ${MAX_TEXT} characters)`);
}

export function createCheck(
  world: World,
  repo: Repository,
  from: { readonly app: CheckApp; readonly sha: string; readonly name: string; readonly wish: CheckWish },
): CheckRun {
  judgeWish(from.wish);
  const run: CheckRun = {
    id: takeId(world),
    name: from.name,
    headSha: from.sha,
    app: from.app,
    status: "queued",
    conclusion: null,
    detailsUrl: null,
    externalId: "",
    startedAtMs: world.nowMs(),
    completedAtMs: null,
    output: { title: null, summary: null, text: null, annotations: [] },
    actions: [],
  };
  const suite = ensureSuite(world, repo, run);
  repo.checkRuns.push(run);
  apply(world, run, from.wish);
  tellOf(world, repo, { run, suite, wasDone: false });
  return run;
}

export function updateCheck(
  world: World,
  at: { readonly repo: Repository; readonly run: CheckRun },
  wish: CheckWish,
): void {
  judgeWish(wish);
  const { repo, run } = at;
  const suite = ensureSuite(world, repo, run);
  const wasDone = run.status === "completed";
  apply(world, run, wish);
  tellOf(world, repo, { run, suite, wasDone });
}

function apply(world: World, run: CheckRun, wish: CheckWish): void {
  if (wish.name !== undefined) run.name = wish.name;
  if (wish.detailsUrl !== undefined) run.detailsUrl = wish.detailsUrl;
  if (wish.externalId !== undefined) run.externalId = wish.externalId;
  if (wish.startedAtMs !== undefined) run.startedAtMs = wish.startedAtMs;
  if (wish.actions !== undefined) run.actions = wish.actions;
  if (wish.output !== undefined) {
    const { title, summary, text, annotations } = wish.output;
    const all = [...run.output.annotations, ...(annotations ?? [])];
    run.output = { title, summary, text: text ?? run.output.text, annotations: all };
  }
  if (wish.conclusion !== undefined) {
    run.status = "completed";
    run.conclusion = wish.conclusion;
    run.completedAtMs = wish.completedAtMs ?? world.nowMs();
  } else if (wish.status !== undefined) {
    run.status = wish.status;
    run.conclusion = null;
    run.completedAtMs = null;
  }
}

function ensureSuite(world: World, repo: Repository, run: CheckRun): CheckSuite {
  const found = repo.checkSuites.find((suite) => suite.headSha === run.headSha && suite.app.id === run.app.id);
  if (found !== undefined) return found;
  const suite = { id: takeId(world), headSha: run.headSha, app: run.app, createdAtMs: world.nowMs() };
  repo.checkSuites.push(suite);
  return suite;
}

function tellOf(world: World, repo: Repository, what: { run: CheckRun; suite: CheckSuite; wasDone: boolean }): void {
  if (what.run.status !== "completed" || what.wasDone) return;
  tellCheckRun(world, repo, what.run);
  if (suiteState(repo, what.suite).status === "completed") tellCheckSuite(world, repo, what.suite);
}
