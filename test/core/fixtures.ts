import type { Policy, RunRules } from "../../src/core/policy.ts";
import type { OrgFile, TeamFile } from "../../src/core/policy-schema.ts";

export const ORG: OrgFile = {
  admins: { slackUsergroups: ["S0PLATFORM"], channel: "C0PLATFORM" },
  defaults: { owners: { required: 1, expires: 86_400_000 }, limits: { run: { time: 1_800_000 } } },
  ceilings: { limits: { run: { time: 3_600_000 } }, paths: { never: ["**/*.pem"] } },
};

export const MARKETING: TeamFile = {
  team: "marketing",
  members: { slackUsergroups: ["S0MKT"] },
  channels: { requests: ["C0MKT"] },
  may: ["change"],
  repositories: [
    { repo: "acme/website", aka: ["site", "pricing page"], paths: { write: ["content/**", "public/**"] } },
    { repo: "acme/blog", aka: ["blog"], paths: { write: ["posts/*.md"] } },
  ],
  owners: { slackUsergroups: ["S0WEBOWNERS"] },
};

const WEB: TeamFile = {
  team: "web",
  members: { slackUsergroups: ["S0WEBOWNERS"] },
  channels: { requests: ["C0WEB"] },
  may: ["change"],
  repositories: [{ repo: "acme/website", paths: { write: ["**"] } }],
  owners: { slackUsergroups: ["S0WEBOWNERS"], required: 2 },
};

export const POLICY: Policy = { version: "p1", org: ORG, teams: [MARKETING, WEB] };

export function rules(more: Partial<RunRules> = {}): RunRules {
  return {
    team: "marketing",
    policyVersion: "p1",
    repository: "acme/website",
    historyDepth: 50,
    draft: true,
    write: ["content/**", "public/**"],
    never: ["**/*.pem"],
    checks: [],
    ownerGroups: ["S0WEBOWNERS"],
    votesRequired: 1,
    expiresMs: 86_400_000,
    memberGroups: ["S0MKT"],
    linearTeams: [],
    adminGroups: ["S0PLATFORM"],
    agent: { use: "claude-code" },
    network: { setup: [], agent: [] },
    limits: { timeMs: 1_800_000, files: 40, lines: 1500 },
    atOnce: 3,
    ...more,
  };
}
