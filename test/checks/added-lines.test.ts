import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { addedLines } from "../../src/checks/added-lines.ts";

const folder = mkdtempSync(join(tmpdir(), "countersign-added-lines-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What git itself says between two states of a folder. */
function diffBetween(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): string {
  const env = { PATH: process.env["PATH"] ?? "", HOME: "/nonexistent", GIT_CONFIG_NOSYSTEM: "1" };
  const git = (...args: readonly string[]): string => execFileSync("git", args, { cwd: folder, env }).toString();
  git("init", "-q", ".");
  const treeOf = (files: Readonly<Record<string, string>>): string => {
    git("rm", "-rqf", "--cached", "--ignore-unmatch", ".");
    for (const [path, content] of Object.entries(files)) {
      writeFileSync(join(folder, path), content);
      git("add", "-f", "--", path);
    }
    return git("write-tree").trim();
  };
  return git("-c", "core.quotePath=false", "diff-tree", "-r", "-p", "--no-renames", treeOf(before), treeOf(after));
}

it("finds each added line with its file and number, and takes no content for a header", () => {
  const before = Array.from({ length: 30 }, (_, at) => `line ${at + 1}`);
  const after = before.with(1, "+++ b/other.txt").with(20, "-- changed").toSpliced(25, 2);
  const diff = diffBetween(
    { "a.txt": `${before.join("\n")}\n`, "gone.txt": "x\n" },
    {
      "a.txt": `${after.join("\n")}\n@@ -1,9 +1,9 @@\nno end`,
      "two words.txt": "first\n",
      'quo"te.txt': "q\n",
      "größe.txt": "g\n",
    },
  );
  const found = addedLines(diff).map(({ path, line, text }) => `${path}:${line}:${text}`);
  expect(found.sort()).toEqual(
    [
      "a.txt:2:+++ b/other.txt",
      "a.txt:21:-- changed",
      "a.txt:29:@@ -1,9 +1,9 @@",
      "a.txt:30:no end",
      'quo"te.txt:1:q',
      "größe.txt:1:g",
      "two words.txt:1:first",
    ].sort(),
  );
});

it("finds nothing in a change that only removes, renames modes or is empty", () => {
  expect(addedLines(diffBetween({ "a.txt": "a\nb\n" }, { "a.txt": "a\n" }))).toEqual([]);
  expect(addedLines("")).toEqual([]);
});
