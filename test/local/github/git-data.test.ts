import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Octokit } from "octokit";
import { FULL, at, commitOn, refusalOf, startBench, type Bench } from "./help.ts";

let bench: Bench;
let client: Octokit;
let main: string;
let mainTree: string;

beforeAll(async () => {
  bench = await startBench();
  client = await bench.client();
  main = (await bench.github.branchSha(FULL, "main"))!;
  mainTree = (await client.rest.git.getCommit({ ...at, commit_sha: main })).data.tree.sha;
});
afterAll(() => bench.close());

describe("trees", () => {
  test("the tree made by the API is the tree git makes of the same files", async () => {
    const blob = await client.rest.git.createBlob({
      ...at,
      content: Buffer.from([0, 255, 1]).toString("base64"),
      encoding: "base64",
    });
    const made = await client.rest.git.createTree({
      ...at,
      base_tree: mainTree,
      tree: [
        { path: "content/pricing.md", mode: "100644", type: "blob", content: "Starter costs $39.\r\n" },
        { path: "public/logo.bin", mode: "100644", type: "blob", sha: blob.data.sha },
        { path: "link", mode: "120000", type: "blob", content: "README.md" },
        { path: "content/legal.md", mode: "100644", type: "blob", sha: null },
      ],
    });
    const commit = await client.rest.git.createCommit({ ...at, message: "x", tree: made.data.sha, parents: [main] });
    await client.rest.git.createRef({ ...at, ref: "refs/heads/tree-check", sha: commit.data.sha });
    const dir = `${bench.dir}/tree-check`;
    await bench.git(["clone", "-q", "-b", "tree-check", `${bench.github.gitUrl}/acme/website.git`, dir], {
      token: await bench.token(),
    });
    await bench.git(["update-index", "--force-remove", "README.md"], { cwd: dir });
    await bench.git(["add", "-A"], { cwd: dir });
    expect(await bench.git(["write-tree"], { cwd: dir })).toBe(made.data.sha);
    expect(await bench.git(["ls-files", "-s", "bin/build", "link"], { cwd: dir })).toMatch(
      /^100755 .*bin\/build\n120000 .*link$/,
    );
    expect(await bench.git(["ls-files", "content"], { cwd: dir })).toBe("content/pricing.md");
  });

  test("a file takes the place of a folder, and a folder that of a file", async () => {
    const made = await client.rest.git.createTree({
      ...at,
      base_tree: mainTree,
      tree: [
        { path: "content", mode: "100644", type: "blob", content: "now a file" },
        { path: "README.md/inside", mode: "100644", type: "blob", content: "now a folder" },
        { path: "copy", mode: "040000", type: "tree", sha: mainTree },
      ],
    });
    const { data } = await client.rest.git.getTree({ ...at, tree_sha: made.data.sha, recursive: "1" });
    expect(data.tree.filter((entry) => entry.type === "blob").map((entry) => entry.path)).toEqual([
      "README.md/inside",
      "bin/build",
      "content",
      "copy/README.md",
      "copy/bin/build",
      "copy/content/legal.md",
      "copy/content/pricing.md",
    ]);
  });

  test("chained trees carry each other's entries", async () => {
    const one = await client.rest.git.createTree({
      ...at,
      base_tree: mainTree,
      tree: [{ path: "a", mode: "100644", content: "1" }],
    });
    const two = await client.rest.git.createTree({
      ...at,
      base_tree: one.data.sha,
      tree: [{ path: "b", mode: "100644", content: "2" }],
    });
    const paths = two.data.tree.map((entry) => entry.path);
    expect(paths).toEqual(["README.md", "a", "b", "bin", "content"]);
  });

  const file = { mode: "100644", content: "x" } as const;
  test.each<[string, { path: string; mode: "100644"; content?: string; sha?: string | null }, string]>([
    ["an absolute path", { ...file, path: "/etc/passwd" }, "cannot start with a slash"],
    ["a path that climbs", { ...file, path: "content/../../x" }, "malformed path component"],
    ["a .git folder", { ...file, path: ".git/config" }, "malformed path component"],
    ["a .git folder in other letters", { ...file, path: "content/.GiT/config" }, "malformed path component"],
    ["the short Windows name of .git", { ...file, path: "GIT~1/config" }, "malformed path component"],
    ["a .git with an invisible letter", { ...file, path: ".g\u200cit/config" }, "malformed path component"],
    ["an empty part", { ...file, path: "a//b" }, "malformed path component"],
    ["removing what is not there", { path: "nowhere.txt", mode: "100644", sha: null }, "BadObjectState"],
    ["text that is not UTF-8", { ...file, path: "x", content: "\ud800" }, "not valid UTF-8"],
    ["content and sha at once", { ...file, path: "x", sha: "a".repeat(40) }, "Must supply either"],
    ["neither content nor sha", { path: "x", mode: "100644" }, "Must supply either"],
    ["an object that is not there", { path: "x", mode: "100644", sha: "a".repeat(40) }, "is not a valid blob"],
  ])("%s is refused", async (_says, entry, message) => {
    const refused = await refusalOf(client.rest.git.createTree({ ...at, base_tree: mainTree, tree: [entry] }));
    expect(refused?.status).toBe(422);
    expect(refused?.message).toContain(message);
  });

  test("a commit is no base tree, and a tree's folder is no file", async () => {
    const tree = [{ path: "x", mode: "100644", content: "x" } as const];
    expect(await refusalOf(client.rest.git.createTree({ ...at, base_tree: main, tree }))).toMatchObject({
      status: 422,
    });
    const wrong = client.rest.git.createTree({
      ...at,
      base_tree: mainTree,
      tree: [{ path: "x", mode: "100644", sha: mainTree }],
    });
    expect(await refusalOf(wrong)).toMatchObject({ status: 422 });
  });

  test("a workflow file needs the permission of its own", async () => {
    const tree = [{ path: ".github/workflows/ci.yml", mode: "100644", content: "on: push" } as const];
    expect(await refusalOf(client.rest.git.createTree({ ...at, base_tree: mainTree, tree }))).toMatchObject({
      status: 403,
    });
  });
});

