// One set of local services a folder: a second start ends the first, by the process id it left behind.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Ends the process that `running.pid` names, if it still runs and is ours. True: there was one. */
export async function stopRunning(dir: string): Promise<boolean> {
  const file = join(dir, "running.pid");
  if (!existsSync(file)) return false;
  const pid = Number(readFileSync(file, "utf8"));
  rmSync(file, { force: true });
  if (!Number.isInteger(pid) || pid <= 1 || !isOurs(pid)) return false;
  process.kill(pid, "SIGTERM");
  for (let waited = 0; waited < 15_000 && isOurs(pid); waited += 100) await sleep(100);
  return true;
}

/** A process id may have been given to somebody else since: the command line must name one of our scripts. */
function isOurs(pid: number): boolean {
  try {
    return /scripts\/(?:demo|local|dev)\.ts/.test(readFileSync(`/proc/${pid}/cmdline`, "utf8"));
  } catch {
    return false;
  }
}
