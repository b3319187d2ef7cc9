// The lines a unified diff adds, with the file and line they will stand in.

export interface AddedLine {
  readonly path: string;
  readonly line: number;
  readonly text: string;
}

const HUNK = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/;

interface Place {
  path: string;
  /** Lines of the old and the new side that the current hunk still has. */
  oldLeft: number;
  newLeft: number;
  line: number;
}

/** Hunks are counted: a line of content that looks like a header of the diff is content. */
export function addedLines(diff: string): readonly AddedLine[] {
  const added: AddedLine[] = [];
  const place: Place = { path: "", oldLeft: 0, newLeft: 0, line: 0 };
  for (const line of diff.split("\n")) {
    if (place.oldLeft > 0 || place.newLeft > 0) readContent(place, line, added);
    else readHeader(place, line);
  }
  return added;
}

function readContent(place: Place, line: string, added: AddedLine[]): void {
  const sign = line[0];
  if (sign === "\\") return;
  if (sign === "+") added.push({ path: place.path, line: place.line, text: line.slice(1) });
  if (sign !== "-") place.line += 1;
  if (sign !== "-") place.newLeft -= 1;
  if (sign !== "+") place.oldLeft -= 1;
}

function readHeader(place: Place, line: string): void {
  if (line.startsWith("+++ ")) place.path = pathOf(line.slice(4));
  const hunk = HUNK.exec(line);
  if (hunk === null) return;
  place.oldLeft = Number(hunk[1] ?? "1");
  place.line = Number(hunk[2]);
  place.newLeft = Number(hunk[3] ?? "1");
}

/** `b/name`, in quotes with escapes where git finds the name hard to print; a tab ends one with blanks. */
function pathOf(shown: string): string {
  const plain = shown.startsWith('"')
    ? shown.slice(1, shown.lastIndexOf('"')).replace(/\\(["\\])/g, "$1")
    : shown.replace(/\t$/, "");
  return plain.replace(/^b\//, "");
}
