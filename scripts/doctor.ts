// npm run doctor: every setting tried for real, one line each, with the fix on each red one. Exits 1 if any is red.
import { existsSync } from "node:fs";
import { loadEnvFile } from "node:process";
import { parseConfig } from "../src/config.ts";
import { readPolicy } from "../src/policy-files.ts";
import { bad, ok, type Finding } from "./doctor/finding.ts";
import { checkGithub } from "./doctor/github.ts";
import { checkLinear } from "./doctor/linear.ts";
import { checkDatabase, checkModel, checkPolicy, checkSandbox } from "./doctor/rest.ts";
import { checkGroups, checkSlack } from "./doctor/slack.ts";

let red = 0;
const MARKS = { ok: "✓", off: "–", bad: "✗" } as const;

if (existsSync(".env")) loadEnvFile(".env");
const parsed = parseConfig(process.env);
if (!parsed.ok) {
  for (const problem of parsed.problems)
    print(bad("settings", problem, "mend it in .env; .env.example explains each line"));
  process.exit(1);
}
const { config } = parsed;
print(ok("settings", "every variable that is set can be read"));
const read = await readPolicy(config.policyDir);
const policy = read.ok ? read.policy : undefined;

for (const check of [
  () => checkPolicy(config.policyDir, read),
  () => checkDatabase(config),
  () => checkSlack(config),
  () => checkGroups(config, policy),
  () => checkLinear(config, policy),
  () => checkGithub(config, policy),
  () => checkSandbox(config),
  () => checkModel(config, policy),
]) {
  for (const finding of await check()) print(finding);
}
console.log(red === 0 ? "\nReady: npm start" : `\n${red} to mend before npm start.`);
process.exit(red === 0 ? 0 : 1);

function print(finding: Finding): void {
  if (finding.state === "bad") red += 1;
  console.log(`${MARKS[finding.state]} ${finding.what.padEnd(10)} ${finding.says}`);
  if (finding.fix !== undefined) console.log(`             fix: ${finding.fix}`);
}
