// Whatever does not match the seal, on our side or on the code host's, stops a publishing.
import { Octokit } from "octokit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mintToken, openHost } from "../../src/github/code-host.ts";
import { createPublisher } from "../../src/github/publish.ts";
import { startBench, type Bench } from "./bench.ts";
import { Forge } from "./forge.ts";
import { approve, publishOnce, seal, type Sealed } from "./publish-bench.ts";

let bench: Bench;
let forge: Forge;
let reader: Octokit;
const at = { owner: "acme", repo: "website" };

beforeAll(async () => {
  bench = await startBench();
  forge = await bench.sandbox();
  const wish = {
    repository: bench.repository,
    permissions: { contents: "read", pull_requests: "read", checks: "read" },
  } as const;
  const minted = await mintToken(openHost(bench.options), wish);
  if (!minted.ok) throw new Error("no reader");
  reader = minted.value.octokit;
});
afterAll(() => bench.close());

function publisher() {
  return createPublisher(bench.options);
}

const EDIT = { "content/pricing.md": "Starter costs $39.\n" };

async function published(sealed: Sealed) {
  const done = await publishOnce(publisher(), bench, sealed);
  if (done.kind !== "published") throw new Error(JSON.stringify(done));
  return done;
}

async function pullsOf(sealed: Sealed) {
  const { data } = await reader.rest.pulls.list({
    ...at,
    head: `acme:${sealed.approval.record.headBranch}`,
    state: "all",
  });
  return data;
}

describe("the stored change is compared with the seal", () => {
  test("so another pack is refused and nothing is written", async () => {
    const sealed = await seal(bench, forge, EDIT);
    const other = await seal(bench, forge, { "content/pricing.md": "Starter costs $1.\n" });
    const done = await publishOnce(publisher(), bench, {
      ...sealed,
      change: { ...sealed.change, pack: other.change.pack },
    });
    expect(done).toEqual({ kind: "not_sealed", detail: "the stored pack does not hold the sealed tree" });
    expect(await pullsOf(sealed)).toEqual([]);
  });

  test("so a damaged pack is refused", async () => {
    const sealed = await seal(bench, forge, EDIT);
    const pack = sealed.change.pack.slice(0, -4);
    expect(await publishOnce(publisher(), bench, { ...sealed, change: { ...sealed.change, pack } })).toMatchObject({
      kind: "not_sealed",
    });
  });

  test("so a list of files that hides one is refused", async () => {
    const sealed = await seal(bench, forge, { ...EDIT, "content/more.md": "More.\n" });
    const files = sealed.change.files.slice(0, 1);
    expect(await publishOnce(publisher(), bench, { ...sealed, change: { ...sealed.change, files } })).toMatchObject({
      kind: "not_sealed",
    });
  });

  test("so another base tree is refused", async () => {
    const sealed = await seal(bench, forge, EDIT);
    const approval = approve({ ...sealed.approval.record, baseTree: sealed.change.resultTree });
    expect(await publishOnce(publisher(), bench, { ...sealed, approval })).toMatchObject({ kind: "not_sealed" });
  });

  test("so a commit that is not the sealed one is never given a branch", async () => {
    const sealed = await seal(bench, forge, EDIT);
    const memory = { sha: forge.base.commit };
    expect(await publishOnce(publisher(), bench, sealed, memory)).toMatchObject({ kind: "not_sealed" });
    expect(await bench.github.branchSha("acme/website", sealed.approval.record.headBranch)).toBeUndefined();
  });
});

