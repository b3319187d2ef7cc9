// Beside the story: where and under which rules the run happened, and whether its record is whole.
import { countOf } from "../core/text.ts";
import { html, type Html, type Piece } from "./html.ts";
import { readFields } from "./payload.ts";
import { renderLink, short, type Scene } from "./scene.ts";
import { wordDuration } from "./times.ts";
import { renderPill } from "./words.ts";

type Row = readonly [string, Piece];

export function renderRail(scene: Scene): Html {
  return html`<aside class="run-rail" aria-label="At a glance">
    <section class="card">
      <div class="card-head"><h2>At a glance</h2></div>
      ${renderRows(glance(scene))}
    </section>
    ${renderRecord(scene)}
  </aside>`;
}

function renderRows(rows: readonly Row[]): Html {
  return html`<dl class="card-body kv">
    ${rows.map(
      ([name, value]) =>
        html`<dt>${name}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`;
}

function glance(scene: Scene): readonly Row[] {
  const { run, turns } = scene.view;
  const { rules } = run;
  const rows: Row[] = [["Where", wordWhere(scene)]];
  if (run.issue !== undefined) rows.push(["Issue", renderLink(run.issue.url, html`${run.issue.identifier}`)]);
  const started = scene.events.findLast((event) => event.kind === "agent_started" && event.payload !== undefined);
  const fields = started === undefined ? undefined : readFields(started);
  if (fields !== undefined) rows.push(["Agent", fields.text("agent") || "a command of the team"]);
  const read = turns.reduce(
    (sum, turn) => ({ messages: sum.messages + turn.contextCount, pictures: sum.pictures + turn.pictureCount }),
    { messages: 0, pictures: 0 },
  );
  if (fields !== undefined) rows.push(["Read", wordRead(read, run.issue === undefined ? "thread message" : "message")]);
  if (rules !== undefined)
    rows.push(["Rules", html`${rules.team}, version <code>${short(rules.policyVersion)}</code>`]);
  if (rules !== undefined) {
    const { timeMs, files, lines } = rules.limits;
    rows.push(["May change", rules.write.join(", ")]);
    rows.push([
      "Limits",
      `${wordDuration(timeMs)} of the agent a turn, ${countOf(files, "file")}, ${countOf(lines, "line")}`,
    ]);
  }
  if (fields !== undefined) {
    const hosts = [...new Set([...fields.texts("hosts"), ...(rules?.network.agent ?? [])])];
    rows.push(["Network", hosts.length === 0 ? "closed for the agent" : html`${hosts.join(", ")}; all else closed`]);
    const secrets = fields.texts("secretsInSandbox");
    rows.push([
      "Secrets",
      secrets.length === 0
        ? "none in the sandbox"
        : html`${secrets.join(", ")} <span class="faint">(in the sandbox)</span>`,
    ]);
  }
  return [...rows, ["Times", `in ${scene.times.zone}`]];
}

function wordWhere({ view, change }: Scene): Piece {
  const { run } = view;
  const repository = run.repository?.fullName ?? run.rules?.repository;
  if (repository === undefined) return html`<span class="faint">not decided</span>`;
  const branch = change?.baseBranch ?? run.rules?.base ?? run.repository?.defaultBranch;
  const base = change?.baseCommit ?? view.turns.at(-1)?.baseCommit;
  return html`${repository}${branch === undefined ? "" : `, ${branch}`}${base === undefined ? undefined : html` at <code>${short(base)}</code>`}`;
}

function wordRead(read: { readonly messages: number; readonly pictures: number }, message: string): string {
  const parts = [
    ...(read.messages === 0 ? [] : [countOf(read.messages, message)]),
    ...(read.pictures === 0 ? [] : [countOf(read.pictures, "picture")]),
  ];
  return parts.length === 0 ? "the request alone" : parts.join(", ");
}

function renderRecord(scene: Scene): Html {
  const { events, broken, sealHolds } = scene;
  const pill =
    broken === undefined
      ? renderPill({ word: "Unbroken", tone: "good", icon: "check" })
      : renderPill({ word: "Broken", tone: "bad", icon: "x" });
  const head = events.at(-1)?.hash ?? "";
  const erased = events.filter((event) => event.payload === undefined).length;
  const rows: Row[] = [["Events", countOf(events.length, "event")]];
  if (head !== "") rows.push(["Head", html`<code title="${head}">${head.slice(0, 8)}…${head.slice(-4)}</code>`]);
  if (erased > 0) rows.push(["Erased", countOf(erased, "payload")]);
  if (sealHolds !== undefined) {
    const words = sealHolds
      ? "matches the stored change"
      : html`<span class="t-bad">✗ does not match the stored change</span>`;
    rows.push(["Seal", words]);
  }
  const why =
    broken === undefined
      ? undefined
      : html`<p class="alert">
          ✗ At event ${broken.seq}: ${broken.why}. From there on this record cannot be trusted.
        </p>`;
  return html`<section class="card" id="record">
    <div class="card-head">
      <h2>Record</h2>
      <span class="push">${pill}</span>
    </div>
    ${why === undefined ? undefined : html`<div class="card-body">${why}</div>`}${renderRows(rows)}
  </section>`;
}
