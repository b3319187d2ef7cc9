// What the agent did between two main events: counted in one line, listed in a fold. All of it is the agent's own claim.
import type { AgentEvent } from "../core/agent-event.ts";
import { clip, countOf } from "../core/text.ts";
import type { StoredEvent } from "../ports.ts";
import { html, type Html } from "./html.ts";
import { icon } from "./icons.ts";
import { readFields } from "./payload.ts";
import type { Item } from "./timeline-items.ts";

const LINES_SHOWN = 200;
const LINE_LIMIT = 600;
const NAMES_COUNTED = 4;

/** One timeline item for neighbouring `agent_event` entries; undefined when they say nothing. */
export function describeAgentEvents(entries: readonly StoredEvent[]): Item | undefined {
  const events = entries.flatMap((entry) => readFields(entry).agentEvents());
  const dropped = entries.reduce((sum, entry) => sum + (readFields(entry).number("dropped") ?? 0), 0);
  const lines = events.flatMap((event) => renderLine(event) ?? []);
  if (lines.length === 0) return undefined;
  const denied = events.filter((event) => event.kind === "denied");
  const plan = events.findLast((event) => event.kind === "plan");
  const first = entries[0]?.seq ?? 0;
  return {
    icon: "term",
    tone: "run",
    what: summarize(events),
    more: html`${plan === undefined ? undefined : renderPlan(plan.items)}${denied.slice(0, 5).map((each) => html`<p class="alert">✗ <code>${clip(each.what, LINE_LIMIT)}</code> ${clip(each.why, LINE_LIMIT)}</p>`)}
      <details class="fold" id="agent-${first}">
        <summary>Show what it did</summary>
        ${renderLines(lines, dropped)}
      </details>`,
  };
}

function summarize(events: readonly AgentEvent[]): string {
  const names = events.flatMap((event) => (event.kind === "tool" ? [event.name] : []));
  const files = new Set(events.flatMap((event) => (event.kind === "file" ? [event.path] : [])));
  const touched = files.size === 0 ? "" : `, ${countOf(files.size, "file")} changed`;
  if (names.length === 0) {
    const said = events.findLast((event) => event.kind === "message" || event.kind === "result");
    return said === undefined || said.text.trim() === ""
      ? `The agent worked${touched}`
      : `The agent says: ${clip(said.text.trim(), 160)}`;
  }
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  const most = [...counts].sort(([, a], [, b]) => b - a).slice(0, NAMES_COUNTED);
  return `${countOf(names.length, "tool call")}: ${most.map(([name, count]) => `${count} ${clip(name, 40)}`).join(", ")}${touched}`;
}

function renderPlan(items: readonly { readonly title: string; readonly done: boolean }[]): Html {
  const steps = items
    .slice(0, 20)
    .map(
      (item) =>
        html`<li>
          ${icon(item.done ? "check" : "ready")}${clip(item.title, 120)}<span class="vh"
            >${item.done ? " (done)" : " (open)"}</span
          >
        </li>`,
    );
  return html`<ol class="plan-line">
    ${steps}
  </ol>`;
}

function renderLines(lines: readonly Html[], dropped: number): Html {
  const rest = lines.length - LINES_SHOWN + dropped;
  const shown = lines.slice(0, LINES_SHOWN);
  return html`<ol class="calls">
    ${shown}${lines.length > LINES_SHOWN || dropped > 0 ? html`<li><p class="faint">… ${countOf(Math.max(rest, dropped), "more line")}</p></li>` : undefined}
  </ol>`;
}

function renderLine(event: AgentEvent): Html | undefined {
  switch (event.kind) {
    case "message":
      return says("says", event.text);
    case "result":
      return says(event.ok ? "ends" : "fails", event.text === "" ? (event.detail ?? "") : event.text);
    case "tool":
      return html`<li><b>${clip(event.name, 40)}</b><code>${clip(event.summary, LINE_LIMIT)}</code></li>`;
    case "tool_done":
      return event.ok
        ? undefined
        : html`<li><b class="t-bad">failed</b><code>${clip(event.summary, LINE_LIMIT)}</code></li>`;
    case "file":
      return html`<li><b>${event.change}</b><code>${clip(event.path, LINE_LIMIT)}</code></li>`;
    case "denied":
      return html`<li><b class="t-bad">denied</b><code>${clip(event.what, LINE_LIMIT)}</code></li>`;
    case "retry":
      return says("again", event.detail);
    case "usage":
      return html`<li>
        <b>used</b>
        <p>${event.usage.inputTokens} tokens in, ${event.usage.outputTokens} out, ${event.usage.cachedTokens} cached</p>
      </li>`;
    case "started":
      return html`<li>
        <b>start</b><code>${clip([event.agent, event.model ?? ""].join(" ").trim(), LINE_LIMIT)}</code>
      </li>`;
    case "plan":
    case "raw":
      return undefined;
    default:
      return event satisfies never;
  }
}

function says(word: string, text: string): Html | undefined {
  return text.trim() === ""
    ? undefined
    : html`<li>
        <b>${word}</b>
        <p>${clip(text.trim(), LINE_LIMIT)}</p>
      </li>`;
}
