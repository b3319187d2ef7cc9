// Starts a sandbox and waits until its envd answers; ends one so that none of its processes is left.
import { spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import { lstat, readFile, rename, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { envdCommand, sandboxArguments, type Layout } from "./bubblewrap.ts";
import { CLEAN_ENV, type HostUser } from "./host-user.ts";
import { identify, isAlive, kill, killByEnvironment, waitUntilGone } from "./process-identity.ts";
import type { Boot } from "./record.ts";
import { seccompProgram } from "./seccomp.ts";

export interface LaunchOrder {
  readonly layout: Layout;
  readonly user: HostUser | undefined;
  /** `stateDir/id`, by which a sandbox whose start was interrupted is found again. */
  readonly mark: string;
  readonly accessToken: string;
  readonly env: Readonly<Record<string, string>>;
  /** Called as soon as there is something to kill. */
  onBoot(boot: Boot): Promise<void>;
}

/** The entry that marks a sandbox's outer processes. It names no secret: the sandbox can read its own copy. */
export const MARK = "LOCAL_E2B_SANDBOX";
// Whatever this process inherited open, such as a terminal's or a supervisor's pipes, must not reach the sandbox.
const WITHOUT_OTHER_FILES =
  'for f in /proc/self/fd/*; do n=${f##*/}; if [ "$n" -gt 5 ]; then eval "exec $n>&-"; fi; done; exec "$0" "$@"';
const BWRAP = ["--args", "3", "--json-status-fd", "4"];
const START_TIMEOUT_MS = 20_000;
const KILL_TIMEOUT_MS = 10_000;
const POLL_MS = 3;

export async function launch(order: LaunchOrder): Promise<Boot> {
  const { folder } = order.layout;
  const socket = join(folder, "run/envd.sock");
  await rm(socket, { force: true });
  await writeFile(join(folder, "boot_id"), `${randomUUID()}\n`, { mode: 0o644 });
  const child = spawnBubblewrap(order);
  try {
    const boot = await readBoot(child);
    await order.onBoot(boot);
    await waitForSocket(socket, boot);
    // Out of the sandbox's reach: nothing inside can put its own listener there. Only envd has run so far.
    if (!(await lstat(socket)).isSocket()) throw new Error("envd's socket is not a socket");
    await rename(socket, envdSocket(folder));
    await waitForHealth(envdSocket(folder), order.accessToken);
    // Not before: bwrap still writes there while it sets up, and a closed pipe would end it.
    child.stdio[4]?.destroy();
    return boot;
  } catch (cause) {
    // The outer process alone would leave the inner ones running.
    await killByEnvironment(MARK, (value) => value === order.mark);
    const log = await readFile(join(folder, "envd.log"), "utf8").catch(() => "");
    const said = log.trim().split("\n").slice(-5).join(" / ");
    throw new Error(`the sandbox did not start: ${cause instanceof Error ? cause.message : String(cause)} ${said}`, {
      cause,
    });
  }
}

export function envdSocket(folder: string): string {
  return join(folder, "envd.sock");
}

/** The first process of the pid namespace takes all others with it; the outer one only waits for it. */
export async function endBoot(boot: Boot): Promise<void> {
  kill(boot.init);
  const gone =
    (await waitUntilGone(boot.init, KILL_TIMEOUT_MS)) && (await waitUntilGone(boot.monitor, KILL_TIMEOUT_MS));
  if (gone) return;
  kill(boot.monitor);
  throw new Error(`sandbox process ${boot.init.pid} does not end`);
}

function spawnBubblewrap(order: LaunchOrder): ChildProcess {
  const filter = seccompProgram();
  const filtered = filter === undefined ? [] : ["--seccomp", "5"];
  const log = openSync(join(order.layout.folder, "envd.log"), "a", 0o600);
  try {
    const child = spawn(
      "/bin/bash",
      ["-c", WITHOUT_OTHER_FILES, "bwrap", ...BWRAP, ...filtered, "--", ...envdCommand()],
      {
        // Nothing of ours: what bwrap itself is started with can be read inside as /proc/1/environ.
        env: { ...CLEAN_ENV, [MARK]: order.mark },
        stdio: ["pipe", log, log, "pipe", "pipe", "pipe"],
        detached: true,
        cwd: "/",
        ...(order.user === undefined ? {} : { uid: order.user.uid, gid: order.user.gid }),
      },
    );
    child.unref();
    // Over pipes, so that neither host paths nor the token appear in a process list or a file.
    feed(
      child.stdio[3],
      sandboxArguments(order.layout)
        .map((each) => `${each}\0`)
        .join(""),
    );
    const pipes: readonly (Readable | Writable | null | undefined)[] = child.stdio;
    feed(pipes[5], filter ?? "");
    feed(child.stdin, JSON.stringify({ accessToken: order.accessToken, env: order.env }));
    return child;
  } finally {
    closeSync(log);
  }
}

function feed(pipe: Writable | Readable | null | undefined, text: string | Buffer): void {
  if (pipe === null || pipe === undefined || !("end" in pipe)) throw new Error("a pipe to bwrap is missing");
  // A bwrap that fails at once closes its end: its exit tells, not the pipe.
  pipe.on("error", () => undefined);
  pipe.end(text);
}

function readBoot(child: ChildProcess): Promise<Boot> {
  return new Promise((resolve, reject) => {
    const status = child.stdio[4];
    let text = "";
    const timer = setTimeout(() => reject(new Error("bwrap is silent")), START_TIMEOUT_MS);
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      act();
    };
    child.once("error", (cause) => settle(() => reject(cause)));
    child.once("exit", (code) => settle(() => reject(new Error(`bwrap ended with code ${code}`))));
    status?.on("error", () => undefined);
    status?.on("data", (bytes: Buffer) => {
      text += bytes.toString("utf8");
      const pid = Number(/"child-pid"\s*:\s*(\d+)/.exec(text)?.[1]);
      const init = Number.isInteger(pid) ? identify(pid) : undefined;
      const monitor = child.pid === undefined ? undefined : identify(child.pid);
      if (init !== undefined && monitor !== undefined) settle(() => resolve({ init, monitor }));
    });
  });
}

async function waitForSocket(path: string, boot: Boot): Promise<void> {
  const untilMs = performance.now() + START_TIMEOUT_MS;
  while ((await lstat(path).catch(() => undefined)) === undefined) {
    if (!isAlive(boot.init)) throw new Error("envd ended while starting");
    if (performance.now() > untilMs) throw new Error("envd did not answer in time");
    await sleep(POLL_MS);
  }
}

async function waitForHealth(socketPath: string, accessToken: string): Promise<void> {
  const untilMs = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    const status = await callEnvd({ socketPath, accessToken, path: "/health", method: "GET" }).catch(() => 0);
    if (status === 204) return;
    if (performance.now() > untilMs) throw new Error("envd is not healthy");
    await sleep(POLL_MS);
  }
}

export interface EnvdCall {
  readonly socketPath: string;
  readonly accessToken: string;
  readonly path: string;
  readonly method: "GET" | "POST";
}

export function callEnvd({ socketPath, accessToken, path, method }: EnvdCall): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request(
      { socketPath, path, method, agent: false, headers: { "x-access-token": accessToken } },
      (answer) => {
        answer.resume();
        answer.on("end", () => resolve(answer.statusCode ?? 0));
        answer.on("error", reject);
      },
    );
    call.setTimeout(5_000, () => call.destroy(new Error("envd does not answer")));
    call.on("error", reject);
    call.end();
  });
}
