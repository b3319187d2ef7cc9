// Policy, database, sandbox and model: each tried for real.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Config } from "../../src/config.ts";
import type { Policy } from "../../src/core/policy.ts";
import { createLog } from "../../src/log.ts";
import type { PolicyResult } from "../../src/policy-files.ts";
import type { BasePack } from "../../src/ports.ts";
import { createSandboxes } from "../../src/sandbox/sandboxes.ts";
import { openDatabase } from "../../src/store/database.ts";
import { checkSchemaVersion } from "../../src/store/migrate.ts";
import { bad, firstLine, off, ok, type Finding } from "./finding.ts";

export async function checkPolicy(policyDir: string, read: PolicyResult): Promise<readonly Finding[]> {
  if (!read.ok) {
    return read.problems.map((problem) =>
      bad(
        "policy",
        `${policyDir}/${problem.file}:${problem.line} ${problem.says}`,
        "npm run policy -- check shows them all",
      ),
    );
  }
  return [ok("policy", `${read.policy.teams.length} team(s), version ${read.policy.version.slice(0, 7)}`)];
}

export async function checkDatabase({ databaseUrl }: Config): Promise<readonly Finding[]> {
  if (databaseUrl === undefined)
    return [off("database", "DATABASE_URL is not set: npm start runs an embedded PostgreSQL, for trying out only")];
  const database = openDatabase({ url: databaseUrl, maxConnections: 1 });
  try {
    const schema = await checkSchemaVersion(database.db);
    return schema.kind === "current"
      ? [ok("database", "answers, and its tables fit this version")]
      : [bad("database", schema.says, "DATABASE_ADMIN_URL=… npm run migrate")];
  } catch (cause) {
    return [
      bad(
        "database",
        firstLine(cause),
        "is PostgreSQL 15 or newer running, and does DATABASE_URL name its host, user and password?",
      ),
    ];
  } finally {
    await database.close();
  }
}

export async function checkSandbox({ e2b }: Config): Promise<readonly Finding[]> {
  if (e2b === undefined)
    return [
      bad(
        "sandbox",
        "E2B_API_KEY is not set",
        "make a key in E2B's dashboard, or npm run local for sandboxes on this machine",
      ),
    ];
  const clock = { nowMs: () => Date.now(), sleep: (ms: number) => sleep(ms) };
  const sandboxes = createSandboxes({ ...e2b, clock, log: createLog("silent") });
  const started = performance.now();
  const made = await sandboxes.adoptOrCreate({ runId: "DOCTOR", generation: 0, purpose: "checks" }, 60_000);
  if (!made.ok) {
    const says = made.problem.kind === "unavailable" ? made.problem.detail : "the sandbox ended while it started";
    return [bad("sandbox", says, "is E2B_API_KEY valid, and does E2B_TEMPLATE exist in that account?")];
  }
  try {
    await made.value.layBase(emptyRepository());
    const run = await made.value.run("git status --short --branch && bash --version", { timeMs: 20_000 });
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    if (run.exitCode === 0) return [ok("sandbox", `started, sealed, and took a repository in ${seconds} s`)];
    return [bad("sandbox", firstLine(run.output), "use a template with git and bash: E2B_TEMPLATE")];
  } catch (cause) {
    return [bad("sandbox", firstLine(cause), "use a template with git and bash: E2B_TEMPLATE")];
  } finally {
    await sandboxes.kill(made.value.id);
  }
}

/** A repository with one empty commit, as a run would lay it. */
function emptyRepository(): BasePack {
  const dir = mkdtempSync(join(tmpdir(), "countersign-doctor-"));
  const git = (args: readonly string[], input?: string): Buffer =>
    execFileSync("git", ["-C", dir, "-c", "user.name=doctor", "-c", "user.email=doctor@localhost", ...args], { input });
  try {
    git(["init", "--quiet"]);
    git(["commit", "--quiet", "--allow-empty", "-m", "empty"]);
    const [commit = "", tree = ""] = git(["rev-parse", "HEAD", "HEAD^{tree}"]).toString().trim().split("\n");
    const pack = git(["pack-objects", "--revs", "--stdout", "--quiet"], "HEAD\n");
    return { commit, tree, pack, shallow: [] };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

export async function checkModel({ model }: Config, policy: Policy | undefined): Promise<readonly Finding[]> {
  const wanted = (policy?.teams ?? []).some(
    (team) => (team.agent ?? policy?.org.defaults?.agent ?? { use: "claude-code" }).use === "claude-code",
  );
  if (model.anthropicApiKey !== undefined)
    return [ok("model", "ANTHROPIC_API_KEY is set; it is given to the agent's process only")];
  return wanted
    ? [
        bad(
          "model",
          "a team uses claude-code, and ANTHROPIC_API_KEY is not set",
          "set it in .env, or use another agent in the policy",
        ),
      ]
    : [off("model", "ANTHROPIC_API_KEY is not set; no team needs it")];
}
