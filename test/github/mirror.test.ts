// The base of a run: found, fetched with a token that can only read, packed, and compared with what came since.
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createCodeHost } from "../../src/github/code-host.ts";
import { createPublisher } from "../../src/github/publish.ts";
import { startBench, type Bench } from "./bench.ts";
import { publishOnce, seal } from "./publish-bench.ts";

let bench: Bench;
const author = { name: "Web owner", email: "owner@example.com" };
const push = (files: Record<string, string | null>, branch = "main") =>
  bench.github.pushTo({ repo: "acme/website", branch, files, author });

beforeAll(async () => {
  bench = await startBench();
  for (const text of ["one", "two", "three"]) await push({ "content/news.md": `${text}\n` });
});
afterAll(() => bench.close());

describe("a repository is found", () => {
  test("by its name, with its number and default branch", () => {
    expect(bench.repository).toEqual({ id: expect.any(Number), fullName: "acme/website", defaultBranch: "main" });
  });
  test.each(["acme/unknown", "nobody/website", "acme", "acme/website/x", "acme/../website", ""])(
    "but not %j",
    async (name) => {
      expect(await bench.codeHost.findRepository(name)).toBeUndefined();
    },
  );
});

describe("the base", () => {
  test("is the branch's tip now, and undefined for a branch that is not there", async () => {
    const { sha } = await push({ "content/news.md": "four\n" });
    const base = await bench.codeHost.readBase(bench.repository, "main");
    expect(base?.commit).toBe(sha);
    expect(await bench.codeHost.readBase(bench.repository, "no-such-branch")).toBeUndefined();
    expect(await bench.codeHost.readBase(bench.repository, "main:refs/heads/other")).toBeUndefined();
    expect(await bench.codeHost.readBase(bench.repository, "-x")).toBeUndefined();
  });

  test.each([
    [1, 1],
    [3, 3],
    [50, 5],
  ])("with %d commits of history is a checkout that git finds nothing wrong with", async (depth, commits) => {
    const forge = await bench.sandbox(depth);
    expect(forge.base.shallow).toHaveLength(commits < 5 ? 1 : 0);
    expect(await forge.text(["rev-list", "--count", "HEAD"])).toBe(String(commits));
    expect(await forge.text(["status", "--porcelain"])).toBe("");
    expect(await forge.text(["rev-parse", "HEAD^{tree}"])).toBe(forge.base.tree);
    expect(await readFile(join(forge.dir, "content/news.md"), "utf8")).toBe("four\n");
    await forge.git(["fsck", "--strict"]);
    expect((await forge.text(["log", "--format=%H"])).split("\n")).not.toContain("");
  });

  test("is fetched by several at once, and by two processes' worth of adapters on one cache", async () => {
    await rm(bench.options.cacheDir, { recursive: true });
    const other = createCodeHost(bench.options);
    const asked = [bench.codeHost, other, bench.codeHost, other].map((host) => host.readBase(bench.repository, "main"));
    const found = await Promise.all(asked);
    expect(new Set(found.map((base) => base?.commit)).size).toBe(1);
  });

  test("of a branch that stands where a folder of branches was, or the reverse", async () => {
    const { repository, codeHost, github } = bench;
    await push({ "a.md": "a\n" }, "feature");
    expect(await codeHost.readBase(repository, "feature")).toBeDefined();
    await rm(join(bench.dir, "github", "repositories", `${repository.id}.git`, "refs", "heads", "feature"));
    const { sha } = await push({ "a.md": "b\n" }, "feature/next");
    expect((await codeHost.readBase(repository, "feature/next"))?.commit).toBe(sha);
    expect(await codeHost.readBase(repository, "feature")).toBeUndefined();
    expect(await github.branchSha("acme/website", "feature")).toBeUndefined();
  });

  test("is fetched anew once the token at hand stopped working", async () => {
    const { repository, codeHost, github } = bench;
    github.failNext({ method: "GET", path: /info\/refs/, status: 401, times: 1 });
    const before = github.tokens().length;
    expect(await codeHost.readBase(repository, "main")).toBeDefined();
    expect(github.tokens().length).toBe(before + 1);
  });

  test("is packed although the mirror was deleted since it was read", async () => {
    const base = (await bench.codeHost.readBase(bench.repository, "main"))!;
    await rm(join(bench.options.cacheDir, "mirrors"), { recursive: true });
    const pack = await bench.codeHost.packBase(bench.repository, base.commit, 2);
    expect(pack.tree).toBe(base.tree);
  });

  test("is asked for with tokens that can read one repository and nothing else", () => {
    const tokens = bench.github.tokens();
    expect(tokens.length).toBeGreaterThan(0);
    expect(tokens.flatMap((token) => Object.values(token.permissions)).every((level) => level === "read")).toBe(true);
    expect(tokens.every((token) => token.repositoryIds?.length === 1)).toBe(true);
  });

  test("of a commit nobody has is an error that names it", async () => {
    await expect(bench.codeHost.packBase(bench.repository, "1".repeat(40), 1)).rejects.toThrow("1111111");
    await expect(bench.codeHost.packBase(bench.repository, "HEAD", 1)).rejects.toThrow("40 hex");
  });
});

