import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Octokit } from "octokit";
import { FULL, at, commitOn, openChange, refusalOf, startBench, type Bench } from "./help.ts";

let bench: Bench;
let client: Octokit;
beforeAll(async () => {
  bench = await startBench();
  client = await bench.client();
});
afterAll(() => bench.close());

async function settledPull(number: number): Promise<Awaited<ReturnType<Octokit["rest"]["pulls"]["get"]>>["data"]> {
  await client.rest.pulls.get({ ...at, pull_number: number });
  return (await client.rest.pulls.get({ ...at, pull_number: number })).data;
}

describe("opening", () => {
  test("a draft has the fields its readers use", async () => {
    const { number, sha } = await openChange(bench, client, { branch: "agent/a", draft: true, body: "The *body*" });
    const pull = await settledPull(number);
    expect(pull).toMatchObject({
      number,
      state: "open",
      draft: true,
      merged: false,
      merged_at: null,
      merged_by: null,
      merge_commit_sha: null,
      mergeable: true,
      mergeable_state: "draft",
      body: "The *body*",
      user: { login: "countersign[bot]", type: "Bot" },
      head: { ref: "agent/a", sha, repo: { id: bench.repoId, full_name: FULL } },
      base: { ref: "main", sha: await bench.github.branchSha(FULL, "main") },
      html_url: `${bench.github.gitUrl}/${FULL}/pull/${number}`,
      commits: 1,
      changed_files: 1,
      additions: 1,
      deletions: 1,
    });
    const { data: files } = await client.rest.pulls.listFiles({ ...at, pull_number: number });
    expect(files).toMatchObject([{ filename: "content/pricing.md", status: "modified", additions: 1, deletions: 1 }]);
    expect(files[0]?.patch).toBe("@@ -1 +1 @@\n-Starter costs $29.\n+Starter costs $39.");
    const { data: commits } = await client.rest.pulls.listCommits({ ...at, pull_number: number });
    expect(commits.map((commit) => commit.sha)).toEqual([sha]);
    const { data: diff } = await client.rest.pulls.get({ ...at, pull_number: number, mediaType: { format: "diff" } });
    expect(diff).toContain("diff --git a/content/pricing.md b/content/pricing.md");
  });

  test("whether it merges is unknown at first, as it is on GitHub", async () => {
    const { number } = await openChange(bench, client, { branch: "agent/unknown", text: "Unknown.\n" });
    await bench.github.pushTo({
      repo: FULL,
      branch: "agent/unknown",
      files: { "x.md": "x\n" },
      author: { name: "A", email: "a@example.com" },
    });
    const { data } = await client.rest.pulls.get({ ...at, pull_number: number });
    const again = await settledPull(number);
    expect([data.mergeable, again.mergeable]).toEqual([null, true]);
  });

  test("what GitHub refuses is refused in its words", async () => {
    await openChange(bench, client, { branch: "agent/twin", text: "Twin.\n" });
    const sha = (await bench.github.branchSha(FULL, "main"))!;
    await client.rest.git.createRef({ ...at, ref: "refs/heads/agent/same", sha });
    const open = (wish: { head: string; base?: string; title?: string; body?: string }): Promise<unknown> =>
      client.rest.pulls.create({ ...at, base: "main", title: "T", ...wish });
    const said = async (work: Promise<unknown>): Promise<string> => JSON.stringify(await refusalOf(work));
    expect(await said(open({ head: "agent/twin" }))).toContain("A pull request already exists for acme:agent/twin.");
    expect(await said(open({ head: "agent/same" }))).toContain("No commits between main and agent/same");
    expect(await said(open({ head: "agent/none" }))).toMatch(/422.*Validation Failed.*head/);
    expect(await said(open({ head: "agent/twin", base: "none" }))).toMatch(/422.*Validation Failed.*base/);
    expect(await said(open({ head: "someone:agent/twin" }))).toMatch(/422.*head/);
    expect(await said(open({ head: "agent/twin", base: "agent/same", title: "" }))).toMatch(/422.*title/);
    expect(await said(open({ head: "agent/twin", base: "agent/same", body: "x".repeat(65_537) }))).toContain(
      "body is too long",
    );
  });

  test("needs the permission to write pull requests", async () => {
    const narrow = await bench.client({ permissions: { contents: "write", pull_requests: "read" } });
    const wish = narrow.rest.pulls.create({ ...at, head: "agent/twin", base: "main", title: "T" });
    expect(await refusalOf(wish)).toMatchObject({ status: 403 });
  });
});