describe("commits", () => {
  test("without an author it is the app's and verified; with one it is that person's and not", async () => {
    const own = await client.rest.git.createCommit({ ...at, message: "no line end", tree: mainTree, parents: [main] });
    expect(own.data.verification.verified).toBe(true);
    expect(own.data.author.name).toBe("countersign[bot]");
    expect(own.data.message).toBe("no line end");
    const author = { name: "Ann", email: "ann@example.com", date: "2026-01-02T03:04:05Z" };
    const given = await client.rest.git.createCommit({ ...at, message: "m", tree: mainTree, parents: [main], author });
    expect(given.data.verification).toMatchObject({ verified: false, reason: "unsigned" });
    expect(given.data.author).toEqual(author);
    const read = await client.rest.repos.getCommit({ ...at, ref: own.data.sha });
    expect(read.data.commit.verification?.verified).toBe(true);
    expect(read.data.author?.login).toBe("countersign[bot]");
  });

  test.each([
    ["an unknown tree", { tree: "b".repeat(40), parents: [] as string[] }],
    ["an unknown parent", { tree: "", parents: ["b".repeat(40)] }],
    ["a tree as parent", { tree: "", parents: ["TREE"] }],
  ])("%s is refused", async (_says, { tree, parents }) => {
    const commit = {
      ...at,
      message: "m",
      tree: tree || mainTree,
      parents: parents.map((sha) => (sha === "TREE" ? mainTree : sha)),
    };
    expect(await refusalOf(client.rest.git.createCommit(commit))).toMatchObject({ status: 422 });
  });
});

describe("refs", () => {
  test("a ref is created, read, found by its beginning, moved forward and deleted", async () => {
    const first = await commitOn(bench, client, { text: "one\n" });
    const second = await commitOn(bench, client, { text: "two\n", onto: first });
    await client.rest.git.createRef({ ...at, ref: "refs/heads/agent/marketing/7KQ2-x", sha: first });
    await client.rest.git.updateRef({ ...at, ref: "heads/agent/marketing/7KQ2-x", sha: second, force: false });
    const read = await client.rest.git.getRef({ ...at, ref: "heads/agent/marketing/7KQ2-x" });
    expect(read.data).toMatchObject({
      ref: "refs/heads/agent/marketing/7KQ2-x",
      object: { sha: second, type: "commit" },
    });
    const found = await client.rest.git.listMatchingRefs({ ...at, ref: "heads/agent/market" });
    expect(found.data.map((ref) => ref.ref)).toEqual(["refs/heads/agent/marketing/7KQ2-x"]);
    const branch = await client.rest.repos.getBranch({ ...at, branch: "agent/marketing/7KQ2-x" });
    expect(branch.data.commit.sha).toBe(second);
    await client.rest.git.deleteRef({ ...at, ref: "heads/agent/marketing/7KQ2-x" });
    expect(await refusalOf(client.rest.git.getRef({ ...at, ref: "heads/agent/marketing/7KQ2-x" }))).toMatchObject({
      status: 404,
    });
  });

  test("what GitHub refuses is refused in its words", async () => {
    const sha = await commitOn(bench, client, { text: "side\n" });
    const create = (ref: string, target: string): Promise<unknown> =>
      client.rest.git.createRef({ ...at, ref, sha: target });
    await create("refs/heads/taken", sha);
    const refused = async (work: Promise<unknown>): Promise<string> => {
      const found = await refusalOf(work);
      return `${found?.status} ${found?.message.split(" - ")[0]}`;
    };
    expect(await refused(create("refs/heads/taken", sha))).toBe("422 Reference already exists");
    expect(await refused(create("refs/heads/taken/below", sha))).toBe("422 Reference update failed");
    expect(await refused(create("heads/short", sha))).toContain("422 Reference name must start");
    expect(await refused(create("refs/heads/a..b", sha))).toContain("422 refs/heads/a..b is not a valid ref name");
    expect(await refused(create("refs/heads/none", "c".repeat(40)))).toBe("422 Object does not exist");
    expect(await refused(create("refs/heads/none", "main"))).toContain("422 The sha parameter must be exactly 40");
    expect(await refused(create("refs/heads/none", mainTree))).toBe("422 Reference update failed");
    const move = (ref: string, target: string, force = false): Promise<unknown> =>
      client.rest.git.updateRef({ ...at, ref, sha: target, force });
    expect(await refused(move("heads/taken", main))).toBe("422 Update is not a fast forward");
    expect(await refused(move("heads/nowhere", main))).toBe("422 Reference does not exist");
    expect(await refused(client.rest.git.deleteRef({ ...at, ref: "heads/nowhere" }))).toBe(
      "422 Reference does not exist",
    );
    expect(await refused(client.rest.git.deleteRef({ ...at, ref: "heads/main" }))).toContain("422");
    await move("heads/taken", main, true);
    expect(await bench.github.branchSha(FULL, "taken")).toBe(main);
  });

  test("one of two writers of the same ref wins and the other is told", async () => {
    const shas = await Promise.all([
      commitOn(bench, client, { text: "left\n" }),
      commitOn(bench, client, { text: "right\n" }),
    ]);
    await client.rest.git.createRef({ ...at, ref: "refs/heads/race", sha: main });
    const moves = shas.map((sha) =>
      refusalOf(client.rest.git.updateRef({ ...at, ref: "heads/race", sha, force: false })),
    );
    const refused = (await Promise.all(moves)).filter((one) => one !== undefined);
    expect(refused).toMatchObject([{ status: 422 }]);
  });
});

