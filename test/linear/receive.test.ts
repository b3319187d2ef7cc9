// Webhooks of Linear on the wire: nothing unsigned, stale or foreign gets in, and nothing is answered before it is stored.
import { createHmac } from "node:crypto";
import { createServer, request, type Server } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { TrackerEvent } from "../../src/core/interaction.ts";
import type { NewRequest } from "../../src/core/request.ts";
import { serveHook } from "../../src/hooks.ts";
import type { Identity } from "../../src/linear/identity.ts";
import { createLinearReceiver } from "../../src/linear/receive.ts";
import type { Accepted, DeliveryKey } from "../../src/ports.ts";
import { makeLog, TestClock, type Logged } from "./adapter.ts";
import { CONTEXT, created, issueBody, issueUpdate, prompted } from "./bodies.ts";

const SECRET = "webhook-secret-of-this-test";
let server: Server;
let stored: { readonly key: string; readonly what: NewRequest | TrackerEvent }[];
let failing: boolean;
let identity: Identity | undefined;
let unreachable: boolean;
let log: Logged;
let clock: TestClock;

async function accept({ key }: DeliveryKey, what: NewRequest | TrackerEvent): Promise<Accepted> {
  if (failing) throw new Error("no database");
  const known = stored.some((each) => each.key === key);
  if (!known) stored.push({ key, what });
  return { kind: known ? "duplicate" : "new" };
}

