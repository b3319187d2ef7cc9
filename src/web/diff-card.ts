// The diff of one version: unified, coloured, numbered; what is too long to read here is one link away, whole.
import { totalsOf, type ChangedFile } from "../core/change.ts";
import { countOf } from "../core/text.ts";
import type { Change } from "../ports.ts";
import { compareWords, hasUnseen, renderCode, type WordChange } from "./code-text.ts";
import { parseDiff, type DiffFile, type DiffHunk, type DiffLine } from "./diff-parse.ts";
import { dotted, html, type Html } from "./html.ts";
import { hideInFile } from "./hide.ts";
import { icon } from "./icons.ts";
import type { Scene } from "./scene.ts";

/** Rows drawn of a whole diff, and of the files that stand open at first. */
const ROWS_SHOWN = 3000;
const ROWS_OPEN = 800;
const FILES_LISTED = 300;

export function renderDiffCard(scene: Scene, change: Change): Html {
  const { added, removed } = totalsOf(change.files);
  const { id } = scene.view.run;
  const raw = `/runs/${id}/diff?version=${change.number}`;
  const parsed = new Map(parseDiff(change.diff).map((file) => [file.path, hideInFile(file)]));
  const budget = { rows: ROWS_SHOWN, open: ROWS_OPEN };
  const files = change.files.slice(0, FILES_LISTED);
  const drawn = files.map((file, index) => renderFile({ file, index, diff: parsed.get(file.path), raw, budget }));
  const rest = change.files.length - files.length;
  return html`<section class="card" id="diff" aria-labelledby="df-t">
    <div class="card-head">
      <h2 id="df-t">Diff</h2>
      <span class="num"><span class="plus">+${added}</span> <span class="minus">−${removed}</span></span
      ><span class="faint"
        >version ${change.number}, on ${change.baseBranch} at <code>${change.baseCommit.slice(0, 7)}</code></span
      ><span class="push"><a class="btn btn-s" href="${raw}">Raw diff</a></span>
    </div>
    ${change.diffCut ? html`<p class="alert diff-note">The diff is longer than what is kept of it; the last part is missing here and in the raw diff. The files below are all of them.</p>` : undefined}
    <div class="dlay${change.files.length === 1 ? " dlay-one" : ""}">
      ${change.files.length === 1 ? undefined : renderFileList(files)}
      <div>
        ${drawn}${rest > 0 ? html`<p class="diff-note muted">… ${countOf(rest, "more file")}, in the <a href="${raw}">raw diff</a></p>` : undefined}
      </div>
    </div>
  </section>`;
}

function renderFileList(files: readonly ChangedFile[]): Html {
  const rows = files.map((file, index) => {
    const added = file.added ?? 0;
    const whole = added + (file.removed ?? 0);
    const share = whole === 0 ? 0 : Math.round((added / whole) * 100);
    const bar =
      whole === 0
        ? undefined
        : html`<svg class="fbar" aria-hidden="true">
            <rect class="f-good" width="${share}%" height="8" />
            <rect class="f-bad" x="${share}%" width="${100 - share}%" height="8" />
          </svg>`;
    return html`<li>
      <a href="#file-${index + 1}"><span class="mono">${file.path}</span><span class="push"></span>${bar}</a>
    </li>`;
  });
  return html`<nav aria-label="Files">
    <ul class="files">
      ${rows}
    </ul>
  </nav>`;
}

interface FileAt {
  readonly file: ChangedFile;
  readonly index: number;
  readonly diff: DiffFile | undefined;
  readonly raw: string;
  readonly budget: { rows: number; open: number };
}

function renderFile(at: FileAt): Html {
  const { file, diff, budget } = at;
  const rows = diff?.hunks.reduce((sum, hunk) => sum + hunk.lines.length + 1, 0) ?? 0;
  const open = budget.open > 0 ? html` open` : undefined;
  budget.open -= rows;
  const counts =
    file.added === null
      ? html`<span class="muted">not readable as text</span>`
      : html`<span class="plus">+${file.added}</span> <span class="minus">−${file.removed ?? 0}</span>`;
  const unseen = diff?.hunks.some((hunk) => hunk.lines.some((line) => line.kind === "add" && hasUnseen(line.text)));
  const warning =
    unseen === true
      ? html`<p class="alert diff-note">⚠ Added lines hold characters that do not show; they are drawn as U+….</p>`
      : undefined;
  const status = file.status === "modified" ? undefined : html` <span class="tag">${file.status}</span>`;
  return html`<details class="card dfile" id="file-${at.index + 1}" ${open}>
    <summary class="chev"><b class="mono">${file.path}</b>${status}<span class="push num">${counts}</span></summary>
    ${renderModes(file)}${warning}${renderBody(at)}
  </details> `;
}

