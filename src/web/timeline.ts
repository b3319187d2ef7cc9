// The timeline of a run, built from its record alone: main events in words, the agent's own in folds.
import { countOf } from "../core/text.ts";
import type { StoredEvent } from "../ports.ts";
import { describeAgentEvents } from "./agent-fold.ts";
import { html, type Html } from "./html.ts";
import { icon } from "./icons.ts";
import { readFields } from "./payload.ts";
import type { Scene } from "./scene.ts";
import { describeEvent, type Item } from "./timeline-items.ts";
import { wordDuration } from "./times.ts";
import { isMoving } from "./words.ts";

interface Entry {
  readonly event: StoredEvent;
  readonly item: Item;
}

interface Group {
  readonly title: string;
  readonly fromMs: number;
  readonly entries: Entry[];
}

export function renderTimeline(scene: Scene): Html {
  const groups = groupEntries(describeAll(scene), scene.view.turns.length);
  const shownCount = groups.reduce((sum, group) => sum + group.entries.length, 0);
  const count = scene.events.length;
  const sub = count === shownCount ? countOf(count, "event") : `${countOf(count, "event")}, ${shownCount} shown`;
  return html`<section class="card" id="timeline" aria-labelledby="tl-t">
    <div class="card-head">
      <h2 id="tl-t">Timeline</h2>
      <span class="faint">${sub}</span>
    </div>
    ${groups.length === 0 ? html`<p class="card-body muted">Nothing has been written down yet.</p>` : undefined}
    ${groups.map((group, index) => renderGroup(group, { next: groups[index + 1], scene }))}
  </section>`;
}

function describeAll(scene: Scene): readonly Entry[] {
  const entries: Entry[] = [];
  let quiet: StoredEvent[] = [];
  const flush = (): void => {
    const [first] = quiet;
    const item = describeAgentEvents(quiet);
    if (first !== undefined && item !== undefined) entries.push({ event: first, item });
    quiet = [];
  };
  for (const event of scene.events) {
    if (event.kind === "agent_event" && event.payload !== undefined) {
      quiet.push(event);
      continue;
    }
    flush();
    const item = describeEvent(event, scene);
    if (item !== undefined) entries.push({ event, item });
  }
  flush();
  return entries;
}

const WORK_KINDS = new Set([
  "sandbox_ready",
  "agent_started",
  "agent_event",
  "agent_ended",
  "change_frozen",
  "change_refused",
  "no_change",
]);
const ASK_KINDS = new Set(["requested", "routed", "refused", "asked", "queued"]);
const DECIDE_KINDS = new Set([
  "approval_asked",
  "vote",
  "approved",
  "changes_requested",
  "rejected",
  "expired",
  "approval_void",
]);
const PUBLISH_KINDS = new Set(["publishing", "publish_step", "publish_held", "pull_request_opened"]);

/** The group an event opens, or undefined where it belongs to the one before it. */
function titleOf(event: StoredEvent, turn: number, turns: number): string | undefined {
  const startsAgain = event.kind === "dispatched" && turn > 1;
  if (startsAgain || WORK_KINDS.has(event.kind)) return turns > 1 ? `Worked, turn ${turn}` : "Worked";
  if (ASK_KINDS.has(event.kind)) return turn > 1 ? undefined : "Asked";
  if (event.kind === "check_done") return "Checked";
  if (DECIDE_KINDS.has(event.kind)) return "Decided";
  if (PUBLISH_KINDS.has(event.kind)) return "Published";
  if (event.kind === "pull_request_event") return "On GitHub";
  if (event.kind === "retried") return readFields(event).text("step") === undefined ? "Asked again" : "Published";
  return undefined;
}

function groupEntries(entries: readonly Entry[], turns: number): readonly Group[] {
  const groups: Group[] = [];
  let turn = 1;
  for (const entry of entries) {
    const told = readFields(entry.event).number("turn");
    if (told !== undefined && entry.event.kind === "agent_started") turn = told;
    const last = groups.at(-1);
    const title = titleOf(entry.event, turn, turns) ?? last?.title ?? "Asked";
    if (last?.title === title) last.entries.push(entry);
    else groups.push({ title, fromMs: entry.event.atMs, entries: [entry] });
    if (told !== undefined && (entry.event.kind === "changes_requested" || entry.event.kind === "retried")) turn = told;
  }
  return groups;
}

function renderGroup(group: Group, at: { readonly next: Group | undefined; readonly scene: Scene }): Html {
  const { view } = at.scene;
  const lastMs = group.entries.at(-1)?.event.atMs ?? group.fromMs;
  const openEnd = isMoving(view.run.state.phase) ? view.nowMs : lastMs;
  const untilMs = group.title === "Published" ? lastMs : (at.next?.fromMs ?? openEnd);
  const took = untilMs - group.fromMs;
  const sub = took < 1000 ? undefined : html` <span>${wordDuration(took)}</span>`;
  return html`<section class="tl-group">
    <h3>${group.title}${sub}</h3>
    <ol class="tl">
      ${group.entries.map((entry) => renderEntry(entry, at.scene))}
    </ol>
  </section>`;
}

function renderEntry({ event, item }: Entry, { times }: Scene): Html {
  const tone = item.tone === undefined ? "" : ` tl-${item.tone}`;
  const clock = times.clock(event.atMs);
  const rule = item.rule === undefined || item.rule === "" ? undefined : html`<p class="tl-rule">${item.rule}</p>`;
  return html`<li class="tl-item${tone}" id="e-${event.seq}">
    <a class="tl-time" href="#e-${event.seq}" aria-label="Event ${event.seq}, ${clock}"
      >${times.stamp(event.atMs, clock)}</a
    ><span class="tl-node">${icon(item.icon)}</span>
    <div class="tl-body">
      <p class="tl-what">${item.what}</p>
      ${rule}${item.more}
    </div>
  </li> `;
}
