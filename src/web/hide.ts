// The last net before anything is shown: text that has the shape of a credential is named instead of printed.
// Values that are known were taken out long before, where they came in.
import { createRedactor } from "../core/redact.ts";
import type { DiffFile, DiffLine } from "./diff-parse.ts";

export const hideTokens = createRedactor(new Map(), {
  base64: (text) => Buffer.from(text).toString("base64"),
  hex: (text) => Buffer.from(text).toString("hex"),
});

/** A file of a diff with every line hidden in itself, and keys that run over many lines as a whole. */
export function hideInFile(file: DiffFile): DiffFile {
  let inKey = false;
  const hideLine = (line: DiffLine): DiffLine => {
    const begins = /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(line.text);
    const hidden = inKey && !begins ? "[private key]" : hideTokens(line.text);
    inKey = (inKey || begins) && !/-----END [A-Z ]*PRIVATE KEY-----/.test(line.text);
    return { ...line, text: hidden };
  };
  return {
    ...file,
    hunks: file.hunks.map((hunk) => {
      inKey = false;
      return { header: hideTokens(hunk.header), lines: hunk.lines.map(hideLine) };
    }),
  };
}
