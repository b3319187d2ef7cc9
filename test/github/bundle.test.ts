// The bundle header is the first thing of a sandbox that we read.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseBundleHeader } from "../../src/github/bundle.ts";
import { findOddMode, parseTree } from "../../src/github/tree-bytes.ts";

const A = "a".repeat(40);
const B = "b".repeat(40);

function packHead(objects: number): Buffer {
  const pack = Buffer.alloc(40);
  pack.write("PACK");
  pack.writeUInt32BE(2, 4);
  pack.writeUInt32BE(objects, 8);
  return pack;
}

function bundle(...lines: readonly string[]): Buffer {
  return Buffer.concat([Buffer.from(`${lines.join("\n")}\n\n`), packHead(3)]);
}

describe("parseBundleHeader", () => {
  test("reads the one ref, the one base and where the pack begins", () => {
    const parsed = parseBundleHeader(bundle("# v2 git bundle", `-${B} a subject`, `${A} refs/heads/result`));
    expect(parsed).toEqual({ ok: true, value: { commit: A, base: B, pack: packHead(3), objects: 3 } });
  });

  test("reads from the middle of a larger buffer", () => {
    const inner = bundle("# v2 git bundle", `-${B}`, `${A} HEAD`);
    const outer = Buffer.concat([Buffer.alloc(17, "x"), inner]);
    expect(parseBundleHeader(outer.subarray(17))).toMatchObject({ ok: true, value: { commit: A, objects: 3 } });
  });

  test.each<[string, Buffer]>([
    ["nothing", Buffer.alloc(0)],
    ["a header that never ends", Buffer.from(`# v2 git bundle\n${`-${B}\n`.repeat(200)}`)],
    ["upper-case ids", bundle("# v2 git bundle", `-${"B".repeat(40)}`, `${A} HEAD`)],
    ["a short id", bundle("# v2 git bundle", `-${B.slice(1)}`, `${A} HEAD`)],
    ["a carriage return", bundle("# v2 git bundle\r", `-${B}`, `${A} HEAD`)],
    ["a NUL in the ref", bundle("# v2 git bundle", `-${B}`, `${A} refs/heads/a\0b`)],
    ["a ref with a space", bundle("# v2 git bundle", `-${B}`, `${A} refs/heads/a b`)],
    ["bytes that are not UTF-8", Buffer.concat([Buffer.from([0xff]), bundle("# v2 git bundle", `-${B}`, `${A} HEAD`)])],
    [
      "a byte order mark",
      Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bundle("# v2 git bundle", `-${B}`, `${A} HEAD`)]),
    ],
    ["no pack", Buffer.from(`# v2 git bundle\n-${B}\n${A} HEAD\n\n`)],
  ])("refuses %s", (_says, bytes) => {
    expect(parseBundleHeader(bytes)).toEqual({ ok: false, why: expect.any(String) });
  });

  test("never throws, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(typeof parseBundleHeader(bytes).ok).toBe("boolean");
      }),
    );
  });

  test("accepts only what says exactly one base and one ref, whatever lines it is made of", () => {
    const line = fc.oneof(
      fc.constantFrom(
        `-${B}`,
        `-${A} words`,
        `${A} HEAD`,
        `${B} refs/heads/x`,
        "@object-format=sha1",
        "@filter=tree:0",
        "",
      ),
      fc.string({ maxLength: 60 }),
    );
    fc.assert(
      fc.property(
        fc.constantFrom("# v2 git bundle", "# v3 git bundle"),
        fc.array(line, { maxLength: 5 }),
        (signature, lines) => {
          const parsed = parseBundleHeader(bundle(signature, ...lines));
          if (!parsed.ok) return;
          const head = lines.slice(0, lines.includes("") ? lines.indexOf("") : undefined);
          expect(head.filter((each) => each.startsWith("-"))).toHaveLength(1);
          expect(head.filter((each) => !each.startsWith("-") && !each.startsWith("@"))).toHaveLength(1);
          expect(head.every((each) => !each.startsWith("@") || each === "@object-format=sha1")).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("parseTree", () => {
  const entry = (mode: string, name: string): Buffer =>
    Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(A, "hex")]);

  test("reads modes as they are stored", () => {
    const entries = parseTree(Buffer.concat([entry("100664", "a"), entry("40000", "b c")]));
    expect(entries?.map(({ mode, name, id }) => [mode, name.toString(), id])).toEqual([
      ["100664", "a", A],
      ["40000", "b c", A],
    ]);
    expect(findOddMode(entries ?? [])?.mode).toBe("100664");
  });

  test.each<[string, Buffer]>([
    ["a cut id", entry("100644", "a").subarray(0, -1)],
    ["no name", Buffer.from("100644")],
    ["no end of the name", Buffer.from("100644 abc")],
  ])("refuses %s", (_says, bytes) => {
    expect(parseTree(bytes)).toBeUndefined();
  });

  test("never throws, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        const entries = parseTree(Buffer.from(bytes));
        expect(entries === undefined || entries.length * 23 <= bytes.length + 23).toBe(true);
      }),
    );
  });
});
