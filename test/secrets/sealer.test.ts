import { randomBytes } from "node:crypto";
import { assert, property, string } from "fast-check";
import { expect, it } from "vitest";
import { createSealer, KEY_BYTES } from "../../src/secrets/sealer.ts";

const key = randomBytes(KEY_BYTES);
const sealer = createSealer(key);

it("opens what it sealed, whatever it says", () => {
  assert(
    property(string({ unit: "grapheme" }), string({ unit: "grapheme" }), (name, text) => {
      expect(sealer.open(name, sealer.seal(name, text))).toBe(text);
    }),
  );
});

it("seals the same text differently each time, and shows nothing of it", () => {
  const [one, two] = [sealer.seal("a", "a secret of ours"), sealer.seal("a", "a secret of ours")];
  expect(one).not.toBe(two);
  expect(one).toMatch(/^v1\.[0-9a-f]{8}\.[\w-]+$/);
  expect(Buffer.from(one.split(".")[2] ?? "", "base64url").toString("latin1")).not.toContain("secret");
});

it("opens nothing under another name or with another key", () => {
  const sealed = sealer.seal("linear/token/a", "text");
  expect(sealer.open("linear/token/b", sealed)).toBeUndefined();
  expect(createSealer(randomBytes(KEY_BYTES)).open("linear/token/a", sealed)).toBeUndefined();
});

const head = sealer.seal("n", "x").slice(0, "v1.12345678.".length);

it.each([
  ["the version", 0],
  ["the key's id", 4],
])("opens nothing whose head was changed: %s", (_part, at) => {
  const sealed = sealer.seal("n", "text");
  const other = sealed.charAt(at) === "0" ? "1" : "0";
  expect(sealer.open("n", `${sealed.slice(0, at)}${other}${sealed.slice(at + 1)}`)).toBeUndefined();
});

it.each([
  ["the nonce", 0],
  ["the nonce's end", 11],
  ["the tag", 12],
  ["the tag's end", 27],
  ["the text", 28],
  ["the text's end", 31],
])("opens nothing with one bit of it turned over: %s", (_part, at) => {
  const bytes = Buffer.from(sealer.seal("n", "text").slice(head.length), "base64url");
  expect(bytes).toHaveLength(32);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  expect(sealer.open("n", `${head}${bytes.toString("base64url")}`)).toBeUndefined();
});

it("opens nothing that was cut short, is empty or is no sealed value at all", () => {
  const sealed = sealer.seal("n", "text");
  for (let length = 0; length < sealed.length - 1; length += 1) {
    expect(sealer.open("n", sealed.slice(0, length))).toBeUndefined();
  }
  for (const other of ["", "text", "v1", head, `${head}%%%`, `${sealed}${sealed}`]) {
    expect(sealer.open("n", other)).toBeUndefined();
  }
});

it("takes no key of another length", () => {
  expect(() => createSealer(randomBytes(16))).toThrow("16 bytes");
});
