// A worker in a process of its own, to be killed: it claims a turn, works for a while and ends it without a change.
import { setTimeout as sleep } from "node:timers/promises";
import { createJobs } from "../../src/jobs/jobs.ts";
import type { Run } from "../../src/ports.ts";
import { openDatabase } from "../../src/store/database.ts";
import { createStore } from "../../src/store/store.ts";

const WORK_MS = 1500;
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const url = process.argv[2] ?? "";
const { db } = openDatabase({ url });
const jobs = createJobs({ url, log, heartbeatSeconds: 10 });
await jobs.start();
const store = createStore({ db, jobs, clock: { nowMs: () => Date.now() } });

async function step(run: Run, commit: Pick<Parameters<typeof store.commit>[0], "events" | "record">) {
  const done = await store.commit({ run, ...commit });
  return done.kind === "committed" ? done.run : undefined;
}

await jobs.work("work", async (job, signal) => {
  let run = await store.claim(job.runId, { phases: ["dispatched", "provisioning", "working"], turn: job.turn });
  if (run?.state.phase === "provisioning") {
    run = await step(run, { events: [{ type: "agent_started", sandboxId: "s", pid: 1 }], record: [] });
  }
  if (run === undefined) return;
  await sleep(WORK_MS, undefined, { signal });
  await step(run, { events: [{ type: "no_change", text: "done" }], record: [{ kind: "no_change", payload: {} }] });
});
await jobs.work("deliver", async () => undefined);
