import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { markPrefixOf } from "../../../src/local/e2b/fleet.ts";
import { findByEnvironment } from "../../../src/local/e2b/process-identity.ts";
import { clientOf, describeSandboxed, makeStateDir, startTestE2b, waitFor, type TestE2b } from "./support.ts";

const SERVE = new URL("./serve.ts", import.meta.url).pathname;

describeSandboxed("a service killed without a word", () => {
  let stateDir: string;
  let server: ChildProcess | undefined;
  let next: TestE2b | undefined;
  beforeEach(async () => {
    stateDir = await makeStateDir();
  });
  afterEach(async () => {
    server?.kill("SIGKILL");
    await next?.stop();
    next = undefined;
    await rm(stateDir, { recursive: true, force: true });
  });

  const startServer = async () => {
    const child = spawn(process.execPath, [SERVE, stateDir], { stdio: ["ignore", "pipe", "inherit"] });
    server = child;
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    return clientOf({ url: line.toString("utf8").trim() });
  };
  const killServer = async () => {
    const gone = once(server!, "exit");
    server!.kill("SIGKILL");
    await gone;
  };
  const leftOver = () =>
    findByEnvironment("LOCAL_E2B_SANDBOX").filter(({ value }) => value.startsWith(markPrefixOf(stateDir)));

  it("loses no sandbox: the command goes on meanwhile, its end and whole log are there after", async () => {
    const client = await startServer();
    const sandbox = await client.Sandbox.create({ metadata: { run: "survivor" }, timeoutMs: 600_000 });
    const work = "for i in $(seq 40); do echo line $i; sleep 0.05; done > /workspace/out.log; exit 7";
    const command = await sandbox.commands.run(work, { background: true, timeoutMs: 0 });
    void command.wait().catch(() => undefined);
    await killServer();

    next = await startTestE2b({ stateDir });
    const [found] = await next.client.Sandbox.list({ query: { metadata: { run: "survivor" } } }).nextItems();
    expect(found?.sandboxId).toBe(sandbox.sandboxId);
    const again = await next.client.Sandbox.connect(sandbox.sandboxId);
    const late = await again.commands.connect(command.pid, { timeoutMs: 0 });
    await expect(late.wait()).rejects.toMatchObject({ exitCode: 7 });
    const answer = await fetch(await again.downloadUrl("/workspace/out.log"), { headers: { range: "bytes=7-" } });
    const lines = (await answer.text()).trimEnd().split("\n");
    expect(lines).toEqual(Array.from({ length: 39 }, (_, index) => `line ${index + 2}`));
  });

  it("leaves no half-made sandbox, at whatever moment of its making", async () => {
    for (const delayMs of [5, 20, 40, 60, 80, 110, 150, 200]) {
      const client = await startServer();
      const making = client.Sandbox.create({ timeoutMs: 600_000 }).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      await killServer();
      const made = await making;
      next = await startTestE2b({ stateDir });
      const listed = next.service.listSandboxes().map(({ id }) => id);
      if (made !== undefined) expect(listed).toContain(made.sandboxId);
      for (const id of listed) {
        const sandbox = await next.client.Sandbox.connect(id);
        expect((await sandbox.commands.run("echo up")).stdout).toBe("up\n");
      }
      await next.service.close();
      await waitFor("every process to be gone", () => leftOver().length === 0);
      next = undefined;
    }
  });
});
