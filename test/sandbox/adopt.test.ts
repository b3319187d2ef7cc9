import { E2B } from "@e2b/sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSandboxes } from "../../src/sandbox/sandboxes.ts";
import { API_KEY, LIFE_MS, openBench, quietLog, realClock, reasonToSkip, type Bench } from "./bench.ts";

const skip = await reasonToSkip();

describe.skipIf(skip !== undefined)("finding a run's sandbox", () => {
  let bench: Bench;
  let client: E2B;
  beforeAll(async () => {
    bench = await openBench();
    client = new E2B({ apiKey: API_KEY, apiUrl: bench.service.url, sandboxUrl: bench.service.url });
  });
  afterAll(async () => bench.close());

  const tagOf = (runId: string) => ({ runId, generation: 3, purpose: "agent" as const });
  const create = async (metadata: Record<string, string>): Promise<string> =>
    (await client.Sandbox.create("base", { timeoutMs: LIFE_MS, metadata })).sandboxId;
  const listed = async (runId: string): Promise<readonly string[]> =>
    (await bench.sandboxes.list()).filter((each) => each.tag.runId === runId).map((each) => each.id);

  it("adopts the oldest of several and kills the rest", async () => {
    const metadata = { app: "countersign", installation: "default", runId: "many", generation: "3", purpose: "agent" };
    const oldest = await create(metadata);
    await create(metadata);
    await create(metadata);
    const adopted = await bench.sandboxes.adoptOrCreate(tagOf("many"), LIFE_MS);
    expect(adopted.ok && adopted.value.id).toBe(oldest);
    expect(await listed("many")).toEqual([oldest]);
  });

  it("gives two workers that ask at the same time the same one", async () => {
    const made = await Promise.all([1, 2, 3].map(() => bench.sandboxes.adoptOrCreate(tagOf("race"), LIFE_MS)));
    const left = await listed("race");
    expect(left).toHaveLength(1);
    // Who was handed one that lost the race finds it gone and asks again.
    const again = await bench.sandboxes.adoptOrCreate(tagOf("race"), LIFE_MS);
    expect(again.ok && again.value.id).toBe(left[0]);
    expect(made.some((each) => each.ok && each.value.id === left[0])).toBe(true);
  });

  it("adopts a paused one", async () => {
    const made = await bench.sandboxes.adoptOrCreate(tagOf("asleep"), LIFE_MS);
    if (!made.ok) throw new Error(made.problem.kind);
    await made.value.pause();
    const adopted = await bench.sandboxes.adoptOrCreate(tagOf("asleep"), LIFE_MS);
    expect(adopted.ok && adopted.value.id).toBe(made.value.id);
    expect((await made.value.run("echo up", { timeMs: 10_000 }).catch(() => undefined))?.exitCode ?? 0).toBe(0);
  });

  it("leaves sandboxes of others alone, and does not list them", async () => {
    const other = await create({ owner: "someone else" });
    const halfTagged = await create({ app: "countersign", installation: "default", runId: "half" });
    const elsewhere = createSandboxes({
      apiKey: API_KEY,
      apiUrl: bench.service.url,
      sandboxUrl: bench.service.url,
      installation: "elsewhere",
      clock: realClock,
      log: quietLog,
    });
    const theirs = await elsewhere.adoptOrCreate(tagOf("half"), LIFE_MS);
    if (!theirs.ok) throw new Error(theirs.problem.kind);
    expect((await elsewhere.list()).map((each) => each.id)).toEqual([theirs.value.id]);
    expect((await bench.sandboxes.list()).map((each) => each.id)).not.toContain(theirs.value.id);
    expect((await bench.sandboxes.list()).map((each) => each.id)).not.toContain(other);
    const made = await bench.sandboxes.adoptOrCreate(tagOf("half"), LIFE_MS);
    expect([halfTagged, theirs.value.id]).not.toContain(made.ok && made.value.id);
    expect(bench.service.listSandboxes().map((each) => each.id)).toContain(other);
  });

  it("makes them without any network, and frees them by killing at their time", async () => {
    const made = await bench.sandboxes.adoptOrCreate(tagOf("sealed"), LIFE_MS);
    if (!made.ok) throw new Error(made.problem.kind);
    const info = await client.Sandbox.getInfo(made.value.id);
    expect(info.network).toMatchObject({ denyOut: ["0.0.0.0/0"] });
    expect(info.network?.allowOut ?? []).toEqual([]);
    expect(info.lifecycle).toMatchObject({ onTimeout: "kill" });
    await made.value.keepAlive(600_000);
    const kept = await client.Sandbox.getInfo(made.value.id);
    expect(kept.endAt.getTime() - Date.now()).toBeGreaterThan(500_000);
  });

  it("opens its network to the named hosts alone, and closes it again when scrubbed", async () => {
    const made = await bench.sandboxes.adoptOrCreate(tagOf("network"), LIFE_MS);
    if (!made.ok) throw new Error(made.problem.kind);
    const session = made.value;
    const networkOf = async () => (await client.Sandbox.getInfo(session.id)).network;
    await session.setNetwork(["packages.example.com"]);
    expect(await networkOf()).toMatchObject({ allowOut: ["packages.example.com"], denyOut: ["0.0.0.0/0"] });
    await session.setNetwork(["api.example.com"]);
    expect((await networkOf())?.allowOut).toEqual(["api.example.com"]);
    await session.scrub();
    expect((await networkOf())?.allowOut ?? []).toEqual([]);
    expect(await networkOf()).toMatchObject({ denyOut: ["0.0.0.0/0"] });
  });

  it("says in words when the service refuses the key or cannot be reached, never with the key", async () => {
    const at = (url: string, apiKey: string) =>
      createSandboxes({ apiKey, apiUrl: url, sandboxUrl: url, clock: realClock, log: quietLog });
    const refused = await at(bench.service.url, "e2b_wrong").adoptOrCreate(tagOf("refused"), LIFE_MS);
    expect(refused).toMatchObject({
      ok: false,
      problem: { kind: "unavailable", detail: expect.stringContaining("key") },
    });
    const down = await at("http://127.0.0.1:9", API_KEY).connect("isomething", LIFE_MS);
    expect(down).toMatchObject({ ok: false, problem: { kind: "unavailable" } });
    expect(JSON.stringify([refused, down])).not.toContain("e2b_");
  });
});
