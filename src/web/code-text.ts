// One line of code or output as it is: what a reader could not see is drawn, nothing is left out unsaid.
import { html, markup, escapeHtml, type Html } from "./html.ts";

const UNSEEN =
  /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028\u2029\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e007f}]|[\ud800-\udfff]/gu;

const LINE_LIMIT = 2000;

/** True where a line holds characters nobody would see. A line end of another system is none. */
export function hasUnseen(text: string): boolean {
  return text.replace(/\r$/, "").search(UNSEEN) !== -1;
}

/** The line with every unseen character drawn as its code point. */
export function renderCode(text: string): Html {
  const safe = text.length > LINE_LIMIT ? text.slice(0, LINE_LIMIT) : text;
  const drawn = [];
  let from = 0;
  for (const match of safe.matchAll(UNSEEN)) {
    drawn.push(escapeHtml(safe.slice(from, match.index)), drawUnseen(match[0]));
    from = match.index + match[0].length;
  }
  drawn.push(escapeHtml(safe.slice(from)));
  const rest = text.length - LINE_LIMIT;
  const cut = rest > 0 ? html`<span class="faint"> … ${rest} more characters</span>` : undefined;
  return html`${markup(drawn.join(""))}${cut}`;
}

function drawUnseen(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return `<span class="unseen" title="A character that does not show">U+${code}</span>`;
}

export interface WordChange {
  readonly before: string;
  readonly middle: string;
  readonly after: string;
}

/** What of two lines is equal at both ends; undefined where too little is for marking to help. */
export function compareWords(old: string, now: string): readonly [WordChange, WordChange] | undefined {
  if (old.length > LINE_LIMIT || now.length > LINE_LIMIT) return undefined;
  const shortest = Math.min(old.length, now.length);
  let head = 0;
  while (head < shortest && old[head] === now[head]) head += 1;
  let tail = 0;
  while (tail < shortest - head && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail += 1;
  const inWord = (text: string, at: number): boolean => /\w/.test(text[at - 1] ?? "") && /\w/.test(text[at] ?? "");
  while (head > 0 && (inWord(old, head) || inWord(now, head) || splitsPair(old, head))) head -= 1;
  while (
    tail > 0 &&
    (inWord(old, old.length - tail) || inWord(now, now.length - tail) || splitsPair(old, old.length - tail))
  )
    tail -= 1;
  if (head + tail === 0 || (old.slice(0, head) + old.slice(old.length - tail)).trim().length * 4 < shortest)
    return undefined;
  const cut = (text: string): WordChange => ({
    before: text.slice(0, head),
    middle: text.slice(head, text.length - tail),
    after: text.slice(text.length - tail),
  });
  return [cut(old), cut(now)];
}

function splitsPair(text: string, at: number): boolean {
  return /[\udc00-\udfff]/.test(text[at] ?? "");
}
