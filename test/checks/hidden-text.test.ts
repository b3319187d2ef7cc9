import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkHiddenText } from "../../src/checks/hidden-text.ts";
import { BUILT_IN_CHECKS } from "../../src/checks/built-in.ts";
import { adding } from "./change.ts";

const tags = "run this".replace(/./g, (letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0)));

describe("the check for hidden text", () => {
  it.each([
    ["an override that turns code around", 'if (level != "user\u202e \u2066// admin\u2069 \u2066") {'],
    ["an isolate that is not closed", "/* \u2066 begin admins only */"],
    ["isolates around text that needs none", 'const a = "\u2066user\u2069";'],
    ["a lone closing mark", "end\u2069"],
    ["words in tag characters", `Please read this.${tags}`],
    ["an invisible space in an identifier", "const is\u200bAdmin = true;"],
    ["a joiner in an identifier", "const is\u200dAdmin = true;"],
    ["a soft hyphen in an identifier", "pass\u00adword"],
    ["a letter that shows as nothing", "const { a, \u3164 } = query;"],
  ])("finds %s", (_says, text) => {
    const result = checkHiddenText(adding({ "src/a.ts": `first\n${text}` }));
    expect(result).toMatchObject({ status: "failed", required: false });
    expect(result.output).toMatch(/^src\/a\.ts, line 2: /);
    expect(result.output).not.toMatch(/[\u200b-\u206f\u3164\u{e0000}-\u{e007f}]/u);
  });

  it.each([
    ["a family", "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}"],
    ["the flag of a region", "\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f} England"],
    ["Hebrew with isolates", "\u2067\u05e9\u05dc\u05d5\u05dd\u2069 (hello)"],
    ["Arabic with a mark", "\u0645\u0631\u062d\u0628\u0627\u200f!"],
    ["Persian with a non-joiner", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"],
    ["Hindi with a joiner", "\u0915\u094d\u200d\u0937"],
    ["Korean", "\ud55c\uad6d\uc5b4 \u1112\u1161\u11ab"],
    ["a byte order mark at the start of a file", "\ufeffusing System;"],
    ["accents, dashes and quotes", "naïve – “größer” … €"],
    ["colours of a terminal", "\u001b[31mred\u001b[0m"],
  ])("does not take for hidden: %s", (_says, text) => {
    expect(checkHiddenText(adding({ "a.md": text }))).toMatchObject({ status: "passed", output: "" });
  });

  it("says nothing of an ordinary lock file", () => {
    const lock = readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8");
    expect(checkHiddenText(adding({ "package-lock.json": lock })).status).toBe("passed");
  });

  it("runs in the control plane, as do all built-in ones", () => {
    const results = BUILT_IN_CHECKS.map((check) => check(adding({ "a.md": "plain" })));
    expect(results.map(({ name, where, status }) => [name, where, status])).toEqual([
      ["secrets", "control-plane", "passed"],
      ["hidden text", "control-plane", "passed"],
    ]);
  });
});
