import { expect, test } from "vitest";
import { issueKeysIn, namesKey } from "../../src/core/issue.ts";

test.each<[string, string, readonly string[]]>([
  ["a key", "fix ENG-123 please", ["ENG-123"]],
  ["a key at the end, with a full stop", "see ENG-123.", ["ENG-123"]],
  ["a key in brackets", "(ENG-123)", ["ENG-123"]],
  ["a link", "https://linear.app/acme/issue/ENG-123/login-loops", ["ENG-123"]],
  ["a link without a title", "https://linear.app/acme/issue/ENG-123", ["ENG-123"]],
  ["a link in angle brackets, as Slack writes it", "<https://linear.app/acme/issue/ENG-123/x|ENG-123>", ["ENG-123"]],
  ["links before keys", "not OPS-7 but https://linear.app/acme/issue/ENG-123/x", ["ENG-123", "OPS-7"]],
  ["each once", "ENG-1 and ENG-1 again", ["ENG-1"]],
  ["three at most", "A-1 B-2 C-3 D-4", ["A-1", "B-2", "C-3"]],
  ["keys with digits in the team's part", "E2E-4", ["E2E-4"]],
  ["what only looks like one: whether it is there, the tracker says", "UTF-8 and ISO-8859", ["UTF-8", "ISO-8859"]],
  ["no key in small letters", "eng-123", []],
  ["no key that is part of a word", "xENG-123 ENG-123a ENG-123-4", []],
  ["no key in a path or a branch", "agent/ENG-123 feature.ENG-123", []],
  ["no number that begins with nought", "ENG-0 ENG-012", []],
  ["no number too long for one", "ENG-12345678", []],
  ["no team's part too long for one", "ABCDEFGHIJKL-1", []],
  ["no link of another host", "https://linear.app.evil.example.com/acme/issue/ENG-1/x", []],
  ["nothing in nothing", "", []],
])("finds %s", (_what, text, keys) => {
  expect(issueKeysIn(text)).toEqual(keys);
});

test.each<[string, string, boolean]>([
  ["a branch", "agent/marketing/7kq2zz-mkt-90-raise-the-price", true],
  ["a title", "MKT-90 Raise the price", true],
  ["a description", "Fixes MKT-90", true],
  ["a longer number", "MKT-905", false],
  ["a longer team", "XMKT-90", false],
  ["the longer one first, then the key", "MKT-905 and mkt-90.", true],
  ["nothing", "", false],
])("%s names a key, or does not", (_what, text, names) => {
  expect(namesKey(text, "MKT-90")).toBe(names);
});

test("a long text that almost names keys is read to its end", () => {
  expect(issueKeysIn(`${"A-".repeat(200_000)} ENG-1`)).toEqual(["ENG-1"]);
  expect(issueKeysIn(`${"https://linear.app/".repeat(20_000)} ENG-2`)).toEqual(["ENG-2"]);
});
