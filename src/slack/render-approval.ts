// The card an owner decides by, the line that points to it, and what both say afterwards.
import { topOfDiff } from "../core/diff-top.ts";
import { judgeChecks } from "../core/verification.ts";
import { secretsInSandbox } from "../core/policy.ts";
import { hidesText, countOf } from "../core/text.ts";
import type { InPhase } from "../core/run-state.ts";
import type { Change } from "../ports.ts";
import {
  actions,
  button,
  context,
  headline,
  link,
  preformatted,
  quote,
  section,
  wakes,
  safe,
  words,
  rich,
  type Block,
} from "./blocks.ts";
import { renderChecks, renderFiles, safeName, verdict } from "./render-diff.ts";
import {
  detailsLink,
  findChange,
  groups,
  minutes,
  notice,
  people,
  person,
  runLabel,
  sealLabel,
  when,
  type Face,
  type Scene,
} from "./render-scene.ts";

type Waiting = InPhase<"awaiting_approval">;

export function renderApproval(scene: Scene, change: Change, state: Waiting): Face {
  const { title } = scene.view.run;
  const blocking = blockingLines(change, state);
  const warnings = warningLines(change, state);
  const head = blocking.length > 0 ? "Can't be approved yet" : "Ready for approval";
  const owners = groups(scene.names, scene.view.run.rules?.ownerGroups ?? []);
  const asked = blocking.length > 0 ? "please look: it can't be approved as it is." : "please decide.";
  return {
    text: blocking.length > 0 ? notice("Can't be approved yet", title) : notice(approveNotice(scene, change)),
    blocks: [
      headline(head, title),
      ...aboutBlocks(scene, change),
      ...(blocking.length + warnings.length === 0 ? [] : [section([...blocking, ...warnings].join("\n"))]),
      ...changeBlocks(scene, change),
      context([
        ...votesLine(scene, state),
        `needs ${scene.view.run.rules?.votesRequired ?? 1} of ${owners}`,
        `until ${when(state.expiresAtMs)}`,
        sealLabel(change),
        runLabel(scene),
        detailsLink(scene),
      ]),
      ...actions(buttons(scene, state, { blocking, warnings })),
    ],
    wakes: wakes(scene.owners, asked),
  };
}

function approveNotice(scene: Scene, change: Change): string {
  const { run } = scene.view;
  const tail = `${countOf(change.files.length, "file")}, ${run.repository?.fullName ?? run.rules?.repository ?? ""}`;
  const room = 110 - "Approve? ".length - tail.length - 3;
  const title = run.title.length > room ? `${run.title.slice(0, Math.max(8, room - 1))}…` : run.title;
  return `Approve? ${title} · ${tail}`;
}

function aboutBlocks(scene: Scene, change: Change): readonly Block[] {
  const { run } = scene.view;
  return [
    context([
      `asked by ${person(scene, run.request.requester.id)}`,
      run.issue === undefined ? undefined : link(run.issue.url, run.issue.identifier),
      `${safe(run.repository?.fullName ?? run.rules?.repository ?? "")}, into ${safe(change.baseBranch, 60)}`,
      `version ${change.number}`,
    ]),
  ];
}

/** What an owner reads before deciding; it stays on the card after the decision. */
function changeBlocks(scene: Scene, change: Change): readonly Block[] {
  const top = topOfDiff(change.diff);
  const left = top.left > 0 || change.diffCut ? `\n… ${top.left > 0 ? countOf(top.left, "more line") : "more"}` : "";
  return [
    ...(change.said.trim() === "" ? [] : [quote(`The agent says: ${change.said}`, 400)]),
    renderFiles(change),
    ...(top.text === "" ? [] : [preformatted(`${top.text}${left}`)]),
    renderChecks(change.checks),
    context([networkLine(scene), scene.view.run.usedMs > 0 ? minutes(scene.view.run.usedMs) : undefined]),
  ];
}

function networkLine(scene: Scene): string {
  const { rules } = scene.view.run;
  const network = rules?.network;
  const setup = hostList(network?.setup ?? []);
  const agent = hostList(network?.agent ?? []);
  const secrets = rules === undefined ? [] : secretsInSandbox(rules.agent);
  return [
    agent === "" ? "agent's network: none but the model" : `agent's network: ${agent}`,
    ...(setup === "" ? [] : [`while installing: ${setup}`]),
    ...(secrets.length === 0 ? [] : [`in the sandbox: ${secrets.join(", ")}`]),
  ].join(" · ");
}

