import { CommandExitError, InvalidArgumentError, NotFoundError, TimeoutError, type Sandbox } from "@e2b/sdk";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeSandboxed, startTestE2b, waitFor, type TestE2b } from "./support.ts";

describeSandboxed("commands through the SDK", () => {
  let e2b: TestE2b;
  let sandbox: Sandbox;
  beforeAll(async () => {
    e2b = await startTestE2b();
    sandbox = await e2b.client.Sandbox.create({ envs: { FROM_CREATE: "made", BOTH: "made" } });
  });
  afterAll(() => e2b.stop());

  it("a command's output, both streams, and exit code come back", async () => {
    const result = await sandbox.commands.run("echo out; echo err >&2");
    expect(result).toMatchObject({ exitCode: 0, stdout: "out\n", stderr: "err\n" });
  });

  it("a failing command throws with its code and output", async () => {
    const failure = await sandbox.commands.run("echo why; exit 7").catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(CommandExitError);
    expect(failure).toMatchObject({ exitCode: 7, stdout: "why\n", error: "exit status 7" });
  });

  it("variables of the sandbox reach a command, and its own win", async () => {
    const result = await sandbox.commands.run('echo "$FROM_CREATE $BOTH $OWN"', { envs: { BOTH: "run", OWN: "yes" } });
    expect(result.stdout).toBe("made run yes\n");
  });

  it.each([
    ["the home folder is where a command starts", {}, "/home/user 1000 user"],
    ["cwd moves it", { cwd: "/workspace" }, "/workspace 1000 user"],
    ["root is a name with a home, not a power", { user: "root" }, "/root 1000 root"],
  ])("%s", async (_says, options, expected) => {
    const result = await sandbox.commands.run('echo "$PWD $(id -u) $USER"', options);
    expect(result.stdout.trim()).toBe(expected);
  });

  it("a folder that is not there is refused before anything runs", async () => {
    await expect(sandbox.commands.run("true", { cwd: "/nowhere" })).rejects.toBeInstanceOf(InvalidArgumentError);
  });

  it("a user nobody made is refused", async () => {
    await expect(sandbox.commands.run("true", { user: "stranger" })).rejects.toThrow(/invalid username/);
  });

  it("the tools a repository needs are on PATH, node being the one that runs this project", async () => {
    const result = await sandbox.commands.run(
      "node --version; npm --version; git --version; python3 --version; sudo whoami",
    );
    const [node, npm, git, python] = result.stdout.trim().split("\n");
    expect(node).toBe(process.version);
    expect(npm).toMatch(/^\d+\./);
    expect(git).toContain("git version");
    expect(python).toContain("Python 3");
  });

  it("node --test runs inside", async () => {
    await sandbox.files.write("/workspace/t/one.test.js", 'require("node:test").test("holds", () => {});');
    const result = await sandbox.commands.run("node --test", { cwd: "/workspace/t" });
    expect(result.stdout).toMatch(/pass 1/);
  });

  it("output arrives while the command still runs", async () => {
    const seen: string[] = [];
    const handle = await sandbox.commands.run("echo first; read line; echo got $line", {
      background: true,
      stdin: true,
      onStdout: (text) => void seen.push(text),
    });
    await waitFor("the first line", () => seen.join("").includes("first"));
    await handle.sendStdin("hello\n");
    expect((await handle.wait()).stdout).toBe("first\ngot hello\n");
  });

  it("closing stdin ends a reader; without stdin it is empty at once", async () => {
    const reader = await sandbox.commands.run("cat; echo done", { background: true, stdin: true });
    await reader.sendStdin("abc");
    await reader.closeStdin();
    expect((await reader.wait()).stdout).toBe("abcdone\n");
    expect((await sandbox.commands.run("cat; echo done")).stdout).toBe("done\n");
  });

  it("a background command is listed with its words and gone from the list after its end", async () => {
    const handle = await sandbox.commands.run("exec sleep 60", { background: true, timeoutMs: 0 });
    const listed = (await sandbox.commands.list()).find(({ pid }) => pid === handle.pid);
    expect(listed).toMatchObject({ cmd: "/bin/bash", args: ["-l", "-c", "exec sleep 60"] });
    expect(await sandbox.commands.kill(handle.pid)).toBe(true);
    await expect(handle.wait()).rejects.toMatchObject({ exitCode: -1, error: "signal: killed" });
    expect((await sandbox.commands.list()).map(({ pid }) => pid)).not.toContain(handle.pid);
    expect(await sandbox.commands.kill(99_999)).toBe(false);
  });

  it("a late connect gets the end of a command that ended a moment ago", async () => {
    const handle = await sandbox.commands.run("exit 3", { background: true });
    await handle.wait().catch(() => undefined);
    const late = await sandbox.commands.connect(handle.pid);
    await expect(late.wait()).rejects.toMatchObject({ exitCode: 3 });
    await expect(sandbox.commands.connect(99_999)).rejects.toBeInstanceOf(NotFoundError);
  });

  it("a disconnect leaves the command running; what it said meanwhile is not replayed", async () => {
    const handle = await sandbox.commands.run("echo one; read a; echo two; read b; echo three", {
      background: true,
      stdin: true,
      timeoutMs: 0,
    });
    await waitFor("the first word", () => handle.stdout.includes("one"));
    await handle.disconnect();
    await sandbox.commands.sendStdin(handle.pid, "\n");
    const again = await sandbox.commands.connect(handle.pid, { timeoutMs: 0 });
    await again.sendStdin("\n");
    const { stdout } = await again.wait();
    expect(stdout).not.toContain("one");
    expect(stdout).toContain("three");
  });

  it("the timeout kills the command itself, also in the background", async () => {
    const handle = await sandbox.commands.run("exec sleep 61", { background: true, timeoutMs: 200 });
    await expect(handle.wait()).rejects.toBeInstanceOf(TimeoutError);
    await waitFor("the command's end", async () =>
      (await sandbox.commands.list()).every(({ pid }) => pid !== handle.pid),
    );
  });

  it("a connect's timeout ends only the listening", async () => {
    const handle = await sandbox.commands.run("exec sleep 62", { background: true, timeoutMs: 0 });
    const listener = await sandbox.commands.connect(handle.pid, { timeoutMs: 100 });
    await expect(listener.wait()).rejects.toBeInstanceOf(TimeoutError);
    expect((await sandbox.commands.list()).map(({ pid }) => pid)).toContain(handle.pid);
    await handle.kill();
  });

  it("killing the leader of a group of its own ends what it started", async () => {
    const handle = await sandbox.commands.run("setsid bash -c 'echo $$; sleep 63 & sleep 63'", {
      background: true,
      timeoutMs: 0,
    });
    await waitFor("the group's number", () => /\d+\n/.test(handle.stdout));
    await sandbox.commands.run(`kill -9 -- -${handle.stdout.trim()}`);
    await handle.wait().catch(() => undefined);
    await expect(sandbox.commands.run("pgrep -f 'sleep 6[3]'")).rejects.toMatchObject({ exitCode: 1 });
  });

  it("a killed shell ends its stream though a child still holds the output open", async () => {
    const handle = await sandbox.commands.run("sleep 64 & echo on; wait", { background: true, timeoutMs: 0 });
    await waitFor("the child", () => handle.stdout.includes("on"));
    await handle.kill();
    await expect(handle.wait()).rejects.toMatchObject({ exitCode: -1 });
    await sandbox.commands.run("pkill -f 'sleep 6[4]'");
  });

  it("much output passes whole, split anywhere inside its letters", async () => {
    const result = await sandbox.commands.run('for i in $(seq 20000); do echo "zeile ä€😀 $i"; done');
    const lines = result.stdout.trimEnd().split("\n");
    expect(lines).toHaveLength(20_000);
    expect(lines.at(-1)).toBe("zeile ä€😀 20000");
  });

  it("a quiet stream is kept alive, and dies with the sandbox", async () => {
    const headers = { "e2b-sandbox-id": sandbox.sandboxId, "x-access-token": tokenOf(sandbox) };
    const body = JSON.stringify({ process: { cmd: "/bin/sleep", args: ["65"] }, stdin: false });
    const frame = Buffer.concat([Buffer.from([0, 0, 0, 0, body.length]), Buffer.from(body)]);
    const stop = new AbortController();
    const answer = await fetch(`${e2b.service.url}/process.Process/Start`, {
      method: "POST",
      headers: { ...headers, "content-type": "application/connect+json", "keepalive-ping-interval": "0.1" },
      body: frame,
      signal: stop.signal,
    });
    let text = "";
    for await (const chunk of answer.body ?? []) {
      text += Buffer.from(chunk).toString("latin1");
      if (text.split("keepalive").length > 2) break;
    }
    expect(text).toContain('{"event":{"start":{"pid":');
    stop.abort();
  });

  it.each([
    ["terminals", () => sandbox.pty.create({ cols: 80, rows: 24, onData: () => undefined })],
    ["watching folders", () => sandbox.files.watchDir("/workspace", () => undefined)],
  ])("%s are refused in words", async (_says, act) => {
    await expect(act()).rejects.toThrow(/not supported by the local E2B service/);
  });
});

function tokenOf(sandbox: Sandbox): string {
  return String(Reflect.get(sandbox, "envdAccessToken"));
}
