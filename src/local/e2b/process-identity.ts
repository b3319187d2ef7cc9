// A process named so that a reused pid is never taken for it: pid, start time, and the boot both belong to.
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

export interface ProcessIdentity {
  readonly pid: number;
  readonly startTicks: string;
  readonly hostBootId: string;
}

const POLL_MS = 5;
const SWEEP_TIMEOUT_MS = 10_000;

export function identify(pid: number): ProcessIdentity | undefined {
  const startTicks = readStartTicks(pid);
  return startTicks === undefined ? undefined : { pid, startTicks, hostBootId: hostBootId() };
}

export function isAlive(target: ProcessIdentity): boolean {
  return target.hostBootId === hostBootId() && readStartTicks(target.pid) === target.startTicks;
}

export function kill(target: ProcessIdentity): void {
  if (!isAlive(target)) return;
  try {
    process.kill(target.pid, "SIGKILL");
  } catch {
    // It ended by itself between the look and the signal.
  }
}

export async function waitUntilGone(target: ProcessIdentity, withinMs: number): Promise<boolean> {
  const untilMs = performance.now() + withinMs;
  while (isAlive(target)) {
    if (performance.now() > untilMs) return false;
    await sleep(POLL_MS);
  }
  return true;
}

/** Processes whose first environment holds this entry; those we may not look into are not ours. */
export function findByEnvironment(
  entry: string,
): readonly { readonly process: ProcessIdentity; readonly value: string }[] {
  const found: { process: ProcessIdentity; value: string }[] = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const value = readEnvironment(name).find((each) => each.startsWith(`${entry}=`));
    const identity = value === undefined ? undefined : identify(Number(name));
    if (value !== undefined && identity !== undefined)
      found.push({ process: identity, value: value.slice(entry.length + 1) });
  }
  return found;
}

/** Again until a look finds none: one that is just being made may appear behind the first look. */
export async function killByEnvironment(entry: string, isMeant: (value: string) => boolean): Promise<void> {
  const untilMs = performance.now() + SWEEP_TIMEOUT_MS;
  for (;;) {
    const found = findByEnvironment(entry).filter(({ value }) => isMeant(value));
    if (found.length === 0) return;
    for (const { process } of found) kill(process);
    if (performance.now() > untilMs) throw new Error(`process ${found[0]?.process.pid} does not end`);
    await sleep(POLL_MS);
  }
}

function readEnvironment(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    return [];
  }
}

function readStartTicks(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command's name may hold spaces and brackets: count from its last one.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

let bootId: string | undefined;

function hostBootId(): string {
  bootId ??= readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  return bootId;
}
