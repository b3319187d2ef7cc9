// Commands of policy (setup, checks): time-limited, killed as a group, their output kept to its end.
import { randomUUID } from "node:crypto";
import { CommandExitError, NotFoundError, type CommandHandle } from "@e2b/sdk";
import type { CommandResult, SandboxSession } from "../ports.ts";
import { isGone } from "./problem.ts";
import { again, within, type Link } from "./link.ts";
import { CONTROL_DIR, REPOSITORY_DIR } from "./places.ts";
import { plumb, quote } from "./shell.ts";

const OUTPUT_BYTES = 64 * 1024;
const MARK = ": countersign-command";
const STOP_GRACE_MS = 5_000;
const REATTACH_MS = 1_000;
const MARGIN_MS = 5 * 60_000;

type Limits = Parameters<SandboxSession["run"]>[1];

export async function runCommand(link: Link, command: string, limits: Limits): Promise<CommandResult> {
  limits.signal?.throwIfAborted();
  const logDir = `${CONTROL_DIR}/command-${randomUUID()}`;
  await outlive(link, limits.timeMs);
  const startedAtMs = link.clock.nowMs();
  const handle = await link.current().commands.run(wrap(command, logDir), {
    background: true,
    cwd: REPOSITORY_DIR,
    timeoutMs: 0,
    ...(limits.env === undefined ? {} : { envs: { ...limits.env } }),
  });
  const ended = waitForEnd(link, handle);
  const settled = await endOrLimit(link, ended, limits);
  if (settled.kind !== "ended") await stop(link, handle.pid, ended);
  const output = await readLog(link, logDir);
  if (settled.kind === "aborted") limits.signal?.throwIfAborted();
  return {
    exitCode: settled.kind === "ended" ? settled.exitCode : null,
    output,
    timedOut: settled.kind === "time-up",
    durationMs: link.clock.nowMs() - startedAtMs,
  };
}

/** Ends commands an earlier worker started here and did not live to see end. */
export async function endLeftCommands(link: Link): Promise<void> {
  const left = (await link.current().commands.list()).filter((each) => each.args.some((arg) => arg.startsWith(MARK)));
  for (const { pid } of left) await stop(link, pid, untilUnlisted(link, pid));
}

/**
 * The command leads its own session; a TERM to the wrapper kills that whole group, and so does the command's own end.
 * Its output goes through a filter that keeps the last two blocks, so that a chatty one cannot fill the disk, and
 * whoever holds the output open does not keep the command from ending.
 */
function wrap(command: string, logDir: string): string {
  return `${MARK}
log=${quote(logDir)}
mkdir -p "$log" || exit 125
exec 3> >(cd "$log" && exec env SHELL=/bin/sh split -b ${OUTPUT_BYTES} --filter='[ -e last ] && mv -f last previous; exec cat >last' - >/dev/null 2>&1)
filter=$!
setsid bash -c ${quote(command)} </dev/null >&3 2>&1 3>&- &
child=$!
exec 3>&-
trap 'kill -KILL -- "-$child" 2>/dev/null' TERM
wait "$child"
code=$?
kill -KILL -- "-$child" 2>/dev/null
for _ in $(seq 20); do kill -0 "$filter" 2>/dev/null || break; sleep 0.05; done
exit "$code"`;
}

type Settled =
  | { readonly kind: "ended"; readonly exitCode: number | null }
  | { readonly kind: "time-up" }
  | { readonly kind: "aborted" };

async function endOrLimit(link: Link, ended: Promise<Settled>, limits: Limits): Promise<Settled> {
  const { signal, timeMs } = limits;
  const aborted = new Promise<Settled>((resolve) => {
    signal?.addEventListener("abort", () => resolve({ kind: "aborted" }), { once: true });
  });
  return (await within(link, timeMs, Promise.race([ended, aborted]))) ?? { kind: "time-up" };
}

/** A sandbox that would be freed before the command's time is up is given longer; it is freed all the same if we die. */
async function outlive(link: Link, timeMs: number): Promise<void> {
  const neededMs = timeMs + MARGIN_MS;
  if (neededMs > link.timeoutMs) await again(link, "keeping it alive", (sandbox) => sandbox.setTimeout(neededMs));
}

/** The exit code as envd tells it. A broken stream is attached to again; the process goes on without us. */
async function waitForEnd(link: Link, first: CommandHandle): Promise<Settled> {
  let handle = first;
  for (;;) {
    try {
      const { exitCode } = await handle.wait();
      return { kind: "ended", exitCode };
    } catch (cause) {
      if (cause instanceof CommandExitError) return { kind: "ended", exitCode: codeOf(cause.exitCode) };
      if (isGone(cause) || !(await link.current().isRunning()))
        throw new Error(`sandbox ${link.id} ended while a command ran`, { cause });
    }
    await link.clock.sleep(REATTACH_MS);
    try {
      handle = await link.current().commands.connect(first.pid, { timeoutMs: 0 });
    } catch (cause) {
      if (cause instanceof NotFoundError) return { kind: "ended", exitCode: null };
      throw new Error(`a command in sandbox ${link.id} was lost sight of`, { cause });
    }
  }
}

/** envd says -1 for a process that a signal ended. */
export function codeOf(exitCode: number): number | null {
  return exitCode < 0 ? null : exitCode;
}

async function stop(link: Link, pid: number, ended: Promise<unknown>): Promise<void> {
  await plumb(link, `kill -TERM ${pid}`);
  const quiet = ended.catch(() => undefined);
  await within(link, STOP_GRACE_MS, quiet);
  await link.current().commands.kill(pid);
  await quiet;
}

async function untilUnlisted(link: Link, pid: number): Promise<void> {
  while ((await link.current().commands.list()).some((each) => each.pid === pid)) await link.clock.sleep(100);
}

async function readLog(link: Link, logDir: string): Promise<string> {
  const read = await plumb(
    link,
    `cd ${quote(logDir)} || exit 0
for part in previous last; do [ -f "$part" ] && timeout 10 tail -c ${OUTPUT_BYTES} "$part"; done
rm -rf ${quote(logDir)}
true`,
  );
  return lastBytes(read.stdout, OUTPUT_BYTES);
}

function lastBytes(text: string, limit: number): string {
  const bytes = Buffer.from(text);
  return bytes.length <= limit
    ? text
    : bytes
        .subarray(bytes.length - limit)
        .toString("utf8")
        .replace(/^\ufffd+/, "");
}
