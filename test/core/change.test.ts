import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  countLines,
  findCollisions,
  judgeChange,
  judgePath,
  judgeUnderBoth,
  staysInside,
  totalsOf,
  type ChangedFile,
} from "../../src/core/change.ts";
import { rules } from "./fixtures.ts";

describe("judgePath", () => {
  test.each([
    "README.md",
    "a/b/c.txt",
    "über/日本語.md",
    ".github/x",
    "gitignore",
    ".gitignore",
    "git~x",
    "a b.md",
    "git.md",
    "x.git",
  ])("lets %s pass", (path) => {
    expect(judgePath(path)).toBeUndefined();
  });

  test.each<[string, string]>([
    ["", "absolute or empty"],
    ["/etc/passwd", "absolute or empty"],
    ["a//b", "empty, . or .. part"],
    ["a/./b", "empty, . or .. part"],
    ["../a", "empty, . or .. part"],
    ["a/..", "empty, . or .. part"],
    ["a/", "empty, . or .. part"],
    [".git/config", ".git"],
    ["sub/.GIT/config", ".git"],
    [".Git", ".git"],
    ["git~1/config", ".git"],
    ["GIT~12", ".git"],
    [".git ", ".git"],
    [".git...", ".git"],
    [".git::$INDEX_ALLOCATION/config", ".git"],
    [".git:x", ".git"],
    ["．git/config", ".git"],
    [".ｇｉｔ", ".git"],
    [".g\u200cit/config", "invisible"],
    ["\ufeff.git", "invisible"],
    ["a\u202eb", "invisible"],
    ["a\u00adb", "invisible"],
    ["a\nb", "control"],
    ["a\u007fb", "control"],
    ["a\\b", "backslash"],
    ["x/".repeat(2049), "4,096"],
  ])("refuses %j", (path, why) => {
    expect(judgePath(path)).toContain(why);
  });

  test("refuses any spelling of .git in letters' case, with dots and spaces behind", () => {
    const spelling = fc.tuple(
      fc.mixedCase(fc.constantFrom(".git", "git~1")),
      fc.stringMatching(/^[ .]{0,3}$/),
      fc.constantFrom("", "/config", "/hooks/x"),
    );
    fc.assert(
      fc.property(fc.constantFrom("", "a/", "a/b/"), spelling, (before, [name, tail, after]) => {
        expect(judgePath(`${before}${name}${tail}${after}`)).toBeDefined();
      }),
    );
  });
});

describe("findCollisions", () => {
  test.each<[string, string[], string[]]>([
    ["different names", ["a", "b", "a.b"], []],
    ["the same folder twice is no collision", ["x/a", "x/b"], []],
    ["case in a file", ["Readme.md", "README.md"], ["README.md"]],
    ["case in a folder", ["src/a", "Src/b"], ["Src/b"]],
    ["a file against a folder", ["Lib", "lib/x"], ["lib/x"]],
    ["Unicode form", ["caf\u00e9", "cafe\u0301"], ["cafe\u0301"]],
    ["each is told once", ["a/b/c", "A/B/C"], ["A/B/C"]],
  ])("%s", (_says, paths, expected) => {
    expect(findCollisions(paths)).toEqual(expected);
  });
});

describe("staysInside", () => {
  test.each<[string, string, boolean]>([
    ["a", "b", true],
    ["a/b", "../c", true],
    ["a/b/c", "../../d", true],
    ["a/b", "./c/../d", true],
    ["a", "../b", false],
    ["a/b", "../../c", false],
    ["a", "b/../../c", false],
    ["a", "/etc/passwd", false],
    ["a", "", false],
    ["a", "C:/Windows", false],
    ["a", "..\\b", false],
    ["a", "x\0y", false],
    ["a", ".git/config", false],
    ["a/b", "../.GIT/hooks", false],
  ])("a link at %s to %j: %s", (path, target, expected) => {
    expect(staysInside(path, target)).toBe(expected);
  });

  test("agrees with walking the target one part at a time", () => {
    const part = fc.constantFrom("a", "b", ".", "..");
    fc.assert(
      fc.property(fc.nat(4), fc.array(part, { minLength: 1, maxLength: 8 }), (depth, parts) => {
        let at = depth;
        let left = false;
        for (const each of parts) {
          if (each === "..") at -= 1;
          else if (each !== ".") at += 1;
          left ||= at < 0;
        }
        expect(staysInside(`${"d/".repeat(depth)}link`, parts.join("/"))).toBe(!left);
      }),
    );
  });
});