function hostList(hosts: readonly string[]): string {
  const shown = hosts.slice(0, 4).map((host) => safe(host, 60));
  return hosts.length > shown.length ? `${shown.join(", ")} and ${hosts.length - shown.length} more` : shown.join(", ");
}

function votesLine(scene: Scene, state: Waiting): readonly string[] {
  return state.approvals.length === 0 ? [] : [`✓ approved by ${people(scene, state.approvals)}`];
}

/** Why it cannot be approved; plain words, for the card and for the confirmation. */
function blockingLines(change: Change, state: Waiting): readonly string[] {
  const { blocking } = judgeChecks(change.checks);
  const failing = blocking.map((check) => `✗ Can't be approved yet: ${safeName(check)} ${verdict(check)}.`);
  if (state.conflict === true)
    return [`✗ Can't be approved: ${noteOf(state, "the base branch changed the same lines")}.`];
  if (failing.length > 0) return failing;
  return state.approvable ? [] : [`✗ Can't be approved yet: ${noteOf(state, "something about it no longer holds")}.`];
}

function noteOf(state: Waiting, otherwise: string): string {
  return state.note === undefined ? otherwise : safe(state.note, 200).replace(/\.$/, "");
}

function behindLine(branch: string, { commits, touched }: NonNullable<Waiting["behind"]>): string {
  const where = touched.length === 0 ? "none in these files" : `${touched.length} of these files changed there too`;
  return `⚠ ${safe(branch, 60)} has ${countOf(commits, "newer commit")}, ${where}.`;
}

function warningLines(change: Change, state: Waiting): readonly string[] {
  const touched = change.checks.filter((check) => check.changedFiles.length > 0);
  const unreadable = change.files.filter((file) => file.added === null).length;
  return [
    ...(state.behind === undefined ? [] : [behindLine(change.baseBranch, state.behind)]),
    ...(state.note !== undefined && state.approvable ? [`⚠ Earlier approvals are void: ${noteOf(state, "")}.`] : []),
    ...touched.map(
      (check) =>
        `⚠ The change touches ${countOf(check.changedFiles.length, "file")} that ${safeName(check)} is made of; it ran with the old ones.`,
    ),
    ...(unreadable > 0 ? [`⚠ ${countOf(unreadable, "file")} can't be read as text.`] : []),
    ...(hidesText(change.diff)
      ? ["⚠ The diff holds hidden or direction-changing characters; they are not shown here."]
      : []),
    ...(change.diffCut ? ["⚠ The diff is longer than what is kept for reading."] : []),
  ];
}

interface Lines {
  readonly blocking: readonly string[];
  readonly warnings: readonly string[];
}

function buttons(scene: Scene, state: Waiting, lines: Lines) {
  const run = scene.view.run.id;
  const about = { run, change: state.change };
  const rest = [
    button({ text: "Request changes", action: "request_changes", value: about }),
    button({ text: "Reject", action: "reject", value: about, style: "danger" }),
    button({ text: "Full diff", action: "full_diff", value: about }),
  ];
  if (state.conflict === true) return [button({ text: "Redo on today's base", action: "redo", value: about }), ...rest];
  if (lines.blocking.length > 0) {
    return [button({ text: "Send failure back", action: "send_failure_back", value: about }), ...rest];
  }
  const confirm = {
    title: "Approve with warnings?",
    text: lines.warnings.join(" "),
    yes: "Approve and open PR",
    no: "Not yet",
  };
  const approve = button({
    text: "Approve and open PR",
    action: "approve",
    value: { ...about, seal: state.seal },
    style: "primary",
    ...(lines.warnings.length === 0 ? {} : { confirm }),
  });
  return [approve, ...rest];
}

/** The card after its decision: buttons gone, the change kept. */
export function renderDecided(scene: Scene, change: Change, verdict: Verdict): Face {
  const { title } = scene.view.run;
  return {
    text: notice(verdict.notice, title),
    blocks: [
      headline(verdict.state, title),
      ...aboutBlocks(scene, change),
      verdict.line,
      ...changeBlocks(scene, change),
      context([sealLabel(change), runLabel(scene), detailsLink(scene)]),
    ],
  };
}

export interface Verdict {
  readonly state: string;
  readonly notice: string;
  readonly line: Block;
}

