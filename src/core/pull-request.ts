// Words of ours that end up on the code host. Everything people, agents or repositories wrote is quoted and made inert.
import { totalsOf, type ChangedFile } from "./change.ts";
import { shortSeal } from "./seal.ts";
import { breakLinks, cleanText, clip, countOf } from "./text.ts";
import type { CheckResult } from "./verification.ts";

/** Every branch we write begins with this; the receiver listens to no other. */
export const HEAD_PREFIX = "agent/";

export function headBranch(team: string, run: string, slug: string): string {
  return `${HEAD_PREFIX}${team}/${run.toLowerCase()}-${slug}`;
}

/** Finds the pull request of a run again; hidden where the body is rendered. */
export function runMarker(run: string): string {
  return `<!-- run:${run} -->`;
}

/** One line of outside text for a title or a commit message: no mention, reference or second line can come of it. */
export function plainLine(text: string, limit: number): string {
  return breakLinks(clip(cleanText(text).replace(/\s+/g, " ").trim(), limit));
}

/** Outside text inside a line of Markdown: shown as it was typed, whatever it contains. */
export function inertMarkdown(text: string): string {
  const entities = breakLinks(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  return entities.replace(/[\\`*_{}[\]()#+.!|~$^=-]/g, "\\$&");
}

/** Outside text as a block quote, cut to `limit` characters. */
export function quoteMarkdown(text: string, limit: number): string {
  const lines = clip(cleanText(text).trim(), limit).split("\n");
  return lines.map((line) => (line.trim() === "" ? ">" : `> ${inertMarkdown(line.trim())}`)).join("\n");
}

/** A name of ours or of a file as code; a backtick cannot end it. */
function codeSpan(text: string): string {
  const shown = cleanText(text).replace(/\s+/g, " ");
  const longest = Math.max(0, ...[...shown.matchAll(/`+/g)].map((run) => run[0].length));
  const fence = "`".repeat(longest + 1);
  const pad = longest > 0 || shown.startsWith(" ") ? " " : "";
  return `${fence}${pad}${shown}${pad}${fence}`;
}

export function pullRequestTitle(title: string): string {
  return plainLine(title, 120);
}

export interface CommitWords {
  readonly title: string;
  readonly run: string;
  readonly requester: string;
  readonly team: string;
}

/** Sealed before anyone votes, so it names nobody who approved; the pull request does. */
export function commitMessage({ title, run, requester, team }: CommitWords): string {
  return [
    plainLine(title, 72),
    "",
    `Asked for by ${plainLine(requester, 80)} (${plainLine(team, 40)}).`,
    "",
    `Countersign-Run: ${run}`,
  ].join("\n");
}

export interface PullRequestWords {
  readonly run: string;
  readonly requester: string;
  readonly approvers: readonly string[];
  readonly asked: string;
  /** The tracker's key; `whole`: the issue itself was handed over, so that merging ends it there. */
  readonly issue?: { readonly key: string; readonly whole: boolean };
  readonly agentSaid: string;
  readonly files: readonly ChangedFile[];
  readonly checks: readonly CheckResult[];
  readonly change: number;
  readonly baseBranch: string;
  readonly baseCommit: string;
  readonly resultTree: string;
  readonly policyVersion: string;
  readonly seal: string;
}

const FILES_SHOWN = 40;
const CHECK_WORDS = {
  passed: "passed",
  failed: "failed",
  timed_out: "ran out of time",
  could_not_run: "could not run",
} as const;

export function pullRequestBody(words: PullRequestWords): string {
  return [
    `Changes ${summary(words.files)}. Asked for ${words.issue?.whole === true ? "on an issue" : "in chat"}, approved by an owner, published by Countersign; the sandbox had no access to this repository.`,
    ...issueLine(words.issue),
    "**Asked**",
    quoteMarkdown(words.asked, 1500),
    ...(words.agentSaid.trim() === "" ? [] : ["**The agent says**", quoteMarkdown(words.agentSaid, 3000)]),
    "## Receipt",
    receipt(words),
    "## Files",
    fileList(words.files),
    runMarker(words.run),
  ].join("\n\n");
}

/** The tracker's own integration reads these words: it links the pull request, and closes what is fixed when it is merged. */
function issueLine(issue: PullRequestWords["issue"]): readonly string[] {
  if (issue === undefined || !/^[A-Z][A-Z0-9]*-\d+$/.test(issue.key)) return [];
  return [`${issue.whole ? "Fixes" : "Part of"} ${issue.key}`];
}

function summary(files: readonly ChangedFile[]): string {
  const { added, removed, unreadable } = totalsOf(files);
  const binary = unreadable === 0 ? "" : `, ${unreadable} not readable as text`;
  return `${countOf(files.length, "file")}, +${added} −${removed}${binary}`;
}

function receipt(words: PullRequestWords): string {
  const approvers = words.approvers.map((name) => inertCell(name)).join(", ");
  const rows: readonly (readonly [string, string])[] = [
    ["Asked by", inertCell(words.requester)],
    ["Approved by", approvers],
    [
      "Exactly the approved change",
      `seal \`${shortSeal(words.seal)}\` · tree \`${words.resultTree.slice(0, 7)}\` · on ${cellCode(words.baseBranch)} at \`${words.baseCommit.slice(0, 7)}\``,
    ],
    ["Checks", words.checks.length === 0 ? "none" : words.checks.map(checkWords).join(" · ")],
    ["Rules", `version \`${words.policyVersion.slice(0, 7)}\``],
    ["Run", `\`${words.run}\`, version ${words.change}`],
  ];
  return ["| | |", "| --- | --- |", ...rows.map(([name, value]) => `| ${name} | ${value} |`)].join("\n");
}

function checkWords(check: CheckResult): string {
  const before = check.before === "failed" && check.status === "passed" ? " (failed before)" : "";
  return `${inertCell(check.name)} ${CHECK_WORDS[check.status]}${before}`;
}

function inertCell(text: string): string {
  return inertMarkdown(clip(cleanText(text).replace(/\s+/g, " ").trim(), 120));
}

function cellCode(text: string): string {
  return codeSpan(text).replaceAll("|", "\\|");
}

function fileList(files: readonly ChangedFile[]): string {
  const shown = files.slice(0, FILES_SHOWN).map((file) => {
    const lines = file.added === null ? "not readable as text" : `+${file.added} −${file.removed ?? 0}`;
    return `- ${codeSpan(file.path)} ${file.status === "modified" ? "" : `${file.status}, `}${lines}`;
  });
  const rest = files.length - FILES_SHOWN;
  return [...shown, ...(rest > 0 ? [`- … ${countOf(rest, "more file")}`] : [])].join("\n");
}