describe("the base branch since a change began", () => {
  test("did nothing, moved elsewhere, moved in the same file, or conflicts", async () => {
    const { repository, codeHost } = bench;
    await push({ "content/prices.md": "a\nb\nc\nd\ne\nf\ng\nh\n" });
    const forge = await bench.sandbox();
    const { change } = await seal(bench, forge, { "content/prices.md": "A\nb\nc\nd\ne\nf\ng\nh\n" });
    const ask = {
      repository,
      branch: "main",
      from: forge.base.commit,
      paths: ["content/prices.md"],
      change: { tree: change.resultTree, pack: change.pack },
    };
    expect(await codeHost.compareBase(ask)).toEqual({ commits: 0, touched: [], conflict: false });
    await push({ "content/legal.md": "Some refunds.\n" });
    expect(await codeHost.compareBase(ask)).toEqual({ commits: 1, touched: [], conflict: false });
    await push({ "content/prices.md": "a\nb\nc\nd\ne\nf\ng\nH\n" });
    expect(await codeHost.compareBase(ask)).toEqual({ commits: 2, touched: ["content/prices.md"], conflict: false });
    await push({ "content/prices.md": "AAA\nb\nc\nd\ne\nf\ng\nH\n" });
    expect(await codeHost.compareBase(ask)).toEqual({ commits: 3, touched: ["content/prices.md"], conflict: true });
    const { change: _, ...without } = ask;
    expect(await codeHost.compareBase(without)).toEqual({
      commits: 3,
      touched: ["content/prices.md"],
      conflict: false,
    });
    await push({ "content/prices.md": null, "content/prices.md/x": "a folder now\n" });
    expect((await codeHost.compareBase(ask)).touched).toEqual(["content/prices.md"]);
  });

  test("may already hold the very change", async () => {
    const forge = await bench.sandbox();
    const { change } = await seal(bench, forge, { "content/same.md": "same\n" });
    await push({ "content/same.md": "same\n" });
    const { repository, codeHost } = bench;
    const ask = { repository, branch: "main", from: forge.base.commit, paths: ["content/same.md"] };
    const compared = await codeHost.compareBase({ ...ask, change: { tree: change.resultTree, pack: change.pack } });
    expect(compared).toEqual({ commits: 1, touched: ["content/same.md"], conflict: false });
  });
});

describe("a pull request is read", () => {
  test("as it stands: open with its tree, merged and by whom, and undefined where there is none", async () => {
    const forge = await bench.sandbox();
    const sealed = await seal(bench, forge, { "content/new.md": "new\n" });
    const done = await publishOnce(createPublisher(bench.options), bench, sealed);
    if (done.kind !== "published") throw new Error(JSON.stringify(done));
    const { number } = done.pull;
    const { codeHost, repository, github } = bench;
    expect(await codeHost.readPullRequest(repository, number)).toEqual({
      ...done.pull,
      headTree: sealed.change.resultTree,
    });
    await github.markReady({ repo: "acme/website", number, by: "web-owner" });
    await github.merge({ repo: "acme/website", number, by: "web-owner" });
    expect(await codeHost.readPullRequest(repository, number)).toMatchObject({
      state: "merged",
      by: "web-owner",
      draft: false,
    });
    expect(await codeHost.readPullRequest(repository, 999)).toBeUndefined();
  });

  test("and history with its merge is cut into one connected piece at any depth", async () => {
    const tip = (await bench.codeHost.readBase(bench.repository, "main"))!;
    const whole = await bench.sandbox(1000);
    expect((await whole.text(["rev-list", "--merges", "--count", "HEAD"])).trim()).not.toBe("0");
    for (const depth of [1, 2, 3, 4]) {
      const forge = await bench.sandbox(depth);
      await forge.git(["fsck", "--strict"]);
      expect(await forge.text(["rev-parse", "HEAD"])).toBe(tip.commit);
      const listed = await forge.text(["cat-file", "--batch-check", "--batch-all-objects"]);
      const commits = listed.split("\n").filter((line) => line.includes(" commit ")).length;
      expect(await forge.text(["rev-list", "--count", "HEAD"])).toBe(String(commits));
      expect(commits).toBeLessThanOrEqual(depth);
    }
  });
});
