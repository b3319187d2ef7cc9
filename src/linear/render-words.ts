// Pieces of sentences that several activities share.
import { totalsOf, type ChangedFile } from "../core/change.ts";
import { shortSeal } from "../core/seal.ts";
import { countOf } from "../core/text.ts";
import type { CheckResult } from "../core/verification.ts";
import type { Change, RunView } from "../ports.ts";
import { code, inert } from "./markdown.ts";

/** The name of a person, from an id or a name as the state keeps it. */
export function personName({ run, turns, votes }: RunView, idOrName: string): string {
  const known = [run.request.requester, ...turns.map((turn) => turn.author), ...votes.map((vote) => vote.person)];
  const found = known.find((each) => each.id === idOrName)?.name;
  const isId = /^(?:slack|linear):/.test(idOrName);
  return inert(found ?? (isId ? "an owner" : idOrName), 60);
}

export function peopleNames(view: RunView, ids: readonly string[]): string {
  return ids.map((id) => personName(view, id)).join(" and ");
}

export function sizeOf(files: readonly ChangedFile[]): string {
  const { added, removed } = totalsOf(files);
  return `${countOf(files.length, "file")}, +${added} −${removed}`;
}

const FILES_SHOWN = 8;

export function listFiles(files: readonly ChangedFile[]): string {
  const shown = files.slice(0, FILES_SHOWN).map(({ path, added, removed }) => {
    const lines = added === null || removed === null ? "not readable as text" : `+${added} −${removed}`;
    return `${code(path)} ${lines}`;
  });
  const left = files.length - shown.length;
  return [...shown, ...(left > 0 ? [countOf(left, "more file")] : [])].join(" · ");
}

const CHECK_WORDS: Readonly<Record<Exclude<CheckResult["status"], "passed">, string>> = {
  failed: "failed",
  timed_out: "ran out of time",
  could_not_run: "could not run",
};

export function checkLine(check: CheckResult): string {
  const name = inert(check.name, 60);
  if (check.status === "passed") return `✓ ${name}${check.before === "failed" ? " (failed before)" : ""}`;
  return `✗ ${name} ${CHECK_WORDS[check.status]}${check.required ? "" : " (not required)"}`;
}

export function versionLabel(change: Change): string {
  return `version ${change.number}${change.seal === undefined ? "" : ` · seal ${shortSeal(change.seal)}`}`;
}

export function keptSentence({ run }: Pick<RunView, "run">): string {
  return run.pullRequest === undefined ? "Nothing reached GitHub." : "The open pull request is as it was.";
}
