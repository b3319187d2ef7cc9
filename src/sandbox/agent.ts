// The agent's process: started once a turn, found again, judged ended by envd alone, stopped as a group.
import { randomUUID } from "node:crypto";
import { CommandExitError, NotFoundError, type CommandHandle } from "@e2b/sdk";
import type { AgentStart, AgentStatus } from "../ports.ts";
import { codeOf } from "./command.ts";
import { uploadText } from "./files.ts";
import { again, type Link } from "./link.ts";
import { CONTROL_DIR, PROGRAMS_DIR, REPOSITORY_DIR, turnDir } from "./places.ts";
import { plumb, quote } from "./shell.ts";

const STARTED = "countersign: started";
const TAKEN_CODE = 73;
const START_MS = 30_000;
const LOOK_AGAIN_MS = 250;
const LOOKS = 20;
const ASK_END_MS = 5_000;

/** Starts it, or answers the one that was started before. Its environment is given to its process alone. */
export async function startAgent(link: Link, start: AgentStart): Promise<{ readonly pid: number }> {
  const stdinPath = `${CONTROL_DIR}/stdin-${randomUUID()}`;
  await uploadText(link, stdinPath, start.stdin);
  const launched = await launch(link, start, stdinPath);
  if (launched !== undefined) return launched;
  for (let look = 0; look < LOOKS; look += 1) {
    const found = await findAgent(link, start.turn);
    if (found !== undefined) return found;
    await link.clock.sleep(LOOK_AGAIN_MS);
  }
  // Claimed, but neither running nor ever started: whoever claimed it died in between.
  await plumb(link, `rm -rf ${quote(turnDir(start.turn))}`);
  const second = await launch(link, start, stdinPath);
  if (second === undefined) throw new Error(`turn ${start.turn} in sandbox ${link.id} was claimed and never started`);
  return second;
}

async function launch(link: Link, start: AgentStart, stdinPath: string): Promise<{ readonly pid: number } | undefined> {
  let said = "";
  let tellStarted: (kind: "started") => void = () => undefined;
  const started = new Promise<"started">((resolve) => {
    tellStarted = resolve;
  });
  const handle = await link.current().commands.run(launcher(start, stdinPath), {
    background: true,
    timeoutMs: 0,
    envs: { ...start.env },
    onStdout: (text) => {
      said = `${said}${text}`.slice(-4096);
      if (said.includes(STARTED)) tellStarted("started");
    },
  });
  const outcome = await Promise.race([started, endOf(handle), link.clock.sleep(START_MS)]);
  await handle.disconnect();
  if (outcome === "started" || said.includes(STARTED)) return { pid: handle.pid };
  if (outcome === TAKEN_CODE) return undefined;
  throw new Error(`the agent's launcher in sandbox ${link.id} did not start: ${String(outcome ?? "no answer")}`);
}

async function endOf(handle: CommandHandle): Promise<number | string> {
  try {
    return (await handle.wait()).exitCode;
  } catch (cause) {
    return cause instanceof CommandExitError ? cause.exitCode : String(cause);
  }
}

function mark(turn: number): string {
  return `: countersign-agent ${turn}\n`;
}

/**
 * The folder is the guard: whoever makes it starts the agent. The agent leads its own session; at its end whatever it
 * left in that session is killed, and a TERM to this launcher is passed on to all of it.
 */
function launcher(start: AgentStart, stdinPath: string): string {
  const dir = turnDir(start.turn);
  return `${mark(start.turn)}dir=${quote(dir)}
mkdir "$dir" 2>/dev/null || exit ${TAKEN_CODE}
cd ${quote(REPOSITORY_DIR)} || exit 74
export PATH="$PATH:${PROGRAMS_DIR}:$HOME/.local/bin"
: >"$dir/out.jsonl"
setsid bash -c 'exec "$@"' agent ${start.argv.map(quote).join(" ")} <${quote(stdinPath)} >>"$dir/out.jsonl" 2>>"$dir/err.log" &
child=$!
printf '%s %s\\n' "$$" "$child" >"$dir/pids.new" && mv "$dir/pids.new" "$dir/pids"
trap 'kill -TERM -- "-$child" 2>/dev/null' TERM
echo '${STARTED}'
exec >/dev/null 2>&1
wait "$child"
code=$?
while kill -0 "$child" 2>/dev/null; do wait "$child"; code=$?; done
kill -KILL -- "-$child" 2>/dev/null
rm -f ${quote(stdinPath)}
exit "$code"`;
}

export async function findAgent(link: Link, turn: number): Promise<{ readonly pid: number } | undefined> {
  const running = await again(link, "listing processes", (sandbox) => sandbox.commands.list());
  const mine = running.find((each) => each.args.some((arg) => arg.startsWith(mark(turn))));
  if (mine !== undefined) return { pid: mine.pid };
  const noted = await readPids(link, turn);
  return noted === undefined ? undefined : { pid: noted.launcher };
}

/** What the launcher noted; anyone in the sandbox could have written it. */
async function readPids(
  link: Link,
  turn: number,
): Promise<{ readonly launcher: number; readonly group: number } | undefined> {
  const path = quote(`${turnDir(turn)}/pids`);
  const { stdout } = await plumb(link, `[ -f ${path} ] && head -c 100 ${path}`);
  const found = /^(\d{1,9}) (\d{1,9})\n$/.exec(stdout);
  const launcher = Number(found?.[1]);
  const group = Number(found?.[2]);
  return launcher > 1 && group > 1 ? { launcher, group } : undefined;
}

export async function agentStatus(link: Link, turn: number, pid: number): Promise<AgentStatus> {
  const running = await again(link, "listing processes", (sandbox) => sandbox.commands.list());
  const listed = running.find((each) => each.pid === pid);
  if (listed !== undefined) {
    const isIt = listed.args.some((arg) => arg.startsWith(mark(turn)));
    return isIt ? { kind: "running" } : { kind: "ended", exitCode: null };
  }
  return { kind: "ended", exitCode: await askExitCode(link, pid) };
}

/** envd keeps the end of a process for some seconds; after that nobody we trust knows it. */
async function askExitCode(link: Link, pid: number): Promise<number | null> {
  try {
    const handle = await link.current().commands.connect(pid, { timeoutMs: ASK_END_MS });
    return (await handle.wait()).exitCode;
  } catch (cause) {
    if (cause instanceof CommandExitError) return codeOf(cause.exitCode);
    if (!(cause instanceof NotFoundError))
      link.log.warn({ sandbox: link.id, pid, cause: String(cause) }, "the end of a process could not be asked for");
    return null;
  }
}

export async function stopAgent(link: Link, turn: number, pid: number): Promise<void> {
  const noted = await readPids(link, turn);
  const listed = (await link.current().commands.list()).some(
    (each) => each.pid === pid && each.args.some((arg) => arg.startsWith(mark(turn))),
  );
  const launcher = listed ? String(pid) : "";
  const group = noted === undefined ? "" : `-${noted.group}`;
  if (launcher === "" && group === "") return;
  await plumb(
    link,
    `alive() { for p in ${launcher} ${group}; do kill -0 -- "$p" 2>/dev/null && return 0; done; return 1; }
for p in ${launcher} ${group}; do kill -TERM -- "$p" 2>/dev/null; done
for _ in $(seq 50); do alive || exit 0; sleep 0.1; done
for p in ${group} ${launcher}; do kill -KILL -- "$p" 2>/dev/null; done
true`,
  );
}
