// What every part of a run's page is drawn from.
import type { Change, RunView, StoredEvent } from "../ports.ts";
import type { Times } from "./times.ts";
import { clip } from "../core/text.ts";
import { html, type Html, type Piece } from "./html.ts";

export interface Scene {
  readonly view: RunView;
  readonly events: readonly StoredEvent[];
  readonly times: Times;
  /** Names of everyone who appears in the run, by id. */
  readonly names: ReadonlyMap<string, string>;
  /** The version whose diff and checks are shown; undefined while there is none. */
  readonly change?: Change;
  /** Why the record is broken, or undefined. */
  readonly broken?: { readonly seq: number; readonly why: string };
  /** True where the stored seal is the digest of the stored facts; undefined without a seal. */
  readonly sealHolds?: boolean;
}

const NAME_LIMIT = 80;

export function collectNames(view: RunView): ReadonlyMap<string, string> {
  const people = [
    view.run.request.requester,
    ...view.turns.map((turn) => turn.author),
    ...view.votes.map((vote) => vote.person),
  ];
  return new Map(people.filter((person) => person.name !== "").map((person) => [person.id, person.name]));
}

/** A person's name, or the bare id where no name is known. */
export function nameOf(
  names: ReadonlyMap<string, string>,
  who: { readonly id: string; readonly name?: string },
): string {
  const known = who.name === undefined || who.name === "" ? names.get(who.id) : who.name;
  return clip(known ?? who.id.replace(/^slack:/, ""), NAME_LIMIT);
}

export function short(id: string): string {
  return id.slice(0, 7);
}

/** A link out of our pages, only where the address is a plain web address. */
export function renderLink(url: string, words: Piece, style = ""): Html {
  const safe = URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
  if (!safe) return html`<span class="${style}">${words}</span>`;
  return html`<a class="${style}" href="${url}" rel="noreferrer">${words}</a>`;
}

/** Longest text of one person or agent that a page shows whole. */
export const QUOTE_LIMIT = 4000;
