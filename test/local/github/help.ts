// One local GitHub with one repository, and clients of it as the product makes them.
import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { App, Octokit } from "octokit";
import { startLocalGithub, type LocalGithub, type LocalGithubOptions } from "../../../src/local/github/server.ts";

export const { privateKey, publicKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});

export const APP_ID = 4242;
export const OWNER = "acme";
export const REPO = "website";
export const FULL = "acme/website";
export const at = { owner: OWNER, repo: REPO } as const;

const run = promisify(execFile);
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const plain = { throttle: { enabled: false }, retry: { enabled: false }, log: silent } as const;

export interface Bench {
  readonly github: LocalGithub;
  readonly dir: string;
  readonly repoId: number;
  readonly app: App;
  /** A client with everything the app may do, or narrowed. */
  client(narrow?: { permissions?: Record<string, string>; repositoryIds?: number[] }): Promise<Octokit>;
  token(narrow?: { permissions?: Record<string, string>; repositoryIds?: number[] }): Promise<string>;
  git(args: readonly string[], options?: { cwd?: string; token?: string }): Promise<string>;
  close(): Promise<void>;
}

export const SEED = {
  "README.md": "# Website\n",
  "content/pricing.md": "Starter costs $29.\n",
  "content/legal.md": "No refunds.\n",
  "bin/build": { content: "#!/bin/sh\necho built\n", mode: "100755" },
} as const;

export async function startBench(options: Partial<LocalGithubOptions> = {}): Promise<Bench> {
  const dir = await mkdtemp(join(tmpdir(), "countersign-github-"));
  const github = await startLocalGithub({
    port: 0,
    stateDir: join(dir, "state"),
    lookDir: new URL("../../../src/web/look", import.meta.url).pathname,
    pageToken: "page-token-of-this-start",
    appId: APP_ID,
    publicKeyPem: publicKey,
    ...options,
  }).catch(async (cause: unknown) => {
    await rm(dir, { recursive: true, force: true });
    throw cause;
  });
  const { id: repoId } = await github.addRepository({
    owner: OWNER,
    name: REPO,
    defaultBranch: "main",
    from: { files: SEED },
  });
  const app = makeApp(github);
  const token: Bench["token"] = async (narrow = {}) => {
    const installation = await app.getInstallationOctokit(github.installationId);
    const auth = (await installation.auth({ type: "installation", refresh: true, ...narrow })) as { token: string };
    return auth.token;
  };
  return {
    github,
    dir,
    repoId,
    app,
    token,
    client: async (narrow) => makeClient(github, await token(narrow)),
    git: (args, given = {}) => runGit(dir, args, given),
    async close() {
      await github.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

export function makeApp(github: LocalGithub, key: string = privateKey, appId: number = APP_ID): App {
  return new App({ appId, privateKey: key, Octokit: Octokit.defaults({ baseUrl: github.url, ...plain }), log: silent });
}

export function makeClient(github: LocalGithub, auth: string): Octokit {
  return new Octokit({ baseUrl: github.url, auth, ...plain });
}

async function runGit(home: string, args: readonly string[], given: { cwd?: string; token?: string }): Promise<string> {
  const header =
    given.token === undefined
      ? []
      : ["-c", `http.extraHeader=Authorization: Basic ${btoa(`x-access-token:${given.token}`)}`];
  const { stdout } = await run("git", [...header, ...args], {
    cwd: given.cwd ?? home,
    timeout: 20_000,
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: home,
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_TERMINAL_PROMPT: "0",
      GIT_AUTHOR_NAME: "Someone",
      GIT_AUTHOR_EMAIL: "someone@example.com",
      GIT_COMMITTER_NAME: "Someone",
      GIT_COMMITTER_EMAIL: "someone@example.com",
    },
  });
  return stdout.trim();
}

/** Publishes files on a new branch through the git data API and opens a pull request for it. */
export async function openChange(
  bench: Bench,
  client: Octokit,
  change: { branch: string; path?: string; text?: string; draft?: boolean; body?: string },
): Promise<{ number: number; sha: string; nodeId: string }> {
  const sha = await commitOn(bench, client, change);
  await client.rest.git.createRef({ ...at, ref: `refs/heads/${change.branch}`, sha });
  const pull = await client.rest.pulls.create({
    ...at,
    head: change.branch,
    base: "main",
    title: `Change of ${change.branch}`,
    body: change.body ?? "What and why.",
    draft: change.draft ?? false,
  });
  return { number: pull.data.number, sha, nodeId: pull.data.node_id };
}

/** One commit of one file on top of main (or of `onto`), not yet on any branch. */
export async function commitOn(
  bench: Bench,
  client: Octokit,
  change: { path?: string; text?: string; onto?: string },
): Promise<string> {
  const base = change.onto ?? (await bench.github.branchSha(FULL, "main"))!;
  const { data: parent } = await client.rest.git.getCommit({ ...at, commit_sha: base });
  const tree = await client.rest.git.createTree({
    ...at,
    base_tree: parent.tree.sha,
    tree: [
      {
        path: change.path ?? "content/pricing.md",
        mode: "100644",
        type: "blob",
        content: change.text ?? "Starter costs $39.\n",
      },
    ],
  });
  const commit = await client.rest.git.createCommit({
    ...at,
    message: "A change",
    tree: tree.data.sha,
    parents: [base],
  });
  return commit.data.sha;
}

/** What octokit threw: status and message, or undefined when it did not throw. */
export async function refusalOf(work: Promise<unknown>): Promise<{ status: number; message: string } | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    const { status, message } = error as { status: number; message: string };
    return { status, message };
  }
}
