// The agent's process: started once a turn, found again, judged ended by envd alone, stopped as a group.
import { randomUUID } from "node:crypto";
import { CommandExitError, NotFoundError, type CommandHandle } from "@e2b/sdk";
import type { AgentStart, AgentStatus } from "../ports.ts";
import { codeOf } from "./command.ts";
import { uploadText } from "./files.ts";
import { again, within, type Link } from "./link.ts";
import { CONTROL_DIR, PROGRAMS_DIR, REPOSITORY_DIR, turnDir } from "./places.ts";
import { plumb, quote } from "./shell.ts";

const STARTED = "countersign: started";
const TAKEN_CODE = 73;
const START_MS = 30_000;
const LOOK_AGAIN_MS = 250;
const LOOKS = 20;
const ASK_END_MS = 5_000;
const STOP_GRACE_SECONDS = 5;

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
  const outcome = await within(link, START_MS, Promise.race([started, endOf(handle)]));
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
 * left in that session is killed. A TERM to this launcher is passed on to all of it, and a KILL after the grace.
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
trap 'kill -TERM -- "-$child" 2>/dev/null; { sleep ${STOP_GRACE_SECONDS}; kill -KILL -- "-$child"; } & reaper=$!' TERM
echo '${STARTED}'
exec >/dev/null 2>&1
wait "$child"
code=$?
while kill -0 "$child" 2>/dev/null; do wait "$child"; code=$?; done
kill -KILL -- "-$child"
[ -z "$reaper" ] || kill "$reaper"
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

/** Through its launcher; where the agent has ended that one, by the group it noted, which is worth what its word is. */
export async function stopAgent(link: Link, turn: number, pid: number): Promise<void> {
  const running = await again(link, "listing processes", (sandbox) => sandbox.commands.list());
  const isListed = running.some((each) => each.pid === pid && each.args.some((arg) => arg.startsWith(mark(turn))));
  const group = isListed ? undefined : (await readPids(link, turn))?.group;
  const target = isListed ? String(pid) : group === undefined ? undefined : `-${group}`;
  if (target === undefined) return;
  await plumb(
    link,
    `kill -TERM -- ${target} 2>/dev/null || exit 0
for _ in $(seq ${STOP_GRACE_SECONDS * 10 + 10}); do kill -0 -- ${target} 2>/dev/null || exit 0; sleep 0.1; done
kill -KILL -- ${target}`,
  );
}
