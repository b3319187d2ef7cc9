// A change in few lines: which files, what the checks say, the top of the diff.
import type { RichTextElement, RichTextSection } from "@slack/types";
import { totalsOf, type ChangedFile } from "../core/change.ts";
import { clip, countOf, oneLine } from "../core/text.ts";
import type { CheckResult } from "../core/verification.ts";
import { section, words, type Block } from "./blocks.ts";
import { seconds } from "./render-scene.ts";
import type { Change } from "../ports.ts";

const FILES_SHOWN = 8;

/** Paths are the agent's choice of words, so nothing parses them. */
export function renderFiles(change: Change): Block {
  const { added, removed } = totalsOf(change.files);
  const shown = change.files.slice(0, FILES_SHOWN).map(describeFile);
  const more = change.files.length - FILES_SHOWN;
  return {
    type: "rich_text",
    elements: [
      paragraph([words(`${countOf(change.files.length, "file")}, +${added} −${removed}`, { bold: true })]),
      ...shown.map((line) => paragraph([words(line)])),
      ...(more > 0 ? [paragraph([words(`… and ${countOf(more, "more file")}`)])] : []),
    ],
  };
}

function paragraph(elements: RichTextElement[]): RichTextSection {
  return { type: "rich_text_section", elements };
}

function describeFile(file: ChangedFile): string {
  const path = clip(oneLine(file.path), 100);
  const lines = file.added === null ? "binary" : `+${file.added} −${file.removed ?? 0}`;
  return `${path}  ${lines}${file.status === "modified" ? "" : ` (${file.status})`}`;
}

/** `✓ test, 31 s (failed before) · ✗ lint (not required)`; one line to a failing check. */
export function renderChecks(checks: readonly CheckResult[]): Block {
  if (checks.length === 0)
    return section("⚠ No checks are set up for this repository: nothing but the diff was looked at.");
  const passed = checks.filter((check) => check.status === "passed").map(describePassed);
  const others = checks.filter((check) => check.status !== "passed").map(describeOther);
  return section([...others, ...(passed.length === 0 ? [] : [passed.join(" · ")])].join("\n"));
}

function describePassed(check: CheckResult): string {
  const took = check.where === "sandbox" ? `, ${seconds(check.durationMs)}` : "";
  return `✓ ${safeName(check)}${took}${check.before === "failed" ? " (failed before)" : ""}`;
}

function describeOther(check: CheckResult): string {
  const before = check.before === "failed" ? ", failed before too" : "";
  return `✗ ${safeName(check)} ${verdict(check)}${before}${check.required ? "" : " (not required)"}`;
}

export function verdict(check: CheckResult): string {
  switch (check.status) {
    case "passed":
      return "passes";
    case "failed":
      return check.exitCode === null ? "fails" : `fails (code ${check.exitCode})`;
    case "timed_out":
      return `ran out of time after ${seconds(check.durationMs)}`;
    case "could_not_run":
      return "could not run";
    default:
      return check.status satisfies never;
  }
}

/** Names come from policy: lower-case words and dashes. Ours are known by their names. */
export function safeName(check: Pick<CheckResult, "name">): string {
  return oneLine(check.name)
    .replace(/[<>&*~`]/g, "")
    .slice(0, 60);
}
