// The time of a run as one bar, with its numbers in words below.
import { html, type Html } from "./html.ts";
import { STRETCHES, type Segment, type Stretch } from "./phases.ts";
import { wordDuration } from "./times.ts";

const WORDS: Readonly<Record<Stretch, string>> = {
  queue: "Queue",
  ready: "Getting ready",
  agent: "Agent",
  checks: "Checks",
  answer: "Waiting for an answer",
  approval: "Waiting for approval",
  publishing: "Publishing",
};

const HATCHED = html`fill="url(#hatch)"`;
const FILLS: Readonly<Record<Stretch, Html>> = {
  queue: html`class="f-off"`,
  ready: html`class="f-off"`,
  agent: html`class="f-run"`,
  checks: html`class="f-good"`,
  answer: HATCHED,
  approval: HATCHED,
  publishing: html`class="f-done"`,
};

/** A stretch this short still shows as a line; per cent. */
const THINNEST = 0.4;

/** Nothing where there is only one stretch: a bar of one colour says nothing. */
export function renderRibbon(segments: readonly Segment[]): Html | undefined {
  if (segments.length < 2) return undefined;
  const wide = layOut(segments);
  const bars = segments.map((segment, index) => {
    const at = wide[index] ?? { from: 0, width: 0 };
    const words = `${WORDS[segment.stretch]} ${wordDuration(segment.toMs - segment.fromMs)}`;
    return html`<rect ${FILLS[segment.stretch]} x="${at.from.toFixed(2)}%" width="${at.width.toFixed(2)}%" height="18"
      ><title>${words}</title></rect
    >`;
  });
  const sums = STRETCHES.flatMap((stretch) => {
    const mine = segments.filter((segment) => segment.stretch === stretch);
    return mine.length === 0 ? [] : [renderSum(stretch, mine)];
  });
  return html`<div class="ribbon">
    <svg role="img" aria-label="Time by phase; the list below has the numbers">
      <defs>
        <pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect class="hatch-g" width="6" height="6" />
          <rect class="hatch-l" width="2" height="6" />
        </pattern>
      </defs>
      ${bars}
    </svg>
    <ol>
      ${sums}
    </ol>
  </div>`;
}

function renderSum(stretch: Stretch, segments: readonly Segment[]): Html {
  const ms = segments.reduce((sum, segment) => sum + segment.toMs - segment.fromMs, 0);
  const free = stretch === "approval" || stretch === "answer" ? ", free" : "";
  const times = segments.length === 1 ? "" : `, ${segments.length} times`;
  return html`<li>
    <svg aria-hidden="true"><rect ${FILLS[stretch]} width="10" height="10" /></svg>${WORDS[stretch]}
    <b>${wordDuration(ms)}${free}${times}</b>
  </li>`;
}

/** Widths in per cent that add up to the whole bar, none thinner than a line. */
function layOut(segments: readonly Segment[]): readonly { readonly from: number; readonly width: number }[] {
  const gap = Math.min(0.2, 10 / segments.length);
  const whole = segments.reduce((sum, segment) => sum + segment.toMs - segment.fromMs, 0);
  const raw = segments.map((segment) => Math.max(THINNEST, ((segment.toMs - segment.fromMs) / whole) * 100));
  const scale = (100 - gap * (segments.length - 1)) / raw.reduce((sum, width) => sum + width, 0);
  let from = 0;
  return raw.map((width) => {
    const at = { from, width: width * scale };
    from += at.width + gap;
    return at;
  });
}
