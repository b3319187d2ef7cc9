// Every page is built of these pieces: what is put into a template is cleaned, stripped of token shapes and escaped, always.
import { cleanText } from "../core/text.ts";
import { hideTokens } from "./hide.ts";

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Outside text as it may be shown: no invisible or control characters, nothing that has the shape of a credential. */
function shown(text: string): string {
  return hideTokens(cleanText(text));
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? "");
}

/** Finished markup. Only `html` and `markup` make it, so that stored data can never pass for it. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type Piece = string | number | Html | undefined | readonly Piece[];

/** A template whose holes take outside text; nested pieces stay as they are, `undefined` leaves nothing. */
export function html(parts: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  let text = parts[0] ?? "";
  for (const [index, piece] of pieces.entries()) text += textOf(piece) + (parts[index + 1] ?? "");
  return new Html(text);
}

/** Markup of our own making, where a template would be in the way. Never called with outside text. */
export function markup(text: string): Html {
  return new Html(text);
}

function textOf(piece: Piece): string {
  if (piece === undefined) return "";
  if (piece instanceof Html) return piece.text;
  if (typeof piece === "string") return escapeHtml(shown(piece));
  if (typeof piece === "number") return String(piece);
  return piece.map(textOf).join("");
}

/** Pieces with ` · ` between those that say something. */
export function dotted(pieces: readonly Piece[]): Html {
  const said = pieces.filter((piece) => piece !== undefined && piece !== "");
  return html`${said.map((piece, index) => (index === 0 ? piece : html` · ${piece}`))}`;
}
