import { afterAll, beforeAll, expect, test } from "vitest";
import { SLOT_PHASES } from "../../src/core/run.ts";
import type { Run } from "../../src/ports.ts";
import { createTestStore, type TestStore } from "../setup/store.ts";
import { ask, loaded, move, policyOf, route, toApproval } from "./world.ts";

let it: TestStore;
beforeAll(async () => {
  it = await createTestStore();
  const places = { alone: 1, pair: 2, crowd: 3, rush: 2, stopped: 1, grow: 1, line: 1 };
  await it.store.applyPolicy(policyOf("p1", places));
});
afterAll(() => it.close());

const phases = async (runs: readonly Run[]) =>
  Promise.all(runs.map(async (run) => (await loaded(it, run.id)).state.phase));

async function askFor(team: string, count: number): Promise<Run[]> {
  const runs: Run[] = [];
  for (let index = 0; index < count; index += 1) {
    it.clock.at += 1;
    runs.push(await route(it, await ask(it), team));
  }
  return runs;
}

test("a run that finds a free place is dispatched in the same transaction, with its job and its record entry", async () => {
  const [run] = await askFor("alone", 1);
  expect(run?.state).toEqual({ phase: "dispatched", turn: 1 });
  const kinds = (await it.store.listEvents(run?.id ?? "")).map((event) => event.kind);
  expect(kinds).toEqual(["requested", "routed", "dispatched"]);
  expect(await it.jobs.listLost(it.db, [{ name: "work", runId: run?.id ?? "", turn: 1 }])).toEqual([]);
});

test("places left are given to the oldest in line, and each knows where it stands", async () => {
  const runs = await askFor("line", 4);
  expect(await phases(runs)).toEqual(["dispatched", "queued", "queued", "queued"]);
  const [first, second, third, fourth] = runs;
  const view = await it.store.loadView(fourth?.id ?? "");
  expect(view?.queuePosition).toBe(3);
  await move(it, await loaded(it, first?.id ?? ""), { type: "stopped", by: "Ann" });
  expect(await phases(runs)).toEqual(["cancelled", "dispatched", "queued", "queued"]);
  expect((await it.store.loadView(third?.id ?? ""))?.queuePosition).toBe(1);
  expect((await it.store.loadView(second?.id ?? ""))?.queuePosition).toBeUndefined();
});

test("a run that waits for approval holds no place", async () => {
  const [first, second] = await askFor("pair", 3);
  await toApproval(it, await loaded(it, first?.id ?? ""));
  const now = await it.store.listRunsIn(["queued"]);
  expect(now.filter((run) => run.team === "pair")).toEqual([]);
  expect((await loaded(it, second?.id ?? "")).state.phase).toBe("dispatched");
});

test("never more at once than the team may, however many enter and leave at the same moment", async () => {
  const received = await Promise.all(Array.from({ length: 14 }, () => ask(it)));
  const used = async () => {
    const rows = await it.store.listRunsIn([...SLOT_PHASES]);
    return rows.filter((run) => run.team === "rush").length;
  };
  await Promise.all(received.map((run) => route(it, run, "rush")));
  expect(await used()).toBe(2);
  let ended = 0;
  while (ended < received.length) {
    const moving = (await it.store.listRunsIn(["dispatched"])).filter((run) => run.team === "rush");
    expect(moving.length).toBeLessThanOrEqual(2);
    expect(moving.length).toBe(Math.min(2, received.length - ended));
    const results = await Promise.all(
      moving.map(async ({ id }) => move(it, await loaded(it, id), { type: "stopped", by: "Ann" })),
    );
    ended += results.length;
  }
  expect(await used()).toBe(0);
});

test("a queued run stopped while a place becomes free leaves the place to the next", async () => {
  const runs = await askFor("stopped", 5);
  const [first, second, third] = await Promise.all(runs.map((run) => loaded(it, run.id)));
  if (first === undefined || second === undefined || third === undefined) throw new Error("not made");
  await Promise.all(
    [first, second, third].map((run) => move(it, run, { type: "stopped", by: "Ann" }).catch(() => undefined)),
  );
  const after = await phases(runs);
  expect(after.filter((phase) => phase === "dispatched")).toHaveLength(1);
});

test("more places in a new policy are filled at once, fewer stop nobody", async () => {
  const runs = await askFor("grow", 4);
  expect(await phases(runs)).toEqual(["dispatched", "queued", "queued", "queued"]);
  await it.store.applyPolicy(policyOf("p2", { grow: 3 }));
  expect(await phases(runs)).toEqual(["dispatched", "dispatched", "dispatched", "queued"]);
  await it.store.applyPolicy(policyOf("p3", { grow: 1 }));
  expect(await phases(runs)).toEqual(["dispatched", "dispatched", "dispatched", "queued"]);
});