describe("finding", () => {
  test("by head with its owner, by state, newest first and page by page", async () => {
    const one = await openChange(bench, client, { branch: "agent/find-1", text: "Find 1\n" });
    const two = await openChange(bench, client, { branch: "agent/find-2", text: "Find 2\n" });
    await client.rest.pulls.update({ ...at, pull_number: one.number, state: "closed" });
    const list = async (query: Record<string, string>): Promise<number[]> =>
      (await client.rest.pulls.list({ ...at, ...query })).data.map((pull) => pull.number);
    expect(await list({ head: "acme:agent/find-1", state: "all" })).toEqual([one.number]);
    expect(await list({ head: "acme:agent/find-1" })).toEqual([]);
    // Without an owner GitHub does not filter at all.
    expect(await list({ head: "agent/find-1" })).toContain(two.number);
    expect((await list({ state: "all" })).slice(0, 2)).toEqual([two.number, one.number]);
    expect(await list({ base: "other" })).toEqual([]);
    const all = await client.paginate(client.rest.pulls.list, { ...at, state: "all", per_page: 2 });
    expect(all.map((pull) => pull.number)).toEqual(await list({ state: "all", per_page: "100" }));
    expect(all.length).toBeGreaterThan(2);
  });
});

describe("head", () => {
  test("follows the ref, whoever moves it: API, git and a foreign push", async () => {
    const { number, sha } = await openChange(bench, client, { branch: "agent/follow", text: "Follow 1\n" });
    const second = await commitOn(bench, client, { text: "Follow 2\n", onto: sha });
    await client.rest.git.updateRef({ ...at, ref: "heads/agent/follow", sha: second });
    expect((await settledPull(number)).head.sha).toBe(second);
    const foreign = await bench.github.pushTo({
      repo: FULL,
      branch: "agent/follow",
      files: { "content/legal.md": "Refunds.\n" },
      author: { name: "Web owner", email: "owner@example.com" },
    });
    const pull = await settledPull(number);
    expect([pull.head.sha, pull.changed_files, pull.commits]).toEqual([foreign.sha, 2, 3]);
  });

  test("gone with its branch, the pull request is closed and cannot be reopened", async () => {
    const { number } = await openChange(bench, client, { branch: "agent/gone", text: "Gone\n" });
    await client.rest.git.deleteRef({ ...at, ref: "heads/agent/gone" });
    expect(await settledPull(number)).toMatchObject({ state: "closed", merged: false });
    const refused = await refusalOf(client.rest.pulls.update({ ...at, pull_number: number, state: "open" }));
    expect(refused?.message).toContain("has been deleted");
    const { data: files } = await client.rest.pulls.listFiles({ ...at, pull_number: number });
    expect(files).toHaveLength(1);
  });
});

describe("ready for review", () => {
  const READY =
    "mutation($id: ID!) { markPullRequestReadyForReview(input: {pullRequestId: $id}) { pullRequest { id isDraft number } } }";
  const DRAFT =
    'mutation Back($id: ID!) { back: convertPullRequestToDraft(input: {pullRequestId: $id, clientMutationId: "7"}) { clientMutationId pullRequest { isDraft repository { nameWithOwner } } } }';

  test("and back, through GraphQL", async () => {
    const { number, nodeId } = await openChange(bench, client, { branch: "agent/ready", text: "Ready\n", draft: true });
    expect(await client.graphql(READY, { id: nodeId })).toEqual({
      markPullRequestReadyForReview: { pullRequest: { id: nodeId, isDraft: false, number } },
    });
    expect((await settledPull(number)).draft).toBe(false);
    expect(await client.graphql(DRAFT, { id: nodeId })).toEqual({
      back: { clientMutationId: "7", pullRequest: { isDraft: true, repository: { nameWithOwner: FULL } } },
    });
  });

  test("is refused without write to contents, for an unknown id, and for any other document, which is named", async () => {
    const { nodeId } = await openChange(bench, client, { branch: "agent/ready-2", text: "Ready 2\n", draft: true });
    const said = async (work: Promise<unknown>): Promise<string> => String((await refusalOf(work))?.message);
    const narrow = await bench.client({ permissions: { pull_requests: "write" } });
    expect(await said(narrow.graphql(READY, { id: nodeId }))).toContain("Resource not accessible by integration");
    expect(await said(client.graphql(READY, { id: "PR_nothing" }))).toContain("Could not resolve to a node");
    expect(await said(client.graphql("{ viewer { login } }"))).toContain('no query "viewer"');
    expect(await said(client.graphql(READY.replace("isDraft", "isReady"), { id: nodeId }))).toContain(
      "Field 'isReady' doesn't exist",
    );
    expect(await said(client.graphql("mutation { ", {}))).toContain("Parse error");
    expect((await client.rest.pulls.list({ ...at, head: "acme:agent/ready-2" })).data[0]?.draft).toBe(true);
  });
});

