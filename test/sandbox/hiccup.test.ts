import { connect, createServer, type Server, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Log, SandboxSession } from "../../src/ports.ts";
import { createSandboxes } from "../../src/sandbox/sandboxes.ts";
import { untilEnded } from "../contracts/sandbox.ts";
import { API_KEY, LIFE_MS, makeRepository, openBench, quietLog, realClock, reasonToSkip, type Bench } from "./bench.ts";

const skip = await reasonToSkip();

/** A way to the service that can be cut: connections end at once, new ones are refused as often as told. */
class Wire {
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  refuse = 0;

  constructor(target: number) {
    this.#server = createServer((near) => {
      if (this.refuse > 0) {
        this.refuse -= 1;
        near.destroy();
        return;
      }
      const far = connect(target, "127.0.0.1");
      for (const socket of [near, far]) {
        this.#sockets.add(socket);
        socket.on("error", () => undefined);
        socket.on("close", () => {
          this.#sockets.delete(socket);
          near.destroy();
          far.destroy();
        });
      }
      near.pipe(far).pipe(near);
    });
  }

  async open(): Promise<string> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, "127.0.0.1", resolve);
    });
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    return `http://127.0.0.1:${address.port}`;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }
}

describe.skipIf(skip !== undefined)("over a wire that breaks", () => {
  let bench: Bench;
  let wire: Wire;
  let session: SandboxSession;
  const warned: string[] = [];

  beforeAll(async () => {
    bench = await openBench();
    wire = new Wire(bench.service.port);
    const url = await wire.open();
    const log: Log = { ...quietLog, warn: (_fields, says) => warned.push(says) };
    const sandboxes = createSandboxes({ apiKey: API_KEY, apiUrl: url, sandboxUrl: url, clock: realClock, log });
    const made = await sandboxes.adoptOrCreate({ runId: "wire", generation: 1, purpose: "agent" }, LIFE_MS);
    if (!made.ok) throw new Error(made.problem.kind);
    session = made.value;
    const repository = makeRepository(bench.folder, { "a.txt": "a\n" });
    await session.layBase(repository.pack(repository.git("rev-parse", "HEAD")));
  });
  afterAll(async () => {
    await wire.close();
    await bench.close();
  });

  it("a command goes on and tells its own code, as does the agent", async () => {
    const direct = await bench.sandboxes.connect(session.id, LIFE_MS);
    if (!direct.ok) throw new Error(direct.problem.kind);
    const waiting = (name: string): string => `touch ${name}; until [ -e go ]; do sleep 0.05; done; echo said`;
    const argv = ["bash", "-c", `${waiting("agent-began")}; exit 4`];
    const { pid } = await session.startAgent({ turn: 1, argv, env: {}, stdin: "" });
    const running = session.run(`${waiting("command-began")}; exit 5`, { timeMs: 20_000 });
    const bothBegan = "until [ -e agent-began ] && [ -e command-began ]; do sleep 0.05; done";
    await direct.value.run(bothBegan, { timeMs: 20_000 });
    wire.cut();
    await direct.value.run("touch go", { timeMs: 20_000 });
    expect(await running).toMatchObject({ exitCode: 5, output: "said\n", timedOut: false });
    expect(await untilEnded(session, 1, pid)).toBe(4);
    expect(new TextDecoder().decode((await session.readOutput(1, 0)).bytes)).toBe("said\n");
  });

  it("what changes nothing when done twice is tried again, and said", async () => {
    warned.length = 0;
    wire.cut();
    wire.refuse = 1;
    await session.keepAlive(LIFE_MS);
    wire.cut();
    wire.refuse = 1;
    expect((await session.readOutput(1, 0)).sizeBytes).toBe(5);
    expect(warned).toEqual(Array(2).fill("a call to the sandbox failed; trying again"));
  });

  it("what stays broken is told with what was tried, in words", async () => {
    wire.cut();
    wire.refuse = 100;
    await expect(session.setNetwork([])).rejects.toThrow(/^setting its network in sandbox \w+: /);
    wire.refuse = 0;
    await bench.sandboxes.kill(session.id);
    await expect(session.keepAlive(LIFE_MS)).rejects.toThrow("keeping it alive");
    await expect(session.run("true", { timeMs: 5000 })).rejects.toThrow(session.id);
  });
});
