// What of a diff stands where somebody decides at a glance; all of it is a click away.
import { cleanText, clip } from "./text.ts";

const DIFF_LINES = 12;
const DIFF_COLUMNS = 60;

export interface DiffTop {
  readonly text: string;
  readonly left: number;
}

const HEADER =
  /^(?:index |diff --git |old mode |new mode |similarity |dissimilarity |--- |new file mode |deleted file mode |Binary files |\\ No newline)/;

/** The first changed lines, without git's own headers, at most twelve lines of sixty characters. */
export function topOfDiff(diff: string): DiffTop {
  const lines: string[] = [];
  for (const line of cleanText(diff).split("\n")) {
    if (line.startsWith("+++ ")) lines.push(line.replace(/^\+\+\+ (?:b\/)?/, ""));
    else if (line.startsWith("@@ ")) {
      // The first part of a file follows its name; between parts something was left out.
      if (/^[-+ …]/.test(lines.at(-1) ?? "")) lines.push("…");
    } else if (!HEADER.test(line)) lines.push(line);
  }
  while (lines.at(-1)?.trim() === "") lines.pop();
  const shown = lines.slice(0, DIFF_LINES).map((line) => clip(line.replace(/\t/g, "  "), DIFF_COLUMNS));
  return { text: shown.join("\n"), left: Math.max(0, lines.length - DIFF_LINES) };
}
