import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Octokit } from "octokit";
import { FULL, at, commitOn, openChange, startBench, type Bench } from "./help.ts";

let bench: Bench;
let client: Octokit;
let url: string;
beforeAll(async () => {
  bench = await startBench();
  client = await bench.client();
  url = `${bench.github.gitUrl}/acme/website.git`;
});
afterAll(() => bench.close());

const READ = { contents: "read" };
const failed = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return "it worked";
  } catch (error) {
    return String((error as { stderr?: string }).stderr ?? error);
  }
};

async function cloned(name: string, token: string): Promise<string> {
  const dir = `${bench.dir}/${name}`;
  await bench.git(["clone", "-q", url, dir], { token });
  return dir;
}

test("clones, whole and shallow and without blobs, with a token that may only read", async () => {
  const token = await bench.token({ repositoryIds: [bench.repoId], permissions: READ });
  const dir = await cloned("whole", token);
  expect(await bench.git(["rev-parse", "HEAD"], { cwd: dir })).toBe(await bench.github.branchSha(FULL, "main"));
  await bench.git(["clone", "-q", "--bare", "--depth=1", url, `${bench.dir}/shallow`], { token });
  await bench.git(["clone", "-q", "--bare", "--filter=blob:none", url, `${bench.dir}/partial`], { token });
  expect(bench.github.requests().at(-1)).toMatchObject({
    path: "/acme/website.git/git-upload-pack",
    tokenKind: "installation",
    status: 200,
  });
});

test("a fetch by id finds a commit that no branch has yet", async () => {
  const sha = await commitOn(bench, client, { text: "Unborn branch\n" });
  const dir = await cloned("by-id", await bench.token());
  await bench.git(["fetch", "-q", "origin", sha], { cwd: dir, token: await bench.token() });
  expect(await bench.git(["cat-file", "-t", sha], { cwd: dir })).toBe("commit");
});

test("nobody, an unknown token and one for other repositories learn nothing", async () => {
  const other = await bench.github.addRepository({
    owner: "acme",
    name: "billing",
    defaultBranch: "main",
    from: { files: { a: "b" } },
  });
  const wrong = await bench.token({ repositoryIds: [other.id], permissions: READ });
  const noContents = await bench.token({ permissions: { pull_requests: "write" } });
  const list = (token?: string): Promise<string> =>
    failed(bench.git(["ls-remote", url], token === undefined ? {} : { token }));
  expect(await list()).toMatch(/Authentication failed|terminal prompts disabled/);
  expect(await list("ghs_4242_a.b.c")).toMatch(/Authentication failed|terminal prompts disabled/);
  expect(await list(wrong)).toContain("not found");
  expect(await list(noContents)).toContain("not found");
  expect((await fetch(`${url}/info/refs?service=git-upload-pack`)).headers.get("www-authenticate")).toContain("Basic");
  const dumb = await fetch(`${url}/info/refs`, {
    headers: { authorization: `Basic ${btoa(`x:${await bench.token()}`)}` },
  });
  expect(dumb.status).toBe(403);
});

test("a push needs write, moves the pull request's head, and cannot reach refs/pull", async () => {
  const { number } = await openChange(bench, client, { branch: "agent/push", text: "Pushed 1\n" });
  const token = await bench.token({ repositoryIds: [bench.repoId], permissions: { contents: "write" } });
  const dir = await cloned("push", token);
  await bench.git(["checkout", "-q", "agent/push"], { cwd: dir });
  await writeFile(`${dir}/content/pricing.md`, "Pushed 2\n");
  await bench.git(["commit", "-qam", "Second"], { cwd: dir });
  const reader = await bench.token({ permissions: READ });
  expect(await failed(bench.git(["push", "-q", "origin", "agent/push"], { cwd: dir, token: reader }))).toContain("403");
  await bench.git(["push", "-q", "origin", "agent/push"], { cwd: dir, token });
  const head = await bench.git(["rev-parse", "HEAD"], { cwd: dir });
  expect((await client.rest.pulls.get({ ...at, pull_number: number })).data.head.sha).toBe(head);
  expect(await bench.git(["ls-remote", url, `refs/pull/${number}/head`], { token })).toContain(head);
  expect(
    await failed(bench.git(["push", "-q", "origin", `HEAD:refs/pull/${number}/head`], { cwd: dir, token })),
  ).toContain("hidden ref");
});

