import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createHarnesses } from "../../src/harness/registry.ts";
import type { SandboxSession } from "../../src/ports.ts";
import { SLICE_BYTES } from "../../src/sandbox/output.ts";
import { untilEnded } from "../contracts/sandbox.ts";
import { makeRepository, openBench, openSession, realClock, reasonToSkip, type Bench } from "./bench.ts";
import { rulesFor } from "./rules.ts";

const skip = await reasonToSkip();
const AGENT = new URL("../../manifests/demo/agent", import.meta.url).pathname;

describe.skipIf(skip !== undefined)("an agent that lies", () => {
  let bench: Bench;
  let session: SandboxSession;
  let turn = 0;

  beforeAll(async () => {
    bench = await openBench({ [AGENT]: "/opt/countersign" });
    const repository = makeRepository(bench.folder, { "content/a.md": "a\n" });
    session = await openSession(bench.sandboxes);
    await session.layBase(repository.pack(repository.git("rev-parse", "HEAD")));
  });
  afterAll(async () => bench.close());

  async function start(script: string): Promise<{ readonly turn: number; readonly pid: number }> {
    turn += 1;
    const { pid } = await session.startAgent({ turn, argv: ["bash", "-c", script], env: {}, stdin: "" });
    return { turn, pid };
  }
  const dir = (of: number): string => `/home/user/.countersign/turn-${of}`;

  it("cannot forge its exit code with a file", async () => {
    const at = await start("for f in exit exit_code code; do echo 0 >$HOME/.countersign/turn-1/$f; done; exit 9");
    expect(await untilEnded(session, at.turn, at.pid)).toBe(9);
  });

  it("that kills its own launcher has no exit code", async () => {
    const at = await start("sleep 1; kill -KILL $PPID; sleep 0.1; exit 0");
    expect(await untilEnded(session, at.turn, at.pid)).toBeNull();
  });

  it("cannot pass another process off as itself", async () => {
    const at = await start("sleep 0.2");
    await untilEnded(session, at.turn, at.pid);
    const other = await start("sleep 30");
    await session.run(`echo '${other.pid} ${other.pid}' >${dir(at.turn)}/pids`, { timeMs: 10_000 });
    expect(await session.findAgent(at.turn)).toEqual({ pid: other.pid });
    expect(await session.agentStatus(at.turn, other.pid)).toEqual({ kind: "ended", exitCode: null });
    await session.run(`echo '1 1' >${dir(at.turn)}/pids`, { timeMs: 10_000 });
    expect(await session.findAgent(at.turn)).toBeUndefined();
    expect(await session.agentStatus(other.turn, other.pid)).toEqual({ kind: "running" });
    await session.stopAgent(other.turn, other.pid);
  });

  it("that shortens or removes its log leaves one that is shorter than what was read", async () => {
    const at = await start(`seq 1 1000; until [ -e was-read ]; do sleep 0.05; done; : >${dir(turn + 1)}/out.jsonl`);
    while ((await session.readOutput(at.turn, 0)).sizeBytes < 3893) await realClock.sleep(30);
    await session.run("touch was-read", { timeMs: 10_000 });
    await untilEnded(session, at.turn, at.pid);
    expect(await session.readOutput(at.turn, 3893)).toEqual({ bytes: new Uint8Array(0), sizeBytes: 0 });
    for (const trick of [
      "rm",
      "rm -f {} && mkfifo",
      "rm -f {} && mkdir",
      "rmdir {}; ln -sf /dev/zero",
      "rm {}; ln -s /nowhere",
    ]) {
      const script = `${trick.replaceAll("{}", `${dir(at.turn)}/out.jsonl`)} ${dir(at.turn)}/out.jsonl`;
      await session.run(script, { timeMs: 10_000 });
      expect((await session.readOutput(at.turn, 3893)).sizeBytes, script).toBe(0);
    }
  });

  it("that prints more than a slice is read on in whole lines, and nothing is lost", async () => {
    const at = await start("for i in $(seq 1 12); do head -c 1048575 /dev/zero | tr '\\0' $((i % 10)); echo; done");
    expect(await untilEnded(session, at.turn, at.pid)).toBe(0);
    let read = 0;
    let slices = 0;
    for (;;) {
      const slice = await session.readOutput(at.turn, read);
      if (slice.bytes.length === 0) break;
      expect(slice.bytes.length).toBeLessThanOrEqual(SLICE_BYTES);
      expect(slice.bytes.at(-1)).toBe(10);
      expect(slice.sizeBytes).toBe(12 * 1024 * 1024);
      read += slice.bytes.length;
      slices += 1;
    }
    expect({ read, slices }).toEqual({ read: 12 * 1024 * 1024, slices: 2 });
  });

  it("that is the demo agent and forks away is scrubbed, and what it did before is kept", async () => {
    const harness = createHarnesses({}).forRules(rulesFor({ use: "command", command: ["demo-agent"] }));
    const launch = harness.launch({ prompt: "fork away and keep writing", repositoryDir: "/home/user/repo" });
    turn += 1;
    const { pid } = await session.startAgent({ turn, argv: launch.argv, env: { DEMO_PACE: "0" }, stdin: launch.stdin });
    const exitCode = await untilEnded(session, turn, pid);
    const reader = harness.reader();
    const lines = new TextDecoder().decode((await session.readOutput(turn, 0)).bytes).split("\n");
    for (const line of lines.filter((each) => each !== "")) reader.read(line);
    expect(reader.judge({ exitCode, errors: await session.readErrors(turn) })).toMatchObject({
      kind: "done",
      said: expect.stringContaining("Left process"),
    });
    await session.run("until [ -s content/late.md ]; do sleep 0.05; done", { timeMs: 20_000 });
    await session.scrub();
    const look = "wc -l <content/late.md; sleep 0.3; wc -l <content/late.md";
    const [before, after] = (await session.run(look, { timeMs: 10_000 })).output.split("\n");
    expect(Number(before)).toBeGreaterThan(0);
    expect(after).toBe(before);
  });
});
