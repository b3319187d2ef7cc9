// Rules of a run that name an agent; all else is as plain as can be.
import type { RunRules } from "../../src/core/policy.ts";

export function rulesFor(agent: RunRules["agent"]): RunRules {
  return {
    team: "marketing",
    policyVersion: "v",
    repository: "acme/website",
    historyDepth: 50,
    draft: true,
    write: ["content/**"],
    never: [],
    checks: [],
    ownerGroups: [],
    votesRequired: 1,
    expiresMs: 1000,
    memberGroups: [],
    linearTeams: [],
    adminGroups: [],
    agent,
    network: { setup: [], agent: [] },
    limits: { timeMs: 60_000, files: 40, lines: 1500 },
    atOnce: 1,
  };
}
