// What checks prove. Only our own runs on the frozen tree count; "failed before" comes only from our run on the base.
import { z } from "zod";

export const checkResultSchema = z.object({
  name: z.string(),
  command: z.string(),
  required: z.boolean(),
  status: z.enum(["passed", "failed", "timed_out", "could_not_run"]),
  exitCode: z.number().nullable(),
  durationMs: z.number(),
  /** Last lines of output, cleaned. */
  output: z.string(),
  /** The same command on the base tree; `unknown` where it could not run there. */
  before: z.enum(["passed", "failed", "unknown"]),
  /** Files this check takes from the base that the change touches. */
  changedFiles: z.array(z.string()).default([]),
  /** `control-plane` checks are ours (secrets, hidden text); the others ran in a fresh sandbox. */
  where: z.enum(["sandbox", "control-plane"]),
});
export type CheckResult = z.infer<typeof checkResultSchema>;

export interface Judgement {
  /** Required checks that do not pass: the change cannot be approved while any stands. */
  readonly blocking: readonly CheckResult[];
  readonly passed: boolean;
}

/** A change may be approved when every required check ran and passed. */
export function judgeChecks(results: readonly CheckResult[]): Judgement {
  const blocking = results.filter((result) => result.required && result.status !== "passed");
  return { blocking, passed: blocking.length === 0 };
}

/** What is sealed of the checks: names, commands, verdicts; not times or output, which differ from run to run. */
export function checksToSeal(results: readonly CheckResult[]): readonly Readonly<Record<string, unknown>>[] {
  return [...results]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, command, required, status, exitCode, before }) => ({
      name,
      command,
      required,
      status,
      exitCode,
      before,
    }));
}
