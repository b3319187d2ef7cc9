// What every card is drawn from: the run as read in one snapshot, the names behind its ids, and where other cards stand.
import { shortSeal } from "../core/seal.ts";
import { clip, countOf, oneLine } from "../core/text.ts";
import { turnOf } from "../core/run-moves.ts";
import type { Change, RunView, Turn } from "../ports.ts";
import { escapeText } from "./plain-text.ts";
import { link, safe, type Block } from "./blocks.ts";

export interface Names {
  /** A person's name for an id, or the text itself where it is a name already. Not escaped. */
  readonly person: (idOrName: string) => string;
  /** `@web-owners` for a user group's id. */
  readonly group: (id: string) => string;
}

export interface Wake {
  readonly people: readonly string[];
  readonly groups: readonly string[];
}

export interface Scene {
  readonly view: RunView;
  readonly names: Names;
  /** Addresses of cards that were posted, by slot. */
  readonly cardLinks: ReadonlyMap<string, string>;
  /** Whom a card that waits for a decision wakes. */
  readonly owners: Wake;
}

/** A message as it should stand. `wakes` is part of the post alone: an edit wakes nobody and says so by leaving it out. */
export interface Face {
  readonly text: string;
  readonly blocks: readonly Block[];
  readonly wakes?: Block;
}

const NOTICE_LIMIT = 110;

/** What a phone shows: the wanted act first, then the title. */
export function notice(lead: string, title = ""): string {
  const whole = title === "" ? oneLine(lead) : `${oneLine(lead)}: ${oneLine(title)}`;
  return escapeText(clip(whole, NOTICE_LIMIT));
}

/** An instant in the reader's own time zone; mrkdwn only. */
export function when(atMs: number): string {
  const at = new Date(atMs);
  const utc = `${at.toUTCString().slice(0, 11).replace(",", "")} ${at.toISOString().slice(11, 16)}`;
  return `<!date^${Math.floor(atMs / 1000)}^{date_short_pretty} {time}|${utc} UTC>`;
}

export function minutes(ms: number): string {
  return `${Math.max(0, Math.round(ms / 60_000))} min`;
}

export function seconds(ms: number): string {
  return ms < 950 ? "under 1 s" : `${Math.round(ms / 1000)} s`;
}

export function days(ms: number): string {
  const whole = Math.round(ms / 86_400_000);
  return whole >= 1 ? countOf(whole, "day") : countOf(Math.max(1, Math.round(ms / 3_600_000)), "hour");
}

export function person(scene: Scene, idOrName: string): string {
  return safe(scene.names.person(idOrName), 60);
}

export function people(scene: Scene, ids: readonly string[]): string {
  return ids.map((id) => person(scene, id)).join(", ");
}

export function groups(names: Names, ids: readonly string[]): string {
  return ids.length === 0 ? "an owner" : ids.map((id) => safe(names.group(id), 60)).join(" or ");
}

export function runLabel(scene: Scene): string {
  return `run ${scene.view.run.id}`;
}

export function detailsLink(scene: Scene): string | undefined {
  return scene.view.detailsUrl === undefined ? undefined : link(scene.view.detailsUrl, "Details");
}

export function sealLabel(change: Pick<Change, "seal">): string | undefined {
  return change.seal === undefined ? undefined : `seal ${shortSeal(change.seal)}`;
}

/** True as long as no pull request of this run exists. */
export function nothingReached(scene: Scene): boolean {
  return scene.view.run.pullRequest === undefined;
}

export function keptSentence(scene: Scene): string {
  return nothingReached(scene) ? "nothing reached GitHub" : "the open pull request is as it was";
}

export function currentTurn(scene: Scene): Turn | undefined {
  const number = turnOf(scene.view.run.state);
  return scene.view.turns.find((turn) => turn.turn === number) ?? scene.view.turns.at(-1);
}

export function findChange(scene: Scene, number: number): Change | undefined {
  return scene.view.changes.find((change) => change.number === number);
}

/** Where the change goes, as people say it. */
export function repositoryLine(scene: Scene): string | undefined {
  const { rules, repository } = scene.view.run;
  const name = repository?.fullName ?? rules?.repository;
  const base = rules?.base ?? repository?.defaultBranch;
  if (name === undefined) return undefined;
  return base === undefined ? safe(name) : `${safe(name)}, ${safe(base, 60)}`;
}
