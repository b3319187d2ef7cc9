// The rules every activity of ours keeps, and the fixtures they are compared with.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect } from "vitest";
import type { ActivityContent } from "../../src/linear/content.ts";

export const folder = new URL("activities/", import.meta.url);
const updates = process.env["UPDATE_CARDS"] === "1";

/** Compares with the fixture of this name; `UPDATE_CARDS=1` writes it anew, to be formatted and looked at. */
export function expectFixture(name: string, value: unknown): void {
  const path = new URL(`${name}.json`, folder);
  const text = JSON.stringify(value, null, 2);
  if (updates) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, `${text}\n`);
  }
  expect(existsSync(path), `fixture ${name}.json`).toBe(true);
  expect(JSON.parse(text)).toEqual(JSON.parse(readFileSync(path, "utf8")));
}

export function textOf({ activity }: Pick<ActivityContent, "activity">): string {
  return activity.type === "action"
    ? [activity.action, activity.parameter, activity.result ?? ""].join("\n")
    : activity.body;
}

const INNER_WORDS = /\b(?:tree|ref|bundle|quarantine|epoch|surface|dispatch(?:ed)?|turn|grant|egress|artifact)\b/i;

/** An empty list means that it keeps them. */
export function judge(content: ActivityContent): readonly string[] {
  const text = textOf(content);
  const ours = text.replace(/^>.*$/gm, "").replace(/`[^`]*`/g, "");
  const { activity, ephemeral, options } = content;
  return [
    ...(text.trim() === "" ? ["it says nothing"] : []),
    ...(text.length > 6000 ? [`it has ${text.length} characters`] : []),
    ...(INNER_WORDS.test(ours) ? [`inner word ${INNER_WORDS.exec(ours)?.[0]}`] : []),
    ...(/!(?!\[)/.test(ours) ? ["an exclamation mark"] : []),
    ...(/\b(?:oops|sorry|apolog)/i.test(ours) ? ["an apology"] : []),
    ...(/[✓✗⚠](?!\s?[\p{L}\p{N}])/u.test(ours) ? ["an icon without a word"] : []),
    ...(ephemeral && activity.type !== "thought" && activity.type !== "action" ? ["only those pass"] : []),
    ...(options.length > 0 && activity.type !== "elicitation" ? ["options without a question"] : []),
    ...(new Set(options).size < options.length ? ["two options alike"] : []),
  ];
}
