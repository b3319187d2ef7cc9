// Claude Code through the whole product, played from a recording: a stand-in program that prints it and makes its edit.
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { peopleOf, type People } from "./people.ts";
import { openTestStage, type TestStage } from "./stage.ts";

const KEY = ["sk", "ant", "test-0123456789abcdefghijklmnop"].join("-");

/** Notes how it was started beside itself in the sandbox, mends the file, and prints the recorded stream. */
const PROGRAM = `#!/bin/sh
echo "args: $*" > /tmp/started
cat > /tmp/prompt
case "$*" in *"--setting-sources user"*"--strict-mcp-config"*) ;; *) echo "wrong flags" >&2; exit 2 ;; esac
[ -n "$ANTHROPIC_API_KEY" ] || { echo "no key" >&2; exit 3; }
grep -q 'fix the failing test' /tmp/prompt || { echo "no prompt on stdin" >&2; exit 4; }
sed -i 's/return price + (price \\* percent)/return price - (price * percent)/' src/price.js
sed "s/All tests pass/All tests pass with $ANTHROPIC_API_KEY/" "$(dirname "$0")/stream.jsonl"
`;

let stage: TestStage;
let people: People;
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-claude-"));
  const program = join(folder, "program");
  const policy = join(folder, "policy");
  await mkdir(program);
  await writeFile(join(program, "claude"), PROGRAM, { mode: 0o755 });
  await cp("test/payloads/claude-code/happy.jsonl", join(program, "stream.jsonl"));
  await cp("manifests/demo/policy", policy, { recursive: true });
  const keyIsAbsent = 'test -z "$ANTHROPIC_API_KEY"';
  const team = {
    team: "marketing",
    members: { slackUsergroups: ["S0MKT"] },
    channels: { requests: ["C0MKT"] },
    may: ["change"],
    repositories: [
      {
        repo: "acme/website",
        paths: { write: ["src/**"] },
        setup: keyIsAbsent,
        checks: { absent: { run: keyIsAbsent, required: true }, test: { run: "npm test", required: true } },
      },
    ],
    owners: { slackUsergroups: ["S0WEBOWNERS"] },
    agent: { use: "claude-code" },
  };
  await writeFile(join(policy, "teams", "marketing.yaml"), stringify(team));
  stage = await openTestStage({
    policyDir: policy,
    bindReadOnly: { [program]: "/opt/claude" },
    env: { ANTHROPIC_API_KEY: KEY, CLAUDE_PATH: "/opt/claude/claude" },
  });
  people = peopleOf(stage);
});
afterAll(async () => {
  await stage.close();
  await rm(folder, { recursive: true });
});

test("a recorded Claude Code run becomes a checked change; its key is in the agent's process alone, and said so", async () => {
  const run = await people.ask("fix the failing test");
  const card = await people.cardWith("approve", run);
  const shown = JSON.stringify(card.blocks);
  expect(shown).toContain("in the sandbox: ANTHROPIC_API_KEY");
  expect(shown).toContain("✓ test");
  expect(shown).toContain("✓ absent");
});

test("the key's value is nowhere in the database, in messages or on pages", async () => {
  const client = new Client({ connectionString: stage.database.adminUrl });
  await client.connect();
  const { rows: tables } = await client.query<{ name: string }>(
    "select table_schema || '.' || table_name as name from information_schema.tables where table_schema in ('public', 'pgboss')",
  );
  const hits: string[] = [];
  for (const { name } of tables) {
    const { rows } = await client.query(`select 1 from ${name} t where position($1 in t::text) > 0 limit 1`, [KEY]);
    if (rows.length > 0) hits.push(name);
  }
  await client.end();
  expect(hits).toEqual([]);
  expect(JSON.stringify(stage.slack.state())).not.toContain(KEY);
});
