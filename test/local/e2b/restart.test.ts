import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { isAlive, type ProcessIdentity } from "../../../src/local/e2b/process-identity.ts";
import { startLocalE2b } from "../../../src/local/e2b/server.ts";
import { API_KEY, clientOf, describeSandboxed, makeStateDir, startTestE2b, waitFor, type TestE2b } from "./support.ts";

interface StoredRecord {
  phase: { name: string; boot?: { init: ProcessIdentity; monitor: ProcessIdentity } };
}

describeSandboxed("the next start on the same folder", () => {
  // One folder for all, so that what all sandboxes share is built once.
  let folder: string;
  let running: TestE2b | undefined;
  beforeAll(async () => {
    folder = await makeStateDir();
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  afterEach(async () => {
    await running?.stop();
    running = undefined;
  });

  const start = async () => (running = await startTestE2b({ stateDir: folder }));
  const restart = async (between: (stateDir: string) => Promise<void> = async () => undefined) => {
    const { service, stateDir } = running!;
    await service.close({ keepSandboxes: true });
    await between(stateDir);
    running = await startTestE2b({ stateDir });
    return running;
  };
  const recordFile = (stateDir: string, id: string) => join(stateDir, "records", `${id}.json`);
  const changeRecord = async (stateDir: string, id: string, change: (record: StoredRecord) => void) => {
    const record = JSON.parse(await readFile(recordFile(stateDir, id), "utf8")) as StoredRecord;
    change(record);
    await writeFile(recordFile(stateDir, id), JSON.stringify(record));
  };

  it("takes sandboxes over: their commands, files, network rules, tags, time and log", async () => {
    const { client, service } = await start();
    const sandbox = await client.Sandbox.create({
      metadata: { run: "adopted" },
      timeoutMs: 600_000,
      network: { allowOut: ["one.example.test"], denyOut: ["0.0.0.0/0"] },
    });
    const command = await sandbox.commands.run("read line; echo $line > /workspace/got; exit 7", {
      background: true,
      stdin: true,
      timeoutMs: 0,
    });
    void command.wait().catch(() => undefined);
    await sandbox.commands.run("curl -s https://two.example.test/; true");
    const before = service.egress(sandbox.sandboxId);
    const { endAt } = await sandbox.getInfo();

    const next = await restart();
    expect(next.service.listSandboxes()).toMatchObject([
      { id: sandbox.sandboxId, state: "running", metadata: { run: "adopted" }, endAtMs: endAt.getTime() },
    ]);
    expect(next.service.egress(sandbox.sandboxId)).toEqual(before);
    expect(before).toMatchObject([{ host: "two.example.test", allowed: false }]);
    const again = await next.client.Sandbox.connect(sandbox.sandboxId);
    const late = await again.commands.connect(command.pid);
    await late.sendStdin("hello\n");
    await expect(late.wait()).rejects.toMatchObject({ exitCode: 7 });
    expect(await again.files.read("/workspace/got")).toBe("hello\n");
    const refused = await again.commands.run("curl -s -o /dev/null -w '%{http_code}' http://two.example.test/");
    expect(refused.stdout).toBe("403");
    expect(await again.kill()).toBe(true);
  });

  it("keeps the paused paused, with memory or without, and wakes them", async () => {
    const { client } = await start();
    const withMemory = await client.Sandbox.create();
    const withFiles = await client.Sandbox.create();
    const { pid } = await withMemory.commands.run("sleep 70", { background: true, timeoutMs: 0 });
    await withFiles.files.write("/workspace/f", "kept");
    await withMemory.pause();
    await withFiles.pause({ keepMemory: false });
    const next = await restart();
    expect(next.service.listSandboxes().map(({ state }) => state)).toEqual(["paused", "paused"]);
    const one = await next.client.Sandbox.connect(withMemory.sandboxId);
    expect((await one.commands.list()).map((each) => each.pid)).toContain(pid);
    const two = await next.client.Sandbox.connect(withFiles.sandboxId);
    expect(await two.files.read("/workspace/f")).toBe("kept");
  });

  it("ends what ran out of time in between", async () => {
    const { client } = await start();
    const sandbox = await client.Sandbox.create({ timeoutMs: 1_000 });
    const next = await restart(() => new Promise((resolve) => setTimeout(resolve, 1_100)));
    await waitFor("its end", () => next.service.listSandboxes().length === 0);
    await expect(next.client.Sandbox.connect(sandbox.sandboxId)).rejects.toThrow(/not found/);
  });

  it("never takes another process for a sandbox: a reused number is not touched", async () => {
    const { client } = await start();
    const sandbox = await client.Sandbox.create();
    let init: ProcessIdentity | undefined;
    const next = await restart((stateDir) =>
      changeRecord(stateDir, sandbox.sandboxId, ({ phase }) => {
        init = phase.boot!.init;
        phase.boot = { init: { ...init, pid: process.pid }, monitor: { ...phase.boot!.monitor, pid: process.pid } };
      }),
    );
    expect(next.service.listSandboxes()).toEqual([]);
    await waitFor("the sandbox nobody knows to be ended", () => !isAlive(init!));
    expect(await readdir(join(next.stateDir, "boxes"))).toEqual([]);
  });

  it("after a restart of the host, what ran is gone and what was paused comes back from its files", async () => {
    const { client } = await start();
    const ran = await client.Sandbox.create();
    const paused = await client.Sandbox.create();
    await paused.files.write("/workspace/f", "kept");
    await paused.pause();
    const next = await restart(async (stateDir) => {
      for (const { sandboxId } of [ran, paused])
        await changeRecord(stateDir, sandboxId, ({ phase }) => {
          const other = { hostBootId: "another boot" };
          const { init, monitor } = phase.boot!;
          phase.boot = { init: { ...init, ...other }, monitor: { ...monitor, ...other } };
        });
    });
    expect(next.service.listSandboxes()).toMatchObject([{ id: paused.sandboxId, state: "paused" }]);
    const again = await next.client.Sandbox.connect(paused.sandboxId);
    expect(await again.files.read("/workspace/f")).toBe("kept");
  });

  it("clears what a crash left half made, and records it cannot read", async () => {
    await start();
    const next = await restart(async (stateDir) => {
      await mkdir(join(stateDir, "boxes/ihalf/fs"), { recursive: true });
      await mkdir(join(stateDir, "trash/old"), { recursive: true });
      await writeFile(recordFile(stateDir, "ibroken"), '{"id":');
      await writeFile(recordFile(stateDir, "ifuture"), '{"id":"ifuture","phase":{"name":"flying"}}');
    });
    for (const folder of ["boxes", "trash", "records"]) expect(await readdir(join(next.stateDir, folder))).toEqual([]);
  });

  it("builds the shared runtime once, and keeps an old one only while a sandbox uses it", async () => {
    const { client, stateDir } = await start();
    await client.Sandbox.create();
    const [key] = await readdir(join(stateDir, "runtimes"));
    await mkdir(join(stateDir, "runtimes/unused"));
    const next = await restart();
    expect(await readdir(join(next.stateDir, "runtimes"))).toEqual([key]);
  });

  it("two services on one folder are refused; after a close it is free", async () => {
    const { service, stateDir } = await start();
    const options = { port: 0, stateDir, apiKey: API_KEY };
    await expect(startLocalE2b(options)).rejects.toThrow(/already runs/);
    await service.close();
    const second = await startLocalE2b(options);
    expect((await clientOf(second).Sandbox.list().nextItems()).length).toBe(0);
    await second.close();
  });

  it("closing ends every sandbox and leaves no folder of one", async () => {
    const { client, service, stateDir } = await start();
    const sandbox = await client.Sandbox.create();
    // Folders closed even to their owner must not stand in the way.
    await sandbox.commands.run("mkdir -p /workspace/a/b && chmod 000 /workspace/a/b /workspace/a");
    const record = JSON.parse(await readFile(recordFile(stateDir, sandbox.sandboxId), "utf8")) as StoredRecord;
    await service.close();
    expect(isAlive(record.phase.boot!.init)).toBe(false);
    expect(isAlive(record.phase.boot!.monitor)).toBe(false);
    for (const folder of ["boxes", "trash", "records"]) expect(await readdir(join(stateDir, folder))).toEqual([]);
  });
});
