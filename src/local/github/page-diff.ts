// A file's difference as a table: line numbers, signs, and the words that changed within a line.
import { escapeHtml } from "../http.ts";
import type { FileDiff } from "./diff.ts";

const MAX_ROWS_PER_FILE = 1200;
const MAX_ROWS = 6000;

export function countLines(files: readonly FileDiff[]): { readonly added: number; readonly removed: number } {
  return {
    added: files.reduce((sum, file) => sum + (file.additions ?? 0), 0),
    removed: files.reduce((sum, file) => sum + (file.deletions ?? 0), 0),
  };
}

export function plusMinus(added: number, removed: number): string {
  return `<span class="plus">+${added}</span> <span class="minus">−${removed}</span>`;
}

export function renderFiles(files: readonly FileDiff[]): string {
  let left = MAX_ROWS;
  const shown = files.map((file) => {
    const rows = (file.patch ?? "").split("\n").length;
    const fits = rows <= MAX_ROWS_PER_FILE && rows <= left;
    if (fits) left -= rows;
    return renderFile(file, fits);
  });
  return shown.join("\n");
}

function renderFile(file: FileDiff, fits: boolean): string {
  const name = escapeHtml(file.path);
  const counts = file.additions === undefined ? "binary" : plusMinus(file.additions, file.deletions ?? 0);
  const from =
    file.previousPath === undefined
      ? ""
      : `<span class="muted">was <span class="mono">${escapeHtml(file.previousPath)}</span></span>`;
  return `<details class="card dfile" open data-key="${name}"><summary class="chev"><b class="mono">${name}</b>${from}${noteOf(file)}<span class="push num">${counts}</span></summary>${renderPatch(file, fits)}</details>`;
}

function noteOf(file: FileDiff): string {
  const mode =
    file.oldMode !== file.newMode && file.status !== "added" && file.status !== "removed"
      ? `mode ${file.oldMode} → ${file.newMode}`
      : file.newMode === "120000"
        ? "symlink"
        : file.newMode === "100755" && file.status === "added"
          ? "executable"
          : "";
  const words = [file.status === "modified" || file.status === "changed" ? "" : file.status, mode].filter(
    (word) => word !== "",
  );
  return words.map((word) => `<span class="tag">${word}</span>`).join("");
}

function renderPatch(file: FileDiff, fits: boolean): string {
  if (file.additions === undefined) return note("Binary file, not shown.");
  if (file.patch === undefined)
    return note(file.status === "renamed" ? "Moved without a change." : "No lines to show.");
  if (!fits) return note("Too long to show here. The whole text is behind “Plain diff”.");
  const name = escapeHtml(file.path);
  return `<div class="table-x" tabindex="0" role="region" aria-label="Changes in ${name}"><table class="diff"><caption class="vh">${name}</caption><tbody>${renderRows(file.patch)}</tbody></table></div>`;
}

function note(text: string): string {
  return `<p class="card-body muted">${text}</p>`;
}

interface Line {
  readonly kind: "hunk" | "same" | "add" | "del" | "note";
  readonly text: string;
  readonly oldNo: number | undefined;
  readonly newNo: number | undefined;
}

function parsePatch(patch: string): readonly Line[] {
  const lines: Line[] = [];
  let oldNo = 0;
  let newNo = 0;
  for (const raw of patch.split("\n")) {
    const text = raw.slice(1);
    const hunk = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(raw);
    if (hunk !== null) {
      oldNo = Number(hunk[1]);
      newNo = Number(hunk[2]);
      lines.push({ kind: "hunk", text: raw, oldNo: undefined, newNo: undefined });
    } else if (raw.startsWith("+")) {
      lines.push({ kind: "add", text, oldNo: undefined, newNo });
      newNo += 1;
    } else if (raw.startsWith("-")) {
      lines.push({ kind: "del", text, oldNo, newNo: undefined });
      oldNo += 1;
    } else if (raw.startsWith("\\")) {
      lines.push({ kind: "note", text: "no line end at the end of the file", oldNo: undefined, newNo: undefined });
    } else {
      lines.push({ kind: "same", text, oldNo, newNo });
      oldNo += 1;
      newNo += 1;
    }
  }
  return lines;
}

function renderRows(patch: string): string {
  const lines = parsePatch(patch);
  const words = pairWords(lines);
  return lines.map((line, at) => renderRow(line, words.get(at))).join("");
}

function renderRow(line: Line, words: string | undefined): string {
  if (line.kind === "hunk") return `<tr class="hunk"><td colspan="4">${escapeHtml(line.text)}</td></tr>`;
  const sign = line.kind === "add" ? "+" : line.kind === "del" ? "−" : "";
  const cls = line.kind === "add" || line.kind === "del" ? ` class="${line.kind}"` : "";
  const code = line.kind === "note" ? `<i class="faint">${line.text}</i>` : (words ?? escapeHtml(line.text));
  return `<tr${cls}><td class="ln">${line.oldNo ?? ""}</td><td class="ln">${line.newNo ?? ""}</td><td class="sg">${sign}</td><td class="cd">${code}</td></tr>`;
}

/** Where as many lines go as come, each pair is compared word by word. */
function pairWords(lines: readonly Line[]): Map<number, string> {
  const marked = new Map<number, string>();
  for (let at = 0; at < lines.length; at += 1) {
    if (lines[at]?.kind !== "del") continue;
    const gone = runOf(lines, at, "del");
    const come = runOf(lines, at + gone, "add");
    if (gone === come)
      for (let pair = 0; pair < gone; pair += 1) {
        const marks = markWords(lines[at + pair]?.text ?? "", lines[at + gone + pair]?.text ?? "");
        if (marks === undefined) continue;
        marked.set(at + pair, marks.before);
        marked.set(at + gone + pair, marks.after);
      }
    at += gone + come - 1;
  }
  return marked;
}

function runOf(lines: readonly Line[], from: number, kind: Line["kind"]): number {
  let count = 0;
  while (lines[from + count]?.kind === kind) count += 1;
  return count;
}

function markWords(before: string, after: string): { readonly before: string; readonly after: string } | undefined {
  const left = before.match(/\w+|\s+|[^\w\s]/g) ?? [];
  const right = after.match(/\w+|\s+|[^\w\s]/g) ?? [];
  const most = Math.min(left.length, right.length);
  let head = 0;
  while (head < most && left[head] === right[head]) head += 1;
  let tail = 0;
  while (tail < most - head && left[left.length - 1 - tail] === right[right.length - 1 - tail]) tail += 1;
  // Nothing in common: the colour of the whole line says it already.
  if (left.slice(0, head).join("").trim() === "" && tail === 0) return undefined;
  const mark = (words: readonly string[], tag: string): string => {
    const middle = words.slice(head, words.length - tail).join("");
    const inner = middle === "" ? "" : `<${tag}>${escapeHtml(middle)}</${tag}>`;
    return `${escapeHtml(words.slice(0, head).join(""))}${inner}${escapeHtml(words.slice(words.length - tail).join(""))}`;
  };
  return { before: mark(left, "del"), after: mark(right, "ins") };
}
