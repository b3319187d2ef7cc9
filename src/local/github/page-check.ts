// One check run: who reported it, how it ended, and the report itself.
import { escapeHtml } from "../http.ts";
import { renderMarkdown } from "./markdown.ts";
import { crumbs, icon, renderTime, type View } from "./page-layout.ts";
import type { CheckRun, Repository } from "./state.ts";
import { fullName } from "./world.ts";

export type CheckLook = "good" | "bad" | "run" | "off";

export function lookOf(run: Pick<CheckRun, "status" | "conclusion">): CheckLook {
  if (run.status !== "completed") return "run";
  if (run.conclusion === "success") return "good";
  return run.conclusion === "neutral" || run.conclusion === "skipped" ? "off" : "bad";
}

const LOOKS = {
  good: ["check", "t-good", "pill-good", "passed"],
  bad: ["cross", "t-bad", "pill-bad", "failed"],
  run: ["half", "t-run", "pill-run", "running"],
  off: ["dash", "muted", "", "not counted"],
} as const;

export function checkWord(look: CheckLook): string {
  return LOOKS[look][3];
}

export function checkIcon(look: CheckLook): string {
  const [glyph, colour, , word] = LOOKS[look];
  return `<span class="${colour}">${icon(glyph, look === "run" ? " spin" : "")}<span class="vh">${word}</span></span>`;
}

export function renderCheckRun(view: View, repo: Repository, id: number): { title: string; main: string } | undefined {
  const run = repo.checkRuns.find((one) => one.id === id);
  if (run === undefined) return undefined;
  const [glyph, , pill, word] = LOOKS[lookOf(run)];
  const base = `/${fullName(repo)}`;
  const pull = repo.pulls.findLast((one) => one.headSha === run.headSha);
  const back = pull === undefined ? [] : ([[`#${pull.number} ${pull.title}`, `${base}/pull/${pull.number}`]] as const);
  const { title, summary, text } = run.output;
  const report = [summary, text]
    .filter((one) => one !== null && one.trim() !== "")
    .map((one) => renderMarkdown(one ?? ""));
  const body = report.length === 0 ? '<p class="muted">This check left no report.</p>' : report.join("");
  const at = run.completedAtMs ?? run.startedAtMs;
  const details =
    run.detailsUrl === null || !/^https?:\/\//.test(run.detailsUrl)
      ? ""
      : `<a class="push" href="${escapeHtml(run.detailsUrl)}" rel="nofollow noreferrer">Details</a>`;
  const main = `<main class="prp" id="main"><header class="prp-head">${crumbs([[fullName(repo), base], ...back])}<h1>${escapeHtml(run.name)}</h1><p class="row muted"><span class="pill pill-l ${pill}">${icon(glyph)}${word.charAt(0).toUpperCase()}${word.slice(1)}</span><span>by ${escapeHtml(run.app.name)} on <a href="${escapeHtml(base)}/commit/${run.headSha}"><code>${run.headSha.slice(0, 7)}</code></a>, ${renderTime(at, view.world.nowMs())}</span></p></header><article class="card"><div class="card-head"><h2>${escapeHtml(title ?? "Report")}</h2>${details}</div><div class="card-body md">${body}</div></article></main>`;
  return { title: run.name, main };
}
