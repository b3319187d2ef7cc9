// The local GitHub's only spawner of git: a clean environment, a wall clock, and never a synchronous call.
import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

export interface GitOutput {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface GitOptions {
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
}

const TIMEOUT_MS = 30_000;
const MAX_BYTES = 128 * 1024 * 1024;

/** One folder's git: its own configuration file stands in for the person's and the system's. */
export interface GitHome {
  readonly env: Readonly<Record<string, string>>;
}

export async function prepareGitHome(stateDir: string): Promise<GitHome> {
  const config = join(stateDir, "gitconfig");
  // A repository handed in as a seed may belong to another user; only the stand-in itself reads it.
  const hooks = JSON.stringify(join(stateDir, "hooks"));
  await writeFile(
    config,
    `[safe]\n\tdirectory = *\n[gc]\n\tauto = 0\n[core]\n\tlogAllRefUpdates = false\n\thooksPath = ${hooks}\n`,
  );
  return {
    env: {
      PATH: process.env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin",
      LANG: "C.UTF-8",
      HOME: stateDir,
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_GLOBAL: config,
      GIT_ATTR_NOSYSTEM: "1",
      GIT_TERMINAL_PROMPT: "0",
      GIT_NO_REPLACE_OBJECTS: "1",
    },
  };
}

/** A repository on disk and the environment its git runs in. */
export interface GitRepo {
  readonly home: GitHome;
  readonly dir: string;
}

/** Runs git on one bare repository and returns what came of it; rejects only when git cannot run or must be stopped. */
export function tryGit(repo: GitRepo, args: readonly string[], options: GitOptions = {}): Promise<GitOutput> {
  return runGit(repo.home, ["--git-dir", repo.dir, ...args], options);
}

/** As `tryGit`, for calls that do not fail on good input. */
export async function git(repo: GitRepo, args: readonly string[], options: GitOptions = {}): Promise<Buffer> {
  const out = await tryGit(repo, args, options);
  if (out.code !== 0) throw new Error(`git ${args[0] ?? ""} ended with ${out.code}: ${out.stderr.slice(0, 400)}`);
  return out.stdout;
}

export async function gitText(repo: GitRepo, args: readonly string[], options: GitOptions = {}): Promise<string> {
  return (await git(repo, args, options)).toString("utf8");
}

export function runGit(home: GitHome, args: readonly string[], options: GitOptions = {}): Promise<GitOutput> {
  return new Promise((resolve, reject) => {
    const child = spawn("git", args, { env: { ...home.env, ...options.env }, stdio: ["pipe", "pipe", "pipe"] });
    const maxBytes = options.maxBytes ?? MAX_BYTES;
    const chunks: Buffer[] = [];
    let size = 0;
    let stderr = "";
    let stopped: string | undefined;
    const stop = (why: string): void => {
      stopped ??= why;
      child.kill("SIGKILL");
    };
    const timer = setTimeout(() => stop("took too long"), options.timeoutMs ?? TIMEOUT_MS);
    child.stdout.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) stop(`answered more than ${maxBytes} bytes`);
      else chunks.push(chunk);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      if (stderr.length < 8192) stderr += text;
    });
    // git may close its input early, for instance when it refuses the arguments; its exit code says so.
    child.stdin.on("error", () => {});
    child.on("error", (cause) => {
      clearTimeout(timer);
      reject(new Error("git did not start", { cause }));
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      if (stopped !== undefined) reject(new Error(`git ${args.join(" ").slice(0, 200)} ${stopped}`));
      else resolve({ code: code ?? 1, stdout: Buffer.concat(chunks), stderr });
    });
    child.stdin.end(options.input ?? "");
  });
}
