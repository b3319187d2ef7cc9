// One command: its output to whoever listens now, its end to whoever asks within the keeping time.
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { existsSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { RpcProblem, toRpcProblem } from "./envd-problem.ts";
import type { EventStream } from "./envd-stream.ts";
import type { User } from "./envd-user.ts";
import { resolvePath } from "./envd-user.ts";

export interface CommandSpec {
  readonly cmd: string;
  readonly args: readonly string[];
  readonly envs: Readonly<Record<string, string>>;
  readonly cwd: string | undefined;
  readonly tag: string | undefined;
  readonly wantsStdin: boolean;
  readonly timeoutMs: number;
}

export interface EndEvent {
  readonly exitCode: number;
  readonly exited: boolean;
  readonly status: string;
  readonly error?: string;
}

export interface Command {
  readonly pid: number;
  readonly spec: CommandSpec;
  attach(stream: EventStream): void;
  signal(signal: "SIGTERM" | "SIGKILL"): void;
  write(bytes: Buffer): void;
  closeStdin(): void;
  /** A stopped sandbox spends none of its commands' time. */
  freezeTimeout(): void;
  thawTimeout(): void;
}

const MAX_STDIN_BACKLOG_BYTES = 8 * 1024 * 1024;
// Children that inherited stdout may hold it open long after the killed shell is gone.
const DRAIN_AFTER_KILL_MS = 50;
const SIGNAL_WORDS: Readonly<Record<string, string>> = { SIGKILL: "killed", SIGTERM: "terminated" };

type Child = ChildProcessByStdio<Writable | null, Readable, Readable>;

export interface Surroundings {
  readonly user: User;
  readonly env: Readonly<Record<string, string>>;
  onEnd(pid: number, end: EndEvent): void;
}

export async function startCommand(spec: CommandSpec, around: Surroundings): Promise<Command> {
  const cwd = resolvePath(spec.cwd ?? around.user.home, around.user);
  if (!existsSync(cwd)) throw new RpcProblem("invalid_argument", `cwd '${cwd}' does not exist`);
  const options = { cwd, env: { ...around.env, ...spec.envs }, detached: true };
  const child: Child = spec.wantsStdin
    ? spawn(spec.cmd, spec.args, { ...options, stdio: ["pipe", "pipe", "pipe"] })
    : spawn(spec.cmd, spec.args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  const pid = await waitForSpawn(child, spec.cmd);
  return followChild(child, { pid, spec, around });
}

function waitForSpawn(child: Child, cmd: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", (cause) => {
      const { code } = toRpcProblem(cause);
      const known = code === "resource_exhausted" ? code : "invalid_argument";
      reject(new RpcProblem(known, `error starting process '${cmd}': ${cause.message}`));
    });
    child.once("spawn", () => resolve(child.pid ?? -1));
  });
}

interface Following {
  readonly pid: number;
  readonly spec: CommandSpec;
  readonly around: Surroundings;
}

function followChild(child: Child, { pid, spec, around }: Following): Command {
  const streams = new Set<EventStream>();
  const timeout = startTimeout(spec.timeoutMs, () => signal("SIGKILL"));
  let ended = false;
  let killed = false;
  const finish = (exitCode: number | null, signalName: string | null): void => {
    if (ended) return;
    ended = true;
    timeout.stop();
    const end = describeEnd(exitCode, signalName);
    around.onEnd(pid, end);
    for (const stream of streams) {
      stream.send({ event: { end } });
      stream.end();
    }
  };
  const signal = (name: "SIGTERM" | "SIGKILL"): void => {
    killed = true;
    // Through the child's handle, which knows when the pid is no longer ours.
    child.kill(name);
    if (child.exitCode !== null || child.signalCode !== null) finish(child.exitCode, child.signalCode);
  };
  const resumeWhenRead = (): void => {
    if ([...streams].some((stream) => stream.isBehind())) return;
    child.stdout.resume();
    child.stderr.resume();
  };
  relay(child, streams);
  child.stdin?.on("error", () => undefined);
  child.on("close", finish);
  child.on("exit", (exitCode, signalName) => {
    if (killed) setTimeout(() => finish(exitCode, signalName), DRAIN_AFTER_KILL_MS);
  });
  return {
    pid,
    spec,
    signal,
    attach(stream) {
      stream.send({ event: { start: { pid } } });
      streams.add(stream);
      stream.onDrain(resumeWhenRead);
      stream.onClose(() => {
        streams.delete(stream);
        resumeWhenRead();
      });
    },
    write: (bytes) => writeStdin(child, bytes),
    closeStdin: () => child.stdin?.end(),
    freezeTimeout: timeout.freeze,
    thawTimeout: timeout.thaw,
  };
}

/** Live only: without a listener output is dropped, with a slow one the command waits. */
function relay(child: Child, streams: ReadonlySet<EventStream>): void {
  for (const name of ["stdout", "stderr"] as const) {
    child[name].on("error", () => undefined);
    child[name].on("data", (bytes: Buffer) => {
      if (streams.size === 0) return;
      const message = { event: { data: { [name]: bytes.toString("base64") } } };
      let behind = false;
      for (const stream of streams) if (!stream.send(message)) behind = true;
      if (!behind) return;
      child.stdout.pause();
      child.stderr.pause();
    });
  }
}

function writeStdin(child: Child, bytes: Buffer): void {
  const { stdin } = child;
  if (stdin === null || stdin.destroyed || stdin.writableEnded)
    throw new RpcProblem("internal", "stdin not enabled or closed");
  if (stdin.writableLength > MAX_STDIN_BACKLOG_BYTES)
    throw new RpcProblem("resource_exhausted", "the process does not read its stdin");
  stdin.write(bytes);
}

function describeEnd(exitCode: number | null, signalName: string | null): EndEvent {
  if (signalName !== null) {
    const status = `signal: ${SIGNAL_WORDS[signalName] ?? signalName}`;
    return { exitCode: -1, exited: false, status, error: status };
  }
  const code = exitCode ?? -1;
  const status = `exit status ${code}`;
  return code === 0 ? { exitCode: 0, exited: true, status } : { exitCode: code, exited: true, status, error: status };
}

function startTimeout(timeoutMs: number, onTimeout: () => void) {
  let leftMs = timeoutMs;
  let startedAtMs = 0;
  let timer: NodeJS.Timeout | undefined;
  const thaw = (): void => {
    if (timeoutMs === 0 || timer !== undefined) return;
    startedAtMs = performance.now();
    timer = setTimeout(onTimeout, Math.min(Math.max(leftMs, 1), 2 ** 31 - 1));
  };
  const stop = (): void => {
    clearTimeout(timer);
    timer = undefined;
  };
  const freeze = (): void => {
    if (timer === undefined) return;
    stop();
    leftMs -= performance.now() - startedAtMs;
  };
  thaw();
  return { stop, freeze, thaw };
}
