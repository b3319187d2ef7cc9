// The pull request page: what is asked, the receipt, the checks, the way to merge or close, and every changed line.
import { escapeHtml } from "../http.ts";
import { latestRuns } from "./check-shapes.ts";
import { diffFiles, type FileDiff } from "./diff.ts";
import { renderMarkdown } from "./markdown.ts";
import { commitsBetween, type CommitObject } from "./objects.ts";
import { checkIcon, checkWord, lookOf, type CheckLook } from "./page-check.ts";
import { countLines, plusMinus, renderFiles } from "./page-diff.ts";
import { avatar, crumbs, icon, nameOf, plural, renderTime, type View } from "./page-layout.ts";
import { pullRange, tryMerge } from "./pull-shapes.ts";
import { countBetween, readBranch } from "./refs.ts";
import type { Actor, CheckRun, CommitStatus, Pull, Repository } from "./state.ts";
import { fullName, gitRepo } from "./world.ts";

interface Facts {
  readonly repo: Repository;
  readonly pull: Pull;
  readonly files: readonly FileDiff[];
  readonly commits: readonly CommitObject[];
  readonly checks: readonly Check[];
  readonly ahead: number;
  readonly behind: number;
  readonly conflict: boolean;
}

interface Check {
  readonly name: string;
  readonly state: CheckLook;
  readonly says: string;
  /** Statuses have no page of their own. */
  readonly runId?: number;
}

async function gather(view: View, repo: Repository, pull: Pull): Promise<Facts> {
  const git = gitRepo(view.world, repo);
  const range = await pullRange(git, pull);
  const base = pull.state === "open" ? (await readBranch(git, pull.baseRef))?.sha : undefined;
  const merge = base === undefined ? undefined : await tryMerge(git, base, pull.headSha);
  return {
    repo,
    pull,
    files: await diffFiles(git, range.from, range.to),
    commits: await commitsBetween(git, range, 250),
    checks: [
      ...latestRuns(repo.checkRuns.filter((run) => run.headSha === pull.headSha)).map(runCheck),
      ...latestStatuses(repo, pull.headSha).map(statusCheck),
    ],
    ahead: await countBetween(git, range.from, pull.headSha),
    behind: base === undefined ? 0 : await countBetween(git, pull.headSha, base),
    conflict: merge?.kind === "conflict",
  };
}

function runCheck(run: CheckRun): Check {
  const state = lookOf(run);
  return { name: run.name, state, says: run.output.title ?? checkWord(state), runId: run.id };
}

function latestStatuses(repo: Repository, sha: string): CommitStatus[] {
  return [...new Map(repo.statuses.filter((one) => one.sha === sha).map((one) => [one.context, one])).values()];
}

function statusCheck(status: CommitStatus): Check {
  const state = status.state === "success" ? "good" : status.state === "pending" ? "run" : "bad";
  return { name: status.context, state, says: status.description ?? status.state };
}

export interface Said {
  /** Why the last thing tried was refused. */
  readonly refused?: string;
}

