// What a process's end says, the same for every harness.
import type { HarnessEnd, HarnessVerdict } from "../ports.ts";

const KILLED = 128;

/** In words people can act on. */
export function wordExit(exitCode: number): string {
  if (exitCode === 137) return "it was killed (code 137), most often for using too much memory";
  if (exitCode > KILLED && exitCode < KILLED + 65)
    return `it was ended by signal ${exitCode - KILLED} (code ${exitCode})`;
  return `it ended with code ${exitCode}`;
}

/** The shell's codes for a program that is not there or cannot be run. */
export function judgeMissing(end: HarnessEnd, program: string): HarnessVerdict | undefined {
  return end.exitCode === 127 || end.exitCode === 126 ? { kind: "missing", program } : undefined;
}

/** The last line of what it wrote to standard error, to stand beside a verdict. */
export function lastError(end: HarnessEnd): string {
  const lines = end.errors.split("\n").map((line) => line.trim());
  return lines.findLast((line) => line !== "")?.slice(0, 300) ?? "";
}
