// GitHub's JSON shapes of check runs, their suites, and commit statuses.
import { iso, nodeId, repoUrls, userShape } from "./shapes.ts";
import type { CheckRun, CheckSuite, CommitStatus, Repository } from "./state.ts";
import type { World } from "./world.ts";

type Json = Record<string, unknown>;

function pullsAt(world: World, repo: Repository, sha: string): Json[] {
  const { api } = repoUrls(world, repo);
  return repo.pulls
    .filter((pull) => pull.state === "open" && pull.headSha === sha)
    .map((pull) => ({
      id: pull.id,
      number: pull.number,
      url: `${api}/pulls/${pull.number}`,
      head: { ref: pull.headRef, sha: pull.headSha, repo: { id: repo.id, name: repo.name } },
      base: { ref: pull.baseRef, sha: pull.baseSha, repo: { id: repo.id, name: repo.name } },
    }));
}

function suiteOf(repo: Repository, run: CheckRun): CheckSuite | undefined {
  return repo.checkSuites.find((suite) => suite.headSha === run.headSha && suite.app.id === run.app.id);
}

function runsOf(repo: Repository, suite: CheckSuite): CheckRun[] {
  return latestRuns(repo.checkRuns.filter((run) => run.headSha === suite.headSha && run.app.id === suite.app.id));
}

/** The newest run of each name and app: an older one of the same name no longer counts. */
export function latestRuns(runs: readonly CheckRun[]): CheckRun[] {
  const latest = new Map<string, CheckRun>();
  for (const run of runs) latest.set(`${run.app.id} ${run.name}`, run);
  return [...latest.values()];
}

export function checkRunShape(world: World, repo: Repository, run: CheckRun): Json {
  const { api, html } = repoUrls(world, repo);
  return {
    id: run.id,
    node_id: nodeId("CR", run.id),
    name: run.name,
    head_sha: run.headSha,
    external_id: run.externalId,
    url: `${api}/check-runs/${run.id}`,
    html_url: `${html}/runs/${run.id}`,
    details_url: run.detailsUrl ?? `${html}/runs/${run.id}`,
    status: run.status,
    conclusion: run.conclusion,
    started_at: iso(run.startedAtMs),
    completed_at: run.completedAtMs === null ? null : iso(run.completedAtMs),
    output: {
      title: run.output.title,
      summary: run.output.summary,
      text: run.output.text,
      annotations_count: run.output.annotations.length,
      annotations_url: `${api}/check-runs/${run.id}/annotations`,
    },
    check_suite: { id: suiteOf(repo, run)?.id ?? null },
    app: run.app,
    pull_requests: pullsAt(world, repo, run.headSha),
  };
}

const WORST = ["failure", "timed_out", "cancelled", "action_required", "stale", "success", "neutral", "skipped"];

export function suiteState(repo: Repository, suite: CheckSuite): { status: string; conclusion: string | null } {
  const runs = runsOf(repo, suite);
  if (runs.some((run) => run.status !== "completed"))
    return { status: runs.every((run) => run.status === "queued") ? "queued" : "in_progress", conclusion: null };
  const conclusion = WORST.find((word) => runs.some((run) => run.conclusion === word));
  return { status: "completed", conclusion: conclusion ?? "neutral" };
}

export function checkSuiteShape(world: World, repo: Repository, suite: CheckSuite): Json {
  const { api } = repoUrls(world, repo);
  const pulls = pullsAt(world, repo, suite.headSha);
  return {
    id: suite.id,
    node_id: nodeId("CS", suite.id),
    head_branch: repo.pulls.find((pull) => pull.headSha === suite.headSha)?.headRef ?? null,
    head_sha: suite.headSha,
    ...suiteState(repo, suite),
    url: `${api}/check-suites/${suite.id}`,
    before: null,
    after: suite.headSha,
    pull_requests: pulls,
    app: suite.app,
    created_at: iso(suite.createdAtMs),
    updated_at: iso(suite.createdAtMs),
    latest_check_runs_count: runsOf(repo, suite).length,
  };
}

export function statusShape(world: World, repo: Repository, status: CommitStatus): Json {
  return {
    id: status.id,
    node_id: nodeId("SC", status.id),
    url: `${repoUrls(world, repo).api}/statuses/${status.sha}`,
    state: status.state,
    context: status.context,
    description: status.description,
    target_url: status.targetUrl,
    creator: userShape(world, status.creator),
    created_at: iso(status.createdAtMs),
    updated_at: iso(status.createdAtMs),
  };
}