export async function renderPull(
  view: View,
  at: { readonly repo: Repository; readonly pull: Pull },
  said: Said = {},
): Promise<string> {
  const facts = await gather(view, at.repo, at.pull);
  const url = `/${fullName(at.repo)}/pull/${at.pull.number}`;
  const part = (name: string, html: string): string => `<div data-part="${name}">${html}</div>`;
  return `<main class="prp" id="main" data-live="${escapeHtml(url)}/live">
  <header class="prp-head">
    ${crumbs([
      [fullName(at.repo), `/${fullName(at.repo)}`],
      ["pull requests", `/${fullName(at.repo)}/pulls`],
    ])}
    ${part("title", `<h1>${escapeHtml(at.pull.title)} <span class="prp-no">#${at.pull.number}</span></h1>`)}
    <div data-part="state" aria-live="polite">${renderState(view, facts)}</div>
    ${part("tabs", renderTabs(facts))}
  </header>
  ${said.refused === undefined ? "" : `<p class="alert" role="alert">${escapeHtml(said.refused)}</p>`}
  <div class="prp-grid">
    <div class="prp-main">
      ${part("talk", renderTalk(view, facts))}
      ${part("checks", renderChecks(facts, url))}
      ${part("say", renderSay(view, facts, url))}
      ${part("files", renderChanges(facts, url))}
    </div>
    <aside class="prp-side" aria-label="About this pull request" data-part="side">${renderSide(facts)}</aside>
  </div>
</main>`;
}

export function statePill(pull: Pull, size = ""): string {
  if (pull.merge !== undefined) return `<span class="pill ${size} pill-done">${icon("merge")}Merged</span>`;
  if (pull.state === "closed") return `<span class="pill ${size}">${icon("cross")}Closed</span>`;
  if (pull.draft) return `<span class="pill ${size}">${icon("pr")}Draft</span>`;
  return `<span class="pill ${size} pill-good">${icon("pr")}Open</span>`;
}

function renderState(view: View, facts: Facts): string {
  const { pull } = facts;
  const now = view.world.nowMs();
  const count = plural(facts.commits.length, "commit");
  const refs = `into <code class="ref">${escapeHtml(pull.baseRef)}</code> from <code class="ref">${escapeHtml(pull.headRef)}</code>`;
  const bold = (actor: Actor): string => `<b>${escapeHtml(nameOf(actor))}</b>`;
  const sentence =
    pull.merge === undefined
      ? `${bold(pull.user)} wants to merge ${count} ${refs}`
      : `${bold(pull.merge.by)} merged ${count} ${refs}, ${renderTime(pull.merge.atMs, now)}`;
  return `<p class="row muted">${statePill(pull, "pill-l")}<span>${sentence}</span></p>`;
}

function renderTabs(facts: Facts): string {
  return `<nav class="tabs" aria-label="Parts"><a href="#talk" aria-current="page">Conversation</a><a href="#checks">Checks <span class="count">${facts.checks.length}</span></a><a href="#files">Files <span class="count">${facts.files.length}</span></a></nav>`;
}

function renderTalk(view: View, facts: Facts): string {
  const { repo, pull } = facts;
  const now = view.world.nowMs();
  const bubble = (by: Actor, when: string, said: { readonly id: string; readonly html: string }): string => {
    const tag = by.type === "Bot" ? '<span class="tag">bot</span>' : "";
    return `<article class="card prp-body" id="${said.id}"><div class="card-head">${avatar(view.world, by, "av-s")}<b>${escapeHtml(nameOf(by))}</b>${tag}<span class="muted">${when}</span></div><div class="card-body md">${said.html}</div></article>`;
  };
  const empty = pull.body === null || pull.body.trim() === "";
  const text = empty ? '<p class="muted">No description.</p>' : renderMarkdown(pull.body ?? "");
  const first = bubble(pull.user, `opened ${renderTime(pull.createdAtMs, now)}`, { id: "talk", html: text });
  const said = repo.comments
    .filter((comment) => comment.number === pull.number)
    .map((comment) => {
      const when = `said ${renderTime(comment.createdAtMs, now)}`;
      return bubble(comment.user, when, { id: `issuecomment-${comment.id}`, html: renderMarkdown(comment.body) });
    });
  return `<div class="stack">${[first, ...said, renderEnd(view, pull)].join("")}</div>`;
}

function renderEnd(view: View, pull: Pull): string {
  if (pull.closedAtMs === undefined) return "";
  const by = pull.merge?.by ?? pull.closedBy;
  const what =
    pull.merge === undefined
      ? "closed this without merging"
      : `merged this as <code>${pull.merge.sha.slice(0, 7)}</code>`;
  const who = by === undefined ? "" : `<b>${escapeHtml(nameOf(by))}</b> `;
  return `<p class="row muted ended">${icon(pull.merge === undefined ? "cross" : "merge")}<span>${who}${what}, ${renderTime(pull.closedAtMs, view.world.nowMs())}</span></p>`;
}

function renderChecks(facts: Facts, url: string): string {
  const rows = facts.checks.map(({ name, state, says, runId }) => {
    const label = `<b>${escapeHtml(name)}</b>`;
    const page = `/${escapeHtml(fullName(facts.repo))}/runs/${runId ?? 0}`;
    const linked = runId === undefined ? label : `<a class="check-name" href="${page}">${label}</a>`;
    return `<li>${checkIcon(state)}${linked}<span class="muted">${escapeHtml(says)}</span></li>`;
  });
  const none = '<li><span class="muted">No checks on this commit yet.</span></li>';
  const list = `<ul class="checks">${rows.length === 0 ? none : rows.join("")}</ul>`;
  return `<section class="card" id="checks" aria-labelledby="ck-t"><div class="card-head"><h2 id="ck-t">Checks</h2><span class="push muted">${sumChecks(facts.checks)}</span></div>${list}${renderMergeBox(facts, url)}</section>`;
}

function sumChecks(checks: readonly Check[]): string {
  const count = (state: Check["state"], word: string): string[] => {
    const found = checks.filter((check) => check.state === state).length;
    return found === 0 ? [] : [`${found} ${word}`];
  };
  return [...count("good", "passed"), ...count("bad", "failed"), ...count("run", "running")].join(", ");
}

function postButton(url: string, label: string, cls = "btn"): string {
  return `<form method="post" action="${escapeHtml(url)}"><button type="submit" class="${cls}">${label}</button></form>`;
}

function renderMergeBox(facts: Facts, url: string): string {
  const { pull } = facts;
  const box = (title: string, text: string, buttons: string): string =>
    `<div class="card-foot mergebox"><div><b>${title}</b><p>${text}</p></div><div class="btn-row push">${buttons}</div></div>`;
  const mergeOff = `<button type="button" class="btn" disabled>${icon("merge")}Merge</button>`;
  if (pull.merge !== undefined) return box("Merged.", `The change is in ${escapeHtml(pull.baseRef)}.`, "");
  if (pull.state === "closed")
    return box("Closed without merging.", "The branch is kept.", postButton(`${url}/reopen`, "Reopen"));
  if (pull.draft)
    return box(
      "This pull request is a draft.",
      "It can be merged once it is ready for review.",
      `${postButton(`${url}/ready`, "Ready for review", "btn btn-ink")}${mergeOff}`,
    );
  const back = postButton(`${url}/draft`, "Back to draft", "btn btn-quiet");
  if (facts.conflict)
    return box(
      "This branch has conflicts.",
      `${escapeHtml(pull.baseRef)} changed the same lines.`,
      `${back}${mergeOff}`,
    );
  const failed = facts.checks.some((check) => check.state === "bad");
  const title = failed
    ? "A check failed."
    : facts.checks.some((check) => check.state === "run")
      ? "Checks are running."
      : "Ready to merge.";
  const text = `No conflicts with ${escapeHtml(pull.baseRef)}.`;
  return box(title, text, `${back}${postButton(`${url}/merge`, `${icon("merge")}Merge`, "btn btn-ink")}`);
}

function renderSay(view: View, facts: Facts, url: string): string {
  const close =
    facts.pull.state === "open"
      ? `<button type="submit" class="btn btn-danger" formaction="${escapeHtml(url)}/close" formnovalidate>Close pull request</button>`
      : "";
  return `<form class="card say" id="say" method="post" action="${escapeHtml(url)}/comment"><div class="card-body field"><label for="say-text">Comment as ${escapeHtml(nameOf(view.me))}</label><textarea class="input" id="say-text" name="body" rows="3" required maxlength="65536"></textarea></div><div class="card-foot btn-row">${close}<button type="submit" class="btn push">Comment</button></div></form>`;
}

function renderChanges(facts: Facts, url: string): string {
  const { added, removed } = countLines(facts.files);
  return `<section id="files" aria-labelledby="fl-t" class="stack"><div class="row row-between"><h2 class="h-sec" id="fl-t">${plural(facts.files.length, "file")}, ${plusMinus(added, removed)}</h2><a href="${escapeHtml(url)}.diff">Plain diff</a></div>${renderFiles(facts.files)}</section>`;
}

function renderSide(facts: Facts): string {
  const { repo, pull } = facts;
  const rows = facts.commits.slice(-5).map((commit) => {
    const mark = repo.verified.includes(commit.sha)
      ? ` <span class="pill pill-good">${icon("check")}Verified</span>`
      : ' <span class="pill">Unverified</span>';
    return `<span class="row"><a href="/${escapeHtml(fullName(repo))}/commit/${commit.sha}"><code>${commit.sha.slice(0, 7)}</code></a>${mark}</span>`;
  });
  const state = pull.state === "closed" ? "" : facts.conflict ? ", conflict" : ", no conflict";
  const behind = facts.behind === 0 ? "" : `, ${facts.behind} behind`;
  return `<dl><dt>${facts.commits.length === 1 ? "Commit" : "Commits"}</dt><dd class="stack">${rows.join("")}</dd><dt>Branch</dt><dd>${facts.ahead} ahead of ${escapeHtml(pull.baseRef)}${behind}${state}</dd></dl>`;
}
