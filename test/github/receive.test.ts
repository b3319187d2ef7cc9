// Webhooks: nothing unsigned gets in, and nothing is answered before it is stored.
import { createHmac } from "node:crypto";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { HostEvent } from "../../src/core/interaction.ts";
import { createGithubReceiver } from "../../src/github/receive.ts";
import { serveHook } from "../../src/hooks.ts";
import type { DeliveryKey } from "../../src/ports.ts";
import { APP_ID, BOT, makeLog } from "./bench.ts";

const SECRET = "webhook-secret-of-this-test";
let server: Server;
let stored: { key: DeliveryKey; event: HostEvent }[];
let accept: (key: DeliveryKey, event: HostEvent) => Promise<{ kind: "new" | "duplicate" }>;

beforeEach(async () => {
  stored = [];
  accept = async (key, event) => {
    const known = stored.some((each) => each.key.key === key.key);
    if (!known) stored.push({ key, event });
    return { kind: known ? "duplicate" : "new" };
  };
  const receiver = createGithubReceiver({
    secret: SECRET,
    appId: APP_ID,
    intake: { acceptHostEvent: (key, event) => accept(key, event) },
    log: makeLog(),
  });
  server = createServer((req, res) => void serveHook(req, res, { receiver, log: makeLog() }));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

interface Sent {
  readonly event?: string;
  readonly body?: string | Buffer;
  readonly headers?: Record<string, string>;
  readonly method?: string;
}

async function send({ event = "pull_request", body = "{}", headers = {}, method = "POST" }: Sent): Promise<number> {
  const { port } = server.address() as AddressInfo;
  const given = {
    "x-github-event": event,
    "x-github-delivery": "d-1",
    "x-hub-signature-256": `sha256=${createHmac("sha256", SECRET).update(body).digest("hex")}`,
    ...headers,
  };
  return new Promise((resolve, reject) => {
    const req = request({ port, host: "127.0.0.1", method, headers: given, agent: false }, (res) => {
      res.resume();
      resolve(res.statusCode ?? 0);
    });
    req.on("error", (error: NodeJS.ErrnoException) =>
      error.code === "EPIPE" || error.code === "ECONNRESET" ? resolve(-1) : reject(error),
    );
    req.end(body);
  });
}

const SHA = "d".repeat(40);
const pull = {
  number: 482,
  user: { login: BOT, type: "Bot" },
  head: { ref: "agent/marketing/7kq2-raise", sha: SHA, repo: { id: 9 } },
  merged: false,
  merged_by: null,
  merge_commit_sha: null,
  merged_at: null,
  closed_at: null,
  updated_at: "2026-11-23T10:00:00Z",
};
const person = { login: "web-owner", type: "User" };

function pullEvent(action: string, changes: object = {}, sender: object = person): string {
  return JSON.stringify({
    action,
    number: 482,
    repository: { id: 9, full_name: "acme/website" },
    sender,
    pull_request: { ...pull, ...changes },
  });
}

function checkEvent(changes: object = {}, action = "completed"): string {
  const check = {
    name: "build",
    head_sha: SHA,
    conclusion: "failure",
    html_url: "https://ci.example.com/1",
    app: { id: 5 },
    check_suite: { head_branch: "agent/x/y" },
  };
  return JSON.stringify({ action, repository: { id: 9 }, sender: person, check_run: { ...check, ...changes } });
}

describe("an event becomes", () => {
  const about = { repositoryId: 9, number: 482, by: "web-owner" };
  const mergedAt = "2026-11-24T09:40:00Z";

  test.each<[string, Sent, HostEvent]>([
    [
      "merged, by whom and as which commit",
      {
        body: pullEvent("closed", {
          merged: true,
          merged_by: { login: "other" },
          merge_commit_sha: SHA,
          merged_at: mergedAt,
        }),
      },
      { kind: "merged", ...about, by: "other", commit: SHA, atMs: Date.parse(mergedAt) },
    ],
    [
      "closed",
      { body: pullEvent("closed", { closed_at: mergedAt }) },
      { kind: "closed", ...about, atMs: Date.parse(mergedAt) },
    ],
    ["pushed", { body: pullEvent("synchronize") }, { kind: "pushed", ...about, headSha: SHA }],
    ["ready", { body: pullEvent("ready_for_review") }, { kind: "ready", ...about, draft: false }],
    ["draft again", { body: pullEvent("converted_to_draft") }, { kind: "ready", ...about, draft: true }],
    [
      "CI's verdict",
      { event: "check_run", body: checkEvent() },
      {
        kind: "ci",
        repositoryId: 9,
        headSha: SHA,
        name: "build",
        conclusion: "failure",
        url: "https://ci.example.com/1",
      },
    ],
    [
      "a status of an older CI",
      {
        event: "status",
        body: JSON.stringify({
          repository: { id: 9 },
          sender: person,
          sha: SHA,
          context: "deploy",
          state: "error",
          target_url: null,
        }),
      },
      { kind: "ci", repositoryId: 9, headSha: SHA, name: "deploy", conclusion: "failure" },
    ],
  ])("%s", async (_says, sent, event) => {
    expect(await send(sent)).toBe(202);
    expect(stored).toEqual([{ key: { source: "github", key: "d-1" }, event }]);
  });

  test("pushed when another bot did it", async () => {
    expect(await send({ body: pullEvent("synchronize", {}, { login: "formatter[bot]", type: "Bot" }) })).toBe(202);
    expect(stored).toMatchObject([{ event: { kind: "pushed", by: "formatter[bot]" } }]);
  });

  test("nothing new when it is delivered again", async () => {
    expect(await send({ body: pullEvent("synchronize") })).toBe(202);
    expect(await send({ body: pullEvent("synchronize") })).toBe(202);
    expect(stored).toHaveLength(1);
  });
});

describe("an event is ignored", () => {
  test.each<[string, Sent]>([
    ["of a kind we do not use", { event: "ping", body: '{"zen":"…"}' }],
    ["of an action we do not use", { body: pullEvent("labeled") }],
    ["that we caused ourselves", { body: pullEvent("synchronize", {}, { login: BOT, type: "Bot" }) }],
    ["that we caused ourselves by merging", { body: pullEvent("closed", {}, { login: BOT, type: "Bot" }) }],
    ["about our own check", { event: "check_run", body: checkEvent({ app: { id: APP_ID } }) }],
    ["about a check that is still running", { event: "check_run", body: checkEvent({ conclusion: null }, "created") }],
    ["about somebody's own branch", { body: pullEvent("closed", { head: { ...pull.head, ref: "feature/x" } }) }],
    [
      "about a check on somebody's own branch",
      { event: "check_run", body: checkEvent({ check_suite: { head_branch: "main" } }) },
    ],
    [
      "about a fork's branch of the same name",
      { body: pullEvent("closed", { head: { ...pull.head, repo: { id: 10 } } }) },
    ],
  ])("%s", async (_says, sent) => {
    expect(await send(sent)).toBe(202);
    expect(stored).toEqual([]);
  });
});

describe("an event is refused", () => {
  const sign = (body: string, secret: string): string =>
    `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;

  test.each<[string, Sent, number]>([
    ["without a signature", { body: pullEvent("closed"), headers: { "x-hub-signature-256": "" } }, 401],
    [
      "with another secret's signature",
      { body: pullEvent("closed"), headers: { "x-hub-signature-256": sign(pullEvent("closed"), "other") } },
      401,
    ],
    [
      "with another body's signature",
      { body: pullEvent("closed"), headers: { "x-hub-signature-256": sign("{}", SECRET) } },
      401,
    ],
    ["with the older kind of signature", { headers: { "x-hub-signature-256": `sha1=${"0".repeat(40)}` } }, 401],
    ["that is not JSON", { body: "action=closed" }, 400],
    ["that is not UTF-8", { body: Buffer.from([0x22, 0xff, 0x22]) }, 400],
    ["of an unknown shape", { body: '{"action":"closed"}' }, 400],
    [
      "merged without its commit",
      { body: pullEvent("closed", { merged: true, merged_at: "2026-11-24T09:40:00Z" }) },
      400,
    ],
    ["without its delivery's id", { body: pullEvent("closed"), headers: { "x-github-delivery": "" } }, 400],
    ["by GET", { method: "GET", body: "" }, 405],
  ])("%s", async (_says, sent, status) => {
    expect(await send(sent)).toBe(status);
    expect(stored).toEqual([]);
  });

  test("over five megabytes, by what it says and by what it sends", async () => {
    const body = Buffer.alloc(5 * 1024 * 1024 + 1, "x");
    expect([413, -1]).toContain(await send({ body }));
    expect([413, -1]).toContain(await send({ body, headers: { "transfer-encoding": "chunked" } }));
    expect(stored).toEqual([]);
  });
});

test("nothing is acknowledged that could not be stored", async () => {
  accept = () => Promise.reject(new Error("no database"));
  expect(await send({ body: pullEvent("closed", { closed_at: "2026-11-24T09:40:00Z" }) })).toBe(500);
});

test("the answer waits until it is stored", async () => {
  const order: string[] = [];
  accept = async () => {
    await new Promise((resolve) => setImmediate(resolve));
    order.push("stored");
    return { kind: "new" };
  };
  await send({ body: pullEvent("synchronize") });
  order.push("answered");
  expect(order).toEqual(["stored", "answered"]);
});

test("an empty secret is refused at once", () => {
  const intake = { acceptHostEvent: () => Promise.reject(new Error("never")) };
  expect(() => createGithubReceiver({ secret: "", appId: 1, intake, log: makeLog() })).toThrow("empty");
});
