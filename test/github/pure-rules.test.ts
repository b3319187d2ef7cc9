// The parts of the adapter that only think: links, secrets, and how a change is cut into requests.
import { describe, expect, test } from "vitest";
import { findSecret, hideSecrets, makeNeedles } from "../../src/github/secret-scan.ts";
import { findEscapes } from "../../src/github/symlinks.ts";
import { chainEntries, readText, type TreeEntry } from "../../src/github/tree-entries.ts";

describe("findEscapes", () => {
  test.each<[string, Record<string, string>, string[]]>([
    ["a link to a sibling stays", { a: "b" }, []],
    ["a link up within the tree stays", { "x/y/a": "../../b" }, []],
    ["a link one too far up leaves", { "x/a": "../../b" }, ["x/a"]],
    ["an absolute link leaves", { a: "/b" }, ["a"]],
    ["up after following a link is up from where that leads", { "deep/er/top": "../..", a: "deep/er/top/.." }, ["a"]],
    ["down again after that stays", { "deep/er/top": "../..", a: "deep/er/top/README.md" }, []],
    ["a link through one that leaves, leaves", { out: "..", a: "out/x" }, ["out", "a"]],
    ["two that point at each other never end", { a: "b", b: "a" }, ["a", "b"]],
    ["another spelling of a link is the link", { "Deep/er/Top": "../..", a: "deep/ER/top/.." }, ["a"]],
    ["empty parts and dots count nothing", { "x/a": ".//./../b" }, []],
  ])("%s", (_says, links, escaping) => {
    expect([...findEscapes(new Map(Object.entries(links)))]).toEqual(escaping);
  });
});

const VALUE = "s3cr3t/v+lue?of=mine!";
const needles = makeNeedles(
  new Map([
    ["CMS_READ_KEY", VALUE],
    ["SHORT", "abc"],
  ]),
);

describe("findSecret", () => {
  const base64 = (before: string, after: string): string => Buffer.from(`${before}${VALUE}${after}`).toString("base64");
  const long = Buffer.from(`${VALUE}${"x".repeat(90)}${VALUE}`).toString("base64");

  test.each<[string, string | Buffer]>([
    ["as it is", `key = ${VALUE}\n`],
    ["in base64", base64("", "")],
    ["in base64 with one byte before", base64("k", "tail")],
    ["in base64 with two bytes before", base64("k=", "t")],
    ["in base64 for addresses", base64("", "").replaceAll("+", "-").replaceAll("/", "_")],
    ["in base64 wrapped over lines", long.replace(/.{10}/g, "$&\n")],
    ["in hex", Buffer.from(VALUE).toString("hex")],
    ["in upper-case hex", Buffer.from(VALUE).toString("hex").toUpperCase()],
    ["in an address", `https://example.com/?k=${encodeURIComponent(VALUE)}`],
    ["in an address in lower case", encodeURIComponent(VALUE).toLowerCase()],
    ["in two bytes a character", Buffer.from(`x${VALUE}`, "utf16le")],
  ])("finds a value %s", async (_says, content) => {
    expect(await findSecret(Buffer.from(content), needles)).toBe("CMS_READ_KEY");
  });

  test("finds a value with a line end as JSON writes it", async () => {
    const made = makeNeedles(new Map([["KEY", "first line\nsecond line, the longest one of all\n"]]));
    expect(await findSecret(Buffer.from('{"k":"first line\\nsecond line, the longest one of all"}'), made)).toBe("KEY");
    expect(await findSecret(Buffer.from("  second line, the longest one of all"), made)).toBe("KEY");
  });

  test("finds nothing in ordinary text, and too short a value nowhere", async () => {
    expect(
      await findSecret(Buffer.from("abc: an ordinary sentence, s3cr3t but not all of it"), needles),
    ).toBeUndefined();
  });

  test("hideSecrets puts the name in its place", () => {
    expect(hideSecrets(`-key = ${VALUE}\n`, needles)).toBe("-key = [CMS_READ_KEY]\n");
  });
});

describe("chainEntries", () => {
  const text = (path: string, content = "x"): TreeEntry => ({ path, mode: "100644", type: "blob", content });
  const gone = (path: string): TreeEntry => ({ path, mode: "100644", type: "blob", sha: null });
  const pathsOf = (entries: readonly TreeEntry[]): unknown =>
    chainEntries(entries).map((part) => part.map((each) => each.path));

  test("sends little in one request, what goes away first", () => {
    expect(pathsOf([text("a"), gone("b"), text("c")])).toEqual([["b", "a", "c"]]);
  });
  test("sends at most four megabytes in each", () => {
    const parts = chainEntries(Array.from({ length: 9 }, (_, at) => text(`f${at}`, "é".repeat(500_000))));
    expect(parts.flat().map((each) => each.path)).toEqual(Array.from({ length: 9 }, (_, at) => `f${at}`));
    for (const part of parts) expect(Buffer.byteLength(JSON.stringify(part))).toBeLessThan(4.3 * 1024 * 1024);
    expect(parts.length).toBe(3);
  });
  test("takes a file away before a folder stands in its place", () => {
    expect(pathsOf([text("a/b"), gone("a")])).toEqual([["a"], ["a/b"]]);
  });
  test("takes a folder away before a file stands in its place", () => {
    expect(pathsOf([text("a"), gone("a/b"), gone("a/c")])).toEqual([["a/b", "a/c"], ["a"]]);
  });

  test.each<[string, Buffer, string | undefined]>([
    ["UTF-8", Buffer.from("é\r\n"), "é\r\n"],
    ["a byte order mark is kept", Buffer.from("\ufeffa"), "\ufeffa"],
    ["a NUL travels as bytes", Buffer.from("a\0b"), undefined],
    ["Latin 1 travels as bytes", Buffer.from([0xe9]), undefined],
    ["more than a megabyte travels as bytes", Buffer.alloc(1024 * 1024 + 1, "a"), undefined],
  ])("readText: %s", (_says, bytes, expected) => {
    expect(readText(bytes)).toBe(expected);
  });
});
