import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeRepository, openBench, openSession, realClock, reasonToSkip, type Bench } from "./bench.ts";

const skip = await reasonToSkip();

describe.skipIf(skip !== undefined)("an agent that does not want to end", () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench();
  });
  afterAll(async () => bench.close());

  it("is killed with its whole group after its five seconds", async () => {
    const repository = makeRepository(bench.folder, { "a.txt": "a\n" });
    const session = await openSession(bench.sandboxes);
    await session.layBase(repository.pack(repository.git("rev-parse", "HEAD")));
    const deaf = "trap '' TERM; (trap '' TERM; while :; do sleep 0.1; done) & echo ready; while :; do sleep 0.1; done";
    const { pid } = await session.startAgent({ turn: 1, argv: ["bash", "-c", deaf], env: {}, stdin: "" });
    while ((await session.readOutput(1, 0)).sizeBytes === 0) await realClock.sleep(40);
    await session.stopAgent(1, pid);
    expect(await session.agentStatus(1, pid)).toMatchObject({ kind: "ended" });
    expect((await session.run("pgrep -fc '[w]hile :'", { timeMs: 10_000 })).output).toBe("0\n");
  });
});
