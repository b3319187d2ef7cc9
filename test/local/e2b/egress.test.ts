import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { CommandHandle, Sandbox } from "@e2b/sdk";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeSandboxed, startTestE2b, waitFor, type TestE2b } from "./support.ts";

const ALL = "0.0.0.0/0";
const MODEL = "model.example.test";

describeSandboxed("what a sandbox can reach", () => {
  let upstream: Server;
  let e2b: TestE2b;
  let sandbox: Sandbox;
  const seenHosts: string[] = [];
  const portOf = (server: Server) => (server.address() as AddressInfo).port;

  beforeAll(async () => {
    upstream = createServer((req, res) => {
      seenHosts.push(String(req.headers.host));
      if (req.url === "/drip") {
        res.writeHead(200).write("begin\n");
        return;
      }
      let size = 0;
      req.on("data", (bytes: Buffer) => (size += bytes.length));
      req.on("end", () => res.end(`${req.method} ${req.url} ${size}\n`));
    });
    await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
    const target = `127.0.0.1:${portOf(upstream)}`;
    e2b = await startTestE2b({ forwards: { [`${MODEL}:80`]: target, [`${MODEL}:8080`]: target } });
    sandbox = await e2b.client.Sandbox.create({ network: { allowOut: [MODEL], denyOut: [ALL] } });
  });
  afterAll(async () => {
    await e2b.stop();
    upstream.closeAllConnections();
    await new Promise((resolve) => upstream.close(resolve));
  });

  const run = async (command: string) => {
    const result = await sandbox.commands.run(`${command} 2>&1 || true`);
    return result.stdout;
  };
  const status = (url: string, options = "") =>
    run(`curl -sS -m 10 -o /dev/null -w '%{http_code} %{http_connect}' ${options} '${url}'`);

  it("an allowed name answers: over http, through a tunnel, with a body, from node", async () => {
    expect(await run(`curl -sS http://${MODEL}/a?b=1`)).toBe("GET /a?b=1 0\n");
    expect(await run(`curl -sS -p http://${MODEL}/tunnel`)).toBe("GET /tunnel 0\n");
    expect(await run(`head -c 300000 /dev/zero | curl -sS --data-binary @- http://${MODEL}:8080/post`)).toBe(
      "POST /post 300000\n",
    );
    expect(await run(`node -e "fetch('http://${MODEL}/node').then((r) => r.text()).then(console.log)"`)).toContain(
      "GET /node 0",
    );
  });

  it("the Host a client writes is not what the upstream of another name gets", async () => {
    seenHosts.length = 0;
    await run(`curl -sS -H 'Host: internal.example' http://${MODEL}/x`);
    expect(seenHosts).toEqual([MODEL]);
  });

  it.each([
    ["another name", "http://other.example.test/"],
    ["the host by name", "http://localhost/"],
    ["the host by address", "http://127.0.0.1/"],
    ["the host in one number", "http://2130706433/"],
    ["the host in octal", "http://0177.0.0.1/"],
    ["the host in IPv6", "http://[::1]/"],
    ["the host mapped into IPv6", "http://[::ffff:127.0.0.1]/"],
    ["the metadata service", "http://169.254.169.254/latest/"],
    ["a private address", "http://10.0.0.1/"],
  ])("%s is refused, in plain http and in a tunnel", async (_says, url) => {
    expect(await status(url, "--noproxy ''")).toMatch(/^403/);
    expect(await status(url, "--noproxy '' -p")).toMatch(/ 403$/);
  });

  it("these stay refused when a sandbox is allowed everything by name and range", async () => {
    const wide = await e2b.client.Sandbox.create({
      network: { allowOut: ["127.0.0.1", "::1", "10.0.0.0/8", "169.254.0.0/16", "localhost", "*"], denyOut: [ALL] },
    });
    for (const host of ["127.0.0.1", "localhost", "10.0.0.1", "169.254.169.254", "[::1]", "[::ffff:7f00:1]"]) {
      const result = await wide.commands.run(
        `curl -sS -m 10 --noproxy '' -o /dev/null -w '%{http_code}' 'http://${host}/' || true`,
      );
      expect([host, result.stdout]).toEqual([host, "403"]);
    }
    await wide.kill();
  });

  it("ports other than 80 and 443 are refused", async () => {
    expect(await status("http://1.1.1.1:25/", "-p")).toMatch(/ 403$/);
    expect(await status(`http://${MODEL}:22/`, "-p")).toMatch(/ 403$/);
  });

  it("past the proxy there is nothing: no route, no names, no host loopback", async () => {
    const port = portOf(upstream);
    expect(await run(`curl -sS -m 3 --noproxy '*' http://127.0.0.1:${port}/`)).toContain("Failed to connect");
    expect(await run("curl -sS -m 3 --noproxy '*' http://1.1.1.1/")).toMatch(/Failed to connect|unreachable/);
    expect(await run("curl -sS -m 3 --noproxy '*' http://example.com/")).toContain("Could not resolve host");
    expect(await run("cut -d: -f1 /proc/net/dev | tail -n +3")).toMatch(/^\s*lo\s*$/);
  });

  it("a change of rules replaces them all at once, also for what is open", async () => {
    const own = await e2b.client.Sandbox.create({ network: { allowOut: [MODEL], denyOut: [ALL] } });
    const streams: CommandHandle[] = [];
    for (const flag of ["", "-p"])
      streams.push(
        await own.commands.run(`curl -sSN ${flag} http://${MODEL}/drip`, { background: true, timeoutMs: 0 }),
      );
    await waitFor("both streams", () => streams.every(({ stdout }) => stdout.includes("begin")));
    await own.updateNetwork({ denyOut: [ALL] });
    for (const stream of streams) await expect(stream.wait()).rejects.toThrow();
    const ask = () =>
      own.commands.run(`curl -sS -o /dev/null -w '%{http_code}' http://${MODEL}/`).then(({ stdout }) => stdout);
    expect(await ask()).toBe("403");
    await own.updateNetwork({ allowOut: [MODEL], denyOut: [ALL] });
    expect(await ask()).toBe("200");
    await own.updateNetwork({ allowInternetAccess: false });
    expect(await ask()).toBe("403");
    expect((await own.getInfo()).network).not.toMatchObject({ allowOut: [MODEL] });
    await own.kill();
  });

  it("rules hold across a pause without memory", async () => {
    const own = await e2b.client.Sandbox.create({ allowInternetAccess: false });
    await own.pause({ keepMemory: false });
    await own.connect();
    const result = await own.commands.run(`curl -sS -o /dev/null -w '%{http_code}' http://${MODEL}/`);
    expect(result.stdout).toBe("403");
    await own.kill();
  });

  it("each decision is on record, for the sandbox it was about, also after its end", async () => {
    const own = await e2b.client.Sandbox.create({ network: { allowOut: [MODEL], denyOut: [ALL] } });
    await own.commands.run(`curl -s http://${MODEL}/; curl -s https://blocked.example.test/; true`);
    const expected = [
      { host: MODEL, port: 80, allowed: true, atMs: expect.any(Number) },
      { host: "blocked.example.test", port: 443, allowed: false, atMs: expect.any(Number), reason: expect.any(String) },
    ];
    expect(e2b.service.egress(own.sandboxId)).toEqual(expected);
    await own.kill();
    expect(e2b.service.egress(own.sandboxId)).toEqual(expected);
    expect(e2b.service.egress("inobody")).toEqual([]);
  });

  it("a sandbox cannot use another's way out", async () => {
    const result = await run("ls -la /run/egress; ls /tmp/.. | sort | tr '\\n' ' '");
    expect(result).toContain("out.sock");
    expect(result).not.toContain("boxes");
  });

  it.each([
    ["no proxy request at all", "GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n", "400"],
    ["a tunnel to nowhere", "CONNECT nonsense HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n", "400"],
    ["a tunnel to port 0", `CONNECT ${MODEL}:0 HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n`, "403"],
    ["another protocol", "GET ftp://example.com/ HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n", "400"],
  ])("%s is refused without harm", async (_says, bytes, code) => {
    const answer = await run(`exec 3<>/dev/tcp/127.0.0.1/3128; printf '${bytes}' >&3; head -1 <&3`);
    expect(answer).toContain(` ${code} `);
  });
});