function file(more: Partial<ChangedFile> = {}): ChangedFile {
  return {
    path: "content/a.md",
    status: "modified",
    oldMode: "100644",
    newMode: "100644",
    oldId: "1".repeat(40),
    newId: "2".repeat(40),
    added: 3,
    removed: 1,
    bytes: 10,
    ...more,
  };
}

describe("judgeChange", () => {
  test("allows what the team may write, within its limits", () => {
    expect(judgeChange([file(), file({ path: "public/b.json", added: null, removed: null })], rules())).toEqual([]);
  });

  test("tells denied paths from read-only ones, each with its reason", () => {
    const files = [
      file({ path: "src/x.ts" }),
      file({ path: "content/key.PEM" }),
      file({ path: ".github/workflows/ci.yml", status: "deleted" }),
    ];
    expect(judgeChange(files, rules())).toEqual([
      { kind: "path-read-only", path: "src/x.ts" },
      { kind: "path-denied", path: "content/key.PEM", rule: "org never-list: **/*.pem" },
      { kind: "path-denied", path: ".github/workflows/ci.yml", rule: "always denied: .github/**" },
    ]);
  });

  test("counts files and lines against the limits, at the limit and over it", () => {
    const limits = { timeMs: 1, files: 2, lines: 8 };
    const two = [file(), file({ path: "content/b.md" })];
    expect(judgeChange(two, rules({ limits }))).toEqual([]);
    const three = [...two, file({ path: "content/c.md", added: null, removed: null })];
    expect(judgeChange(three, rules({ limits }))).toEqual([{ kind: "too-many-files", files: 3, limit: 2 }]);
    expect(judgeChange([file({ added: 8 })], rules({ limits }))).toEqual([
      { kind: "too-many-lines", lines: 9, limit: 8 },
    ]);
  });

  test("counts different new contents only, and no deletions, against what can be published", () => {
    const limits = { timeMs: 1, files: 1000, lines: 100_000 };
    const many = (count: number): ChangedFile[] =>
      Array.from({ length: count }, (_, at) => file({ path: `content/${at}.md`, newId: String(at).padStart(40, "0") }));
    const gone = file({ path: "content/gone.md", status: "deleted", newId: "0".repeat(40) });
    expect(judgeChange([...many(50), gone], rules({ limits }))).toEqual([]);
    expect(judgeChange(many(51), rules({ limits }))).toEqual([{ kind: "too-many-blobs", blobs: 51, limit: 50 }]);
  });
});

test("totals count unreadable files apart", () => {
  const files = [file(), file({ added: null, removed: null })];
  expect(totalsOf(files)).toEqual({ added: 3, removed: 1, unreadable: 1 });
  expect(countLines(files)).toBe(4);
});

test("a version of the policy that narrows what may be written counts for runs that began before it", () => {
  const pinned = rules({ write: ["content/**", "src/**"] });
  const current = rules({ write: ["content/**"] });
  const files = [file({ path: "src/a.js" }), file({ path: "content/a.md" })];
  expect(judgeUnderBoth(files, pinned, pinned)).toEqual([]);
  expect(judgeUnderBoth(files, pinned, current)).toEqual([{ kind: "path-read-only", path: "src/a.js" }]);
  expect(judgeUnderBoth(files, current, pinned)).toEqual([{ kind: "path-read-only", path: "src/a.js" }]);
});
