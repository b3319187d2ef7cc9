// Our own checks on one version: what they said before and now, their last output in a fold.
import { clip, countOf } from "../core/text.ts";
import type { CheckResult } from "../core/verification.ts";
import type { Change } from "../ports.ts";
import { dotted, html, type Html } from "./html.ts";
import { icon } from "./icons.ts";
import type { Scene } from "./scene.ts";
import { wordDuration } from "./times.ts";
import { renderPill } from "./words.ts";

const NOW = {
  passed: { word: "Passed", tone: "good", icon: "check" },
  failed: { word: "Failed", tone: "bad", icon: "x" },
  timed_out: { word: "Ran out of time", tone: "bad", icon: "clock" },
  could_not_run: { word: "Could not run", tone: "bad", icon: "x" },
} as const;

const BEFORE = {
  passed: { word: "passed", tone: "good", icon: "check" },
  failed: { word: "failed", tone: "bad", icon: "x" },
} as const;

const NAME_LIMIT = 80;
const COMMAND_LIMIT = 200;

export function renderChecksCard(scene: Scene, change: Change): Html {
  const { state } = scene.view.run;
  const runs = state.phase === "checking" && state.change === change.number;
  const current = runs ? state.current : undefined;
  const none = change.checks.length === 0 && current === undefined;
  return html`<section class="card" id="checks" aria-labelledby="ck-t">
    <div class="card-head">
      <h2 id="ck-t">Checks</h2>
      <span class="faint">on version ${change.number} as frozen, in a fresh sandbox</span>
    </div>
    ${change.checks.map((check, index) => renderCheck(check, { change, index }))}
    ${
      current === undefined
        ? undefined
        : html`<div class="evid">
            ${renderPill({ word: "Running", tone: "run", icon: "half" }, " spin")}
            <div><b>${current}</b></div>
          </div>`
    }
    ${none ? html`<p class="card-body muted">${runs ? "The checks are about to start." : "No checks ran on this version."}</p>` : undefined}
  </section>`;
}

function renderCheck(check: CheckResult, at: { readonly change: Change; readonly index: number }): Html {
  const now = NOW[check.status];
  const about = dotted([
    check.where === "sandbox" ? wordDuration(check.durationMs) : "read by Countersign itself",
    check.exitCode === null || check.exitCode === 0 ? "" : `ended with code ${check.exitCode}`,
    check.required ? "" : "shown only, need not pass",
  ]);
  return html`<div class="evid">
    ${renderPill(now)}
    <div><b>${clip(check.name, NAME_LIMIT)}</b> <span class="muted">${about}</span></div>
    ${renderBefore(check, at.change)}${renderOutput(check, at)}${renderTouched(check)}
  </div> `;
}

function renderBefore(check: CheckResult, change: Change): Html | undefined {
  if (check.before === "unknown") return undefined;
  const now = NOW[check.status];
  return html`<span class="arrow push"
    >on ${change.baseBranch}: ${renderPill(BEFORE[check.before])}${icon("right")}now:
    ${renderPill({ ...now, word: now.word.toLowerCase() })}</span
  >`;
}

function renderOutput(check: CheckResult, at: { readonly change: Change; readonly index: number }): Html | undefined {
  const output = check.output.trimEnd();
  if (output === "" && check.command === "") return undefined;
  const words =
    output === ""
      ? html`<p class="term-none">It printed nothing.</p>`
      : html`<pre tabindex="0" role="group" aria-label="Last lines of ${clip(check.name, NAME_LIMIT)}">${output}</pre>`;
  const open = check.status === "passed" ? undefined : html` open`;
  const command = check.command === "" ? check.name : `$ ${clip(check.command, COMMAND_LIMIT)}`;
  return html`<details class="term" id="check-${at.change.number}-${at.index + 1}" ${open}>
    <summary class="chev">
      <code>${command}</code
      >${check.exitCode === null ? undefined : html`<span class="push">exit ${check.exitCode}</span>`}
    </summary>
    ${words}
  </details>`;
}

/** The check's own files the change touches: it ran with the base's, and the reader should know. */
function renderTouched(check: CheckResult): Html | undefined {
  const { changedFiles } = check;
  if (changedFiles.length === 0) return undefined;
  const names = changedFiles
    .slice(0, 5)
    .map((path) => clip(path, 200))
    .join(", ");
  return html`<p class="evid-note faint">
    The change touches ${countOf(changedFiles.length, "file")} of this check (${names}); it ran with them as they are on
    the base.
  </p>`;
}
