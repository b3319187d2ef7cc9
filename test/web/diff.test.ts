import * as fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { compareWords, hasUnseen, renderCode } from "../../src/web/code-text.ts";
import { parseDiff } from "../../src/web/diff-parse.ts";
import { hideInFile } from "../../src/web/hide.ts";
import { renderRunPage } from "../../src/web/run-page.ts";
import { createTimes } from "../../src/web/times.ts";
import { sha256 } from "./record.ts";
import { change, DIFF, file, type SceneData } from "./scene-parts.ts";
import { openScene } from "./scenes.ts";

describe("reading a diff", () => {
  it("finds files, hunks and the number of every line", () => {
    const files = parseDiff(DIFF);
    expect(files.map((each) => each.path)).toEqual(["content/pricing.md", "public/prices.json"]);
    const lines = files[0]?.hunks[0]?.lines ?? [];
    expect(lines.filter((line) => line.kind === "add").map((line) => line.newNumber)).toEqual([14, 17, 18, 19]);
    expect(lines.filter((line) => line.kind === "del").map((line) => line.oldNumber)).toEqual([14, 17]);
    expect(lines.at(-1)).toMatchObject({ kind: "same", oldNumber: 18, newNumber: 20 });
  });

  it("takes content that looks like a header for content", () => {
    const diff = `diff --git a/x b/x
--- a/x
+++ b/x
@@ -1,3 +1,3 @@
 diff --git a/evil b/evil
--- a/other
+++ b/other
 @@ -1 +1 @@
diff --git a/y b/y
new file mode 100644
--- /dev/null
+++ b/y
@@ -0,0 +1 @@
+one
\\ No newline at end of file
`;
    const files = parseDiff(diff);
    expect(files.map((each) => each.path)).toEqual(["x", "y"]);
    expect(files[0]?.hunks[0]?.lines.map((line) => [line.kind, line.text])).toEqual([
      ["same", "diff --git a/evil b/evil"],
      ["del", "-- a/other"],
      ["add", "++ b/other"],
      ["same", "@@ -1 +1 @@"],
    ]);
    expect(files[1]?.hunks[0]?.lines.at(-1)).toEqual({ kind: "note", text: "No newline at end of file" });
  });

  it("reads binary files and quoted paths", () => {
    const diff = `diff --git "a/p\\303\\251 \\"q\\".png" "b/p\\303\\251 \\"q\\".png"\nnew file mode 100644\nBinary files /dev/null and "b/p\\303\\251 \\"q\\".png" differ\n`;
    expect(parseDiff(diff)).toEqual([{ path: 'pé "q".png', notes: ["new file mode 100644"], binary: true, hunks: [] }]);
  });

  it("survives any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) =>
        Array.isArray(parseDiff(`diff --git a/x b/x\n@@ -1,9 +1,9 @@\n${text}`)),
      ),
    );
  });
});

describe("drawing a line", () => {
  test.each<[string, string, string]>([
    ["a right-to-left override", "a\u202eb", "U+202E"],
    ["a space of no width", "a\u200bb", "U+200B"],
    ["an escape", "\u001b[31m", "U+001B"],
    ["a tag character", "\u{e0041}", "U+E0041"],
    ["a carriage return inside", "a\rb", "U+000D"],
  ])("draws %s", (_says, text, word) => {
    expect(renderCode(text).text).toContain(`>${word}</span>`);
    expect(hasUnseen(text)).toBe(true);
  });

  it("loses nothing of a line: text and drawn characters make the line again", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        const plain = renderCode(text)
          .text.replace(/<span class="unseen"[^>]*>U\+([0-9A-F]+)<\/span>/g, (_all, code: string) =>
            String.fromCodePoint(Number.parseInt(code, 16)),
          )
          .replaceAll("&lt;", "<")
          .replaceAll("&gt;", ">")
          .replaceAll("&quot;", '"')
          .replaceAll("&#39;", "'")
          .replaceAll("&amp;", "&");
        expect(plain).toBe(text);
      }),
    );
  });

  it("marks what differs between two lines by whole words, and nothing where they have little in common", () => {
    expect(compareWords("price: $29 a month", "price: $39 a month")?.map((each) => each.middle)).toEqual(["29", "39"]);
    expect(compareWords("const price = 1;", "const prices = 1;")?.map((each) => each.middle)).toEqual([
      "price",
      "prices",
    ]);
    expect(compareWords("abc", "xyz")).toBeUndefined();
  });

  it("puts two lines together again from their parts", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }),
        fc.string({ unit: "binary" }),
        fc.string({ unit: "binary" }),
        (head, old, now) => {
          const pair = compareWords(`${head}${old}`, `${head}${now}`);
          const whole = pair?.map(({ before, middle, after }) => before + middle + after);
          expect(whole ?? [head + old, head + now]).toEqual([head + old, head + now]);
        },
      ),
    );
  });
});

it("hides a key that runs over many lines, to its last line and no further", () => {
  const body = ["-----BEGIN PRIVATE KEY-----", "MIIEvQIBADANBg", "qhkiG9w0BAQEF", "-----END PRIVATE KEY-----", "after"];
  const diff = `diff --git a/k b/k\n--- /dev/null\n+++ b/k\n@@ -0,0 +1,5 @@\n${body.map((line) => `+${line}\n`).join("")}`;
  const [key] = parseDiff(diff).map(hideInFile);
  const lines = key?.hunks[0]?.lines.map((line) => line.text) ?? [];
  expect(lines.join("\n")).not.toMatch(/MIIE|qhki/);
  expect(lines).toHaveLength(5);
  expect(lines.at(-1)).toBe("after");
});

it("cuts a huge diff and leads to the whole of it", () => {
  const count = 9000;
  const lines = Array.from({ length: count }, (_, index) => `+line ${index}\n`).join("");
  const diff = `diff --git a/big.txt b/big.txt\nnew file mode 100644\n--- /dev/null\n+++ b/big.txt\n@@ -0,0 +1,${count} @@\n${lines}`;
  const scene: SceneData = openScene("7KB1GG");
  const made = change("7KB1GG", 1, { diff, files: [file("big.txt", { added: count, removed: 0 })], diffCut: true });
  const view = { ...scene.view, changes: [made] };
  const page = renderRunPage({ view, events: scene.events, times: createTimes("UTC"), sha256 }) ?? "";
  expect(page.match(/<tr class="add">/g)?.length).toBe(3000);
  expect(page).toContain("… 6000 more lines");
  expect(page).toContain('href="/runs/7KB1GG/diff?version=1"');
  expect(page).toContain("The diff is longer than what is kept of it");
});
