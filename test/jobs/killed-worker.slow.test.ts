import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { verifyRecord } from "../../src/store/verify-record.ts";
import { createTestStore, type TestStore } from "../setup/store.ts";
import { ask, loaded, policyOf, route } from "../store/world.ts";

let it: TestStore;
const children: ChildProcess[] = [];
beforeAll(async () => {
  it = await createTestStore();
  await it.store.applyPolicy(policyOf("p1", { marketing: 4 }));
});
afterEach(async () => {
  await Promise.all(
    children.splice(0).map(async (child) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    }),
  );
});
afterAll(() => it.close());

function startWorker(): ChildProcess {
  const script = new URL("worker-process.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [script, it.database.url], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  return child;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(100);
}

test("a worker killed in the middle of a turn is replaced, and the turn ends once", async () => {
  const run = await route(it, await ask(it), "marketing");
  const first = startWorker();
  await until(async () => (await loaded(it, run.id)).state.phase === "working");
  first.kill("SIGKILL");
  await once(first, "exit");
  const killed = await loaded(it, run.id);
  expect(killed).toMatchObject({ epoch: 1, state: { phase: "working" } });
  startWorker();
  await until(async () => (await loaded(it, run.id)).state.phase === "answered");
  const ended = await loaded(it, run.id);
  expect(ended.epoch).toBeGreaterThan(killed.epoch);
  const kinds = (await it.store.listEvents(run.id)).map((event) => event.kind);
  expect(kinds.filter((kind) => kind === "no_change")).toHaveLength(1);
  expect((await verifyRecord(it.db, run.id)).kind).toBe("whole");
});

test("with workers killed at random every run still ends once, within its team's places", async () => {
  const runs = await Promise.all(Array.from({ length: 8 }, async () => route(it, await ask(it), "marketing")));
  const phaseOf = async (id: string) => (await loaded(it, id)).state.phase;
  startWorker();
  startWorker();
  for (let kills = 0; kills < 3; kills += 1) {
    await sleep(2500);
    const victim = children[kills % children.length];
    if (victim?.exitCode === null && victim.signalCode === null) {
      victim.kill("SIGKILL");
      await once(victim, "exit");
    }
    startWorker();
  }
  await until(async () => {
    const held = await it.store.listRunsIn(["dispatched", "provisioning", "working", "checking"]);
    expect(held.length).toBeLessThanOrEqual(4);
    const phases = await Promise.all(runs.map((run) => phaseOf(run.id)));
    return phases.every((phase) => phase === "answered");
  });
  for (const run of runs) {
    const kinds = (await it.store.listEvents(run.id)).map((event) => event.kind);
    expect(kinds.filter((kind) => kind === "no_change")).toHaveLength(1);
    expect(await verifyRecord(it.db, run.id)).toMatchObject({ kind: "whole" });
  }
});
