import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { allows, denies, judgePattern } from "../../src/core/glob.ts";

describe("judgePattern", () => {
  test.each(["**", "a", "a/**", "**/a", "a/*/b", "*.md", "a?.md", ".github/**", "**/.env*", "a b"])(
    "takes %s",
    (pattern) => {
      expect(judgePattern(pattern)).toBeUndefined();
    },
  );
  test.each(["", "/a", "./a", "a/../b", "a//b", "a/", "{a,b}", "[ab]", "!a", "a\\b", "a**", "**b/c", "a/**b"])(
    "refuses %j",
    (pattern) => {
      expect(judgePattern(pattern)).toEqual(expect.any(String));
    },
  );
});

describe("an allow pattern", () => {
  test.each<[string, string, boolean]>([
    ["content/**", "content/a.md", true],
    ["content/**", "content/a/b/c.md", true],
    ["content/**", "content", false],
    ["content/**", "contents/a.md", false],
    ["content/**", "Content/a.md", false],
    ["content/**", "content/.hidden", false],
    ["content/**", "content/.hidden/a.md", false],
    ["content/.hidden/**", "content/.hidden/a.md", true],
    ["**", "a", true],
    ["**", "a/b", true],
    ["**", ".env", false],
    ["**", "a/.env", false],
    ["**/.env", "a/.env", true],
    ["**/.env", ".env", true],
    ["**/*.md", "a.md", true],
    ["**/*.md", "a/b.md", true],
    ["**/*.md", ".md", false],
    ["*.md", "a/b.md", false],
    ["*.md", "axmd", false],
    ["a?c", "abc", true],
    ["a?c", "a/c", false],
    ["?bc", ".bc", false],
    ["a+b(c).$", "a+b(c).$", true],
    ["a.b", "axb", false],
    ["a/**/b", "a/b", true],
    ["a/**/b", "a/x/y/b", true],
    ["a/**/b", "a/.x/b", false],
    ["a/*/b", "a/x/y/b", false],
  ])("%s on %s: %s", (pattern, path, expected) => {
    expect(allows(pattern, path)).toBe(expected);
  });
});

describe("a deny pattern", () => {
  test.each<[string, string, boolean]>([
    [".github/**", ".GitHub/workflows/ci.yml", true],
    ["**/*.pem", "a/.KEY.PEM", true],
    ["**/.env*", "a/.ENV.local", true],
    ["**/AGENTS.md", "agents.MD", true],
    ["caf\u00e9/**", "cafe\u0301/x", true],
    ["cafe\u0301/**", "caf\u00e9/x", true],
    ["**", ".a/.b", true],
    ["a/**", "b/a/x", false],
  ])("%s on %s: %s", (pattern, path, expected) => {
    expect(denies(pattern, path)).toBe(expected);
  });
});

const name = fc.stringMatching(/^[a-zA-Z0-9_.-]{1,6}$/).filter((each) => each !== "." && each !== "..");
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
const pattern = fc
  .array(fc.oneof(name, fc.constantFrom("*", "**", "a*", "?b", "*.md")), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join("/"));

test("whatever an allow pattern matches, the same deny pattern matches", () => {
  fc.assert(
    fc.property(pattern, path, (pattern, path) => !allows(pattern, path) || denies(pattern, path)),
    { numRuns: 2000 },
  );
});

test("a literal pattern allows itself and nothing else", () => {
  fc.assert(
    fc.property(path, path, (one, other) => allows(one, other) === (one === other)),
    { numRuns: 1000 },
  );
});

test("a deny pattern does not care about case", () => {
  fc.assert(
    fc.property(
      pattern,
      path,
      (pattern, path) => denies(pattern, path) === denies(pattern.toUpperCase(), path.toLowerCase()),
    ),
  );
});
