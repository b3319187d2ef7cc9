import { expect, test } from "vitest";
import { parseAsk, parseCommand, sortMention, type Command, type MentionSort } from "../../src/core/request.ts";
import { cleanText, clip, hidesText, slugOf, titleOf } from "../../src/core/text.ts";

test.each<[string, string, Command]>([
  ["nothing opens the form", "", { kind: "form", prefill: "" }],
  ["one word that is no command opens the form with it", "hlep", { kind: "form", prefill: "hlep" }],
  ["two words open the form with them", "status page", { kind: "form", prefill: "status page" }],
  ["three words start a run", "status page broken", { kind: "run", ask: { text: "status page broken" } }],
  ["help alone is a command", "help", { kind: "help" }],
  [
    "a reserved word with more words is a request",
    "help the footer links",
    { kind: "run", ask: { text: "help the footer links" } },
  ],
  ["status alone", "status", { kind: "status" }],
  ["status of a run, whatever the case", "status 7kq2mx", { kind: "status", runId: "7KQ2MX" }],
  ["stop of a run", "stop 7KQ2MX", { kind: "stop", runId: "7KQ2MX" }],
  ["stop with what is no run id opens the form", "stop everything", { kind: "form", prefill: "stop everything" }],
  ["what is not here yet says so", "can-i", { kind: "not-yet", word: "can-i" }],
  [
    "team and repository are taken out of the text",
    "--team web fix the --repo acme/site footer links",
    { kind: "run", ask: { text: "fix the  footer links", team: "web", repository: "acme/site" } },
  ],
])("%s", (_says, text, expected) => {
  expect(parseCommand(text)).toEqual(expected);
});

test("flags may use an equals sign and stand at the end", () => {
  expect(parseAsk("change the price --repo=acme/site")).toEqual({ text: "change the price", repository: "acme/site" });
});

test.each<[string, string, object]>([
  ["with a space", "--issue ENG-4 fix it", { text: "fix it", issue: "ENG-4" }],
  ["with an equals sign, in small letters", "fix it --issue=eng-4", { text: "fix it", issue: "ENG-4" }],
  [
    "beside the others",
    "--team web --issue ENG-4 --repo a/b fix",
    { text: "fix", team: "web", repository: "a/b", issue: "ENG-4" },
  ],
  ["the last of two", "--issue ENG-4 --issue ENG-5 fix", { text: "fix", issue: "ENG-5" }],
  ["not without a value", "fix it --issue", { text: "fix it --issue" }],
  ["not as part of a word", "the--issue ENG-4 stays", { text: "the--issue ENG-4 stays" }],
])("an issue is named by its flag: %s", (_how, text, expected) => {
  expect(parseAsk(text)).toEqual(expected);
});

test.each<[string, MentionSort]>([
  ["thanks", "thanks"],
  ["Thank you so much", "thanks"],
  ["ok", "thanks"],
  ["👍", "thanks"],
  ["great, thanks!", "thanks"],
  ["", "thanks"],
  ["why did you change the footer?", "question"],
  ["warum？", "question"],
  ["make it 49 instead", "change"],
  ["ok but make it 49", "change"],
  ["thanks, and now change the title", "change"],
])("a mention that says %j is %s", (text, expected) => {
  expect(sortMention(text)).toBe(expected);
});

test("ANSI, bidi and invisible characters never reach a reader", () => {
  const hostile = "\u001b[31mred\u001b[0m \u202egnp.exe\u2066 a\u200bb\u0007 \u001b]0;title\u0007end";
  expect(cleanText(hostile)).toBe("red gnp.exe ab end");
  expect(hidesText(hostile)).toBe(true);
  expect(hidesText("plain\r\ntext")).toBe(false);
});

test("a title is the first line that says something, at most 80 characters", () => {
  expect(titleOf("\n\n  fix the failing test\nmore")).toBe("Fix the failing test");
  expect(titleOf("x".repeat(200))).toHaveLength(80);
  expect(titleOf("\u200b\n ")).toBe("(no text)");
});

test("clipping never leaves half a character", () => {
  expect(clip("ab😀cd", 4).isWellFormed()).toBe(true);
  expect(clip("short", 10)).toBe("short");
});

test.each([
  ["Fix the failing test", "fix-the-failing-test"],
  ["Ünïcode & <script>", "u-ni-code-script"],
  ["日本語", "change"],
])("the branch part of %j is %j", (title, slug) => {
  expect(slugOf(title)).toBe(slug);
});
