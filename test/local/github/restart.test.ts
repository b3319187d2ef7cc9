import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FULL, OWNER, REPO, SEED, at, makeApp, makeClient, openChange, publicKey, startBench } from "./help.ts";
import { startLocalGithub, type LocalGithub } from "../../../src/local/github/server.ts";

function again(stateDir: string): Promise<LocalGithub> {
  const lookDir = new URL("../../../src/web/look", import.meta.url).pathname;
  return startLocalGithub({ port: 0, stateDir, lookDir, pageToken: "again", appId: 4242, publicKeyPem: publicKey });
}

test("a restart on the same folder goes on: numbers, pull requests, comments, checks, tokens, deliveries", async () => {
  const bench = await startBench();
  try {
    const token = await bench.token();
    const client = makeClient(bench.github, token);
    const { number, sha } = await openChange(bench, client, { branch: "agent/restart", draft: true });
    await client.rest.issues.createComment({ ...at, issue_number: number, body: "Said before" });
    await client.rest.checks.create({ ...at, name: "countersign/approval", head_sha: sha, conclusion: "success" });
    bench.github.setWebhook("http://127.0.0.1:9/nobody", "s");
    await bench.github.pushTo({
      repo: FULL,
      branch: "agent/restart",
      files: { more: "1" },
      author: { name: "A", email: "a@example.com" },
    });
    await bench.github.delivered();
    const told = bench.github.deliveries().map((one) => one.guid);
    await bench.github.close();

    const second = await again(join(bench.dir, "state"));
    try {
      expect(
        await second.addRepository({ owner: OWNER, name: REPO, defaultBranch: "main", from: { files: SEED } }),
      ).toEqual({ id: bench.repoId });
      const after = makeClient(second, token);
      const { data: pull } = await after.rest.pulls.get({ ...at, pull_number: number });
      expect(pull).toMatchObject({
        draft: true,
        comments: 1,
        commits: 2,
        head: { sha: await second.branchSha(FULL, "agent/restart") },
      });
      const { data: runs } = await after.rest.checks.listForRef({ ...at, ref: sha });
      expect(runs.total_count).toBe(1);
      expect(second.deliveries().map((one) => one.guid)).toEqual(told);
      expect(told).toHaveLength(2);
      const next = await openChange({ ...bench, github: second }, after, { branch: "agent/next", text: "Next\n" });
      expect(next.number).toBe(number + 1);
    } finally {
      await second.close();
    }
  } finally {
    await bench.close();
  }
});

test("refs that moved in the folder while nobody looked are caught up with", async () => {
  const bench = await startBench();
  try {
    const client = await bench.client();
    const { number } = await openChange(bench, client, { branch: "agent/behind" });
    const main = (await bench.github.branchSha(FULL, "main"))!;
    const dir = join(bench.dir, "state", "repositories", `${bench.repoId}.git`);
    const moved = await bench.git(["--git-dir", dir, "commit-tree", `${main}^{tree}`, "-p", main, "-m", "x"]);
    await bench.git(["--git-dir", dir, "update-ref", "refs/heads/agent/behind", moved]);
    expect((await client.rest.pulls.get({ ...at, pull_number: number })).data.head.sha).toBe(moved);
  } finally {
    await bench.close();
  }
});

test("a merge that moved the base and was cut short before it was remembered is remembered at the next start", async () => {
  const bench = await startBench();
  try {
    const { number, sha } = await openChange(bench, await bench.client(), { branch: "agent/cut" });
    await bench.github.close();
    const dir = join(bench.dir, "state", "repositories", `${bench.repoId}.git`);
    await bench.git(["--git-dir", dir, "update-ref", "refs/heads/main", sha]);
    const second = await again(join(bench.dir, "state"));
    try {
      const client = makeClient(second, await tokenOf(second));
      const { data } = await client.rest.pulls.get({ ...at, pull_number: number });
      expect(data).toMatchObject({ state: "closed", merged: true });
    } finally {
      await second.close();
    }
  } finally {
    await bench.close();
  }
});

async function tokenOf(github: LocalGithub): Promise<string> {
  const installation = await makeApp(github).getInstallationOctokit(github.installationId);
  return ((await installation.auth({ type: "installation" })) as { token: string }).token;
}

test("a repository is copied from one on disk, with its branches and history, and the original is left alone", async () => {
  const bench = await startBench();
  try {
    const work = join(bench.dir, "work");
    await bench.git(["init", "-q", "-b", "trunk", work]);
    await writeFile(join(work, "a.txt"), "one\n");
    await bench.git(["add", "a.txt"], { cwd: work });
    await bench.git(["commit", "-qm", "One"], { cwd: work });
    await bench.git(["branch", "side"], { cwd: work });
    await bench.github.addRepository({ owner: "local", name: "work", defaultBranch: "trunk", from: work });
    const tip = await bench.git(["rev-parse", "trunk"], { cwd: work });
    expect(await bench.github.branchSha("local/work", "trunk")).toBe(tip);
    expect(await bench.github.branchSha("local/work", "side")).toBe(tip);
    await bench.github.pushTo({
      repo: "local/work",
      branch: "trunk",
      files: { b: "2" },
      author: { name: "A", email: "a@example.com" },
    });
    expect(await bench.git(["rev-parse", "trunk"], { cwd: work })).toBe(tip);
    const wrong = bench.github.addRepository({ owner: "local", name: "none", defaultBranch: "main", from: work });
    await expect(wrong).rejects.toThrow("has no branch main");
    await expect(
      bench.github.addRepository({ owner: "..", name: "x", defaultBranch: "main", from: work }),
    ).rejects.toThrow("not a repository name");
  } finally {
    await bench.close();
  }
});

test("a state file that does not parse is an error, and is left as it is", async () => {
  const bench = await startBench();
  try {
    await bench.github.close();
    await writeFile(join(bench.dir, "state", "github.json"), '{"v":1}');
    await expect(again(join(bench.dir, "state"))).rejects.toThrow();
  } finally {
    await bench.close();
  }
});