/** Two lines; all else goes. */
export function renderReplaced(scene: Scene, newer: number | undefined): Face {
  const { title } = scene.view.run;
  const url = newer === undefined ? undefined : scene.cardLinks.get(`approval:${newer}`);
  const label = `version ${newer ?? ""} →`;
  const next =
    newer === undefined
      ? "A newer version is on its way."
      : `Newer card: ${url === undefined ? label : link(url, label)}`;
  return {
    text: notice("Replaced by a newer version", title),
    blocks: [headline("Replaced", title), section(`The agent worked on it again. ${next}`)],
  };
}

/** What became of a change, or undefined while it waits. */
export function judgeVerdict(scene: Scene, change: Change): Verdict | undefined {
  const { state } = scene.view.run;
  const mine = "change" in state && state.change === change.number;
  if (mine && state.phase === "rejected") {
    const by = scene.names.person(state.by);
    return {
      state: "Not approved",
      notice: "Not approved",
      line: rich([
        words("✗ Rejected", { bold: true }),
        words(` by ${by}: ${state.reason.replace(/\s+/g, " ").slice(0, 500)}`),
      ]),
    };
  }
  if (mine && state.phase === "expired") {
    return {
      state: "Expired",
      notice: "Nobody decided in time",
      line: section("Nobody decided in time; it can no longer be approved."),
    };
  }
  if (mine && state.phase === "cancelled") {
    const did = state.why === "withdrawn" ? "Withdrawn" : "Stopped";
    return {
      state: did,
      notice: did,
      line: section(`${did} by ${person(scene, state.by)}; it can no longer be approved.`),
    };
  }
  if (mine && state.phase === "awaiting_approval") return undefined;
  return approvedVerdict(scene, change);
}

function approvedVerdict(scene: Scene, change: Change): Verdict | undefined {
  const { run, votes } = scene.view;
  const { state } = run;
  const mine = votes.filter((vote) => vote.change === change.number && vote.verdict === "approve");
  const needed = run.rules?.votesRequired ?? 1;
  const current = "change" in state && state.change === change.number;
  const decided = current && "approvals" in state && state.phase !== "awaiting_approval";
  const before = !current && run.pullRequest !== undefined && mine.length >= needed;
  if (!decided && !before) return undefined;
  const last = mine.at(-1);
  const names = people(scene, decided ? state.approvals : mine.map((vote) => vote.person.id));
  const at = last === undefined ? "" : `, ${when(last.atMs)}`;
  return {
    state: "Approved",
    notice: "Approved",
    line: section(`✓ Approved by ${names}${at} · ${nextOf(scene, change)}`),
  };
}

function nextOf(scene: Scene, change: Change): string {
  const { state, pullRequest } = scene.view.run;
  const current = "change" in state && state.change === change.number;
  if (current && state.phase === "approved" && state.held !== undefined) {
    return `not published yet: ${safe(state.held, 200)} The approval is kept.`;
  }
  if (pullRequest === undefined) return "opening the pull request";
  return link(pullRequest.url, `pull request #${pullRequest.number}`);
}

/** Two lines in the thread while the card itself stands in the review channel. */
export function renderPointer(scene: Scene, change: Change, reviewChannel: string): Face {
  const { title, state, rules } = { ...scene.view.run };
  const url = scene.cardLinks.get(`approval:${change.number}`);
  const verdict = judgeVerdict(scene, change);
  const latest = findChange(scene, change.number + 1) === undefined;
  const where = `<#${reviewChannel}>`;
  const card = url === undefined ? `version ${change.number}` : link(url, `version ${change.number}`);
  if (verdict !== undefined) {
    return { text: notice(verdict.notice, title), blocks: [headline(verdict.state, title), verdict.line] };
  }
  const waits = state.phase === "awaiting_approval" && state.change === change.number && latest;
  if (!waits) {
    return {
      text: notice("Replaced", title),
      blocks: [headline("Replaced", title), section("A newer version follows.")],
    };
  }
  const head = state.approvable ? "Ready for approval" : "Can't be approved yet";
  const needs = `needs ${rules?.votesRequired ?? 1} of ${groups(scene.names, rules?.ownerGroups ?? [])}`;
  return {
    text: notice(state.approvable ? "Waits for approval" : head, title),
    blocks: [headline(head, title), context([`${card} is in ${where}`, needs, `until ${when(state.expiresAtMs)}`])],
  };
}
