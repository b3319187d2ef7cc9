import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import type { Sandbox } from "@e2b/sdk";
import { afterAll, beforeAll, expect, it } from "vitest";
import { findByEnvironment } from "../../../src/local/e2b/process-identity.ts";
import { describeSandboxed, startTestE2b, waitFor, type TestE2b } from "./support.ts";

const SECRET = "host-secret-5d1f";
// Unlike those of another run of these tests on this machine.
const LONG_S = 100_000 + process.pid;
const CHECKOUT = new URL("../../..", import.meta.url).pathname;

describeSandboxed("from inside a sandbox", () => {
  let e2b: TestE2b;
  let sandbox: Sandbox;
  let hostFolder: string;
  beforeAll(async () => {
    process.env["COUNTERSIGN_TEST_SECRET"] = SECRET;
    hostFolder = await mkdtemp(join(tmpdir(), "cs-host-"));
    await writeFile(join(hostFolder, "secret.txt"), SECRET);
    e2b = await startTestE2b();
    sandbox = await e2b.client.Sandbox.create();
  });
  afterAll(async () => {
    delete process.env["COUNTERSIGN_TEST_SECRET"];
    await e2b.stop();
    await rm(hostFolder, { recursive: true, force: true });
  });

  const run = async (command: string, timeoutMs = 20_000) => {
    const result = await sandbox.commands.run(`{ ${command}\n} 2>&1 || true`, { timeoutMs });
    return result.stdout.trim();
  };

  it("the host's environment is nowhere to be read", async () => {
    expect(await run("cat /proc/*/environ | tr '\\0' '\\n' | grep -c COUNTERSIGN_TEST_SECRET")).toMatch(/(^|\n)0$/);
    const names = (await run("tr '\\0' '\\n' < /proc/1/environ | cut -d= -f1 | sort | tr '\\n' ' '")).trim();
    // The last three are bash's own.
    expect(names.split(" ").filter((name) => !["PWD", "SHLVL", "_"].includes(name))).toEqual([
      "LANG",
      "LOCAL_E2B_SANDBOX",
      "PATH",
    ]);
    expect(await run("env")).not.toContain(SECRET);
  });

  it("no process list, mount table or command line names the checkout or a home of the host", async () => {
    const shown = await run("ps -ef; cat /proc/self/mountinfo; cat /proc/*/cmdline | tr '\\0' ' '");
    expect(shown).not.toContain(CHECKOUT);
    expect(shown).not.toContain(`${homedir()}/.`);
    expect(await run("ps -e -o pid= | wc -l")).toMatch(/^[1-9]$/);
  });

  it("the token is not to be found", async () => {
    const token = String(Reflect.get(sandbox, "envdAccessToken"));
    const half = token.slice(0, 20);
    const found = await run(
      `grep -rl "${half.slice(0, 10)}""${half.slice(10)}" /run /home /root /tmp /workspace /etc /opt 2>/dev/null | wc -l`,
    );
    expect(found).toBe("0");
    expect(await run("tr '\\0' '\\n' < /proc/2/environ")).toContain("Permission denied");
  });

  it("folders of the host are not there", async () => {
    for (const path of [
      hostFolder,
      CHECKOUT,
      e2b.stateDir,
      "/var/lib",
      "/srv",
      "/mnt",
      "/sys",
      "/boot",
      "/etc/shadow",
      "/etc/ssh",
    ])
      expect([path, await run(`ls -d '${path}' >/dev/null 2>&1 && echo there`)]).toEqual([path, ""]);
  });

  it("a link to anywhere shows the sandbox's own root", async () => {
    await run(`ln -sfn / /workspace/all; ln -sfn ${hostFolder} /workspace/out`);
    await expect(sandbox.files.read("/workspace/out/secret.txt")).rejects.toThrow(/does not exist/);
    expect(await sandbox.files.read("/workspace/all/etc/hostname")).toBe("sandbox\n");
  });

  it("system folders and what envd runs from cannot be changed", async () => {
    for (const path of [
      "/x",
      "/usr/x",
      "/etc/x",
      "/opt/e2b/x",
      "/opt/e2b/envd/envd.js",
      "/dev/x",
      "/run/egress/x",
      "/bin/x",
    ])
      expect([path, await run(`echo x >> ${path} && echo written`)]).toEqual([
        path,
        expect.not.stringContaining("written"),
      ]);
  });

  it("no capability, no new privilege, no user namespace", async () => {
    const status = await run("cat /proc/self/status");
    expect(status).toMatch(/CapEff:\t0+\n/);
    expect(status).toMatch(/CapBnd:\t0+\n/);
    expect(status).toMatch(/NoNewPrivs:\t1/);
    expect(await run("unshare --user --map-root-user id && echo made")).not.toContain("made");
    expect(await run("unshare --net true && echo made")).not.toContain("made");
    expect(await run("bwrap --unshare-user --ro-bind / / true && echo made")).not.toContain("made");
    expect(await run("mount -t tmpfs none /tmp && echo mounted")).not.toContain("mounted");
    expect(await run("chroot / true && echo rooted")).not.toContain("rooted");
  });

  it("the kernel's side doors are shut: other socket families, io_uring, keyrings, tracing of the kernel", async () => {
    const attempt = [
      "import ctypes, errno, os, socket, sys",
      "libc = ctypes.CDLL(None, use_errno=True)",
      "calls = {'x86_64': (425, 250, 321, 298, 323, 304), 'aarch64': (425, 219, 280, 241, 282, 265)}[os.uname().machine]",
      "for family in (40, 38, 17, 31, 44):",
      "  try: socket.socket(family, socket.SOCK_STREAM); print('family', family, 'is open')",
      "  except OSError as e: print(errno.errorcode[e.errno])",
      "for call in calls:",
      "  print('open' if libc.syscall(call, 0, 0, 0, 0, 0) >= 0 else errno.errorcode[ctypes.get_errno()])",
      "for family in (1, 2, 10): socket.socket(family, socket.SOCK_STREAM).close()",
      "print('usual families work')",
    ].join("\n");
    await sandbox.files.write("/tmp/attempt.py", attempt);
    const said = (await run("python3 /tmp/attempt.py")).split("\n");
    expect(said.slice(0, 5)).toEqual(Array.from({ length: 5 }, () => "EAFNOSUPPORT"));
    expect(said.slice(5, 11)).toEqual(Array.from({ length: 6 }, () => "EPERM"));
    expect(said[11]).toBe("usual families work");
    expect(await run("grep Seccomp: /proc/self/status")).toMatch(/2$/);
  });

  it("nothing that this process has open comes along", async () => {
    const numbers = (await run("ls /proc/self/fd | sort -n | tr '\\n' ' '")).trim();
    expect(numbers).toBe("0 1 2 3");
    const ofFirst = await run("for f in /proc/1/fd/*; do readlink $f; done | grep -vE '^(socket|anon_inode):'");
    expect(new Set(ofFirst.split("\n").map((path) => path.split("/").at(-1)))).toEqual(new Set(["envd.log"]));
  });

  it("killing the first process does nothing", async () => {
    await run("kill -9 1; kill -TERM 1; kill -STOP 1");
    expect(await run("echo alive")).toBe("alive");
  });

  it("envd cannot be traced, read or turned into a debugger by what runs beside it", async () => {
    const envd = await run("pgrep -f '^/opt/e2b/envd/node'");
    expect(
      await run(`cat /proc/${envd}/environ; cat /proc/${envd}/maps; ls /proc/${envd}/fd; head -c 1 /proc/${envd}/mem`),
    ).toMatch(/^((cat|ls|head): .*Permission denied\n?)+$/);
    await run(`kill -USR1 ${envd}; sleep 0.3`);
    expect(await run("curl -sS -m 2 --noproxy '*' http://127.0.0.1:9229/json")).toContain("Failed to connect");
    const traced = "import ctypes,sys; print(ctypes.CDLL(None,use_errno=True).ptrace(16,int(sys.argv[1]),0,0))";
    expect(await run(`python3 -c '${traced}' ${envd}`)).toBe("-1");
  });

  it("the socket that leads to envd is out of reach", async () => {
    expect(await run("ls -A /run/e2b")).not.toContain("sock");
    expect(await run("find / -name envd.sock 2>/dev/null")).toBe("");
  });

  it("another sandbox's files, processes and token are out of reach", async () => {
    const other = await e2b.client.Sandbox.create();
    await other.files.write("/workspace/mine.txt", "theirs");
    const sleeper = await other.commands.run("exec sleep 67", { background: true, timeoutMs: 0 });
    expect(await run("find / -name mine.txt 2>/dev/null")).toBe("");
    expect(await run("pgrep -f 'sleep 6[7]'")).toBe("");
    const token = String(Reflect.get(sandbox, "envdAccessToken"));
    const ask = (path: string, init: RequestInit = {}) =>
      fetch(`${e2b.service.url}${path}`, {
        ...init,
        headers: { "e2b-sandbox-id": other.sandboxId, "x-access-token": token, "content-type": "application/json" },
      });
    expect((await ask("/files?path=/workspace/mine.txt")).status).toBe(401);
    expect((await ask("/process.Process/List", { method: "POST", body: "{}" })).status).toBe(401);
    expect((await ask("/filesystem.Filesystem/ListDir", { method: "POST", body: '{"path":"/"}' })).status).toBe(401);
    const bare = await fetch(`${e2b.service.url}/process.Process/List`, {
      method: "POST",
      headers: { "e2b-sandbox-id": other.sandboxId, "content-type": "application/json" },
      body: "{}",
    });
    expect(bare.status).toBe(401);
    await sleeper.kill();
    await other.kill();
  });

  it("the host's own calls into envd are not open to clients", async () => {
    const headers = {
      "e2b-sandbox-id": sandbox.sandboxId,
      "x-access-token": String(Reflect.get(sandbox, "envdAccessToken")),
    };
    const answer = await fetch(`${e2b.service.url}/local/stop`, { method: "POST", headers });
    expect(answer.status).toBe(401);
    expect(await run("echo running")).toBe("running");
  });

  it("no process of a killed sandbox is left, however it hid", async () => {
    const hiding = await e2b.client.Sandbox.create();
    const hide = `exec -a hidden-e2b sleep ${LONG_S}`;
    await hiding.commands.run(
      `for i in 1 2 3; do setsid nohup bash -c 'trap "" TERM HUP INT; ${hide}' >/dev/null 2>&1 & done; true`,
    );
    const hidden = `hidden-e2b\0${LONG_S}\0`;
    await waitFor("all three of them", () => countCommand(hidden) === 3);
    await hiding.kill();
    expect(countCommand(hidden)).toBe(0);
    expect(findByEnvironment("LOCAL_E2B_SANDBOX").filter(({ value }) => value.endsWith(hiding.sandboxId))).toEqual([]);
  });

  it("a fork bomb hits this sandbox's limit, and the sandbox can still be ended", async () => {
    const bombed = await e2b.client.Sandbox.create();
    const bomb = `for i in $(seq 3000); do sleep ${LONG_S} & done 2>/tmp/err; true`;
    const child = `sleep\0${LONG_S}\0`;
    await bombed.commands.run(bomb, { background: true, timeoutMs: 0 });
    await waitFor("the limit", () => countCommand(child) > 500);
    const most = countCommand(child);
    expect(most).toBeLessThanOrEqual(1024);
    expect(await run("echo elsewhere")).toBe("elsewhere");
    await bombed.kill();
    expect(countCommand(child)).toBe(0);
  });

  it("one process cannot take all memory, nor one file the disk, nor shared memory the rest", async () => {
    expect(await run("python3 -c 'b = bytearray(6 << 30)'")).toContain("MemoryError");
    expect(await run("truncate -s 5G /tmp/huge && echo made")).not.toContain("made");
    expect(await run("head -c 300M /dev/zero > /dev/shm/f; stat -c %s /dev/shm/f; rm /dev/shm/f")).toContain(
      "No space left",
    );
    expect(await run("ulimit -c; ulimit -u unlimited && echo raised")).not.toContain("raised");
  });

  it.runIf(process.getuid?.() === 0)(
    "as root, sandboxes are a user of their own, in folders of their own",
    async () => {
      const folder = join(e2b.stateDir, "boxes", sandbox.sandboxId);
      const modes = async (path: string) => {
        const found = await stat(path);
        return [found.uid, (found.mode & 0o7777).toString(8)];
      };
      expect(await modes(e2b.stateDir)).toEqual([0, "711"]);
      expect(await modes(folder)).toEqual([0, "711"]);
      expect(await modes(join(folder, "fs"))).toEqual([64_100, "700"]);
      expect(await modes(join(e2b.stateDir, "records"))).toEqual([0, "700"]);
      const recordFile = join(e2b.stateDir, "records", `${sandbox.sandboxId}.json`);
      expect(await modes(recordFile)).toEqual([0, "600"]);
      const { phase } = JSON.parse(await readFile(recordFile, "utf8")) as {
        phase: { boot: { init: { pid: number } } };
      };
      expect((await stat(`/proc/${phase.boot.init.pid}`)).uid).toBe(64_100);
    },
  );

  it("the service itself answers this machine's own pages alone", async () => {
    const headers = { "x-api-key": "x", origin: "http://evil.example" };
    expect((await fetch(`${e2b.service.url}/sandboxes`, { headers })).status).toBe(403);
  });
});

/** Processes on this host, their words joined by zero bytes. */
function commandLines(): readonly string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8");
      } catch {
        return "";
      }
    });
}

function countCommand(words: string): number {
  return commandLines().filter((line) => line === words).length;
}
