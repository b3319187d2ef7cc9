// The life of a run as a picture, drawn from the table that decides it.
import type { Phase } from "./run-state.ts";
import type { Arrow } from "./run.ts";

/** An event that leaves this many phases is drawn once, from a box that lists them. */
const GATHER_FROM = 5;
/** Phases in one line of a gathered box. */
const ROW = 4;

/**
 * A Mermaid state diagram of the moves. Moves that stay in their phase are left out: they change what is known, not where the run is.
 * Neighbouring events between the same two phases share one arrow.
 */
export function drawPhases(arrows: readonly Arrow[]): string {
  const wide = arrows.filter(isWide);
  const labels = new Map<string, string[]>();
  for (const { from, event, to } of arrows.filter((arrow) => !isWide(arrow))) {
    for (const source of from) {
      for (const target of to) {
        if (source !== target) addLabel(labels, `${source} --> ${target}`, event);
      }
    }
  }
  return [
    "stateDiagram-v2",
    "  direction TB",
    "  [*] --> received: request stored",
    ...[...labels].map(([move, events]) => `  ${move}: ${events.map(wordEvent).join(", ")}`),
    ...wide.flatMap(drawWide),
    ...findEnds(arrows).map((end) => `  ${end} --> [*]`),
    "",
  ].join("\n");
}

function isWide(arrow: Arrow): boolean {
  return arrow.from.length >= GATHER_FROM && arrow.to.length === 1;
}

function addLabel(labels: Map<string, string[]>, move: string, event: string): void {
  const events = labels.get(move);
  if (events === undefined) labels.set(move, [event]);
  else if (!events.includes(event)) events.push(event);
}

function drawWide({ from, event, to }: Arrow): readonly string[] {
  const [target = "received"] = to;
  const name = `any_${event}`;
  const rows = Array.from({ length: Math.ceil(from.length / ROW) }, (_, row) => from.slice(row * ROW, (row + 1) * ROW));
  const label = rows.map((row) => row.join(", ")).join(",<br/>");
  return [`  state "${label}" as ${name}`, `  ${name} --> ${target}: ${wordEvent(event)}`];
}

function wordEvent(event: string): string {
  return event.replaceAll("_", " ");
}

/** Phases that nothing leaves. */
function findEnds(arrows: readonly Arrow[]): readonly Phase[] {
  const left = new Set(arrows.flatMap((arrow) => arrow.from));
  return [...new Set(arrows.flatMap((arrow) => arrow.to))].filter((phase) => !left.has(phase));
}

export const DIAGRAM_START = "<!-- phases -->";
export const DIAGRAM_END = "<!-- /phases -->";

/** The text with the diagram put between its two markers; undefined where it has none. */
export function placeDiagram(text: string, diagram: string): string | undefined {
  const from = text.indexOf(DIAGRAM_START);
  const to = text.indexOf(DIAGRAM_END, from);
  if (from === -1 || to === -1) return undefined;
  const block = `${DIAGRAM_START}\n\n\`\`\`mermaid\n${diagram}\`\`\`\n\n${DIAGRAM_END}`;
  return text.slice(0, from) + block + text.slice(to + DIAGRAM_END.length);
}
