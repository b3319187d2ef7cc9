// Every version the run made, newest first: what it holds, what the agent said, what became of it.
import { totalsOf } from "../core/change.ts";
import { shortSeal } from "../core/seal.ts";
import { clip, countOf } from "../core/text.ts";
import { changeOf } from "../core/run-moves.ts";
import { judgeChecks } from "../core/verification.ts";
import type { Change } from "../ports.ts";
import { dotted, html, type Html } from "./html.ts";
import { nameOf, type Scene } from "./scene.ts";
import { renderSealmark } from "./sealmark.ts";
import { renderProblems } from "./parts.ts";
import { renderPill, wordProblem } from "./words.ts";

export function renderVersionsCard(scene: Scene): Html | undefined {
  const { changes } = scene.view;
  if (changes.length < 2 && !changes.some((change) => change.problems.length > 0)) return undefined;
  return html`<section class="card" id="versions" aria-labelledby="vs-t">
    <div class="card-head">
      <h2 id="vs-t">Versions</h2>
      <span class="faint">an approval is about exactly one of them</span>
    </div>
    <ol class="versions">
      ${[...changes].reverse().map((change) => renderVersion(scene, change))}
    </ol>
  </section>`;
}

function renderVersion(scene: Scene, change: Change): Html {
  const { times, view } = scene;
  const { added, removed } = totalsOf(change.files);
  const isShown = scene.change?.number === change.number;
  const seal =
    change.seal === undefined
      ? html`<span class="r-sub">no seal</span>`
      : html`<span class="r-seal"
          >${renderSealmark(change.seal, "small")}<span class="mono">${shortSeal(change.seal)}</span></span
        >`;
  return html`<li class="version" ${isShown ? html` aria-current="true"` : undefined}>
    <p class="version-top">
      <a href="/runs/${view.run.id}?version=${change.number}#diff"><b>Version ${change.number}</b></a>
      ${renderFate(scene, change)}
      <span class="muted num"
        >${countOf(change.files.length, "file")}, <span class="plus">+${added}</span>
        <span class="minus">−${removed}</span></span
      >
      <span class="push">${seal}</span>
    </p>
    <p class="r-sub">
      ${dotted([html`turn ${change.turn}`, times.stamp(change.atMs, times.near(change.atMs, view.nowMs)), wordChecks(change), isShown ? "shown below" : ""])}
    </p>
    ${change.said.trim() === "" ? undefined : html`<blockquote class="b-quote quoted">${clip(change.said.trim(), 600)}</blockquote>`}
    ${renderProblems(change.problems.map(wordProblem))}
  </li> `;
}

function wordChecks(change: Change): string {
  if (change.checks.length === 0) return "";
  const { blocking } = judgeChecks(change.checks);
  return blocking.length === 0
    ? "required checks pass"
    : `${blocking.map((check) => check.name).join(", ")} does not pass`;
}

function renderFate(scene: Scene, change: Change): Html {
  const { view, names } = scene;
  const { state } = view.run;
  const isLast = view.changes.at(-1)?.number === change.number;
  const approvals = view.votes.filter((vote) => vote.change === change.number && vote.verdict === "approve");
  if (change.problems.length > 0) return renderPill({ word: "Not allowed", tone: "bad", icon: "ban" });
  const published = state.phase === "pr_open" || state.phase === "merged" || state.phase === "closed";
  if (published && state.change === change.number) return renderPill({ word: "Published", tone: "good", icon: "pr" });
  if (view.votes.some((vote) => vote.change === change.number && vote.verdict === "reject"))
    return renderPill({ word: "Not approved", tone: "bad", icon: "x" });
  if (state.phase === "awaiting_approval" && changeOf(state) === change.number)
    return renderPill({ word: "Waits for approval", tone: "need", icon: "ready" });
  if (approvals.length > 0 && isLast)
    return renderPill({
      word: `Approved by ${approvals.map((vote) => nameOf(names, vote.person)).join(", ")}`,
      tone: "good",
      icon: "check",
    });
  if (!isLast)
    return renderPill({
      word: approvals.length > 0 ? "Approved earlier, replaced" : "Replaced",
      tone: "plain",
      icon: "again",
    });
  return renderPill({
    word: state.phase === "checking" ? "Being checked" : "Kept to look at",
    tone: "plain",
    icon: "file",
  });
}
