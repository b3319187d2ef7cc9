// What a built-in check found, as the result it goes into the record with.
import type { ChangedFile } from "../core/change.ts";
import { cleanText, countOf } from "../core/text.ts";
import type { CheckResult } from "../core/verification.ts";
import type { AddedLine } from "./added-lines.ts";

export interface Finding {
  readonly path: string;
  readonly line: number;
  readonly what: string;
}

export interface Reading {
  readonly name: string;
  /** What it looks for, in words: it stands where other checks have their command. */
  readonly command: string;
  /** Whether a change in which it finds something may not be approved. */
  readonly blocks: boolean;
  readonly files: readonly ChangedFile[];
  readonly lines: readonly AddedLine[];
  readonly findings: readonly Finding[];
}

const SHOWN = 20;

/** A diff that was cut is not vouched for; whoever decides sees that it was not read to its end. */
export function resultOf(reading: Reading): CheckResult {
  const { name, command, findings } = reading;
  const unread = unreadLines(reading);
  const status = findings.length > 0 ? "failed" : unread > 0 ? "could_not_run" : "passed";
  return {
    name,
    command,
    required: status === "failed" && reading.blocks,
    status,
    exitCode: null,
    durationMs: 0,
    output: describe(reading, unread),
    before: "unknown",
    changedFiles: [],
    where: "control-plane",
  };
}

function unreadLines({ files, lines }: Reading): number {
  const wanted = files.reduce((sum, file) => sum + (file.added ?? 0), 0);
  return Math.max(0, wanted - lines.length);
}

function describe({ files, findings }: Reading, unread: number): string {
  const shown = findings.slice(0, SHOWN).map(({ path, line, what }) => `${cleanText(path)}, line ${line}: ${what}`);
  if (findings.length > SHOWN) shown.push(`and ${findings.length - SHOWN} more`);
  if (unread > 0)
    shown.push(`${countOf(unread, "added line")} not read: the change is longer than what is kept for reading`);
  const binary = files.filter((file) => file.added === null && file.status !== "deleted").length;
  if (binary > 0) shown.push(`${countOf(binary, "binary file")} not read`);
  return shown.join("\n");
}
