// One run on one page, everything drawn from what is stored about it.
import { changeOf } from "../core/run-moves.ts";
import { findBreak } from "../core/record.ts";
import { sealDigest, type Sha256 } from "../core/seal.ts";
import type { Change, RunView, StoredEvent } from "../ports.ts";
import { renderChecksCard } from "./checks-card.ts";
import { renderDiffCard } from "./diff-card.ts";
import { hideTokens } from "./hide.ts";
import { html } from "./html.ts";
import { renderPage } from "./layout.ts";
import { renderRail } from "./rail.ts";
import { renderHead } from "./run-head.ts";
import { collectNames, type Scene } from "./scene.ts";
import { renderTimeline } from "./timeline.ts";
import type { Times } from "./times.ts";
import { renderVersionsCard } from "./versions-card.ts";
import { canChange } from "./words.ts";

export interface RunPageInput {
  readonly view: RunView;
  readonly events: readonly StoredEvent[];
  /** The version asked for; without it the one the run is about now. */
  readonly version?: number;
  readonly times: Times;
  readonly sha256: Sha256;
}

/** Undefined where the run has no such version. */
export function renderRunPage(input: RunPageInput): string | undefined {
  const { view } = input;
  const change = pickChange(view, input.version);
  if (input.version !== undefined && change === undefined) return undefined;
  const scene = setScene(input, change);
  const main = html`${renderHead(scene)}
    <div class="run-grid">
      <div class="run-main">
        ${renderTimeline(scene)} ${renderVersionsCard(scene)}
        ${change === undefined ? undefined : renderDiffCard(scene, change)}
        ${change === undefined ? undefined : renderChecksCard(scene, change)}
      </div>
      ${renderRail(scene)}
    </div>`;
  return renderPage({
    title: `Run ${view.run.id}: ${view.run.title}`,
    main,
    skip: { id: "timeline", to: "Skip to the timeline" },
    live: canChange(view.run.state.phase) ? "moves" : "still",
  });
}

export function pickChange(view: RunView, version: number | undefined): Change | undefined {
  const wanted = version ?? changeOf(view.run.state);
  return wanted === undefined ? view.changes.at(-1) : view.changes.find((change) => change.number === wanted);
}

function setScene(input: RunPageInput, change: Change | undefined): Scene {
  const { view, events, times, sha256 } = input;
  const broken = findBreak(events, sha256);
  const sealHolds = judgeSeal(change, sha256);
  return {
    view,
    events,
    times,
    names: collectNames(view),
    ...(change === undefined ? {} : { change }),
    ...(broken === undefined ? {} : { broken }),
    ...(sealHolds === undefined ? {} : { sealHolds }),
  };
}

/** True where the seal is the digest of the sealed record, and that record is about this very change. */
function judgeSeal(change: Change | undefined, sha256: Sha256): boolean | undefined {
  if (change?.sealed === undefined || change.seal === undefined) return undefined;
  const { sealed } = change;
  const same =
    sealed.change === change.number &&
    sealed.resultTree === change.resultTree &&
    sealed.baseCommit === change.baseCommit;
  return same && sealDigest(sealed, sha256) === change.seal;
}

/** All that is stored of a run but the packs, for machines. */
export function renderRunJson(input: Pick<RunPageInput, "view" | "events" | "sha256">): string {
  const { view, events, sha256 } = input;
  const broken = findBreak(events, sha256);
  const record = {
    unbroken: broken === undefined,
    ...(broken === undefined ? {} : { broken }),
    head: events.at(-1)?.hash,
  };
  const hide = (key: string, value: unknown): unknown => {
    if (key === "pack") return undefined;
    return typeof value === "string" ? hideTokens(value) : value;
  };
  return `${JSON.stringify({ ...view, record, events }, hide, 2)}\n`;
}
