// Who we are on Linear: learned once, kept sealed over restarts, and asked again where it is not known.
import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { createIdentityBook } from "../../src/linear/identity.ts";
import type { LocalLinear } from "../../src/local/linear/server.ts";
import { createSealer } from "../../src/secrets/sealer.ts";
import { BOT, start } from "../local/linear/fixture.ts";
import { adapterOn, makeLog, memorySealed } from "./adapter.ts";

const WHO = { organizationId: "org-1", appUserId: BOT, appName: "Countersign" };

function bookOn(linear: LocalLinear, kept = { sealed: memorySealed(), sealer: createSealer(randomBytes(32)) }) {
  const log = makeLog();
  const { call } = adapterOn(linear);
  return { log, kept, book: createIdentityBook({ call, kept: { ...kept, about: "client-1" }, log }) };
}

it("is read from Linear at the start, and nobody is asked again", async () => {
  const linear = await start();
  const { book } = bookOn(linear);
  expect(book.known()).toBeUndefined();
  await book.load();
  expect(book.known()).toEqual(WHO);
  expect(await book.read()).toEqual(WHO);
  expect(linear.calls().filter(({ operation }) => operation === "WhoAmI")).toHaveLength(1);
});

it("is known from before where Linear is down at the start, so that webhooks are heard", async () => {
  const linear = await start();
  const before = bookOn(linear);
  await before.book.load();
  linear.goDown();
  const { book, log } = bookOn(linear, before.kept);
  await book.load();
  expect(book.known()).toEqual(WHO);
  expect(log.lines).toMatchObject([{ level: "warn" }]);
  expect(JSON.stringify([...before.kept.sealed.rows])).not.toContain("org-1");
});

it("is asked for when it is needed, where neither is there at the start", async () => {
  const linear = await start();
  linear.goDown();
  const { book } = bookOn(linear);
  await book.load();
  expect(book.known()).toBeUndefined();
  await expect(book.read()).rejects.toThrow("does not say who we are");
  linear.comeUp();
  expect(await book.read()).toEqual(WHO);
  expect(book.known()).toEqual(WHO);
});

it("is asked for once by many who need it in the same moment", async () => {
  const linear = await start();
  const { book } = bookOn(linear);
  expect(await Promise.all([book.read(), book.read(), book.read()])).toEqual([WHO, WHO, WHO]);
  expect(linear.calls().filter(({ operation }) => operation === "WhoAmI")).toHaveLength(1);
});

it("that was kept under another SECRETS_KEY is read anew", async () => {
  const linear = await start();
  const before = bookOn(linear);
  await before.book.load();
  const { book } = bookOn(linear, { ...before.kept, sealer: createSealer(randomBytes(32)) });
  await book.load();
  expect(book.known()).toEqual(WHO);
});

it("needs no SECRETS_KEY: then it is asked for at every start", async () => {
  const linear = await start();
  const { call } = adapterOn(linear);
  const book = createIdentityBook({ call, log: makeLog() });
  await book.load();
  expect(book.known()).toEqual(WHO);
});

it("that was kept in a shape this version does not know is read anew", async () => {
  const linear = await start();
  const { book, kept } = bookOn(linear);
  const name = "linear/identity/client-1";
  kept.sealed.rows.set(name, kept.sealer.seal(name, "{}"));
  await book.load();
  expect(book.known()).toEqual(WHO);
});
