import { afterAll, beforeAll, expect, test } from "vitest";
import type { Octokit } from "octokit";
import { FULL, at, commitOn, openChange, refusalOf, startBench, type Bench } from "./help.ts";

let bench: Bench;
let client: Octokit;
let sha: string;
beforeAll(async () => {
  bench = await startBench();
  client = await bench.client();
  ({ sha } = await openChange(bench, client, { branch: "agent/checks" }));
});
afterAll(() => bench.close());

test("a check run starts, completes, and the newest of a name is the one that counts", async () => {
  const { data: run } = await client.rest.checks.create({
    ...at,
    name: "countersign/approval",
    head_sha: sha,
    status: "in_progress",
  });
  expect(run).toMatchObject({ status: "in_progress", conclusion: null, head_sha: sha });
  const output = { title: "The approved change", summary: "Seal 1f3c9a2" };
  const { data: done } = await client.rest.checks.update({
    ...at,
    check_run_id: run.id,
    conclusion: "success",
    output,
  });
  expect(done).toMatchObject({ status: "completed", conclusion: "success", output: { title: "The approved change" } });
  const { data: second } = await client.rest.checks.create({
    ...at,
    name: "countersign/approval",
    head_sha: sha,
    conclusion: "failure",
    status: "completed",
  });
  await bench.github.setChecks({ repo: FULL, sha, name: "build", conclusion: "success" });
  const { data: all } = await client.rest.checks.listForRef({ ...at, ref: "agent/checks" });
  expect(all.check_runs.map((one) => [one.name, one.conclusion, one.app?.slug])).toEqual([
    ["build", "success", "local-ci"],
    ["countersign/approval", "failure", "countersign"],
  ]);
  const { data: named } = await client.rest.checks.listForRef({
    ...at,
    ref: sha,
    check_name: "countersign/approval",
    filter: "all",
  });
  expect(named.check_runs.map((one) => one.id)).toEqual([second.id, run.id]);
  const { data: suites } = await client.rest.checks.listSuitesForRef({ ...at, ref: sha });
  expect(suites.check_suites.map((suite) => [suite.app?.slug, suite.status, suite.conclusion])).toEqual([
    ["countersign", "completed", "failure"],
    ["local-ci", "completed", "success"],
  ]);
});

test("what GitHub refuses is refused", async () => {
  const create = (wish: object): Promise<unknown> =>
    client.request("POST /repos/{owner}/{repo}/check-runs", { ...at, name: "n", head_sha: sha, ...wish });
  expect(await refusalOf(create({ head_sha: "d".repeat(40) }))).toMatchObject({
    status: 422,
    message: expect.stringContaining("No commit found for SHA"),
  });
  expect(await refusalOf(create({ status: "completed" }))).toMatchObject({ status: 422 });
  expect(await refusalOf(create({ conclusion: "fine" }))).toMatchObject({ status: 422 });
  expect(await refusalOf(create({ output: { title: "t", summary: "s".repeat(65_536) } }))).toMatchObject({
    status: 422,
  });
  const annotation = { path: "a", start_line: 1, end_line: 1, annotation_level: "notice", message: "m" };
  expect(
    await refusalOf(
      create({ output: { title: "t", summary: "s", annotations: Array.from({ length: 51 }, () => annotation) } }),
    ),
  ).toMatchObject({ status: 422 });
  await bench.github.setChecks({ repo: FULL, sha, name: "foreign" });
  const { data } = await client.rest.checks.listForRef({ ...at, ref: sha, check_name: "foreign" });
  const foreign = client.rest.checks.update({ ...at, check_run_id: data.check_runs[0]!.id, conclusion: "success" });
  expect(await refusalOf(foreign)).toMatchObject({ status: 403 });
  const narrow = await bench.client({ permissions: { checks: "read" } });
  expect(await refusalOf(narrow.rest.checks.create({ ...at, name: "n", head_sha: sha }))).toMatchObject({
    status: 403,
  });
});

test("statuses combine to the worst of the newest", async () => {
  const commit = await commitOn(bench, client, { text: "For statuses\n" });
  const say = (state: "pending" | "success" | "failure", context: string): Promise<unknown> =>
    client.rest.repos.createCommitStatus({ ...at, sha: commit, state, context });
  const combined = async (): Promise<string> =>
    (await client.rest.repos.getCombinedStatusForRef({ ...at, ref: commit })).data.state;
  expect(await combined()).toBe("pending");
  await say("success", "a");
  await say("failure", "b");
  expect(await combined()).toBe("failure");
  await say("success", "b");
  expect(await combined()).toBe("success");
  await say("pending", "a");
  expect(await combined()).toBe("pending");
});