const MODES: ReadonlyMap<string, string> = new Map([
  ["100644", "plain file"],
  ["100755", "program"],
  ["120000", "link"],
  ["160000", "submodule"],
]);

function renderModes(file: ChangedFile): Html | undefined {
  const word = (mode: string): string => MODES.get(mode) ?? mode;
  const changed = file.status === "modified" && file.oldMode !== file.newMode;
  const unusual = file.status === "added" && file.newMode !== "100644";
  if (!changed && !unusual) return undefined;
  const says = changed ? `Was a ${word(file.oldMode)}, is now a ${word(file.newMode)}.` : `A ${word(file.newMode)}.`;
  return html`<p class="diff-note muted">${icon("warn")} ${says}</p>`;
}

function renderBody(at: FileAt): Html {
  const { diff, file, budget, raw } = at;
  if (diff === undefined || diff.hunks.length === 0) {
    const why = diff?.binary === true || file.added === null ? "Content that is not text." : "No lines to show.";
    return html`<p class="diff-note muted">
      ${dotted([why, file.status === "deleted" ? "" : `${file.bytes} bytes now`])}
    </p>`;
  }
  const drawn: Html[] = [];
  let left = 0;
  for (const hunk of diff.hunks) {
    if (budget.rows <= 0) {
      left += hunk.lines.length;
      continue;
    }
    const shown = hunk.lines.slice(0, budget.rows);
    left += hunk.lines.length - shown.length;
    budget.rows -= shown.length + 1;
    drawn.push(renderHunk({ header: hunk.header, lines: shown }));
  }
  const rest =
    left > 0
      ? html`<p class="diff-note muted">… ${countOf(left, "more line")}, in the <a href="${raw}">raw diff</a></p>`
      : undefined;
  if (drawn.length === 0) return html`${rest}`;
  return html`<div class="table-x" tabindex="0" role="region" aria-label="Changes in ${file.path}">
      <table class="diff">
        <caption class="vh">
          ${file.path}
        </caption>
        <tbody>
          ${drawn}
        </tbody>
      </table>
    </div>
    ${rest}`;
}

function renderHunk(hunk: DiffHunk): Html {
  return html`<tr class="hunk">
      <td colspan="4">${renderCode(hunk.header)}</td>
    </tr>
    ${pairLines(hunk.lines).map(renderLine)}`;
}

interface Row {
  readonly line: DiffLine;
  readonly words?: WordChange;
}

/** Removed and added lines next to each other, taken in order, are old and new of one line where they are alike: the changed words are marked. */
function pairLines(lines: readonly DiffLine[]): readonly Row[] {
  const rows: Row[] = [];
  let at = 0;
  const runOf = (kind: DiffLine["kind"]): readonly DiffLine[] => {
    const from = at;
    while (lines[at]?.kind === kind) at += 1;
    return lines.slice(from, at);
  };
  while (at < lines.length) {
    const removed = runOf("del");
    const added = runOf("add");
    rows.push(...markPairs(removed, added));
    const other = lines[at];
    if (other !== undefined && other.kind !== "del" && other.kind !== "add") {
      rows.push({ line: other });
      at += 1;
    }
  }
  return rows;
}

function markPairs(removed: readonly DiffLine[], added: readonly DiffLine[]): readonly Row[] {
  const words = removed.map((line, index) => compareWords(line.text, added[index]?.text ?? ""));
  const marked = (lines: readonly DiffLine[], side: 0 | 1): readonly Row[] =>
    lines.map((line, index) => {
      const change = words[index]?.[side];
      return change === undefined ? { line } : { line, words: change };
    });
  return [...marked(removed, 0), ...marked(added, 1)];
}

const SIGNS = { same: "", add: "+", del: "−", note: "" } as const;
const STYLES = { same: "", add: "add", del: "del", note: "faint" } as const;

function renderLine({ line, words }: Row): Html {
  // Content first, so that the carriage return of a line end is drawn only where it is part of the change.
  const text = line.kind === "same" ? line.text.replace(/\r$/, "") : line.text;
  return html`<tr class="${STYLES[line.kind]}">
    <td class="ln">${line.oldNumber}</td>
    <td class="ln">${line.newNumber}</td>
    <td class="sg">${SIGNS[line.kind]}</td>
    <td class="cd">${words === undefined ? renderCode(text) : renderWords(words, line.kind)}</td>
  </tr> `;
}

function renderWords(words: WordChange, kind: DiffLine["kind"]): Html {
  const { before, middle, after } = words;
  const marked =
    middle === ""
      ? undefined
      : kind === "add"
        ? html`<ins>${renderCode(middle)}</ins>`
        : html`<del>${renderCode(middle)}</del>`;
  return html`${renderCode(before)}${marked}${renderCode(after)}`;
}