describe("the head branch", () => {
  const author = { name: "Somebody", email: "somebody@example.com" };

  test("that somebody else made first is left alone", async () => {
    const sealed = await seal(bench, forge, EDIT);
    const branch = sealed.approval.record.headBranch;
    const { sha } = await bench.github.pushTo({ repo: "acme/website", branch, files: { "x.md": "x\n" }, author });
    expect(await publishOnce(publisher(), bench, sealed)).toMatchObject({ kind: "head_moved" });
    expect(await bench.github.branchSha("acme/website", branch)).toBe(sha);
    expect(await pullsOf(sealed)).toEqual([]);
  });

  test("that somebody else pushed to is left alone, and the pull request is not claimed", async () => {
    const sealed = await seal(bench, forge, EDIT);
    const memory: { sha?: string } = {};
    expect((await publishOnce(publisher(), bench, sealed, memory)).kind).toBe("published");
    const branch = sealed.approval.record.headBranch;
    const { sha } = await bench.github.pushTo({ repo: "acme/website", branch, files: { "x.md": "x\n" }, author });
    expect(await publishOnce(publisher(), bench, sealed, memory)).toMatchObject({ kind: "head_moved" });
    expect(await bench.github.branchSha("acme/website", branch)).toBe(sha);
  });

  test("is fast-forwarded by the next version on the same pull request", async () => {
    const first = await seal(bench, forge, EDIT);
    const { sha, pull } = await published(first);
    const pack = await bench.codeHost.packBase(bench.repository, sha, 1);
    const next = await Forge.open(`${bench.dir}/next-${pull.number}`, pack);
    const made = await seal(bench, next, { "content/pricing.md": "Starter costs $49.\n" });
    const { record } = made.approval;
    const second = {
      ...made,
      approval: approve({
        ...record,
        run: first.approval.record.run,
        change: 2,
        headBranch: first.approval.record.headBranch,
      }),
    };
    const begun = await publisher().begin(bench.repository, second.approval);
    if (!begun.ok) throw new Error(begun.problem.detail);
    const commit = await begun.value.createCommit(second.change);
    if (!commit.ok) throw new Error(commit.problem.detail);
    expect(await begun.value.moveHead(commit.value, "1".repeat(40))).toMatchObject({
      ok: false,
      problem: { kind: "head_moved" },
    });
    expect(await begun.value.moveHead(commit.value, sha)).toEqual({ ok: true, value: "done" });
    const again = await begun.value.openPullRequest({ body: "Second.", draft: true });
    await begun.value.end();
    expect(again).toMatchObject({ ok: true, value: { number: pull.number, headSha: commit.value } });
    const [only] = await pullsOf(first);
    expect(only).toMatchObject({ body: "Second.", head: { sha: commit.value } });
  });

  test("left behind by an earlier version without a pull request makes room for the next", async () => {
    const first = await seal(bench, forge, EDIT);
    const begun = await publisher().begin(bench.repository, first.approval);
    if (!begun.ok) throw new Error(begun.problem.detail);
    const commit = await begun.value.createCommit(first.change);
    if (!commit.ok) throw new Error(commit.problem.detail);
    expect(await begun.value.moveHead(commit.value, undefined)).toMatchObject({ ok: true });
    await begun.value.end();
    const made = await seal(bench, forge, { "content/pricing.md": "Starter costs $45.\n" });
    const { run, headBranch, commitMessage } = first.approval.record;
    const second = {
      ...made,
      approval: approve({ ...made.approval.record, run, headBranch, commitMessage, change: 2 }),
    };
    expect(await publishOnce(publisher(), bench, second)).toMatchObject({ kind: "published" });
  });
});

describe("the pull request", () => {
  test("that was retargeted by a person is not taken for the approved one", async () => {
    const sealed = await seal(bench, forge, EDIT);
    const memory: { sha?: string } = {};
    const done = await publishOnce(publisher(), bench, sealed, memory);
    if (done.kind !== "published") throw new Error(done.kind);
    await bench.github.pushTo({
      repo: "acme/website",
      branch: "release",
      files: { "r.md": "r\n" },
      author: { name: "x", email: "x@example.com" },
    });
    const minted = await mintToken(openHost(bench.options), {
      repository: bench.repository,
      permissions: { pull_requests: "write", contents: "write" },
      approval: sealed.approval,
    });
    if (!minted.ok) throw new Error(minted.problem.detail);
    await minted.value.octokit.rest.pulls.update({ ...at, pull_number: done.pull.number, base: "release" });
    expect(await publishOnce(publisher(), bench, sealed, memory)).toMatchObject({
      kind: "refused",
      detail: expect.stringContaining("release"),
    });
  });

  test("that a person closed at once is told as closed, not opened anew", async () => {
    const sealed = await seal(bench, forge, EDIT);
    const memory: { sha?: string } = {};
    const done = await publishOnce(publisher(), bench, sealed, memory);
    if (done.kind !== "published") throw new Error(done.kind);
    await bench.github.closePullRequest({ repo: "acme/website", number: done.pull.number, by: "web-owner" });
    expect(await publishOnce(publisher(), bench, sealed, memory)).toMatchObject({
      kind: "published",
      pull: { number: done.pull.number, state: "closed" },
    });
    expect(await pullsOf(sealed)).toHaveLength(1);
  });

  test("is not created where the code host refuses, and the reason is kept", async () => {
    const sealed = await seal(bench, forge, EDIT);
    bench.github.failNext({
      method: "POST",
      path: /\/git\/refs$/,
      status: 422,
      times: 1,
      body: {
        message: "Repository rule violations found",
        errors: ["Cannot create ref due to creations being restricted."],
      },
    });
    const done = await publishOnce(publisher(), bench, sealed);
    expect(done).toEqual({
      kind: "refused",
      detail: "Repository rule violations found: Cannot create ref due to creations being restricted. (422)",
    });
  });

  test("waits as long as the code host says when it is asked too often", async () => {
    const sealed = await seal(bench, forge, EDIT);
    bench.github.failNext({
      method: "POST",
      path: /\/pulls$/,
      status: 403,
      times: 1,
      headers: { "retry-after": "30" },
    });
    expect(await publishOnce(publisher(), bench, sealed)).toMatchObject({ kind: "unavailable", retryAfterMs: 30_000 });
  });

  test("is opened although the check cannot be written", async () => {
    const sealed = await seal(bench, forge, EDIT);
    bench.github.failNext({ method: "POST", path: /\/check-runs$/, status: 403, times: 1 });
    expect(await publishOnce(publisher(), bench, sealed)).toMatchObject({ kind: "published" });
  });
});
