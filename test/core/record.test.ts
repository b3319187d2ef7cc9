import { createHash, createHmac } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  chainHash,
  findBreak,
  FIRST_PREVIOUS,
  payloadHash,
  RECORD_KINDS,
  type ChainedEvent,
} from "../../src/core/record.ts";
import { canonicalJson } from "../../src/core/seal.ts";

const sha256 = (text: string) => createHash("sha256").update(text, "utf8").digest("hex");
const hmac = (saltHex: string, text: string) =>
  createHmac("sha256", Buffer.from(saltHex, "hex")).update(text, "utf8").digest("hex");
const SALT = "00112233445566778899aabbccddeeff";

function chain(payloads: readonly unknown[]): ChainedEvent[] {
  const events: ChainedEvent[] = [];
  for (const [index, payload] of payloads.entries()) {
    const previous = events.at(-1)?.hash ?? FIRST_PREVIOUS;
    const fixed = {
      run: "R7K2M9",
      seq: index + 1,
      kind: "note",
      atMs: 1000 + index,
      payloadHash: payloadHash(payload, SALT, hmac),
    };
    events.push({ ...fixed, previous, hash: chainHash(previous, fixed, sha256) });
  }
  return events;
}

test("the first event hangs on 64 zeros, each next on the hash before it", () => {
  const [first, second] = chain([{ a: 1 }, { b: 2 }]);
  expect(first?.previous).toBe("0".repeat(64));
  expect(second?.previous).toBe(first?.hash);
});

test("an event's hash is the SHA-256 of the previous hash and the canonical fixed part", () => {
  const [event] = chain([{ a: 1 }]);
  const { run, seq, kind, atMs, payloadHash: hash } = event!;
  expect(event?.hash).toBe(sha256("0".repeat(64) + canonicalJson({ atMs, kind, payloadHash: hash, run, seq })));
});

test("a payload's hash needs its salt and does not depend on the order of keys", () => {
  expect(payloadHash({ a: 1, b: 2 }, SALT, hmac)).toBe(payloadHash({ b: 2, a: 1 }, SALT, hmac));
  expect(payloadHash({ a: 1 }, SALT, hmac)).not.toBe(payloadHash({ a: 1 }, "ff".repeat(16), hmac));
});

test("an unbroken chain has no break, an empty one neither", () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { maxLength: 12 }), (payloads) => {
      expect(findBreak(chain(payloads), sha256)).toBeUndefined();
    }),
  );
});

describe("every change to a chain is found", () => {
  const changes: readonly (readonly [string, (events: ChainedEvent[]) => readonly ChainedEvent[]])[] = [
    ["a time", ([a, b, c]) => [a!, { ...b!, atMs: 5 }, c!]],
    ["a kind", ([a, b, c]) => [a!, { ...b!, kind: "vote" }, c!]],
    ["a run", ([a, b, c]) => [{ ...a!, run: "OTHER1" }, b!, c!]],
    ["a payload's hash", ([a, b, c]) => [a!, { ...b!, payloadHash: "0".repeat(64) }, c!]],
    ["one left out", ([a, , c]) => [a!, c!]],
    ["one left out and the rest renumbered", ([a, , c]) => [a!, { ...c!, seq: 2 }]],
    ["the first left out", ([, b, c]) => [b!, c!]],
    ["two exchanged", ([a, b, c]) => [a!, c!, b!]],
    ["one twice", ([a, b, c]) => [a!, b!, b!, c!]],
    ["a link", ([a, b, c]) => [a!, { ...b!, previous: "1".repeat(64) }, c!]],
    ["one rewritten with its own hash made to fit", ([a, b, c]) => [a!, rehashed({ ...b!, atMs: 5 }), c!]],
  ];
  test.each(changes)("%s", (_says, change) => {
    expect(findBreak(change(chain([{ a: 1 }, { b: 2 }, { c: 3 }])), sha256)).toBeDefined();
  });

  test("the break is told where it is", () => {
    const events = chain([1, 2, 3]);
    events[1] = rehashed({ ...events[1]!, atMs: 5 });
    expect(findBreak(events, sha256)).toEqual({ seq: 3, why: "does not follow the event before it" });
  });
});

function rehashed(event: ChainedEvent): ChainedEvent {
  const { run, seq, kind, atMs, payloadHash: hash, previous } = event;
  return { ...event, hash: chainHash(previous, { run, seq, kind, atMs, payloadHash: hash }, sha256) };
}

test("kinds of events are named once", () => {
  expect(new Set(RECORD_KINDS).size).toBe(RECORD_KINDS.length);
});
