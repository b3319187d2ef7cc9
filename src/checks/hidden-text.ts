// Characters in added lines that make text read differently from what it is: reordering ones, and invisible ones in words.
import type { ChangedFile } from "../core/change.ts";
import type { CheckResult } from "../core/verification.ts";
import { addedLines, type AddedLine } from "./added-lines.ts";
import { resultOf, type Finding } from "./finding.ts";

const EMBEDDINGS = /[\u202a\u202b\u202d\u202e\u2066-\u2068]/gu;
const CLOSINGS = /[\u202c\u2069]/gu;
const OVERRIDES = /[\u202d\u202e]/u;
const RIGHT_TO_LEFT_LETTER = /\p{Script=Hebrew}|\p{Script=Arabic}|\p{Script=Syriac}|\p{Script=Thaana}|\p{Script=Nko}/u;
// Tags spell out words nobody sees; only the flags of regions are written with them.
const TAGS = /[\u{e0000}-\u{e007f}]/u;
const REGION_FLAG = /\u{1f3f4}[\u{e0061}-\u{e007a}\u{e0030}-\u{e0039}]{2,6}\u{e007f}/gu;
const IN_A_WORD = /[A-Za-z0-9_$][\u00ad\u180e\u200b-\u200d\u2060-\u2064\ufeff]+[A-Za-z0-9_$]/u;
const BLANK_LETTERS = /[\u115f\u1160\u3164\uffa0]/u;

const RULES: readonly (readonly [string, (text: string) => boolean])[] = [
  ["characters that reorder the text on the screen", reorders],
  ["text written in invisible tag characters", (text) => TAGS.test(text.replace(REGION_FLAG, ""))],
  ["an invisible character inside a word", (text) => IN_A_WORD.test(text)],
  ["a letter that shows as nothing", (text) => BLANK_LETTERS.test(text) && !/[\u1100-\u11ff\uac00-\ud7af]/u.test(text)],
];

/** Shown to whoever decides, and does not block: languages written from right to left need some of these rightly. */
export function checkHiddenText(change: {
  readonly files: readonly ChangedFile[];
  readonly diff: string;
}): CheckResult {
  const lines = addedLines(change.diff);
  const findings = lines.flatMap(findingsIn);
  const command = "looks for text in added lines that reads differently from what it is";
  return resultOf({ name: "hidden text", command, blocks: false, files: change.files, lines, findings });
}

function findingsIn(line: AddedLine): readonly Finding[] {
  return RULES.filter(([, holds]) => holds(line.text)).map(([what]) => ({ path: line.path, line: line.line, what }));
}

/** Well-formed isolates around text that is written from right to left are what these characters are for. */
function reorders(text: string): boolean {
  const opened = [...text.matchAll(EMBEDDINGS)].length;
  const closed = [...text.matchAll(CLOSINGS)].length;
  if (opened === 0) return closed > 0;
  return OVERRIDES.test(text) || opened !== closed || !RIGHT_TO_LEFT_LETTER.test(text);
}
