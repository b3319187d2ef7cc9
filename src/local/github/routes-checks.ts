// Check runs, check suites and commit statuses.
import { z } from "zod";
import { createCheck, updateCheck, type CheckWish } from "./check-rules.ts";
import { checkRunShape, checkSuiteShape, latestRuns, statusShape } from "./check-shapes.ts";
import { isSha, objectType, resolveCommit } from "./refs.ts";
import { Refusal, notFound } from "./refusal.ts";
import {
  created,
  numberParam,
  ok,
  page,
  parseBody,
  repoRoute,
  type Answer,
  type RepoAsk,
  type Route,
} from "./router.ts";
import { repoShape, repoUrls } from "./shapes.ts";
import type { CheckApp, CheckRun, CommitStatus } from "./state.ts";
import { takeId, type World } from "./world.ts";

const READ = { checks: "read" } as const;
const WRITE = { checks: "write" } as const;

const CONCLUSIONS = ["action_required", "cancelled", "failure", "neutral", "success", "skipped", "timed_out"] as const;
const When = z.iso.datetime({ offset: true });
const Check = z.object({
  name: z.string().min(1).optional(),
  head_sha: z.string().optional(),
  status: z.enum(["queued", "in_progress", "completed"]).optional(),
  conclusion: z.enum(CONCLUSIONS).optional(),
  details_url: z.string().optional(),
  external_id: z.string().optional(),
  started_at: When.optional(),
  completed_at: When.optional(),
  output: z
    .object({
      title: z.string(),
      summary: z.string(),
      text: z.string().optional(),
      annotations: z.array(z.record(z.string(), z.unknown())).max(50).optional(),
    })
    .optional(),
  actions: z
    .array(
      z.object({
        label: z.string().max(20),
        description: z.string().max(40),
        identifier: z.string().max(20),
      }),
    )
    .max(3)
    .optional(),
});

function wishOf(body: z.infer<typeof Check>): CheckWish {
  return {
    name: body.name,
    status: body.status,
    conclusion: body.conclusion,
    detailsUrl: body.details_url,
    externalId: body.external_id,
    startedAtMs: body.started_at === undefined ? undefined : Date.parse(body.started_at),
    completedAtMs: body.completed_at === undefined ? undefined : Date.parse(body.completed_at),
    output: body.output,
    actions: body.actions,
  };
}

function ownApp(world: World): CheckApp {
  return { id: world.app.id, slug: world.app.slug, name: world.app.name };
}

async function postRun(ask: RepoAsk): Promise<Answer> {
  const body = parseBody(ask, Check);
  const { name, head_sha: sha } = body;
  if (name === undefined || sha === undefined)
    throw new Refusal(422, `Invalid request.\n\n"${name === undefined ? "name" : "head_sha"}" wasn't supplied.`);
  if (!isSha(sha) || (await objectType(ask.git, sha)) !== "commit")
    throw new Refusal(422, `No commit found for SHA: ${sha}`);
  const run = createCheck(ask.world, ask.repo, { app: ownApp(ask.world), sha, name, wish: wishOf(body) });
  return created(checkRunShape(ask.world, ask.repo, run));
}

function wantRun(ask: RepoAsk): CheckRun {
  const id = numberParam(ask, "id");
  const run = ask.repo.checkRuns.find((one) => one.id === id);
  if (run === undefined) throw notFound();
  return run;
}

async function patchRun(ask: RepoAsk): Promise<Answer> {
  const run = wantRun(ask);
  if (run.app.id !== ask.world.app.id)
    throw new Refusal(
      403,
      `Invalid app_id \`${ask.world.app.id}\` - check run can only be modified by the GitHub App that created it.`,
    );
  updateCheck(ask.world, { repo: ask.repo, run }, wishOf(parseBody(ask, Check)));
  return ok(checkRunShape(ask.world, ask.repo, run));
}

async function wantCommit(ask: RepoAsk): Promise<string> {
  const name = ask.params["ref"] ?? "";
  const sha = await resolveCommit(ask.git, name);
  if (sha === undefined) throw new Refusal(422, `No commit found for SHA: ${name}`);
  return sha;
}

