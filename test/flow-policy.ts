// Policies for tests that run the product: the demo's company, with the demo agent in a hurry. JSON is YAML too.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

type Json = Readonly<Record<string, unknown>>;

export interface TestPolicy {
  readonly org?: Json;
  /** Each lies over the marketing team of the demo. */
  readonly teams?: readonly Json[];
}

const DEMO_AGENT = { use: "command", command: ["env", "DEMO_PACE=0", "demo-agent"] };

export const WEBSITE = {
  repo: "acme/website",
  aka: ["site", "pricing page"],
  base: "main",
  history: 50,
  paths: { write: ["content/**", "public/**", "src/**"] },
};

const ORG: Json = {
  admins: { slackUsergroups: ["S0PLATFORM"], channel: "C0PLATFORM" },
  defaults: { owners: { required: 1, expires: "7d" }, limits: { run: { time: "10m" } } },
  ceilings: { limits: { run: { time: "4h" } }, paths: { never: [".github/**", "**/*.pem", "**/.env*"] } },
};

const MARKETING: Json = {
  team: "marketing",
  members: { slackUsergroups: ["S0MKT"] },
  channels: { requests: ["C0MKT"] },
  may: ["change"],
  repositories: [WEBSITE],
  owners: { slackUsergroups: ["S0WEBOWNERS"] },
  agent: DEMO_AGENT,
  limits: { atOnce: 6 },
};

/** Writes the files of a policy and answers their folder. */
export function writePolicy(folder: string, { org = {}, teams = [{}] }: TestPolicy): string {
  mkdirSync(join(folder, "teams"), { recursive: true });
  writeFileSync(join(folder, "org.yaml"), JSON.stringify({ ...ORG, ...org }));
  for (const team of teams) {
    const whole: Json = { ...MARKETING, ...team };
    writeFileSync(join(folder, "teams", `${String(whole["team"])}.yaml`), JSON.stringify(whole));
  }
  return folder;
}
