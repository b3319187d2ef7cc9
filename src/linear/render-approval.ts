// What an owner decides on, where there is no card: the change in a few lines, its warnings, and the exact words to choose.
import { topOfDiff } from "../core/diff-top.ts";
import { judgeChecks } from "../core/verification.ts";
import { secretsInSandbox } from "../core/policy.ts";
import type { InPhase } from "../core/run-state.ts";
import { countOf, hidesText } from "../core/text.ts";
import type { Change, RunView } from "../ports.ts";
import { inert, printed, quoted, when } from "./markdown.ts";
import { checkLine, listFiles, peopleNames, sizeOf, versionLabel } from "./render-words.ts";

type Waiting = InPhase<"awaiting_approval">;

export function renderApproval(view: RunView, change: Change, state: Waiting): string {
  const { run } = view;
  const blocking = blockingLines(change, state);
  const warnings = warningLines(change, state);
  const head = blocking.length > 0 ? "Can't be approved yet" : "Ready for approval";
  const needed = run.rules?.votesRequired ?? 1;
  const votes = state.approvals.length === 0 ? "" : ` ${peopleNames(view, state.approvals)} approved already.`;
  return [
    `**${head}** · ${inert(run.title, 80)}`,
    ...blocking,
    ...warnings,
    `${sizeOf(change.files)}, ${inert(run.repository?.fullName ?? "", 100)}, into ${inert(change.baseBranch, 60)}: ${listFiles(change.files)}`,
    ...diffLines(change),
    change.checks.length === 0
      ? "⚠ No checks are set up for this repository."
      : change.checks.map(checkLine).join(" · "),
    ...(change.said.trim() === "" ? [] : [quoted(`The agent says: ${change.said}`, 500)]),
    sandboxLine(view),
    `Needs ${countOf(needed, "owner")}, until ${when(state.expiresAtMs)}.${votes} This is ${versionLabel(change)} · run ${run.id}. The whole diff is with the card in Slack and on the run's page. Only an owner's choice counts; words decide nothing.`,
  ].join("\n\n");
}

/** Enough to decide a small change by; the rest is with the card in Slack. */
function diffLines(change: Change): readonly string[] {
  const { text, left } = topOfDiff(change.diff);
  if (text === "") return [];
  const more = left > 0 ? `\n… ${countOf(left, "more line")}` : "";
  return [printed(`${text}${more}`)];
}

function sandboxLine({ run }: RunView): string {
  const hosts = run.rules?.network.agent ?? [];
  const secrets = run.rules === undefined ? [] : secretsInSandbox(run.rules.agent);
  const network = hosts.length === 0 ? "none but the model" : hosts.map((host) => inert(host, 60)).join(", ");
  return `Agent's network: ${network} · secrets in the sandbox: ${secrets.length === 0 ? "none" : secrets.join(", ")}`;
}

function blockingLines(change: Change, state: Waiting): readonly string[] {
  if (state.conflict === true)
    return [`✗ Can't be approved: ${noteOf(state, "the base branch changed the same lines")}.`];
  const { blocking } = judgeChecks(change.checks);
  if (blocking.length > 0) return blocking.map((check) => `✗ Can't be approved yet: ${checkLine(check).slice(2)}.`);
  return state.approvable ? [] : [`✗ Can't be approved yet: ${noteOf(state, "something about it no longer holds")}.`];
}

function warningLines(change: Change, state: Waiting): readonly string[] {
  const unreadable = change.files.filter((file) => file.added === null).length;
  const { behind } = state;
  return [
    ...(behind === undefined
      ? []
      : [
          `⚠ ${inert(change.baseBranch, 60)} has ${countOf(behind.commits, "newer commit")}, ${behind.touched.length === 0 ? "none in these files" : `${behind.touched.length} of these files changed there too`}.`,
        ]),
    ...(state.note !== undefined && state.approvable ? [`⚠ Earlier approvals are void: ${noteOf(state, "")}.`] : []),
    ...change.checks
      .filter((check) => check.changedFiles.length > 0)
      .map(
        (check) =>
          `⚠ The change touches ${countOf(check.changedFiles.length, "file")} that ${inert(check.name, 60)} is made of; it ran with the old ones.`,
      ),
    ...(unreadable > 0 ? [`⚠ ${countOf(unreadable, "file")} can't be read as text.`] : []),
    ...(hidesText(change.diff) ? ["⚠ The diff holds hidden or direction-changing characters."] : []),
    ...(change.diffCut ? ["⚠ The diff is longer than what is kept for reading."] : []),
  ];
}

function noteOf(state: Waiting, otherwise: string): string {
  return state.note === undefined ? otherwise : inert(state.note, 200).replace(/\.$/, "");
}