describe("merging", () => {
  test("lands the change with a verified merge commit and says who did it", async () => {
    const { number, sha } = await openChange(bench, client, {
      branch: "agent/land",
      path: "content/land.md",
      text: "Landed\n",
    });
    const before = await bench.github.branchSha(FULL, "main");
    const merged = await bench.github.merge({ repo: FULL, number, by: "web-owner" });
    expect(await settledPull(number)).toMatchObject({
      state: "closed",
      merged: true,
      merged_by: { login: "web-owner" },
      merge_commit_sha: merged.sha,
      changed_files: 1,
    });
    const { data: commit } = await client.rest.git.getCommit({ ...at, commit_sha: merged.sha });
    expect(commit.parents.map((parent) => parent.sha)).toEqual([before, sha]);
    expect(await bench.github.branchSha(FULL, "main")).toBe(merged.sha);
    expect((await client.rest.pulls.checkIfMerged({ ...at, pull_number: number })).status).toBe(204);
  });

  test("squashes on request", async () => {
    const { number } = await openChange(bench, client, {
      branch: "agent/squash",
      path: "content/squash.md",
      text: "S\n",
    });
    const { data } = await client.rest.pulls.merge({ ...at, pull_number: number, merge_method: "squash" });
    const { data: commit } = await client.rest.git.getCommit({ ...at, commit_sha: data.sha });
    expect(commit.parents).toHaveLength(1);
    expect(commit.message).toBe(`Change of agent/squash (#${number})`);
  });

  test("a draft, a stale sha, a conflict and one already merged are refused", async () => {
    const merge = (number: number, sha?: string): Promise<unknown> =>
      client.rest.pulls.merge({ ...at, pull_number: number, ...(sha === undefined ? {} : { sha }) });
    const draft = await openChange(bench, client, { branch: "agent/m-draft", text: "Draft\n", draft: true });
    expect(await refusalOf(merge(draft.number))).toMatchObject({
      status: 405,
      message: expect.stringContaining("still a draft"),
    });
    const stale = await openChange(bench, client, { branch: "agent/m-stale", path: "content/stale.md", text: "1\n" });
    await bench.github.pushTo({
      repo: FULL,
      branch: "agent/m-stale",
      files: { x: "y" },
      author: { name: "A", email: "a@example.com" },
    });
    expect(await refusalOf(merge(stale.number, stale.sha))).toMatchObject({ status: 409 });
    const clash = await openChange(bench, client, { branch: "agent/m-clash", text: "One price\n" });
    await bench.github.pushTo({
      repo: FULL,
      branch: "main",
      files: { "content/pricing.md": "Other price\n" },
      author: { name: "A", email: "a@example.com" },
    });
    expect(await settledPull(clash.number)).toMatchObject({ mergeable: false, mergeable_state: "dirty" });
    expect(await refusalOf(merge(clash.number))).toMatchObject({
      status: 405,
      message: expect.stringContaining("not mergeable"),
    });
    await merge(stale.number);
    expect(await refusalOf(merge(stale.number))).toMatchObject({ status: 405 });
    expect(
      await refusalOf(client.rest.pulls.merge({ ...at, pull_number: clash.number, merge_method: "rebase" })),
    ).toMatchObject({ status: 405 });
  });

  test("a base that already holds the head counts as merged", async () => {
    const { number, sha } = await openChange(bench, client, {
      branch: "agent/direct",
      path: "content/direct.md",
      text: "D\n",
    });
    await client.rest.git.updateRef({ ...at, ref: "heads/main", sha });
    expect(await settledPull(number)).toMatchObject({ state: "closed", merged: true, merge_commit_sha: sha });
  });
});

describe("editing and talking", () => {
  test("title, body, base and state", async () => {
    const { number } = await openChange(bench, client, { branch: "agent/edit", path: "content/edit.md", text: "E\n" });
    await client.rest.git.createRef({
      ...at,
      ref: "refs/heads/release",
      sha: (await bench.github.branchSha(FULL, "main"))!,
    });
    const edit = (
      wish: Record<string, string>,
    ): Promise<{ data: { title: string; body: string | null; state: string } }> =>
      client.rest.pulls.update({ ...at, pull_number: number, ...wish });
    expect((await edit({ title: "New title", body: "New body" })).data).toMatchObject({
      title: "New title",
      body: "New body",
    });
    expect((await edit({ base: "release" })).data).toMatchObject({ base: { ref: "release" } });
    expect((await edit({ state: "closed" })).data.state).toBe("closed");
    expect((await edit({ state: "open" })).data.state).toBe("open");
    expect(await refusalOf(edit({ base: "nowhere" }))).toMatchObject({ status: 422 });
  });

  test("comments are written, read and changed", async () => {
    const { number } = await openChange(bench, client, { branch: "agent/talk", path: "content/talk.md", text: "T\n" });
    const { data: comment } = await client.rest.issues.createComment({
      ...at,
      issue_number: number,
      body: "CI failed",
    });
    await client.rest.issues.updateComment({ ...at, comment_id: comment.id, body: "CI passed" });
    await bench.github.closePullRequest({ repo: FULL, number, by: "web-owner", comment: "superseded by the redesign" });
    const { data: all } = await client.rest.issues.listComments({ ...at, issue_number: number });
    expect(all.map((one) => [one.user?.login, one.body])).toEqual([
      ["countersign[bot]", "CI passed"],
      ["web-owner", "superseded by the redesign"],
    ]);
    expect((await settledPull(number)).state).toBe("closed");
    expect(await refusalOf(client.rest.issues.createComment({ ...at, issue_number: 9999, body: "x" }))).toMatchObject({
      status: 404,
    });
  });
});
