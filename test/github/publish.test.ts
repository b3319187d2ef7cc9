// An approved change on the code host: exactly the sealed tree on the sealed base, once, and only with the seal.
import { rm } from "node:fs/promises";
import { Octokit } from "octokit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mintToken, openHost } from "../../src/github/code-host.ts";
import { createPublisher } from "../../src/github/publish.ts";
import { startBench, type Bench } from "./bench.ts";
import type { Forge } from "./forge.ts";
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

async function writeTokens(): Promise<number> {
  return bench.github.tokens().filter((token) => Object.values(token.permissions).includes("write")).length;
}

describe("what is published", () => {
  test("is the sealed tree on the sealed base, signed by the code host, as a draft that names the run", async () => {
    const sealed = await seal(bench, forge, {
      ...EDIT,
      "content/legal.md": null,
      "bin/run": { mode: "100755", content: "#!/bin/sh\necho hi\n" },
      "logo.png": Buffer.from([137, 80, 78, 71, 0, 255]),
      "latin.txt": Buffer.from([0x63, 0x61, 0x66, 0xe9]),
      "bom.txt": "\ufeffwith a mark\r\n",
    });
    const done = await published(sealed);
    const { record } = sealed.approval;
    const { data: commit } = await reader.rest.git.getCommit({ ...at, commit_sha: done.sha });
    expect(commit.tree.sha).toBe(record.resultTree);
    expect(commit.parents.map((parent) => parent.sha)).toEqual([record.baseCommit]);
    expect(commit.message).toBe(record.commitMessage);
    expect(commit.verification.verified).toBe(true);
    const { data: tree } = await reader.rest.git.getTree({ ...at, tree_sha: record.resultTree, recursive: "1" });
    expect(tree.tree.filter((each) => each.type === "blob").map((each) => [each.path, each.mode])).toContainEqual([
      "bin/run",
      "100755",
    ]);
    const [pull, ...others] = await pullsOf(sealed);
    expect(others).toEqual([]);
    expect(pull).toMatchObject({ draft: true, title: record.title, head: { sha: done.sha }, base: { ref: "main" } });
    expect(done.pull).toEqual({
      number: pull?.number,
      url: pull?.html_url,
      headSha: done.sha,
      headTree: record.resultTree,
      draft: true,
      state: "open",
    });
    const { data: checks } = await reader.rest.checks.listForRef({ ...at, ref: done.sha });
    expect(checks.check_runs.map((each) => [each.name, each.conclusion])).toEqual([
      ["countersign/approval", "success"],
    ]);
  });

  test("may put a folder in a file's place and a file in a folder's", async () => {
    const sealed = await seal(bench, forge, {
      "README.md": null,
      "README.md/en.md": "x\n",
      "content/pricing.md": null,
      "content/legal.md": null,
      content: "a file\n",
    });
    const done = await published(sealed);
    expect((await bench.codeHost.readPullRequest(bench.repository, done.pull.number))?.headTree).toBe(
      sealed.approval.record.resultTree,
    );
  });

  test("may hold symbolic links and more text than one request takes", async () => {
    const files: Record<string, string> = {};
    for (let index = 0; index < 12; index += 1)
      files[`content/long-${index}.md`] = `${index}`.padEnd(700_000, "long text\n");
    const sealed = await seal(bench, forge, { ...files, prices: { mode: "120000", content: "content/pricing.md" } });
    const before = bench.github.requests().length;
    const done = await published(sealed);
    const trees = bench.github
      .requests()
      .slice(before)
      .filter((each) => each.method === "POST" && each.path.endsWith("/git/trees"));
    expect(trees.length).toBeGreaterThan(1);
    expect(done.pull.headTree).toBe(sealed.approval.record.resultTree);
  });

  test("needs no cache: mirror and quarantine may vanish between approval and publishing", async () => {
    const sealed = await seal(bench, forge, EDIT);
    await rm(bench.options.cacheDir, { recursive: true });
    expect((await published(sealed)).pull.state).toBe("open");
  });
});

describe("a token that may write", () => {
  test("is minted for one repository, after the seal was checked, and revoked at the end", async () => {
    const sealed = await seal(bench, forge, EDIT);
    const before = bench.github.tokens().length;
    await published(sealed);
    const minted = bench.github
      .tokens()
      .slice(before)
      .filter((token) => Object.values(token.permissions).includes("write"));
    expect(minted.length).toBeGreaterThan(0);
    for (const token of minted) {
      expect(token.repositoryIds).toEqual([bench.repository.id]);
      expect(token.revokedAtMs).toBeDefined();
    }
    expect(bench.github.tokens().every((token) => token.repositoryIds?.length === 1)).toBe(true);
  });

  test.each<[string, (sealed: Sealed) => Sealed["approval"], string]>([
    [
      "the result was altered",
      ({ approval }) => ({ ...approval, record: { ...approval.record, resultTree: "0".repeat(40) } }),
      "altered",
    ],
    [
      "the head branch was altered",
      ({ approval }) => ({ ...approval, record: { ...approval.record, headBranch: "main" } }),
      "altered",
    ],
    ["the digest is another one", ({ approval }) => ({ ...approval, digest: "0".repeat(64) }), "altered"],
    ["nobody approved", ({ approval }) => ({ ...approval, approvals: [] }), "nobody"],
    [
      "it is for another repository",
      ({ approval }) => approve({ ...approval.record, repositoryId: 1 }),
      "another repository",
    ],
  ])("is never minted where %s", async (_says, forge2, why) => {
    const sealed = await seal(bench, forge, EDIT);
    const before = await writeTokens();
    const begun = await publisher().begin(bench.repository, forge2(sealed));
    expect(begun).toEqual({ ok: false, problem: { kind: "not_sealed", detail: expect.stringContaining(why) } });
    expect(await writeTokens()).toBe(before);
  });

  test("is refused to whoever shows no approval at all", async () => {
    const before = await writeTokens();
    const wish = { repository: bench.repository, permissions: { contents: "write" } } as unknown as Parameters<
      typeof mintToken
    >[1];
    expect(await mintToken(openHost(bench.options), wish)).toMatchObject({
      ok: false,
      problem: { kind: "not_sealed" },
    });
    expect(await writeTokens()).toBe(before);
  });

  test("is revoked although publishing failed", async () => {
    const sealed = await seal(bench, forge, EDIT);
    bench.github.failNext({ method: "POST", path: /\/git\/trees$/, status: 403, times: 1 });
    const before = bench.github.tokens().length;
    expect(await publishOnce(publisher(), bench, sealed)).toMatchObject({ kind: "refused" });
    const minted = bench.github
      .tokens()
      .slice(before)
      .filter((token) => Object.values(token.permissions).includes("write"));
    expect(minted.map((token) => token.revokedAtMs !== undefined)).toEqual([true]);
  });
});
