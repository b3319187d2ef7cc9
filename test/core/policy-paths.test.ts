import { describe, expect, test } from "vitest";
import { decidePath, resolveRules, stricter, votesNeeded } from "../../src/core/policy.ts";
import { MARKETING, ORG, POLICY, rules } from "./fixtures.ts";

function verdict(write: readonly string[], path: string, never: readonly string[] = []): string {
  return decidePath({ write, never }, path).verdict;
}

describe("a path", () => {
  test.each<[string, readonly string[], string, string]>([
    ["named by the team may be written", ["content/**"], "content/a.md", "allow"],
    ["named by nobody is read-only", ["content/**"], "src/a.ts", "read-only"],
    ["hidden is read-only unless the dot is named", ["**"], ".eslintrc", "read-only"],
    ["under .github is denied to everything", ["**"], ".github/workflows/ci.yml", "denied"],
    ["under .github is denied in any case of letters", ["**"], ".GITHUB/workflows/ci.yml", "denied"],
    ["under .github may be named outright", [".github/**"], ".github/workflows/ci.yml", "allow"],
    ["of one workflow may be named outright", [".github/workflows/ci.yml"], ".github/workflows/ci.yml", "allow"],
    ["of another workflow is then still denied", [".github/workflows/ci.yml"], ".github/workflows/cd.yml", "denied"],
    ["with a wildcard is not named outright", [".github/*/ci.yml"], ".github/workflows/ci.yml", "denied"],
    ["CODEOWNERS is denied in each of its places", ["**"], "docs/CODEOWNERS", "denied"],
    ["CODEOWNERS at the root is denied", ["CODE*"], "CODEOWNERS", "denied"],
    ["CODEOWNERS may be named", ["CODEOWNERS"], "CODEOWNERS", "allow"],
    ["AGENTS.md anywhere is denied", ["**"], "packages/a/AGENTS.md", "denied"],
    ["AGENTS.md of a named folder is denied", ["packages/**"], "packages/a/AGENTS.md", "denied"],
    ["another guarded file in a named guarded folder is denied", [".github/**"], ".github/AGENTS.md", "denied"],
    ["a guarded folder inside a guarded folder is denied", [".github/**"], ".github/.claude/x", "denied"],
    [".npmrc is denied", ["**/.npmrc"], "a/.npmrc", "denied"],
    ["hook folders are denied", ["**"], "hooks/pre-commit", "denied"],
    ["a folder of hooks in code is not", ["src/**"], "src/hooks/use-price.ts", "allow"],
    [".gitattributes is denied anywhere", ["a/.gitattributes"], "b/.gitattributes", "denied"],
  ])("%s", (_says, write, path, expected) => {
    expect(verdict(write, path)).toBe(expected);
  });

  test("on the organisation's never-list stays denied although the team names it", () => {
    expect(verdict(["keys/a.pem"], "keys/a.pem", ["**/*.pem"])).toBe("denied");
    expect(verdict(["keys/**"], "keys/A.PEM", ["**/*.pem"])).toBe("denied");
  });

  test("is told with the rule that decided", () => {
    expect(decidePath(rules(), "content/a.md")).toEqual({ verdict: "allow", rule: "paths.write: content/**" });
    expect(decidePath(rules(), "content/a.pem")).toEqual({ verdict: "denied", rule: "org never-list: **/*.pem" });
    expect(decidePath(rules(), "CLAUDE.md")).toEqual({ verdict: "denied", rule: "always denied: **/CLAUDE.md" });
  });
});

describe("rules", () => {
  test("take the team's paths and the organisation's never-list", () => {
    expect(resolveRules(POLICY, "marketing", "ACME/Website")).toMatchObject({
      repository: "acme/website",
      write: ["content/**", "public/**"],
      never: ["**/*.pem"],
    });
    expect(resolveRules(POLICY, "marketing", "acme/billing")).toBeUndefined();
    expect(resolveRules(POLICY, "sales", "acme/website")).toBeUndefined();
  });

  test("never exceed a ceiling, however much a team asks for", () => {
    const greedy = { ...MARKETING, limits: { run: { time: 99_000_000 } } };
    const resolved = resolveRules({ version: "p", org: ORG, teams: [greedy] }, "marketing", "acme/website");
    expect(resolved?.limits.timeMs).toBe(3_600_000);
  });

  test("somebody unmatched needs one vote more than either version asks for", () => {
    const current = resolveRules(POLICY, "marketing", "acme/website")!;
    const pinned = { ...current, votesRequired: 2 };
    const now = (votesRequired: number) => ({ ...current, votesRequired });
    expect(votesNeeded(pinned, now(1), "linear:ann")).toBe(2);
    expect(votesNeeded(pinned, now(2), "linear:ann")).toBe(3);
    expect(votesNeeded(pinned, now(2), "slack:U0ANN")).toBe(2);
  });

  test("of two versions are the stricter of each", () => {
    const pinned = rules({ votesRequired: 2, limits: { timeMs: 10, files: 5, lines: 100 } });
    const current = rules({ never: ["secret/**"], limits: { timeMs: 20, files: 3, lines: 200 } });
    expect(stricter(pinned, current)).toMatchObject({
      votesRequired: 2,
      never: ["**/*.pem", "secret/**"],
      limits: { timeMs: 10, files: 3, lines: 100 },
    });
  });
});
