// What any provider of sandboxes must hold to, in the words of the port.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BasePack, OutputSlice, Sandboxes, SandboxSession, SandboxTag } from "../../src/ports.ts";

export interface ContractBench {
  readonly sandboxes: Sandboxes;
  /** `README.md` holds "hello\n", `src/a.txt` "a\n", `test/t.txt` "t\n"; its history has three commits. */
  readonly base: BasePack;
  /** The same base with one commit of history. */
  readonly shallowBase: BasePack;
  /** A tree over the base: README.md and test/t.txt changed, src/a.txt deleted, src/new.txt and test/new.txt added. */
  readonly change: { readonly pack: Uint8Array; readonly tree: string };
  /** Files and contents of a frozen bundle's commit, which must have the base as its only parent. */
  read(bundle: Uint8Array): Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const LIFE_MS = 120_000;
const text = (slice: OutputSlice): string => new TextDecoder().decode(slice.bytes);
const wait = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

export async function untilEnded(session: SandboxSession, turn: number, pid: number): Promise<number | null> {
  for (;;) {
    const status = await session.agentStatus(turn, pid);
    if (status.kind === "ended") return status.exitCode;
    await wait(40);
  }
}

async function open(sandboxes: Sandboxes, runId: string): Promise<SandboxSession> {
  const made = await sandboxes.adoptOrCreate({ runId, generation: 1, purpose: "agent" }, LIFE_MS);
  if (!made.ok) throw new Error(JSON.stringify(made.problem));
  return made.value;
}

export function describeSandboxes(openBench: () => Promise<ContractBench>): void {
  let bench: ContractBench;
  beforeAll(async () => {
    bench = await openBench();
  });
  afterAll(async () => bench.close());
  const laid = async (runId: string, base = bench.base): Promise<SandboxSession> => {
    const session = await open(bench.sandboxes, runId);
    await session.layBase(base);
    return session;
  };

  describe("sandboxes", () => {
    it("are found again by their tag, and made anew for another one", async () => {
      const tag: SandboxTag = { runId: "found", generation: 1, purpose: "agent" };
      const first = await open(bench.sandboxes, "found");
      expect((await open(bench.sandboxes, "found")).id).toBe(first.id);
      const next = await bench.sandboxes.adoptOrCreate({ ...tag, generation: 2 }, LIFE_MS);
      const checks = await bench.sandboxes.adoptOrCreate({ ...tag, purpose: "checks" }, LIFE_MS);
      const ids = [first.id, next.ok ? next.value.id : "", checks.ok ? checks.value.id : ""];
      expect(new Set(ids).size).toBe(3);
      const listed = (await bench.sandboxes.list()).filter((each) => each.tag.runId === "found");
      expect(new Map(listed.map((each) => [each.id, each.tag]))).toEqual(
        new Map([
          [ids[0], tag],
          [ids[1], { ...tag, generation: 2 }],
          [ids[2], { ...tag, purpose: "checks" }],
        ]),
      );
    });

    it("are gone once killed, and killing again changes nothing", async () => {
      const session = await open(bench.sandboxes, "killed");
      await bench.sandboxes.kill(session.id);
      expect(await bench.sandboxes.connect(session.id, LIFE_MS)).toEqual({ ok: false, problem: { kind: "gone" } });
      await bench.sandboxes.kill(session.id);
      expect((await bench.sandboxes.list()).some((each) => each.id === session.id)).toBe(false);
    });

    it("keep their files over a pause, and are resumed by connecting", async () => {
      const session = await laid("paused");
      await session.run("echo kept >kept.txt", { timeMs: 10_000 });
      await session.pause();
      const resumed = await bench.sandboxes.connect(session.id, LIFE_MS);
      if (!resumed.ok) throw new Error(resumed.problem.kind);
      expect((await resumed.value.run("cat kept.txt", { timeMs: 10_000 })).output).toBe("kept\n");
    });
  });

  describe("the repository", () => {
    it("is the base commit, checked out once however often it is laid", async () => {
      const session = await laid("laid");
      const look = "git rev-parse HEAD; git rev-list --count HEAD; git status --porcelain; cat README.md src/a.txt";
      expect((await session.run(look, { timeMs: 10_000 })).output).toBe(`${bench.base.commit}\n3\nhello\na\n`);
      await session.run("echo worked >>README.md; echo installed >installed.txt", { timeMs: 10_000 });
      await session.layBase(bench.base);
      const again = await session.run("cat README.md installed.txt", { timeMs: 10_000 });
      expect(again.output).toBe("hello\nworked\ninstalled\n");
    });

    it("has a history that ends where policy ends it", async () => {
      const session = await laid("shallow", bench.shallowBase);
      const done = await session.run("git log --oneline | wc -l; git fsck --connectivity-only", { timeMs: 10_000 });
      expect(done).toMatchObject({ exitCode: 0, output: "1\n" });
    });

    it("becomes the sealed tree, less what is kept from the base, while what setup installed stays", async () => {
      const session = await laid("change");
      await session.run("mkdir node_modules; echo x >node_modules/x; echo spoilt >src/a.txt", { timeMs: 10_000 });
      await session.layChange({ ...bench.change, keepFromBase: ["test/**"] });
      const look = "for f in $(find . -path ./.git -prune -o -type f -print | sort); do echo $f $(cat $f); done";
      expect((await session.run(look, { timeMs: 10_000 })).output.split("\n")).toEqual([
        "./README.md changed",
        "./node_modules/x x",
        "./src/new.txt new",
        "./test/t.txt t",
        "",
      ]);
      await session.layChange({ ...bench.change, keepFromBase: [] });
      expect((await session.run("cat test/t.txt test/new.txt", { timeMs: 10_000 })).output).toBe("changed\nnew\n");
    });

    it("is frozen as one commit on the base, or as nothing where nothing changed", async () => {
      const session = await laid("frozen", bench.shallowBase);
      expect(await session.freeze(bench.shallowBase, 1_000_000)).toEqual({ ok: true, value: undefined });
      await session.run("rm src/a.txt; echo new >src/new.txt; git add -A; git commit -qm mine", { timeMs: 10_000 });
      await session.scrub();
      const frozen = await session.freeze(bench.shallowBase, 1_000_000);
      if (!frozen.ok || frozen.value === undefined) throw new Error("nothing was frozen");
      expect(bench.read(frozen.value)).toEqual({ "README.md": "hello\n", "src/new.txt": "new\n", "test/t.txt": "t\n" });
    });

    it("is not frozen where the result is larger than allowed", async () => {
      const session = await laid("too-big");
      await session.run("head -c 300000 /dev/urandom >noise", { timeMs: 10_000 });
      const frozen = await session.freeze(bench.base, 100_000);
      expect(frozen).toMatchObject({ ok: false, problem: { kind: "too-big" } });
    });

    it("lies beside the files people sent, under plain names", async () => {
      const session = await laid("files");
      await session.placeFiles([
        { name: "../../etc/Brief (final).pdf", bytes: new TextEncoder().encode("one") },
        { name: "Brief (final).pdf", bytes: new TextEncoder().encode("two") },
      ]);
      const look = await session.run("cd ../attachments; for f in *; do echo $f $(cat $f); done", { timeMs: 10_000 });
      expect(look.output).toBe("2-Brief-final-.pdf two\nBrief-final-.pdf one\n");
      expect(await session.freeze(bench.base, 1_000_000)).toEqual({ ok: true, value: undefined });
    });
  });

  describe("a command", () => {
    let session: SandboxSession;
    beforeAll(async () => {
      session = await laid("commands");
    });

    it("tells its code and what it printed on both channels, in order", async () => {
      const done = await session.run("echo out; echo err >&2; pwd; exit 3", { timeMs: 10_000 });
      expect(done).toMatchObject({ exitCode: 3, output: "out\nerr\n/home/user/repo\n", timedOut: false });
      expect(done.durationMs).toBeGreaterThan(0);
    });

    it("sees its environment and nothing on its standard input", async () => {
      const done = await session.run("cat; echo $GIVEN", { timeMs: 10_000, env: { GIVEN: "it's given" } });
      expect(done.output).toBe("it's given\n");
      expect((await session.run("echo [$GIVEN]", { timeMs: 10_000 })).output).toBe("[]\n");
    });

    it("is ended with all it started when its time is up", async () => {
      const done = await session.run("echo begun; (sleep 60; echo late >late.txt) & sleep 60", { timeMs: 1000 });
      expect(done).toMatchObject({ exitCode: null, timedOut: true, output: "begun\n" });
      expect((await session.run("pgrep -fc '^sleep 60'", { timeMs: 10_000 })).output).toBe("0\n");
    });

    it("ends when it ends, even where a child holds its output open", async () => {
      const done = await session.run("sleep 50 & setsid sleep 50 & echo done", { timeMs: 20_000 });
      expect(done).toMatchObject({ exitCode: 0, timedOut: false, output: "done\n" });
      expect(done.durationMs).toBeLessThan(20_000);
    });

    it("has the last 64 KiB of its output kept", async () => {
      const done = await session.run("seq 1 200000", { timeMs: 20_000 });
      expect(done.exitCode).toBe(0);
      expect(Buffer.byteLength(done.output)).toBe(64 * 1024);
      expect(done.output.endsWith("\n199999\n200000\n")).toBe(true);
    });

    it("is ended when the caller gives up", async () => {
      const giveUp = new AbortController();
      const running = session.run("sleep 60", { timeMs: 60_000, signal: giveUp.signal });
      setTimeout(() => giveUp.abort(new Error("given up")), 200);
      await expect(running).rejects.toThrow("given up");
      expect((await session.run("pgrep -fc '^sleep 60'", { timeMs: 10_000 })).output).toBe("0\n");
    });
  });

  describe("the agent", () => {
    let session: SandboxSession;
    beforeAll(async () => {
      session = await laid("agent");
    });
    const bash = (script: string, given: { readonly turn: number; readonly stdin?: string }) =>
      session.startAgent({ turn: given.turn, argv: ["bash", "-c", script], env: {}, stdin: given.stdin ?? "" });

    it("is started once a turn, whoever asks", async () => {
      expect(await session.findAgent(1)).toBeUndefined();
      const pids = await Promise.all([1, 2, 3].map(async () => bash("echo started; sleep 60", { turn: 1 })));
      expect(new Set(pids.map(({ pid }) => pid)).size).toBe(1);
      const { pid } = pids[0]!;
      expect(await session.findAgent(1)).toEqual({ pid });
      expect(await session.agentStatus(1, pid)).toEqual({ kind: "running" });
      await session.stopAgent(1, pid);
      expect(await session.agentStatus(1, pid)).toMatchObject({ kind: "ended" });
      expect(text(await session.readOutput(1, 0))).toBe("started\n");
      expect(await session.findAgent(1)).toEqual({ pid });
    });

    it("gets the prompt on its standard input, and its output is read from any byte on", async () => {
      const { pid } = await bash("cat; echo oops >&2; exit 7", { turn: 2, stdin: "first\nsecond — größer\n" });
      expect(await untilEnded(session, 2, pid)).toBe(7);
      const whole = await session.readOutput(2, 0);
      expect(text(whole)).toBe("first\nsecond — größer\n");
      expect(text(await session.readOutput(2, 6))).toBe("second — größer\n");
      expect(await session.readOutput(2, whole.sizeBytes)).toEqual({
        bytes: new Uint8Array(0),
        sizeBytes: whole.sizeBytes,
      });
      expect(await session.readErrors(2)).toBe("oops\n");
    });

    it("alone has its environment, and no file holds it", async () => {
      const env = { ANTHROPIC_API_KEY: "sk-not-a-real-key" };
      const argv = ["bash", "-c", 'echo "$ANTHROPIC_API_KEY"; sleep 1'];
      const { pid } = await session.startAgent({ turn: 3, argv, env, stdin: "x" });
      const look = "env | grep -c ANTHROPIC; grep -rlsF sk-not-a-real-key /home/user /tmp | grep -v out.jsonl";
      expect((await session.run(look, { timeMs: 10_000 })).output).toBe("0\n");
      expect(await untilEnded(session, 3, pid)).toBe(0);
      expect(text(await session.readOutput(3, 0))).toBe("sk-not-a-real-key\n");
    });

    it("that is missing ends with the shell's code for it", async () => {
      const { pid } = await session.startAgent({ turn: 4, argv: ["no-such-agent"], env: {}, stdin: "" });
      expect(await untilEnded(session, 4, pid)).toBe(127);
      expect(await session.readErrors(4)).toContain("no-such-agent");
    });

    it("is stopped with its whole group", async () => {
      const { pid } = await bash("sleep 61 & echo ready; sleep 62; echo never", { turn: 5 });
      while (text(await session.readOutput(5, 0)) !== "ready\n") await wait(40);
      await session.stopAgent(5, pid);
      expect(await session.agentStatus(5, pid)).toMatchObject({ kind: "ended" });
      expect((await session.run("pgrep -fc '^sleep 6[12]'", { timeMs: 10_000 })).output).toBe("0\n");
      await session.stopAgent(5, pid);
      expect(text(await session.readOutput(5, 0))).toBe("ready\n");
    });

    it("leaves nothing running behind once it is scrubbed", async () => {
      const grown = "until [ $(wc -l <README.md) -gt 3 ]; do sleep 0.05; done";
      const { pid } = await bash(`setsid bash -c 'while :; do echo late >>README.md; sleep 0.05; done' & ${grown}`, {
        turn: 6,
      });
      expect(await untilEnded(session, 6, pid)).toBe(0);
      await session.scrub();
      const sizes = await session.run("wc -c <README.md; sleep 0.3; wc -c <README.md", {
        timeMs: 10_000,
      });
      const [before, after] = sizes.output.split("\n");
      expect(after).toBe(before);
      expect(Number(before)).toBeGreaterThan("hello\n".length);
      expect(await session.agentStatus(6, pid)).toEqual({ kind: "ended", exitCode: null });
    });
  });
}