describe("reading", () => {
  test("contents of files and folders at a ref", async () => {
    const file = await client.rest.repos.getContent({ ...at, path: "content/pricing.md", ref: main });
    expect(Buffer.from((file.data as { content: string }).content, "base64").toString()).toBe("Starter costs $29.\n");
    const folder = await client.rest.repos.getContent({ ...at, path: "content" });
    expect((folder.data as { path: string; type: string }[]).map((entry) => [entry.path, entry.type])).toEqual([
      ["content/legal.md", "file"],
      ["content/pricing.md", "file"],
    ]);
    const raw = await client.rest.repos.getContent({ ...at, path: "README.md", mediaType: { format: "raw" } });
    expect(raw.data).toBe("# Website\n");
    expect(await refusalOf(client.rest.repos.getContent({ ...at, path: "content/nothing.md" }))).toMatchObject({
      status: 404,
    });
    expect(await refusalOf(client.rest.repos.getContent({ ...at, path: "README.md", ref: "nowhere" }))).toMatchObject({
      status: 404,
    });
  });

  test("blobs byte for byte, commits and comparisons as a diff, and the log in readable paths", async () => {
    const bytes = Buffer.from([0, 10, 255, 13, 10]);
    const { data: blob } = await client.rest.git.createBlob({
      ...at,
      content: bytes.toString("base64"),
      encoding: "base64",
    });
    const { data: read } = await client.rest.git.getBlob({ ...at, file_sha: blob.sha });
    expect([read.size, read.content.trim()]).toEqual([5, bytes.toString("base64")]);
    expect(await refusalOf(client.rest.git.getBlob({ ...at, file_sha: mainTree }))).toMatchObject({ status: 404 });
    expect(await refusalOf(client.rest.git.createBlob({ ...at, content: "%%%", encoding: "base64" }))).toMatchObject({
      status: 422,
    });
    const sha = await commitOn(bench, client, { text: "As a diff\n" });
    await client.rest.git.createRef({ ...at, ref: "refs/heads/agent/diff", sha });
    const diff = { mediaType: { format: "diff" } };
    const asCommit = await client.rest.repos.getCommit({ ...at, ref: "agent/diff", ...diff });
    expect(asCommit.data).toContain("+As a diff");
    const asRange = await client.rest.repos.compareCommitsWithBasehead({
      ...at,
      basehead: "main...agent/diff",
      ...diff,
    });
    expect(asRange.data).toBe(asCommit.data);
    expect(bench.github.requests().at(-2)?.path).toBe("/repos/acme/website/commits/agent/diff");
  });

  test("a comparison counts both sides and lists the files", async () => {
    const sha = await commitOn(bench, client, { path: "content/new.md", text: "one\ntwo\n" });
    const { data } = await client.rest.repos.compareCommitsWithBasehead({ ...at, basehead: `main...${sha}` });
    expect(data).toMatchObject({ status: "ahead", ahead_by: 1, behind_by: 0, merge_base_commit: { sha: main } });
    expect(data.files).toMatchObject([{ filename: "content/new.md", status: "added", additions: 2, deletions: 0 }]);
    expect(data.files?.[0]?.patch).toBe("@@ -0,0 +1,2 @@\n+one\n+two");
  });
});
