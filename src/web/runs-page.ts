// The list of all runs, newest first, a page at a time.
import type { RunSummary } from "../ports.ts";
import { dotted, html, type Html } from "./html.ts";
import { brandMark, icon } from "./icons.ts";
import { renderPage } from "./layout.ts";
import { nameOf } from "./scene.ts";
import type { Times } from "./times.ts";
import { canChange, isMoving, isWaiting, renderPhase } from "./words.ts";

export const RUNS_A_PAGE = 50;

export interface RunsPageInput {
  /** One more than a page where older ones follow. */
  readonly runs: readonly RunSummary[];
  readonly beforeId?: string;
  readonly nowMs: number;
  readonly times: Times;
}

export function renderRunsPage(input: RunsPageInput): string {
  const runs = input.runs.slice(0, RUNS_A_PAGE);
  const main = html`<div class="own-head">
      <h1>Runs</h1>
      ${runs.length === 0 ? undefined : html`<p>${summarize(runs)}</p>`}
    </div>
    <section class="card" id="list" aria-label="Run list">
      ${runs.length === 0 ? renderEmpty(input.beforeId) : renderList(runs, input)}
    </section>`;
  return renderPage({
    title: "Runs",
    main,
    skip: { id: "list", to: "Skip to the list" },
    live: input.beforeId === undefined || runs.some((run) => canChange(run.phase)) ? "moves" : "still",
  });
}

function summarize(runs: readonly RunSummary[]): string {
  const moving = runs.filter((run) => isMoving(run.phase)).length;
  const waiting = runs.filter((run) => isWaiting(run.phase)).length;
  return `${moving} moving, ${waiting} waiting for a person`;
}

function renderEmpty(beforeId: string | undefined): Html {
  if (beforeId !== undefined)
    return html`<div class="empty">
      <h2>Nothing older</h2>
      <p><a class="btn" href="/runs">${icon("left")}Newest runs</a></p>
    </div>`;
  return html`<div class="empty">
    ${brandMark(" empty-mark")}
    <h2>No runs yet</h2>
    <p>
      In Slack, type <code>/agent</code> and what should change, in a channel of a team. Or mention the bot where the
      conversation is. The run appears here at once.
    </p>
  </div>`;
}

function renderList(runs: readonly RunSummary[], { beforeId, nowMs, times, runs: all }: RunsPageInput): Html {
  const last = runs.at(-1);
  const older = all.length > runs.length && last !== undefined;
  return html`<table class="table runs runs-short" role="table">
      <caption class="vh">
        Runs, newest first
      </caption>
      <thead role="rowgroup">
        <tr role="row">
          <th scope="col" role="columnheader">State</th>
          <th scope="col" role="columnheader">What</th>
          <th scope="col" role="columnheader">Asked by</th>
          <th scope="col" class="end" role="columnheader">Updated</th>
          <th scope="col" class="end" role="columnheader">Asked</th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${runs.map((run) => renderRow(run, { nowMs, times }))}
      </tbody>
    </table>
    <nav class="card-foot pager" aria-label="More runs">
      <span>${wordPage(runs, { beforeId, older })}</span
      ><span class="btn-row push"
        >${beforeId === undefined ? undefined : html`<a class="btn" rel="first" href="/runs">${icon("left")}Newest</a>`}${older ? html`<a class="btn" rel="next" href="/runs?before=${last.id}">Older${icon("right")}</a>` : undefined}</span
      >
    </nav>`;
}

function wordPage(
  runs: readonly RunSummary[],
  at: { readonly beforeId: string | undefined; readonly older: boolean },
): string {
  const count = runs.length === 1 ? "1 run" : `${runs.length} runs`;
  if (at.older) return `${count} of more, newest first`;
  return at.beforeId === undefined ? `${count}, all there are` : `${count}, the oldest`;
}

function renderRow(run: RunSummary, at: { readonly nowMs: number; readonly times: Times }): Html {
  const { times, nowMs } = at;
  const about = dotted([html`<span class="mono">${run.id}</span>`, run.team, run.repository]);
  return html`<tr role="row">
    <td class="r-state" role="cell">${renderPhase(run.phase)}</td>
    <td class="r-title" role="cell">
      <a href="/runs/${run.id}">${run.title}</a>
      <div class="r-sub">${about}</div>
    </td>
    <td class="r-who" role="cell">${nameOf(new Map(), run.requester)}</td>
    <td class="end nowrap r-moved num" role="cell">
      ${times.stamp(run.updatedAtMs, times.near(run.updatedAtMs, nowMs))}
    </td>
    <td class="end nowrap r-when num" role="cell">
      ${times.stamp(run.createdAtMs, times.near(run.createdAtMs, nowMs))}
    </td>
  </tr> `;
}