beforeEach(async () => {
  stored = [];
  failing = false;
  identity = CONTEXT.identity;
  unreachable = false;
  log = makeLog();
  clock = new TestClock();
  const receiver = createLinearReceiver({
    secret: SECRET,
    clientId: CONTEXT.clientId,
    uploadsUrl: CONTEXT.uploadsUrl,
    identity: {
      known: () => identity,
      read: async () => {
        if (unreachable) throw new Error("Linear is down");
        identity = CONTEXT.identity;
        return identity;
      },
    },
    intake: { acceptRequest: accept, acceptTrackerEvent: accept },
    clock,
    log,
  });
  server = createServer((req, res) => void serveHook(req, res, { receiver, log }));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const port = (): number => (server.address() as AddressInfo).port;
const sign = (body: string | Buffer, secret = SECRET): string =>
  createHmac("sha256", secret).update(body).digest("hex");
/** As Linear sends it at this moment, or so many milliseconds earlier. */
const fresh = (body: object, ageMs = 0): string => JSON.stringify({ ...body, webhookTimestamp: clock.ms - ageMs });

interface Sent {
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: string;
}

interface Answer {
  readonly status: number;
  readonly says: string;
}

async function send({ body, headers = {}, method = "POST" }: Sent): Promise<Answer> {
  const given = { "linear-delivery": "d-1", "linear-signature": sign(body), ...headers };
  return new Promise((resolve, reject) => {
    const req = request({ port: port(), host: "127.0.0.1", method, headers: given, agent: false }, (res) => {
      const chunks: Buffer[] = [];
      res.on("data", (chunk: Buffer) => chunks.push(chunk));
      res.on("end", () => {
        const { status: says } = JSON.parse(Buffer.concat(chunks).toString("utf8")) as { status: string };
        resolve({ status: res.statusCode ?? 0, says });
      });
    });
    req.on("error", (error: NodeJS.ErrnoException) =>
      error.code === "EPIPE" || error.code === "ECONNRESET" ? resolve({ status: -1, says: "" }) : reject(error),
    );
    req.end(body);
  });
}

const warnings = (): readonly string[] => log.lines.filter(({ level }) => level === "warn").map(({ says }) => says);

describe("an event that is Linear's, fresh and for us", () => {
  it("is stored under the key in its signed body, and then answered", async () => {
    expect(await send({ body: fresh(created()) })).toEqual({ status: 200, says: "stored" });
    expect(stored).toMatchObject([
      { key: "session:session-1", what: { kind: "issue", text: "Resolve the issue ENG-1." } },
    ]);
  });

  it("is stored once, however often it comes and whatever its headers say", async () => {
    await send({ body: fresh(created()) });
    clock.pass(1000);
    for (const delivery of ["d-1", "d-2", ""]) {
      const again = await send({
        body: fresh(created()),
        headers: { "linear-delivery": delivery, "linear-event": "Issue" },
      });
      expect(again).toEqual({ status: 200, says: "already stored" });
    }
    expect(stored).toHaveLength(1);
  });

  it("is stored in whatever order it comes: words before the session they are said in", async () => {
    expect((await send({ body: fresh(prompted()) })).status).toBe(200);
    expect((await send({ body: fresh(created()) })).status).toBe(200);
    expect(stored.map(({ key }) => key)).toEqual(["activity:activity-1", "session:session-1"]);
  });

  it.each([59_000, -59_000])("is taken up to a minute from now: %i ms", async (ageMs) => {
    expect((await send({ body: fresh(created(), ageMs) })).status).toBe(200);
  });

  it("is not acknowledged before it is stored, and nothing is lost when it comes again", async () => {
    failing = true;
    expect(await send({ body: fresh(created()) })).toEqual({ status: 500, says: "not stored" });
    expect(stored).toEqual([]);
    failing = false;
    expect(await send({ body: fresh(created()) })).toEqual({ status: 200, says: "stored" });
    expect(stored).toHaveLength(1);
  });

  it("has to wait until we know who we are there, which it makes us ask: a process that only takes in does nothing else", async () => {
    identity = undefined;
    unreachable = true;
    expect(await send({ body: fresh(created()) })).toEqual({ status: 503, says: "not ready" });
    unreachable = false;
    expect(await send({ body: fresh(created()) })).toEqual({ status: 503, says: "not ready" });
    expect(await send({ body: fresh(created()) })).toEqual({ status: 200, says: "stored" });
  });

  it("may arrive in pieces, slowly", async () => {
    const body = fresh(created());
    const answer = await new Promise<number>((resolve, reject) => {
      const headers = { "linear-signature": sign(body), "content-length": Buffer.byteLength(body) };
      const req = request({ port: port(), method: "POST", headers, agent: false }, (res) => {
        res.resume();
        resolve(res.statusCode ?? 0);
      });
      req.on("error", reject);
      req.write(body.slice(0, 10));
      setTimeout(() => req.end(body.slice(10)), 50);
    });
    expect(answer).toBe(200);
    expect(stored).toHaveLength(1);
  });
});

describe("an event is refused", () => {
  it.each<[string, () => Sent, number]>([
    ["without a signature", () => ({ body: fresh(created()), headers: { "linear-signature": "" } }), 401],
    [
      "with another secret's signature",
      () => ({ body: fresh(created()), headers: { "linear-signature": sign(fresh(created()), "other") } }),
      401,
    ],
    [
      "with another body's signature",
      () => ({ body: fresh(created()), headers: { "linear-signature": sign(fresh(prompted())) } }),
      401,
    ],
    ["with a signature cut short", () => ({ body: fresh(created()), headers: { "linear-signature": "ab" } }), 401],
    [
      "with a signature that is no hex",
      () => ({ body: fresh(created()), headers: { "linear-signature": "z".repeat(64) } }),
      401,
    ],
    ["61 seconds old", () => ({ body: fresh(created(), 61_000) }), 400],
    ["61 seconds from now", () => ({ body: fresh(created(), -61_000) }), 400],
    [
      "old, though a header says otherwise",
      () => ({ body: fresh(created(), 61_000), headers: { "linear-timestamp": String(clock.ms) } }),
      400,
    ],
    ["without its time", () => ({ body: JSON.stringify(created()) }), 400],
    ["that is not JSON", () => ({ body: "action=created" }), 400],
    ["that is empty", () => ({ body: "" }), 400],
    ["that is not UTF-8", () => ({ body: Buffer.from([0x22, 0xff, 0x22]) }), 400],
    ["of an unknown shape", () => ({ body: fresh(created({ issue: { ...issueBody, team: 7 } })) }), 400],
    ["by GET", () => ({ method: "GET", body: "" }), 405],
    ["by PUT", () => ({ method: "PUT", body: fresh(created()) }), 405],
  ])("%s", async (_says, sent, status) => {
    expect((await send(sent())).status).toBe(status);
    expect(stored).toEqual([]);
  });

  it("and that is in the log, where somebody could do something about it", async () => {
    await send({ body: fresh(created()), headers: { "linear-signature": "" } });
    await send({ body: fresh(created(), 61_000) });
    await send({ body: fresh(created({ id: 7 })) });
    expect(warnings()).toEqual([
      "a Linear event with a bad signature was refused",
      "a Linear event came too late or from a wrong clock; it was refused",
      "a Linear event has an unknown shape",
    ]);
    expect(JSON.stringify(log.lines)).not.toContain("Login redirect");
  });

  it("over five megabytes, by what it says and by what it sends", async () => {
    const body = Buffer.alloc(5 * 1024 * 1024 + 1, "x");
    expect([413, -1]).toContain((await send({ body })).status);
    expect([413, -1]).toContain((await send({ body, headers: { "transfer-encoding": "chunked" } })).status);
    expect(stored).toEqual([]);
  });

  it("that breaks off in the middle, and the next one is served", async () => {
    await new Promise<void>((resolve) => {
      const socket = connect(port(), "127.0.0.1", () => {
        socket.write(
          `POST /hook HTTP/1.1\r\nhost: x\r\ncontent-length: 500\r\nlinear-signature: ${"0".repeat(64)}\r\n\r\n{"a`,
        );
        setTimeout(() => socket.destroy(), 20);
      });
      socket.on("close", () => resolve());
    });
    expect((await send({ body: fresh(created()) })).status).toBe(200);
    expect(stored).toHaveLength(1);
  });
});

describe("an event is acknowledged and ignored", () => {
  const other = { organizationId: "org-2" };
  it.each<[string, object, string | undefined]>([
    ["of another workspace", { ...created(), ...other }, "it is of another workspace"],
    ["of an issue in another workspace", { ...issueUpdate({}, {}, "remove"), ...other }, "it is of another workspace"],
    ["for another app's user", { ...created(), appUserId: "other-app" }, "it is for another app"],
    ["for another app", { ...created(), oauthClientId: "oauth-2" }, "it is for another app"],
    ["about something else than an issue", created({ issue: null }), "a session that is about no issue"],
    ["that the app was removed", { ...created(), type: "OAuthApp", action: "revoked" }, "the app was removed"],
    ["that teams were changed", { ...created(), type: "PermissionChange", action: "teamAccessChanged" }, "the teams"],
    ["of a kind we do not use", { ...created(), type: "Reaction" }, undefined],
    ["of an action we do not use", { ...created(), action: "paused" }, undefined],
  ])("%s", async (_says, body, why) => {
    expect(await send({ body: fresh(body) })).toEqual({ status: 200, says: "ignored" });
    expect(stored).toEqual([]);
    expect(warnings()).toEqual(why === undefined ? [] : [expect.stringContaining(`ignored: ${why}`)]);
  });
});

it("an empty secret is refused at once", () => {
  const intake = { acceptRequest: accept, acceptTrackerEvent: accept };
  const options = {
    clientId: undefined,
    uploadsUrl: "",
    identity: { known: () => identity, read: () => Promise.reject(new Error("nobody asks")) },
    intake,
    clock,
    log,
  };
  expect(() => createLinearReceiver({ ...options, secret: "" })).toThrow("empty");
});
