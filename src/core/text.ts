// Text by people, agents and repositories is hostile until cleaned: no ANSI, no bidi tricks, no invisible characters.

const ANSI = /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g;
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;
const BIDI_OR_INVISIBLE =
  /[\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** Text safe to show anywhere: ANSI sequences, control, bidi and invisible characters removed; line ends are `\n`. */
export function cleanText(text: string): string {
  return text
    .replace(/\r\n?/g, "\n")
    .replace(ANSI, "")
    .replace(CONTROL, "")
    .replace(BIDI_OR_INVISIBLE, "")
    .toWellFormed();
}

/** True where `cleanText` would hide something from a reader of the raw text (ANSI, bidi, invisible characters). */
export function hidesText(text: string): boolean {
  return cleanText(text) !== text.replace(/\r\n?/g, "\n").toWellFormed();
}

const GAP = "\u200b";

/**
 * What other services would turn into a mention, a reference or a link is broken by a space of no width: it reads the same
 * and does nothing. Clean the text first.
 */
export function breakLinks(text: string): string {
  return text
    .replace(/@(?=[A-Za-z0-9_-])/g, `@${GAP}`)
    .replace(/#(?=\d)/g, `#${GAP}`)
    .replace(/\b(GH)-(?=\d)/gi, `$1-${GAP}`)
    .replace(/:\/\//g, `:${GAP}//`)
    .replace(/\]\(/g, `]${GAP}(`)
    .replace(/\b(www|mailto)([.:])/gi, `$1${GAP}$2`);
}

/** Cleaned, on one line. */
export function oneLine(text: string): string {
  return cleanText(text).replace(/\s+/g, " ").trim();
}

/** At most `limit` characters, cut between code points, with an ellipsis that counts. */
export function clip(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const cut = text.slice(0, Math.max(0, limit - 1));
  return `${cut
    .toWellFormed()
    .replace(/\ufffd$/, "")
    .trimEnd()}…`;
}

/** First line of what was asked, 80 characters at most: the title of a run everywhere. */
export function titleOf(text: string): string {
  const first = cleanText(text)
    .split("\n")
    .map((line) => line.trim())
    .find((line) => line !== "");
  return first === undefined ? "(no text)" : clip(first.charAt(0).toUpperCase() + first.slice(1), 80);
}

/** Lower-case words of a title joined by `-`, for a branch name; at most 40 characters, never empty. */
export function slugOf(title: string): string {
  const words = title
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 40)
    .replace(/^-+|-+$/g, "");
  return words === "" ? "change" : words;
}

/** `1 file`, `2 files`. */
export function countOf(count: number, singular: string): string {
  return `${count} ${count === 1 ? singular : `${singular}s`}`;
}
