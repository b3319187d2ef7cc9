// What the code host's own checks say about an open pull request.

const PASSED = new Set(["success", "neutral", "skipped"]);
const FAILED = new Set(["failure", "timed_out", "action_required", "startup_failure"]);

/** Conclusions by the name of the check. */
type Ci = Readonly<Record<string, string>>;

export function failedChecks(ci: Ci): readonly string[] {
  return Object.entries(ci)
    .filter(([, conclusion]) => FAILED.has(conclusion))
    .map(([name]) => name);
}

export function allPassed(ci: Ci): boolean {
  return Object.values(ci).every((conclusion) => PASSED.has(conclusion));
}
