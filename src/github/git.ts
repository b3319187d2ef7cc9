// The only spawner of git in the bot: an environment of its own, no inherited secret, a wall clock and caps on everything.
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { promises as fs } from "node:fs";
import { join } from "node:path";
import { cleanText, clip } from "../core/text.ts";
import type { Log } from "../ports.ts";
import { HOSTILE_LIMITS, MIRROR_LIMITS, limited, walled, type GitLimits, type Tools } from "./confine.ts";

export type Setting = readonly [name: string, value: string];

export type Confine =
  /** Our own mirror, no network. */
  | { readonly kind: "mirror" }
  /** The mirror, and the code host with this token. */
  | { readonly kind: "network"; readonly token: string }
  /** What a sandbox produced: no network, and besides the repository only `readable` is seen. */
  | { readonly kind: "hostile"; readonly writable: boolean; readonly readable: readonly string[] };

export interface GitJob {
  readonly gitDir: string;
  readonly args: readonly string[];
  readonly confine: Confine;
  readonly input?: string | Uint8Array;
  readonly settings?: readonly Setting[];
  readonly limits?: Partial<GitLimits>;
  /** Takes the output as it comes instead of keeping it; answering "stop" ends the child. */
  readonly onChunk?: (chunk: Buffer) => Promise<"go" | "stop"> | "go" | "stop";
}

export interface GitDone {
  readonly ended: "exited" | "timed-out" | "too-much-output" | "stopped";
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly stdout: Buffer;
  /** Cleaned and cut: it may carry words of a repository. */
  readonly stderr: string;
}

/** git ran and did not do as asked; on a result of a sandbox that is the result's own doing. */
export class GitFailed extends Error {}

export interface Git {
  run(job: GitJob): Promise<GitDone>;
  /** As `run`, for calls that do not fail on good input: throws unless git exits with 0. */
  must(job: GitJob): Promise<Buffer>;
}

export interface GitOptions {
  /** Base of every repository's address on the code host. */
  readonly gitUrl: string;
  readonly homeDir: string;
  readonly log: Log;
}

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin";
const LOOPBACK = /^(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])$/;

export function createGit(options: GitOptions): Git {
  const remote = protocolOf(options.gitUrl);
  let tools: Promise<Tools> | undefined;
  const run = async (job: GitJob): Promise<GitDone> => {
    tools ??= probe(options);
    const limits = { ...(job.confine.kind === "hostile" ? HOSTILE_LIMITS : MIRROR_LIMITS), ...job.limits };
    const env = envOf(options, job, remote);
    const done = await spawnLimited({ argv: argvOf(job, limits, await tools), env, cwd: job.gitDir, limits }, job);
    if (HOST_TROUBLE.test(done.stderr)) throw new Error(`git could not run: ${done.stderr}`);
    return done;
  };
  return {
    run,
    must: async (job) => {
      const done = await run(job);
      if (done.ended === "exited" && done.code === 0) return done.stdout;
      throw new GitFailed(`git ${job.args[0] ?? ""} ${done.ended} with ${done.code ?? "a signal"}: ${done.stderr}`);
    },
  };
}

// Trouble of this host must not be taken for an answer about a result.
const HOST_TROUBLE = /^(?:bwrap|prlimit): |No space left on device/;

/** The one protocol allowed: https, or plain http where the code host is on this machine. */
function protocolOf(gitUrl: string): "https" | "http" {
  const { protocol, hostname, username, password } = new URL(gitUrl);
  if (username !== "" || password !== "") throw new Error("the code host's address must not carry a credential");
  if (protocol === "https:") return "https";
  if (protocol === "http:" && LOOPBACK.test(hostname)) return "http";
  throw new Error("the code host is reached by https only, except on loopback");
}

function argvOf(job: GitJob, limits: GitLimits, tools: Tools): readonly string[] {
  const argv = ["git", ...job.args];
  if (job.confine.kind !== "hostile" || !tools.bwrap) return limited(argv, limits, tools);
  return limited(walled(argv, { dir: job.gitDir, ...job.confine }), limits, tools);
}

// Windows of mapped pack files count as memory, and a blob git must hold whole would too.
const ALWAYS: readonly Setting[] = [
  ["core.hooksPath", "/dev/null"],
  ["core.attributesFile", "/dev/null"],
  ["core.fsmonitor", "false"],
  ["core.packedGitWindowSize", "32m"],
  ["core.packedGitLimit", "512m"],
  ["core.bigFileThreshold", "32m"],
  ["credential.helper", ""],
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
  ["pack.threads", "1"],
  ["protocol.allow", "never"],
];

