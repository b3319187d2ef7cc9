import {
  AuthenticationError,
  InvalidArgumentError,
  SandboxNotFoundError,
  TimeoutError,
  type Sandbox,
  type SandboxOpts,
} from "@e2b/sdk";
import { afterAll, beforeAll, expect, it } from "vitest";
import { API_KEY, describeSandboxed, startTestE2b, waitFor, type TestE2b } from "./support.ts";

describeSandboxed("sandboxes through the SDK", () => {
  let e2b: TestE2b;
  let Sandboxes: TestE2b["client"]["Sandbox"];
  beforeAll(async () => {
    e2b = await startTestE2b();
    ({ Sandbox: Sandboxes } = e2b.client);
  });
  afterAll(() => e2b.stop());

  const listIds = async (metadata: Record<string, string>, state?: ("running" | "paused")[]) => {
    const query = state === undefined ? { metadata } : { metadata, state };
    return (await Sandboxes.list({ query }).nextItems()).map(({ sandboxId }) => sandboxId);
  };

  it("a new sandbox tells what it was made with", async () => {
    const sandbox = await Sandboxes.create("any-template", {
      timeoutMs: 90_000,
      metadata: { run: "7KQ2", generation: "1" },
      lifecycle: { onTimeout: "pause" },
      network: { allowOut: ["api.example.com"], denyOut: ["0.0.0.0/0"] },
    });
    const info = await sandbox.getInfo();
    expect(info).toMatchObject({
      sandboxId: sandbox.sandboxId,
      templateId: "any-template",
      state: "running",
      metadata: { run: "7KQ2", generation: "1" },
      lifecycle: { onTimeout: "pause" },
    });
    expect(info.network).toMatchObject({ allowOut: ["api.example.com"], denyOut: ["0.0.0.0/0"] });
    expect(info.endAt.getTime() - info.startedAt.getTime()).toBe(90_000);
    await sandbox.kill();
  });

  it("a killed sandbox is gone: once true, then false, then not found", async () => {
    const sandbox = await Sandboxes.create();
    expect(await sandbox.isRunning()).toBe(true);
    expect(await sandbox.kill()).toBe(true);
    expect(await sandbox.kill()).toBe(false);
    expect(await sandbox.isRunning()).toBe(false);
    await expect(sandbox.getInfo()).rejects.toBeInstanceOf(SandboxNotFoundError);
    await expect(Sandboxes.connect(sandbox.sandboxId)).rejects.toBeInstanceOf(SandboxNotFoundError);
    await expect(sandbox.setTimeout(1000)).rejects.toBeInstanceOf(SandboxNotFoundError);
    await expect(sandbox.commands.run("true")).rejects.toBeInstanceOf(SandboxNotFoundError);
  });

  it("killing it breaks a command's stream in a way the SDK knows", async () => {
    const sandbox = await Sandboxes.create();
    const handle = await sandbox.commands.run("sleep 60", { background: true, timeoutMs: 0 });
    const waiting = handle.wait().catch((error: unknown) => error);
    await sandbox.kill();
    expect(await waiting).toBeInstanceOf(TimeoutError);
  });

  it("lists by every tag and state, newest first, and says paused from running", async () => {
    const tags = { run: "list &=%ä", generation: "2" };
    const first = await Sandboxes.create({ metadata: tags });
    const second = await Sandboxes.create({ metadata: tags });
    await Sandboxes.create({ metadata: { ...tags, generation: "3" } });
    await second.pause({ keepMemory: false });
    expect(await listIds(tags)).toEqual([second.sandboxId, first.sandboxId]);
    expect(await listIds(tags, ["paused"])).toEqual([second.sandboxId]);
    expect(await listIds(tags, ["running"])).toEqual([first.sandboxId]);
    expect(await listIds({ run: "nobody's" })).toEqual([]);
  });

  it("pages hold every sandbox once, though one ends between them", async () => {
    const metadata = { run: "pages" };
    const made: Sandbox[] = [];
    for (let index = 0; index < 4; index += 1) made.push(await Sandboxes.create({ metadata }));
    const pages = Sandboxes.list({ query: { metadata }, limit: 2, order: "asc" });
    const seen = (await pages.nextItems()).map(({ sandboxId }) => sandboxId);
    expect(pages.hasNext).toBe(true);
    await made[0]?.kill();
    seen.push(...(await pages.nextItems()).map(({ sandboxId }) => sandboxId));
    expect(seen).toEqual(made.map(({ sandboxId }) => sandboxId));
    expect(pages.hasNext).toBe(false);
    await Promise.all(made.map((sandbox) => sandbox.kill()));
  });

  it("connect prolongs but never shortens, setTimeout does both", async () => {
    const sandbox = await Sandboxes.create({ timeoutMs: 600_000 });
    const leftMs = async () => (await sandbox.getInfo()).endAt.getTime() - Date.now();
    await Sandboxes.connect(sandbox.sandboxId, { timeoutMs: 10_000 });
    expect(await leftMs()).toBeGreaterThan(300_000);
    await Sandboxes.connect(sandbox.sandboxId, { timeoutMs: 1_200_000 });
    expect(await leftMs()).toBeGreaterThan(900_000);
    await sandbox.setTimeout(100_000);
    expect(await leftMs()).toBeLessThan(100_001);
    await sandbox.kill();
  });

  it.each<[string, SandboxOpts, string]>([
    ["kill is what time does by default", {}, "gone"],
    ["with memory when it said pause", { lifecycle: { onTimeout: "pause" } }, "alive"],
    ["without memory when it said so", { lifecycle: { onTimeout: { action: "pause", keepMemory: false } } }, "dead"],
  ])("time runs out: %s", async (_says, options, expected) => {
    const sandbox = await Sandboxes.create(options);
    const { pid } = await sandbox.commands.run("sleep 60", { background: true, timeoutMs: 0 });
    await sandbox.setTimeout(1);
    const state = () => e2b.service.listSandboxes().find(({ id }) => id === sandbox.sandboxId)?.state;
    await waitFor("the end of its time", () => state() !== "running");
    if (expected === "gone") {
      expect(state()).toBeUndefined();
      return;
    }
    expect(state()).toBe("paused");
    await sandbox.connect();
    const pids = (await sandbox.commands.list()).map((each) => each.pid);
    expect(pids.includes(pid)).toBe(expected === "alive");
    await sandbox.kill();
  });

  it("paused without memory: files stay, processes are gone, and it boots anew", async () => {
    const sandbox = await Sandboxes.create({ envs: { KEPT: "yes" } });
    const bootId = "cat /proc/sys/kernel/random/boot_id";
    const before = await sandbox.commands.run(`${bootId}; echo kept > /workspace/file; echo kept > /tmp/file`);
    await sandbox.commands.run("nohup setsid sleep 66 >/dev/null 2>&1 & true");
    expect(await sandbox.pause({ keepMemory: false })).toBe(true);
    expect(await sandbox.pause({ keepMemory: false })).toBe(false);
    expect(await sandbox.isRunning()).toBe(false);
    await expect(sandbox.files.read("/workspace/file")).rejects.toBeInstanceOf(TimeoutError);
    const again = await Sandboxes.connect(sandbox.sandboxId);
    const after = await again.commands.run(
      `${bootId}; cat /workspace/file /tmp/file; echo $KEPT; pgrep sleep || echo none`,
    );
    const [newBoot, ...rest] = after.stdout.split("\n");
    expect(rest.join(" ")).toBe("kept kept yes none ");
    expect(before.stdout).not.toContain(newBoot);
    await again.kill();
  });

  it("paused with memory: a command stands still and goes on, its streams and its time too", async () => {
    const sandbox = await Sandboxes.create();
    const counter = await sandbox.commands.run(
      "i=0; while :; do i=$((i+1)); echo $i > /tmp/c && mv /tmp/c /tmp/count; sleep 0.02; done",
      {
        background: true,
        timeoutMs: 0,
      },
    );
    const waiting = counter.wait().catch((error: unknown) => error);
    await waitFor("the first count", () => sandbox.files.exists("/tmp/count"));
    await sandbox.pause();
    expect(await waiting).toBeInstanceOf(TimeoutError);
    expect((await sandbox.getInfo()).state).toBe("paused");
    await sandbox.connect();
    expect((await sandbox.commands.list()).map(({ pid }) => pid)).toContain(counter.pid);
    const count = async () => Number(await sandbox.files.read("/tmp/count"));
    const resumedAt = await count();
    await waitFor("the count to go on", async () => (await count()) > resumedAt);
    await sandbox.kill();
  });

  it("paused with memory, resumed by reboot: the files alone come back", async () => {
    const sandbox = await Sandboxes.create();
    const { pid } = await sandbox.commands.run("echo 1 > /workspace/f; sleep 60", { background: true, timeoutMs: 0 });
    await waitFor("the file", () => sandbox.files.exists("/workspace/f"));
    await sandbox.pause();
    await sandbox.connect({ onResume: "reboot" });
    expect((await sandbox.commands.list()).map((each) => each.pid)).not.toContain(pid);
    expect(await sandbox.files.read("/workspace/f")).toBe("1\n");
    await sandbox.kill();
  });

  it("a sandbox that asked for it wakes up at the first call", async () => {
    const sandbox = await Sandboxes.create({ lifecycle: { onTimeout: "pause", autoResume: true } });
    await sandbox.pause();
    expect(await sandbox.isRunning()).toBe(false);
    expect((await sandbox.commands.run("echo awake")).stdout).toBe("awake\n");
    await sandbox.kill();
  });

  it("ten at once all come up", async () => {
    const made = await Promise.all(Array.from({ length: 10 }, () => Sandboxes.create()));
    const words = await Promise.all(made.map(async (sandbox) => (await sandbox.commands.run("echo up")).stdout));
    expect(words).toEqual(Array.from({ length: 10 }, () => "up\n"));
    expect(await Promise.all(made.map((sandbox) => sandbox.kill()))).not.toContain(false);
  });

  it("a sandbox whose envd was ended from inside is gone, not hung", async () => {
    const sandbox = await Sandboxes.create();
    await sandbox.commands.run("pkill -9 -f envd.js").catch(() => undefined);
    await waitFor("it to be noticed", () => e2b.service.listSandboxes().every(({ id }) => id !== sandbox.sandboxId));
    expect(await sandbox.isRunning()).toBe(false);
  });

  it.each<[string, () => Promise<unknown>]>([
    ["snapshots", () => Sandboxes.createSnapshot("x")],
    ["listing snapshots", () => Sandboxes.listSnapshots().nextItems()],
    ["forks", () => Sandboxes.fork("x")],
    ["metrics", () => Sandboxes.getMetrics("x")],
    ["volumes", () => Sandboxes.create({ volumeMounts: { "/data": "disk" } })],
    ["header rules", () => Sandboxes.create({ network: { rules: { "a.example.com": [] } } })],
    ["an own egress proxy", () => Sandboxes.create({ network: { egressProxy: { address: "p.example.com:1080" } } })],
  ])("%s are refused in words, not pretended", async (_says, act) => {
    await expect(act()).rejects.toThrow(/the local E2B service/);
  });

  it.each<[string, number, RequestInit & { path: string }, object]>([
    ["no key", 401, { path: "/sandboxes", headers: {} }, { code: 401 }],
    ["a wrong key", 401, { path: "/v2/sandboxes", headers: { "x-api-key": "guess" } }, { code: 401 }],
    ["an unknown sandbox", 404, { path: "/sandboxes/inone" }, { code: 404, message: 'sandbox "inone" not found' }],
    ["an unknown call", 404, { path: "/nothing" }, { code: 404 }],
    ["no JSON", 400, { path: "/sandboxes", method: "POST", body: "{" }, { code: 400 }],
    ["a life past the limit", 400, { path: "/sandboxes", method: "POST", body: '{"timeout":1e9}' }, { code: 400 }],
    ["a made-up page token", 400, { path: "/sandboxes?nextToken=x" }, { code: 400, message: "invalid nextToken" }],
  ])("%s is answered in E2B's shape", async (_says, status, { path, ...init }, body) => {
    const answer = await fetch(`${e2b.service.url}${path}`, { headers: { "x-api-key": API_KEY }, ...init });
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject(body);
  });

  it("older clients' paths work as well", async () => {
    const headers = { "x-api-key": API_KEY };
    const made = await fetch(`${e2b.service.url}/sandboxes`, { method: "POST", headers, body: "{}" });
    expect(made.status).toBe(201);
    const { sandboxID } = (await made.json()) as { sandboxID: string };
    const killed = await fetch(`${e2b.service.url}/sandboxes/${sandboxID}`, { method: "DELETE", headers });
    expect(killed.status).toBe(204);
  });

  it("health of one that is gone answers 502", async () => {
    const answer = await fetch(`${e2b.service.url}/health`, { headers: { "e2b-sandbox-id": "inone" } });
    expect(answer.status).toBe(502);
    expect(await answer.json()).toMatchObject({ code: 502, sandboxId: "inone" });
  });

  it("a key the SDK sends wrong becomes its authentication error", async () => {
    await expect(Sandboxes.create({ apiKey: "wrong" })).rejects.toBeInstanceOf(AuthenticationError);
  });

  it("allowing a name without denying the rest is refused, as the cloud does", async () => {
    await expect(Sandboxes.create({ network: { allowOut: ["api.example.com"] } })).rejects.toThrow(/ALL_TRAFFIC/);
    await expect(Sandboxes.create({ network: { denyOut: ["evil.example.com"] } })).rejects.toThrow(/only addresses/);
  });

  it("calls are recorded without what could open anything", async () => {
    const sandbox = await Sandboxes.create();
    await sandbox.files.write("noted.txt", "x");
    await fetch(await sandbox.downloadUrl("noted.txt"));
    await sandbox.kill();
    const calls = e2b.service.calls();
    const sample = calls.findLast(({ method, path }) => method === "GET" && path === "/files");
    expect(sample).toMatchObject({ status: 200 });
    expect(Object.keys(sample ?? {}).sort()).toEqual(["atMs", "method", "path", "status"]);
    expect(JSON.stringify(calls)).not.toMatch(/signature|token|local-key/);
  });

  it("the SDK's own checks of arguments are reached unchanged", async () => {
    await expect(
      Sandboxes.create({ lifecycle: { onTimeout: "kill", autoResume: true } as never }),
    ).rejects.toBeInstanceOf(InvalidArgumentError);
  });
});
