// The doctor against real stand-ins in a process of their own: all green, then one red line with its fix for each mistake.
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eraseStack } from "../../scripts/local-services.ts";

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

test("with the local services every line is green", async () => {
  const doctor = await run("scripts/doctor.ts");
  expect(doctor.said).not.toContain("✗");
  expect(doctor.said).toContain("Ready: npm start");
  expect(doctor.code).toBe(0);
});

test.each<[string, Record<string, string>, RegExp]>([
  ["a bot token of another app", { SLACK_BOT_TOKEN: "xoxb-wrong" }, /✗ slack.*SLACK_BOT_TOKEN/],
  ["an app token of another app", { SLACK_APP_TOKEN: "xapp-wrong" }, /✗ slack.*SLACK_APP_TOKEN/],
  ["a sandbox key that is refused", { E2B_API_KEY: "e2b_wrong" }, /✗ sandbox/],
  ["another app's number", { GITHUB_APP_ID: "7" }, /✗ github/],
  ["a database that is not there", { DATABASE_URL: "postgres://nobody:x@127.0.0.1:1/none" }, /✗ database/],
  ["a policy whose agent has no key here", { POLICY_DIR: "manifests/policy" }, /✗ model/],
  ["no sandboxes at all", { E2B_API_KEY: "" }, /✗ sandbox.*E2B_API_KEY is not set/],
])("%s is one red line with its fix, and no value is printed", async (_says, wrong, expected) => {
  const doctor = await run("scripts/doctor.ts", wrong);
  expect(doctor.code).toBe(1);
  expect(doctor.said).toMatch(expected);
  expect(doctor.said).toContain("fix: ");
  for (const value of Object.values(env))
    if (value.startsWith("xoxb") || value.startsWith("e2b_")) expect(doctor.said).not.toContain(value);
});

test("a policy is applied to the database, once", async () => {
  expect((await run("scripts/policy.ts apply")).said).toContain("active policy is now");
  expect((await run("scripts/policy.ts apply")).said).toContain("was active already");
});
