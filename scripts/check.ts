// npm run check: format, lint, types, unused code, schema. One line a step, all steps run, exit 1 if any failed.
import { spawnSync } from "node:child_process";

const steps: readonly (readonly [string, readonly string[]])[] = [
  ["format", ["prettier", "--check", "--log-level", "warn", "."]],
  ["lint", ["oxlint", "--type-aware", "--deny-warnings"]],
  ["types", ["tsc", "-p", "tsconfig.json"]],
  ["types of core (no Node, no DOM)", ["tsc", "-p", "src/core"]],
  ["unused code and dependencies", ["knip"]],
  ["database schema as generated", ["node", "scripts/schema.ts", "verify"]],
];

let failed = 0;
for (const [name, [command = "", ...args]] of steps) {
  const started = performance.now();
  const run = spawnSync(`node_modules/.bin/${command}`, args, { encoding: "utf8" });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${run.status === 0 ? "✓" : "✗"} ${name} (${seconds} s)`);
  if (run.status !== 0) {
    failed += 1;
    console.log(`${run.stdout}${run.stderr}`);
  }
}
process.exitCode = failed === 0 ? 0 : 1;
