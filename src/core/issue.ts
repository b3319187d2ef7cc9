// An issue of the tracker as the rules see it, and how text names one.
import { z } from "zod";

export const issueSchema = z.object({
  /** The tracker's own id; the identifier changes when an issue moves to another team. */
  id: z.string().min(1),
  /** What people say: `ENG-123`. */
  identifier: z.string().min(1),
  /** Somebody's words: data, never a prompt. */
  title: z.string(),
  url: z.string(),
  teamId: z.string(),
  teamKey: z.string(),
});
export type Issue = z.infer<typeof issueSchema>;

/** What routing may need beyond an issue's own words. */
export interface IssueFacts extends Issue {
  /** Canceled, archived or deleted: nothing is to be done about it. */
  readonly over: boolean;
  readonly project?: string;
  readonly labels: readonly string[];
}

const KEY = /(?<![\w/.-])([A-Z][A-Z0-9]{0,9}-[1-9]\d{0,6})(?![\w-])/g;
const LINK = /https:\/\/linear\.app\/[\w-]+\/issue\/([A-Z][A-Z0-9]{0,9}-[1-9]\d{0,6})\b/g;
const NAMED_AT_MOST = 3;

/** Keys that look like an issue's, links first; whether one exists, the tracker alone says (UTF-8 looks like one too). */
export function issueKeysIn(text: string): readonly string[] {
  const keys = [...text.matchAll(LINK), ...text.matchAll(KEY)].map((match) => match[1] ?? "");
  return [...new Set(keys)].slice(0, NAMED_AT_MOST);
}

/** Whether text (a branch, a title, a description) names exactly this key: `MKT-90` does not name `MKT-905`. */
export function namesKey(text: string, key: string): boolean {
  const at = text.toUpperCase();
  const wanted = key.toUpperCase();
  const isPart = (character: string | undefined): boolean => character !== undefined && /[A-Z0-9]/.test(character);
  if (wanted === "") return false;
  for (let from = at.indexOf(wanted); from !== -1; from = at.indexOf(wanted, from + 1)) {
    if (!isPart(at[from - 1]) && !isPart(at[from + wanted.length])) return true;
  }
  return false;
}