test("a push that rewrites history is refused unless forced, and then the head follows", async () => {
  const { number, sha } = await openChange(bench, client, { branch: "agent/force", text: "Force\n" });
  const token = await bench.token();
  const dir = await cloned("force", token);
  await bench.git(["checkout", "-q", "-b", "agent/force", "origin/main"], { cwd: dir });
  await writeFile(`${dir}/content/pricing.md`, "Rewritten\n");
  await bench.git(["commit", "-qam", "Rewritten"], { cwd: dir });
  expect(await failed(bench.git(["push", "-q", "origin", "agent/force"], { cwd: dir, token }))).toContain("rejected");
  expect((await client.rest.pulls.get({ ...at, pull_number: number })).data.head.sha).toBe(sha);
  await bench.git(["push", "-q", "--force", "origin", "agent/force"], { cwd: dir, token });
  const head = await bench.git(["rev-parse", "HEAD"], { cwd: dir });
  expect((await client.rest.pulls.get({ ...at, pull_number: number })).data.head.sha).toBe(head);
});

test("a workflow file cannot be pushed without the permission of its own", async () => {
  const token = await bench.token();
  const dir = await cloned("workflow", token);
  await bench.git(["checkout", "-q", "-b", "agent/workflow"], { cwd: dir });
  await bench.git(["config", "core.hooksPath", "/dev/null"], { cwd: dir });
  await bench.git(
    [
      "update-index",
      "--add",
      "--cacheinfo",
      `100644,${await bench.git(["rev-parse", "HEAD:README.md"], { cwd: dir })},.github/workflows/ci.yml`,
    ],
    { cwd: dir },
  );
  await bench.git(["commit", "-qm", "Workflow"], { cwd: dir });
  const said = await failed(bench.git(["push", "-q", "origin", "agent/workflow"], { cwd: dir, token }));
  expect(said).toContain("without `workflows` permission");
  expect(await bench.github.branchSha(FULL, "agent/workflow")).toBeUndefined();
});

test("a broken object is refused as GitHub's own check does", async () => {
  const token = await bench.token();
  const dir = await cloned("broken", token);
  const blob = await bench.git(["rev-parse", "HEAD:README.md"], { cwd: dir });
  await writeFile(`${dir}/tree-bytes`, Buffer.concat([Buffer.from("100644 .GIT\0"), Buffer.from(blob, "hex")]));
  const tree = await bench.git(["hash-object", "-t", "tree", "-w", "--literally", "tree-bytes"], { cwd: dir });
  const commit = await bench.git(["commit-tree", tree, "-m", "x"], { cwd: dir });
  const said = await failed(
    bench.git(["push", "-q", "origin", `${commit}:refs/heads/agent/broken`], { cwd: dir, token }),
  );
  expect(said).toContain("hasDotgit");
});

test("a fetch can be made to fail, and a push's answer to be lost after the work", async () => {
  bench.github.failNext({ path: /git-upload-pack/, status: 503, times: 1 });
  const token = await bench.token();
  expect(await failed(bench.git(["clone", "-q", url, `${bench.dir}/unlucky`], { token }))).toContain("503");
  const dir = await cloned("lost", token);
  await writeFile(`${dir}/lost.md`, "x\n");
  await bench.git(["add", "lost.md"], { cwd: dir });
  await bench.git(["commit", "-qm", "Lost"], { cwd: dir });
  bench.github.failNext({ method: "POST", path: /git-receive-pack/, times: 1, dropResponse: true });
  expect(await failed(bench.git(["push", "-q", "origin", "HEAD:refs/heads/agent/lost"], { cwd: dir, token }))).not.toBe(
    "it worked",
  );
  expect(await bench.github.branchSha(FULL, "agent/lost")).toBe(await bench.git(["rev-parse", "HEAD"], { cwd: dir }));
});
