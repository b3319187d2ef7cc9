// A unified diff as git prints it, read back into files and numbered lines. Lines inside a hunk are counted, so that
// content that looks like a header stays content.

export interface DiffLine {
  readonly kind: "same" | "add" | "del" | "note";
  readonly text: string;
  readonly oldNumber?: number;
  readonly newNumber?: number;
}

export interface DiffHunk {
  readonly header: string;
  readonly lines: readonly DiffLine[];
}

export interface DiffFile {
  /** The path as the diff names it; empty where it could not be read. */
  readonly path: string;
  /** Mode changes and the like, in git's words. */
  readonly notes: readonly string[];
  readonly binary: boolean;
  readonly hunks: readonly DiffHunk[];
}

interface OpenHunk {
  readonly header: string;
  readonly lines: DiffLine[];
  oldNumber: number;
  newNumber: number;
  oldLeft: number;
  newLeft: number;
}

interface OpenFile {
  path: string;
  readonly notes: string[];
  binary: boolean;
  readonly hunks: OpenHunk[];
}

const HUNK = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/;

export function parseDiff(diff: string): readonly DiffFile[] {
  const files: OpenFile[] = [];
  let hunk: OpenHunk | undefined;
  const lines = diff.split("\n");
  if (lines.at(-1) === "") lines.pop();
  for (const line of lines) {
    const file = files.at(-1);
    if (hunk !== undefined && takeLine(hunk, line)) continue;
    hunk = undefined;
    if (line.startsWith("diff --git ")) files.push({ path: pathOfHeader(line), notes: [], binary: false, hunks: [] });
    else if (file !== undefined && HUNK.test(line)) {
      hunk = openHunk(line);
      file.hunks.push(hunk);
    } else if (file !== undefined) takeHeader(file, line);
  }
  return files;
}

function openHunk(line: string): OpenHunk {
  const [, oldStart = "0", oldCount = "1", newStart = "0", newCount = "1"] = HUNK.exec(line) ?? [];
  return {
    header: line,
    lines: [],
    oldNumber: Number(oldStart),
    newNumber: Number(newStart),
    oldLeft: Number(oldCount),
    newLeft: Number(newCount),
  };
}

/** False where the line does not belong to the hunk any more. */
function takeLine(hunk: OpenHunk, line: string): boolean {
  const sign = line.charAt(0);
  const text = line.slice(1);
  if (sign === "\\") {
    hunk.lines.push({ kind: "note", text: text.trim() });
    return true;
  }
  if (hunk.oldLeft === 0 && hunk.newLeft === 0) return false;
  if (sign === "+" && hunk.newLeft > 0) hunk.lines.push({ kind: "add", text, newNumber: hunk.newNumber });
  else if (sign === "-" && hunk.oldLeft > 0) hunk.lines.push({ kind: "del", text, oldNumber: hunk.oldNumber });
  else if (sign === " " || line === "")
    hunk.lines.push({ kind: "same", text, oldNumber: hunk.oldNumber, newNumber: hunk.newNumber });
  else return false;
  const [oldStep, newStep] = sign === "+" ? [0, 1] : sign === "-" ? [1, 0] : [1, 1];
  hunk.oldNumber += oldStep;
  hunk.newNumber += newStep;
  hunk.oldLeft -= oldStep;
  hunk.newLeft -= newStep;
  return true;
}

function takeHeader(file: OpenFile, line: string): void {
  if (line.startsWith("+++ ") || line.startsWith("--- ")) {
    const path = readPath(line.slice(4));
    if (path !== undefined) file.path = path;
  } else if (line.startsWith("Binary files ") || line === "GIT binary patch") file.binary = true;
  else if (/^(?:old mode|new mode|new file mode|deleted file mode|rename |copy |similarity )/.test(line))
    file.notes.push(line);
}

/** `a/PATH` or `b/PATH`, quoted or not; undefined for /dev/null. */
function readPath(text: string): string | undefined {
  const plain = unquote(text.replace(/\t$/, ""));
  return plain === "/dev/null" ? undefined : plain.replace(/^[ab]\//, "");
}

/** Both sides of a header name the same path here (renames are never detected), so the line splits in the middle. */
function pathOfHeader(line: string): string {
  const both = line.slice("diff --git ".length);
  return readPath(both.slice((both.length + 1) / 2)) ?? "";
}

const NAMED: Readonly<Record<string, number>> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13 };

/** Git quotes paths with unusual bytes like a C string. */
function unquote(text: string): string {
  if (!text.startsWith('"') || !text.endsWith('"') || text.length < 2) return text;
  const bytes: number[] = [];
  for (const [, octal, name, plain] of text.slice(1, -1).matchAll(/\\([0-7]{3})|\\(.)|([^\\]+)/gsu)) {
    if (octal !== undefined) bytes.push(Number.parseInt(octal, 8) & 255);
    else if (name !== undefined) bytes.push(...(name in NAMED ? [NAMED[name] ?? 0] : Buffer.from(name)));
    else if (plain !== undefined) bytes.push(...Buffer.from(plain));
  }
  return Buffer.from(bytes).toString("utf8");
}
