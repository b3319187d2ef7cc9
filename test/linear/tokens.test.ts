// The app's own token: minted once for all, shared over processes, replaced where Linear takes it no more, and never told.
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { READ_ISSUE, WHO_AM_I } from "../../src/linear/documents.ts";
import { fixedToken } from "../../src/linear/tokens.ts";
import type { LocalLinear } from "../../src/local/linear/server.ts";
import { createSealer } from "../../src/secrets/sealer.ts";
import { accessIn, Clock, start, token } from "../local/linear/fixture.ts";
import { adapterOn, makeLog, memorySealed, mintedOn, TestClock } from "./adapter.ts";

const anything = z.object({}).loose();
const NAME = "linear/token/client-1";
const DAY_MS = 86_400_000;

function mints(linear: LocalLinear): number {
  return linear.calls().filter(({ operation }) => operation === "/oauth/token").length;
}

/** Gives another token each time, of this life. */
async function mintsFor(seconds: number): Promise<{ readonly url: string }> {
  const server = createServer((_req, res) => {
    res.setHeader("content-type", "application/json");
    res.end(JSON.stringify({ access_token: randomBytes(8).toString("hex"), expires_in: seconds }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}` };
}

it("many callers at once, and all that come after, share one token", async () => {
  const linear = await start();
  const sealed = memorySealed();
  const tokens = mintedOn(linear, { sealed });
  const all = await Promise.all(Array.from({ length: 30 }, () => tokens.current()));
  expect(new Set([...all, await tokens.current()]).size).toBe(1);
  expect(mints(linear)).toBe(1);
  expect(linear.state().tokens).toBe(1);
});

it("two processes share one row: the second takes the token of the first, also when both begin at once", async () => {
  const linear = await start();
  const shared = { sealed: memorySealed(), sealer: createSealer(randomBytes(32)) };
  const [one, two] = await Promise.all([mintedOn(linear, shared).current(), mintedOn(linear, shared).current()]);
  expect(one).toBe(two);
  expect(await mintedOn(linear, shared).current()).toBe(one);
  expect(mints(linear)).toBe(1);
});

it("a token that Linear takes no more is replaced once, and what was asked is answered", async () => {
  const linear = await start();
  const tokens = mintedOn(linear);
  const { call } = adapterOn(linear, { tokens });
  const first = await tokens.current();
  // Minting elsewhere kills ours.
  accessIn(await token(linear, { grant_type: "client_credentials", scope: "read" }));
  const before = mints(linear);
  const answers = await Promise.all([1, 2, 3, 4].map(() => call(WHO_AM_I, {}, anything)));
  expect(answers.map(({ ok }) => ok)).toEqual([true, true, true, true]);
  expect(mints(linear)).toBe(before + 1);
  expect(await tokens.current()).not.toBe(first);
});

it("where another process was faster its token is taken up, and none is minted", async () => {
  const linear = await start();
  const shared = { sealed: memorySealed(), sealer: createSealer(randomBytes(32)) };
  const [slow, fast] = [mintedOn(linear, shared), mintedOn(linear, shared)];
  const old = await slow.current();
  const fresh = await fast.renew(old);
  expect(fresh).not.toBe(old);
  const { call } = adapterOn(linear, { tokens: slow });
  expect((await call(WHO_AM_I, {}, anything)).ok).toBe(true);
  expect(await slow.current()).toBe(fresh);
  expect(mints(linear)).toBe(2);
});

it("a token is replaced a day before it dies", async () => {
  const linear = await start();
  const clock = new TestClock();
  const tokens = mintedOn(linear, { clock });
  const first = await tokens.current();
  clock.pass(28 * DAY_MS);
  expect(await tokens.current()).toBe(first);
  clock.pass(DAY_MS);
  expect(await tokens.current()).not.toBe(first);
  expect(mints(linear)).toBe(2);
});

it("one that lives shorter than that is used for half its life, not minted for every call", async () => {
  const linear = await mintsFor(3600);
  const clock = new TestClock();
  const shared = { clock, sealer: createSealer(randomBytes(32)), sealed: memorySealed() };
  const tokens = mintedOn(linear, shared);
  const first = await tokens.current();
  clock.pass(1_790_000);
  expect(await tokens.current()).toBe(first);
  expect(await mintedOn(linear, shared).current()).toBe(first);
  clock.pass(20_000);
  expect(await tokens.current()).not.toBe(first);
});

it("another SECRETS_KEY opens nothing that was stored: that is said, and a new token is stored under it", async () => {
  const linear = await start();
  const sealed = memorySealed();
  const before = await mintedOn(linear, { sealed }).current();
  const log = makeLog();
  const sealer = createSealer(randomBytes(32));
  const after = await mintedOn(linear, { sealed, sealer, log }).current();
  expect(after).not.toBe(before);
  expect(log.lines[0]).toMatchObject({ level: "warn", says: expect.stringContaining("SECRETS_KEY") });
  expect(sealer.open(NAME, sealed.rows.get(NAME) ?? "")).toContain(after);
});

it("a token of an unknown shape is minted anew", async () => {
  const linear = await start();
  const sealed = memorySealed();
  const sealer = createSealer(randomBytes(32));
  sealed.rows.set(NAME, sealer.seal(NAME, JSON.stringify({ access: "old" })));
  expect(await mintedOn(linear, { sealed, sealer }).current()).toMatch(/^lin_oauth_/);
});

it("no token and no secret stands in the store, in the log or in what is said of a failure", async () => {
  const linear = await start();
  const sealed = memorySealed();
  const log = makeLog();
  const tokens = mintedOn(linear, { sealed, log });
  const { call, tracker } = adapterOn(linear, { tokens, log });
  const value = await tokens.current();
  linear.failNext({ kind: "http500", times: 3 });
  const failed = [
    await call(READ_ISSUE, { id: "ENG-1" }, anything),
    await call(READ_ISSUE, { id: "ENG-1" }, anything),
    await tracker.findIssue("ENG-1").catch(String),
  ];
  linear.goDown();
  failed.push(await call(READ_ISSUE, { id: "secret-words" }, anything));
  const told = JSON.stringify([failed, log.lines, [...sealed.rows]]);
  expect(told).not.toContain(value);
  expect(told).not.toContain("secret-1");
  expect(told).not.toContain("secret-words");
  expect(told).not.toContain("query");
});

it("wrong credentials, an answer that is no token and a Linear that is down are told as they are, and it goes on later", async () => {
  const linear = await start({ clientSecret: "another" });
  const { call } = adapterOn(linear, { tokens: mintedOn(linear) });
  expect(await call(WHO_AM_I, {}, anything)).toMatchObject({
    problem: { kind: "unavailable", detail: expect.stringContaining("are id and secret right") },
  });
  const fine = await start();
  const tokens = mintedOn(fine);
  fine.failNext({ operation: "/oauth/token", kind: "garbage" });
  await expect(tokens.current()).rejects.toThrow();
  fine.goDown();
  await expect(tokens.current()).rejects.toThrow();
  fine.comeUp();
  expect(await tokens.current()).toMatch(/^lin_oauth_/);
});

it("a token that was set by hand is never replaced: it is said whose it is to mend", async () => {
  const linear = await start();
  const { call } = adapterOn(linear, { tokens: fixedToken("lin_revoked") });
  expect(await call(WHO_AM_I, {}, anything)).toEqual({
    ok: false,
    problem: { kind: "unavailable", detail: expect.stringContaining("LINEAR_ACCESS_TOKEN") },
  });
  expect(mints(linear)).toBe(0);
});

it("an app that was removed from the workspace is not minted for over and over", async () => {
  const ticking = new Clock();
  const linear = await start({ now: ticking.now });
  const tokens = mintedOn(linear);
  const { call } = adapterOn(linear, { tokens });
  expect((await call(WHO_AM_I, {}, anything)).ok).toBe(true);
  await linear.revokeApp();
  const before = mints(linear);
  expect(await call(WHO_AM_I, {}, anything)).toMatchObject({ ok: false, problem: { kind: "unavailable" } });
  expect(mints(linear)).toBeLessThanOrEqual(before + 1);
});
