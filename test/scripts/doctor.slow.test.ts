// The doctor against real stand-ins in a process of their own: all green, then one red line with its fix for each mistake.
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eraseStack } from "../../scripts/local-services.ts";
import { SEED } from "../../scripts/seed.ts";
import { startLocalSlack } from "../../src/local/slack/server.ts";

let dir = "";
let local: ChildProcess;
let env: Record<string, string> = {};

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "countersign-local-"));
  local = spawn(process.execPath, ["scripts/local.ts", "--dir", dir], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise<void>((resolve) => {
    local.stdout?.on("data", (chunk: Buffer) => {
      if (chunk.toString().includes("Ctrl-C")) resolve();
    });
  });
  env = { ...parseEnv(await readFile(join(dir, "env"), "utf8")) } as Record<string, string>;
});
afterAll(async () => {
  const gone = new Promise((resolve) => local.once("exit", resolve));
  local.kill("SIGTERM");
  await gone;
  eraseStack(dir);
});

function run(
  script: string,
  more: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number; readonly said: string }> {
  const all = { PATH: process.env["PATH"] ?? "", POLICY_DIR: "manifests/demo/policy", ...env, ...more };
  return new Promise((resolve) => {
    execFile(process.execPath, script.split(" "), { env: all }, (failure, out, err) => {
      resolve({ code: failure === null ? 0 : Number(failure.code ?? 1), said: `${out}${err}` });
    });
  });
}

/** No value of the environment that lets somebody in may be printed. */
function expectNoSecret(said: string): void {
  for (const [name, value] of Object.entries(env))
    if (/TOKEN|SECRET|_KEY$/.test(name) && name !== "GITHUB_PRIVATE_KEY") expect(said, name).not.toContain(value);
}

function redLines(said: string): readonly string[] {
  return said.split("\n").filter((line) => line.startsWith("✗"));
}

/** The only token that lives is kept, whoever asks. */
async function tokenNow(): Promise<string | undefined> {
  const client = new Client({ connectionString: env["DATABASE_URL"] });
  await client.connect();
  try {
    const { rows } = await client.query<{ sealed: string }>(
      "select sealed from sealed_values where name like 'linear/token/%'",
    );
    return rows[0]?.sealed;
  } finally {
    await client.end();
  }
}

test("with the local services every line is green, and who we are on Linear is said", async () => {
  const doctor = await run("scripts/doctor.ts");
  expect(doctor.said).not.toContain("✗");
  expect(doctor.said).toMatch(/✓ linear +app Countersign in Acme; a token was made and is kept sealed/);
  expect(doctor.said).toMatch(/✓ linear +team MKT \(Marketing\) is visible to the app/);
  expect(doctor.said).toMatch(/– linear +advice: whoever joins MKT in Linear may ask as marketing/);
  expect(doctor.said).toContain("Ready: npm start");
  expect(doctor.code).toBe(0);
  expectNoSecret(doctor.said);
});

test("Linear's one token is shared with what runs here, and never made anew beside it", async () => {
  const before = await tokenNow();
  expect(before).toBeDefined();
  const again = await run("scripts/doctor.ts");
  expect(again.said).toContain("by the token kept in the database");
  const other = await run("scripts/doctor.ts", { SECRETS_KEY: Buffer.alloc(32, 7).toString("base64") });
  expect(other.code).toBe(1);
  expect(redLines(other.said)).toEqual([expect.stringMatching(/✗ linear.*sealed with another SECRETS_KEY/)]);
  expect(other.said).toContain("fix: use the SECRETS_KEY of the running processes");
  const away = await run("scripts/doctor.ts", { DATABASE_URL: "postgres://nobody:x@127.0.0.1:1/none" });
  expect(away.said).toMatch(/– linear +not asked: its token is kept in the database/);
  expect(await tokenNow()).toBe(before);
});

test("without a database a new token is made, and that is said", async () => {
  const doctor = await run("scripts/doctor.ts", { DATABASE_URL: "" });
  expect(doctor.said).toMatch(/✓ linear.*a new token was made.*takes over by itself/);
  const after = await run("scripts/doctor.ts");
  expect(after.said).toContain("a token was made and is kept sealed in the database");
});

test("without Linear its line says what that costs", async () => {
  const doctor = await run("scripts/doctor.ts", { LINEAR_CLIENT_ID: "", LINEAR_CLIENT_SECRET: "", SECRETS_KEY: "" });
  expect(doctor.code).toBe(0);
  expect(doctor.said).toMatch(/– linear +not set up: nobody can hand an issue over/);
});

