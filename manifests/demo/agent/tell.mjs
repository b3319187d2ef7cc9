// What it says: one JSON line an event. And how fast: slow enough to be watched.
import { setTimeout as sleep } from "node:timers/promises";

// oxlint-disable-next-line node/no-process-env -- a program of its own, without our configuration
const PACE = Number(process.env.DEMO_PACE ?? "1");
let calls = 0;

export function tell(event) {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

export async function pause(ms) {
  if (PACE > 0) await sleep(ms * PACE);
}

/** Tells of a step before and after it is done. */
export async function tool(name, summary, act) {
  calls += 1;
  const id = `call-${calls}`;
  tell({ kind: "tool", id, name, summary });
  await pause(250);
  const { ok, said, ...rest } = await act();
  tell({ kind: "tool_done", id, ok, summary: said.slice(0, 200) });
  return { ok, said, ...rest };
}

/** Tells which of the named steps are done. */
export function plan(titles, done) {
  tell({ kind: "plan", items: titles.map((title, at) => ({ title, done: at < done })) });
}
