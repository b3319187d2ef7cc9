// The head of a run's page: state, title, who asked, who countersigned, the seal, the time.
import { totalsOf } from "../core/change.ts";
import { changeOf } from "../core/run-moves.ts";
import { shortSeal } from "../core/seal.ts";
import { countOf } from "../core/text.ts";
import type { Change, VoteRow } from "../ports.ts";
import { wherePlace } from "./place.ts";
import { html, type Html, type Piece } from "./html.ts";
import { icon } from "./icons.ts";
import { renderNotice, wordAgainst } from "./notice.ts";
import { readSegments } from "./phases.ts";
import { renderRibbon } from "./ribbon.ts";
import { nameOf, renderLink, type Scene } from "./scene.ts";
import { renderSealmark } from "./sealmark.ts";
import { wordDuration } from "./times.ts";
import { canChange, isMoving, renderPhase } from "./words.ts";

export function renderHead(scene: Scene): Html {
  const { run, nowMs } = scene.view;
  const { phase } = run.state;
  const pull =
    run.pullRequest === undefined
      ? undefined
      : renderLink(run.pullRequest.url, html`${icon("pr")}Pull request #${run.pullRequest.number}`, "btn btn-s");
  return html`<header class="card run-head">
    <p class="run-top">
      <a href="/runs">Runs</a>${icon("right")}<span class="mono">${run.id}</span
      >${renderPhase(phase, "large")}${isMoving(phase) ? html`<span class="live">Live</span>` : undefined}<span
        class="btn-row push"
        ><a class="btn btn-s" href="/runs/${run.id}.json">Raw JSON</a>${pull}</span
      >
    </p>
    <h1>${run.title}</h1>
    <ul class="signs">
      ${renderAsked(scene)}${renderSigned(scene)}${renderSeal(scene)}${renderTime(scene)}
    </ul>
    ${renderNotice(scene)} ${renderRibbon(readSegments(scene.events, nowMs))} ${renderTabs(scene)}
  </header>`;
}

function renderTabs({ view, change }: Scene): Html {
  const versions =
    view.changes.length > 1
      ? html`<a href="#versions">Versions <span class="count">${view.changes.length}</span></a>`
      : undefined;
  const about =
    change === undefined
      ? undefined
      : html`<a href="#diff">Diff <span class="count">${change.files.length}</span></a
          ><a href="#checks">Checks <span class="count">${change.checks.length}</span></a>`;
  return html`<nav class="tabs run-tabs" aria-label="Parts of this run">
    <a href="#timeline">Timeline</a>${versions}${about}<a href="#record">Record</a>
  </nav>`;
}

interface Sign {
  readonly face: Html;
  readonly label: string;
  readonly main: Piece;
  readonly sub: Piece;
  readonly style?: string;
}

function renderSign({ face, label, main, sub, style = "" }: Sign): Html {
  return html`<li class="sign${style}">
    ${face}
    <p class="s-lab">${label}</p>
    <p class="s-main">${main}</p>
    <p class="s-sub">${sub}</p>
  </li> `;
}

/** Letters and colour of a person, both made from the name and id alone. */
function renderFace(name: string, id: string): Html {
  const words = name.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== "");
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0] ?? "?"];
  const initials = letters.map((word) => String.fromCodePoint(word?.codePointAt(0) ?? 63).toUpperCase()).join("");
  const tint = (Buffer.from(id).reduce((sum, byte) => sum + byte, 0) % 5) + 1;
  return html`<span class="av av-${tint}" aria-hidden="true">${initials}</span>`;
}

function renderAsked({ view, names, times }: Scene): Html {
  const { run } = view;
  const name = nameOf(names, run.request.requester);
  const at = times.stamp(run.createdAtMs, times.near(run.createdAtMs, view.nowMs));
  const sub = html`${run.rules === undefined ? "" : `${run.rules.team}, `}${wherePlace(run)}, ${at}`;
  return renderSign({ face: renderFace(name, run.request.requester.id), label: "Asked by", main: name, sub });
}

function renderSigned(scene: Scene): Html {
  const { view, names, times } = scene;
  const { state, rules } = view.run;
  const ids = "approvals" in state ? state.approvals : [];
  const change = changeOf(state);
  const votes = ids.flatMap(
    (id) => view.votes.find((vote: VoteRow) => vote.person.id === id && vote.change === change) ?? [],
  );
  const label = "Countersigned by";
  const [first] = votes;
  if (first === undefined) {
    const main = html`<span class="muted">${canChange(state.phase) ? "Nobody yet" : "Nobody"}</span>`;
    return renderSign({
      face: html`<span class="sign-ic sign-none">${icon("ready")}</span>`,
      label,
      main,
      sub: wordAgainst(scene) ?? sayNeeds(scene),
    });
  }
  const who = votes.map((vote) => nameOf(names, vote.person)).join(", ");
  const last = votes.at(-1) ?? first;
  const needed = rules === undefined ? "" : `${votes.length} of ${rules.votesRequired} needed, `;
  const sub = html`${needed}${times.stamp(last.atMs, times.near(last.atMs, view.nowMs))}`;
  return renderSign({ face: renderFace(nameOf(names, first.person), first.person.id), label, main: who, sub });
}

function sayNeeds({ view }: Scene): string {
  const { state, rules } = view.run;
  if (!canChange(state.phase)) return "no approval was given";
  return rules === undefined ? "not decided yet" : `needs ${countOf(rules.votesRequired, "owner")}, not who asked`;
}

function renderSeal(scene: Scene): Html {
  const { view } = scene;
  const { state } = view.run;
  const number = changeOf(state);
  const change = number === undefined ? undefined : view.changes.find((each) => each.number === number);
  if (change?.seal === undefined) {
    const none = html`<span class="muted">${canChange(state.phase) ? "None yet" : "None"}</span>`;
    const sub = change === undefined ? "no change to seal" : `version ${change.number} is not sealed`;
    return renderSign({
      face: html`<span class="sign-ic sign-none">${icon("shield")}</span>`,
      label: "Seal",
      main: none,
      sub,
    });
  }
  const main = html`<span class="mono" title="${change.seal}">${shortSeal(change.seal)}</span>`;
  return renderSign({
    face: renderSealmark(change.seal),
    label: `Seal of version ${change.number}`,
    main,
    sub: `${wordSize(change)}${wordPublished(scene)}`,
    style: " sign-seal",
  });
}

function wordSize(change: Change): string {
  const { added, removed } = totalsOf(change.files);
  return `${countOf(change.files.length, "file")}, +${added} −${removed}`;
}

function wordPublished({ view }: Scene): string {
  const { state } = view.run;
  const exact = (state.phase === "pr_open" || state.phase === "merged") && state.headMatches;
  return exact ? ", published exactly" : "";
}

function renderTime({ view }: Scene): Html {
  const { run, nowMs } = view;
  const running = run.state.phase === "working" ? Math.max(0, nowMs - run.state.agent.startedAtMs) : 0;
  return renderSign({
    face: html`<span class="sign-ic">${icon("clock")}</span>`,
    label: "Time used",
    main: html`<span class="num">${wordDuration(run.usedMs + running)}</span>`,
    sub: "agent and checks; waiting is free",
  });
}
