// A run as the messages it should show now. Pure: who is named, linked and woken comes in with the scene.
import type { Change } from "../ports.ts";
import { judgeVerdict, renderApproval, renderDecided, renderPointer, renderReplaced } from "./render-approval.ts";
import { renderOutcome } from "./render-ended.ts";
import { renderCiFailure, renderPullRequest } from "./render-pull-request.ts";
import { renderRefusal } from "./render-refusal.ts";
import { renderRunCard } from "./render-run-card.ts";
import type { Face, Scene } from "./render-scene.ts";
import { renderStream, type StreamPlan } from "./render-stream.ts";

export type Slot =
  | {
      readonly kind: "message";
      readonly slot: string;
      /** `card`: the run's own message. `thread`: a reply to it. `review`: the channel owners read. */
      readonly home: "card" | "thread" | "review";
      readonly face: Face;
    }
  /** To the requester alone, once. */
  | { readonly kind: "private"; readonly slot: string; readonly face: Face }
  | { readonly kind: "stream"; readonly slot: string; readonly plan: StreamPlan };

/** At most four posts a version: card, stream, approval (with its pointer), outcome. */
export function planSlots(scene: Scene): readonly Slot[] {
  const { run } = scene.view;
  if (isFromElsewhere(scene)) return planVisiting(scene);
  if (run.state.phase === "refused" && isPrivateRefusal(scene)) {
    return [{ kind: "private", slot: "refusal", face: renderRefusal(scene, run.state) }];
  }
  const card = renderRunCard(scene);
  if (card === undefined) return [];
  return [
    { kind: "message", slot: "card", home: "card", face: card },
    ...scene.view.changes
      .filter((change) => change.seal !== undefined)
      .flatMap((change) => planApproval(scene, change)),
    ...planOutcome(scene),
    ...planCi(scene),
    ...planStream(scene),
  ];
}

function isFromElsewhere({ view }: Pick<Scene, "view">): boolean {
  return view.run.request.place.surface !== "slack";
}

/** A run that lives on the tracker comes to Slack for its decision alone. */
function planVisiting(scene: Scene): readonly Slot[] {
  if (reviewChannelOf(scene) === undefined) return [];
  return scene.view.changes
    .filter((change) => change.seal !== undefined)
    .map((change) => ({
      kind: "message",
      slot: `approval:${change.number}`,
      home: "review",
      face: approvalFace(scene, change),
    }));
}

/** A refused command is nobody else's business; a refused mention is answered where others saw it asked. */
function isPrivateRefusal(scene: Scene): boolean {
  const { request, chosen } = scene.view.run;
  const asked = chosen.team !== undefined || chosen.repository !== undefined;
  return request.kind !== "mention" && !asked;
}

/** The channel for owners, where it is another than the run's own. */
export function reviewChannelOf(scene: Pick<Scene, "view">): string | undefined {
  const { rules, thread, request } = scene.view.run;
  if (isFromElsewhere(scene)) return rules?.reviewChannel ?? rules?.requestsChannel ?? rules?.adminsChannel;
  const own = thread?.channel ?? request.place.channel;
  return rules?.reviewChannel === own ? undefined : rules?.reviewChannel;
}

function planApproval(scene: Scene, change: Change): readonly Slot[] {
  const review = reviewChannelOf(scene);
  const card: Slot = {
    kind: "message",
    slot: `approval:${change.number}`,
    home: review === undefined ? "thread" : "review",
    face: approvalFace(scene, change),
  };
  if (review === undefined) return [card];
  const face = renderPointer(scene, change, review);
  return [card, { kind: "message", slot: `pointer:${change.number}`, home: "thread", face }];
}

function approvalFace(scene: Scene, change: Change): Face {
  const { state } = scene.view.run;
  if (state.phase === "awaiting_approval" && state.change === change.number) {
    return renderApproval(scene, change, state);
  }
  const verdict = judgeVerdict(scene, change);
  if (verdict !== undefined) return renderDecided(scene, change, verdict);
  const newer = scene.view.changes.findLast((each) => each.number > change.number && each.seal !== undefined);
  return renderReplaced(scene, newer?.number);
}

function planOutcome(scene: Scene): readonly Slot[] {
  const { state } = scene.view.run;
  const published = state.phase === "pr_open" || state.phase === "merged" || state.phase === "closed";
  const face = published ? renderPullRequest(scene, state) : renderOutcome(scene);
  const turn = "turn" in state ? state.turn : 0;
  return face === undefined ? [] : [{ kind: "message", slot: `outcome:${turn}`, home: "thread", face }];
}

function planCi(scene: Scene): readonly Slot[] {
  const { state } = scene.view.run;
  const face = state.phase === "pr_open" ? renderCiFailure(scene, state) : undefined;
  if (face === undefined || state.phase !== "pr_open") return [];
  return [{ kind: "message", slot: `ci:${state.headSha.slice(0, 12)}`, home: "thread", face }];
}

/** Only a turn that got as far as a sandbox has progress to show. */
function planStream(scene: Scene): readonly Slot[] {
  const { state } = scene.view.run;
  const turn = "turn" in state ? state.turn : 0;
  const moving = state.phase === "provisioning" || state.phase === "working" || state.phase === "checking";
  const started = scene.view.turns.some((each) => each.turn === turn && each.baseCommit !== undefined);
  if (turn === 0 || state.phase === "queued" || state.phase === "dispatched" || !(moving || started)) return [];
  return [{ kind: "stream", slot: `stream:${turn}`, plan: renderStream(scene) }];
}