async function runsFor(ask: RepoAsk): Promise<Answer> {
  const sha = await wantCommit(ask);
  const { query } = ask;
  const at = ask.repo.checkRuns.filter((run) => run.headSha === sha);
  const all = query.get("filter") === "all" ? at : latestRuns(at);
  const fits = (key: string, value: string): boolean => !query.has(key) || query.get(key) === value;
  const runs = all
    .filter((run) => fits("check_name", run.name) && fits("status", run.status) && fits("app_id", String(run.app.id)))
    .toReversed();
  return page(ask, runs, (shown) => ({
    total_count: runs.length,
    check_runs: shown.map((run) => checkRunShape(ask.world, ask.repo, run)),
  }));
}

async function suitesFor(ask: RepoAsk): Promise<Answer> {
  const sha = await wantCommit(ask);
  const suites = ask.repo.checkSuites.filter((suite) => suite.headSha === sha);
  return page(ask, suites, (shown) => ({
    total_count: suites.length,
    check_suites: shown.map((suite) => checkSuiteShape(ask.world, ask.repo, suite)),
  }));
}

const StatusBody = z.object({
  state: z.enum(["error", "failure", "pending", "success"]),
  context: z.string().default("default"),
  description: z.string().nullable().optional(),
  target_url: z.string().nullable().optional(),
});

async function postStatus(ask: RepoAsk): Promise<Answer> {
  const sha = ask.params["sha"] ?? "";
  if (!isSha(sha) || (await objectType(ask.git, sha)) !== "commit")
    throw new Refusal(422, `No commit found for SHA: ${sha}`);
  const body = parseBody(ask, StatusBody);
  if ((body.description?.length ?? 0) > 140)
    throw new Refusal(422, "Validation Failed", [
      {
        resource: "Status",
        field: "description",
        code: "custom",
        message: "description is too long (maximum is 140 characters)",
      },
    ]);
  const status: CommitStatus = {
    id: takeId(ask.world),
    sha,
    state: body.state,
    context: body.context,
    description: body.description ?? null,
    targetUrl: body.target_url ?? null,
    creator: ask.world.app.bot,
    createdAtMs: ask.world.nowMs(),
  };
  ask.repo.statuses.push(status);
  return created(statusShape(ask.world, ask.repo, status));
}

async function statuses(ask: RepoAsk): Promise<Answer> {
  const sha = await wantCommit(ask);
  const found = ask.repo.statuses.filter((status) => status.sha === sha).toReversed();
  return page(
    ask,
    found.map((status) => statusShape(ask.world, ask.repo, status)),
  );
}

function combine(latest: readonly CommitStatus[]): "failure" | "pending" | "success" {
  if (latest.some((status) => status.state === "failure" || status.state === "error")) return "failure";
  return latest.length === 0 || latest.some((status) => status.state === "pending") ? "pending" : "success";
}

async function combined(ask: RepoAsk): Promise<Answer> {
  const sha = await wantCommit(ask);
  const latest = new Map(ask.repo.statuses.filter((one) => one.sha === sha).map((one) => [one.context, one]));
  const shown = [...latest.values()];
  const url = repoUrls(ask.world, ask.repo).api;
  return ok({
    state: combine(shown),
    statuses: shown.map((status) => statusShape(ask.world, ask.repo, status)),
    sha,
    total_count: shown.length,
    repository: repoShape(ask.world, ask.repo),
    commit_url: `${url}/commits/${sha}`,
    url: `${url}/commits/${sha}/status`,
  });
}

export const checkRoutes: readonly Route[] = [
  repoRoute(["POST", "/check-runs", WRITE], postRun),
  repoRoute(["GET", "/check-runs/:id", READ], async (ask) => ok(checkRunShape(ask.world, ask.repo, wantRun(ask)))),
  repoRoute(["PATCH", "/check-runs/:id", WRITE], patchRun),
  repoRoute(["GET", "/check-runs/:id/annotations", READ], async (ask) => page(ask, wantRun(ask).output.annotations)),
  repoRoute(["GET", "/commits/*ref/check-runs", READ], runsFor),
  repoRoute(["GET", "/commits/*ref/check-suites", READ], suitesFor),
  repoRoute(["POST", "/statuses/:sha", { statuses: "write" }], postStatus),
  repoRoute(["GET", "/commits/*ref/status", { statuses: "read" }], combined),
  repoRoute(["GET", "/commits/*ref/statuses", { statuses: "read" }], statuses),
];