function envOf(options: GitOptions, job: GitJob, remote: "https" | "http"): NodeJS.ProcessEnv {
  const settings = [...ALWAYS, ...(job.settings ?? []), ...networkSettings(options, job.confine, remote)];
  return {
    PATH,
    LANG: "C.UTF-8",
    HOME: options.homeDir,
    GIT_DIR: job.gitDir,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_ASKPASS: "/bin/false",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_NO_LAZY_FETCH: "1",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_CONFIG_COUNT: String(settings.length),
    ...Object.fromEntries(
      settings.flatMap(([name, value], index) => [
        [`GIT_CONFIG_KEY_${index}`, name],
        [`GIT_CONFIG_VALUE_${index}`, value],
      ]),
    ),
  };
}

function networkSettings(options: GitOptions, confine: Confine, remote: "https" | "http"): readonly Setting[] {
  if (confine.kind !== "network") return [];
  const basic = Buffer.from(`x-access-token:${confine.token}`).toString("base64");
  return [
    [`protocol.${remote}.allow`, "always"],
    [`http.${options.gitUrl.replace(/\/+$/, "")}/.extraHeader`, `Authorization: Basic ${basic}`],
    // A redirect could carry the request to another repository or host.
    ["http.followRedirects", "false"],
    ["http.lowSpeedLimit", "1000"],
    ["http.lowSpeedTime", "60"],
    ["protocol.version", "2"],
  ];
}

async function probe(options: GitOptions): Promise<Tools> {
  await fs.mkdir(options.homeDir, { recursive: true, mode: 0o700 });
  const room = { dir: options.homeDir, writable: false, readable: [] };
  const prlimit = await starts(options, ["prlimit", "--nofile=1024", "--", "git", "--version"]);
  const bwrap = await starts(options, walled(["git", "--version"], room));
  if (!prlimit) options.log.warn({}, "prlimit is missing: git's limits are set by the shell instead");
  if (!bwrap) options.log.warn({}, "bubblewrap is missing or not permitted: git on results runs without its wall");
  return { prlimit, bwrap };
}

async function starts(options: GitOptions, argv: readonly string[]): Promise<boolean> {
  const job: GitJob = { gitDir: options.homeDir, args: [], confine: { kind: "mirror" } };
  const limits = { ...HOSTILE_LIMITS, wallMs: 60_000 };
  const env = { PATH, LANG: "C.UTF-8", HOME: options.homeDir };
  const done = await spawnLimited({ argv, env, cwd: options.homeDir, limits }, job).catch(() => undefined);
  return done?.code === 0;
}

interface Spawned {
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly limits: GitLimits;
}

const STDERR_CHARS = 8192;

async function spawnLimited({ argv, env, cwd, limits }: Spawned, job: GitJob): Promise<GitDone> {
  const [program = "git", ...args] = argv;
  const child = spawn(program, args, { env, cwd, stdio: ["pipe", "pipe", "pipe"], detached: true });
  let ended: GitDone["ended"] = "exited";
  const stop = (why: Exclude<GitDone["ended"], "exited">): void => {
    if (ended === "exited") ended = why;
    killGroup(child);
  };
  const closed = new Promise<number | null>((resolve, reject) => {
    child.once("error", (cause) => reject(new Error(`${program} did not start`, { cause })));
    child.once("close", resolve);
  });
  closed.catch(() => {});
  const timer = setTimeout(() => stop("timed-out"), limits.wallMs);
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    if (stderr.length < STDERR_CHARS) stderr += text;
  });
  // git closes its input early when it refuses what it reads; its exit code says so.
  child.stdin.on("error", () => {});
  child.stdin.end(job.input ?? "");
  try {
    const stdout = await drain(child, { job, limits, stop });
    return { ended, code: await closed, stdout, stderr: clip(cleanText(stderr).trim(), STDERR_CHARS) };
  } finally {
    clearTimeout(timer);
    killGroup(child);
  }
}

interface Drain {
  readonly job: GitJob;
  readonly limits: GitLimits;
  readonly stop: (why: Exclude<GitDone["ended"], "exited">) => void;
}

async function drain(child: ChildProcessWithoutNullStreams, { job, limits, stop }: Drain): Promise<Buffer> {
  const kept: Buffer[] = [];
  let size = 0;
  for await (const piece of child.stdout) {
    const chunk = Buffer.from(piece);
    size += chunk.length;
    if (size > limits.outputBytes) {
      stop("too-much-output");
      break;
    }
    if (job.onChunk === undefined) kept.push(chunk);
    else if ((await job.onChunk(chunk)) === "stop") {
      stop("stopped");
      break;
    }
  }
  return Buffer.concat(kept);
}

function killGroup(child: ChildProcessWithoutNullStreams): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    child.kill("SIGKILL");
  }
}

/** Where a repository's helper files live under the cache. */
export function gitHomeDir(cacheDir: string): string {
  return join(cacheDir, "home");
}