test("a Linear team of the policy that is not there is one red line with its fix", async () => {
  const policy = await mkdtemp(join(tmpdir(), "countersign-policy-"));
  await cp("manifests/demo/policy", policy, { recursive: true });
  const file = join(policy, "teams", "marketing.yaml");
  await writeFile(file, (await readFile(file, "utf8")).replace("linearTeams: [MKT]", "linearTeams: [MKT, WEB]"));
  const doctor = await run("scripts/doctor.ts", { POLICY_DIR: policy });
  expect(redLines(doctor.said)).toEqual([
    expect.stringMatching(/✗ linear +team WEB is in teams\/marketing.yaml, but the app sees no such team/),
  ]);
  expect(doctor.said).toContain("fix: mend the key");
  await rm(policy, { recursive: true });
});

test("a Slack app without users:read.email is one red line where Linear is used, and none where it is not", async () => {
  const manifest = JSON.parse(await readFile("manifests/slack.json", "utf8")) as {
    oauth_config: { scopes: { bot: string[] } };
  };
  const scopes = manifest.oauth_config.scopes.bot.filter((scope) => scope !== "users:read.email");
  const slack = await startLocalSlack({
    port: 0,
    lookDir: "src/web/look",
    pageToken: "page",
    botToken: env["SLACK_BOT_TOKEN"] ?? "",
    appToken: env["SLACK_APP_TOKEN"] ?? "",
    signingSecret: "signing",
    seed: { ...SEED, bot: { ...SEED.bot, scopes } },
  });
  try {
    const doctor = await run("scripts/doctor.ts", { SLACK_API_URL: slack.url });
    expect(redLines(doctor.said)).toEqual([expect.stringMatching(/✗ slack +scope users:read.email is missing/)]);
    expect(doctor.said).toContain("fix: add it under OAuth & Permissions, then reinstall the app");
    const off = { LINEAR_CLIENT_ID: "", LINEAR_CLIENT_SECRET: "" };
    const without = await run("scripts/doctor.ts", { SLACK_API_URL: slack.url, ...off });
    expect(redLines(without.said)).toEqual([]);
  } finally {
    await slack.close();
  }
});

test.each<[string, Record<string, string>, RegExp]>([
  ["a bot token of another app", { SLACK_BOT_TOKEN: "xoxb-wrong" }, /✗ slack.*SLACK_BOT_TOKEN/],
  ["an app token of another app", { SLACK_APP_TOKEN: "xapp-wrong" }, /✗ slack.*SLACK_APP_TOKEN/],
  ["a sandbox key that is refused", { E2B_API_KEY: "e2b_wrong" }, /✗ sandbox/],
  ["another app's number", { GITHUB_APP_ID: "7" }, /✗ github/],
  ["a database that is not there", { DATABASE_URL: "postgres://nobody:x@127.0.0.1:1/none" }, /✗ database/],
  ["a policy whose agent has no key here", { POLICY_DIR: "manifests/policy" }, /✗ model/],
  ["no sandboxes at all", { E2B_API_KEY: "" }, /✗ sandbox.*E2B_API_KEY is not set/],
  [
    "another Linear app's secret",
    { LINEAR_CLIENT_SECRET: "wrong" },
    /✗ linear +LINEAR_CLIENT_SECRET is not the secret/,
  ],
  ["a Linear token of nobody's", { LINEAR_ACCESS_TOKEN: "lin_oauth_wrong" }, /✗ linear.*LINEAR_ACCESS_TOKEN/],
  ["no webhook secret of Linear", { LINEAR_WEBHOOK_SECRET: "" }, /✗ linear +LINEAR_WEBHOOK_SECRET is not set/],
  ["a public address without https", { PUBLIC_URL: "http://c.example.com" }, /✗ linear +PUBLIC_URL is not https/],
  ["no key to seal with", { SECRETS_KEY: "" }, /✗ settings +SECRETS_KEY: needed .*openssl rand -base64 32/],
  ["a key that is too short", { SECRETS_KEY: "c2hvcnQ=" }, /✗ settings +SECRETS_KEY: must be 32 bytes in base64/],
])("%s is one red line with its fix, and no value is printed", async (_says, wrong, expected) => {
  const doctor = await run("scripts/doctor.ts", wrong);
  expect(doctor.code).toBe(1);
  expect(doctor.said).toMatch(expected);
  expect(doctor.said).toContain("fix: ");
  expect(redLines(doctor.said).filter((line) => expected.test(line))).toHaveLength(1);
  for (const value of Object.values(wrong)) if (value.includes("wrong")) expect(doctor.said).not.toContain(value);
  expectNoSecret(doctor.said);
});

test("a policy is applied to the database, once", async () => {
  expect((await run("scripts/policy.ts apply")).said).toContain("active policy is now");
  expect((await run("scripts/policy.ts apply")).said).toContain("was active already");
});
