// npm run policy -- check | explain --team T [--repo R] [--path P] | apply
import { parseArgs } from "node:util";
import { decidePath, resolveRules, type Policy } from "../src/core/policy.ts";
import { readPolicy } from "../src/policy-files.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    dir: { type: "string", default: process.env["POLICY_DIR"] ?? "manifests/policy" },
    team: { type: "string" },
    repo: { type: "string" },
    path: { type: "string" },
  },
});

const [verb = "check"] = positionals;
const read = await readPolicy(values.dir);
if (!read.ok) {
  for (const problem of read.problems)
    console.error(`✗ ${values.dir}/${problem.file}${problem.line > 0 ? `:${problem.line}` : ""}  ${problem.says}`);
  process.exitCode = 1;
} else if (verb === "check") {
  console.log(`✓ ${values.dir}: ${read.policy.teams.length} team(s), version ${read.policy.version.slice(0, 7)}`);
} else if (verb === "explain") {
  explain(read.policy);
} else if (verb === "apply") {
  await apply(read.policy);
} else {
  console.error(`unknown: ${verb}. Use check, explain or apply.`);
  process.exitCode = 2;
}

function explain(policy: Policy): void {
  const team = values.team ?? policy.teams[0]?.team ?? "";
  const repository = values.repo ?? policy.teams.find((each) => each.team === team)?.repositories[0]?.repo ?? "";
  const rules = resolveRules(policy, team, repository);
  if (rules === undefined) {
    console.error(
      `✗ no team ${team} with a repository ${repository}. Teams: ${policy.teams.map((each) => each.team).join(", ")}`,
    );
    process.exitCode = 1;
    return;
  }
  const minutes = (ms: number): string => `${Math.round(ms / 60_000)} min`;
  console.log(`A run of ${team} on ${rules.repository} (version ${policy.version.slice(0, 7)}, teams/${team}.yaml):`);
  console.log(`  asks       members of ${rules.memberGroups.join(", ")}`);
  console.log(
    `  approves   ${rules.votesRequired} of ${rules.ownerGroups.join(", ")}, never the requester, within ${Math.round(rules.expiresMs / 86_400_000)} days`,
  );
  console.log(`  may write  ${rules.write.join(", ")}`);
  console.log(`  never      ${rules.never.join(", ")}, and the always-denied paths`);
  console.log(`  agent      ${rules.agent.use === "command" ? rules.agent.command.join(" ") : rules.agent.use}`);
  console.log(`  setup      ${rules.setup ?? "none"}`);
  for (const check of rules.checks)
    console.log(
      `  check      ${check.name}: ${check.run} (${check.required ? "required" : "shown only"}, ${minutes(check.timeMs)})`,
    );
  console.log(
    `  network    setup: ${rules.network.setup.join(", ") || "none"} · agent: ${rules.network.agent.join(", ") || "none"} · checks: none`,
  );
  console.log(
    `  limits     ${minutes(rules.limits.timeMs)}, ${rules.limits.files} files, ${rules.limits.lines} lines, ${rules.atOnce} at once`,
  );
  if (values.path === undefined) return;
  const decided = decidePath(rules, values.path);
  console.log(
    `  ${values.path}: ${decided.verdict}${"rule" in decided ? ` (${decided.rule})` : " (no write rule names it)"}`,
  );
}

async function apply(policy: Policy): Promise<void> {
  const url = process.env["DATABASE_URL"];
  if (url === undefined) {
    console.error("✗ DATABASE_URL is not set: apply stores the policy in the database of a running Countersign");
    process.exitCode = 1;
    return;
  }
  const { applyToDatabase } = await import("../src/compose.ts");
  const { changed } = await applyToDatabase(url, policy);
  console.log(
    changed
      ? `✓ active policy is now ${policy.version.slice(0, 7)}`
      : `✓ ${policy.version.slice(0, 7)} was active already`,
  );
}
