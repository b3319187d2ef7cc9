// One whole Countersign for a test file: stand-ins on free ports, a database of its own, the bot in this process.
// Closing it proves what must hold after any test: exact publishing, whole records, no early token, no spilled secret.
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Pool, type QueryResult, type QueryResultRow } from "pg";
import { vi } from "vitest";
import { z } from "zod";
import { eraseStack } from "../scripts/local-services.ts";
import { SEED } from "../scripts/seed.ts";
import { openStage, type Stage, type StageOptions } from "../scripts/stage.ts";
import { createJobs } from "../src/jobs/jobs.ts";
import type { Intake } from "../src/ports.ts";
import { openDatabase } from "../src/store/database.ts";
import { createStore } from "../src/store/store.ts";
import { writePolicy, type TestPolicy } from "./flow-policy.ts";
import { findBroken, findUnsettled } from "./flow-proof.ts";
import { createTestDatabase, type TestDatabase } from "./setup/database.ts";
import { SILENT } from "./setup/store.ts";

// A whole company on a busy machine takes its time; what a test asserts is never how long.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

export interface TestStage extends Stage {
  readonly dir: string;
  readonly database: TestDatabase;
  /** What Slack and GitHub deliver, handed in without them: a click on a card that has changed since, a redelivery. */
  readonly intake: Intake;
  query<R extends QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<QueryResult<R>>;
}

const FREE = { slack: 0, github: 0, e2b: 0, linear: 0, bot: 0, admin: 0 };
const SECRET_NAMES = [
  "SLACK_BOT_TOKEN",
  "SLACK_APP_TOKEN",
  "SLACK_SIGNING_SECRET",
  "GITHUB_WEBHOOK_SECRET",
  "E2B_API_KEY",
  "LINEAR_CLIENT_SECRET",
  "LINEAR_WEBHOOK_SECRET",
  "SECRETS_KEY",
] as const;

export async function openTestStage(options: Partial<StageOptions> & TestPolicy = {}): Promise<TestStage> {
  const { org, teams, ...rest } = options;
  const dir = await mkdtemp(join(tmpdir(), "countersign-test-"));
  const database = await createTestDatabase();
  const policy = { ...(org === undefined ? {} : { org }), ...(teams === undefined ? {} : { teams }) };
  const stage = await openStage({
    dir,
    policyDir: writePolicy(join(dir, "policy"), policy),
    ports: FREE,
    database,
    logLevel: process.env["TEST_LOG"] ?? "silent",
    ...rest,
    env: { HEARTBEAT_SECONDS: "10", ...rest.env },
  });
  const side = await openSideDoor(database);
  return {
    ...stage,
    dir,
    database,
    intake: side.intake,
    query: (sql, values = []) => side.pool.query(sql, [...values]),
    close: async () => {
      await side.close();
      await closeTestStage({ ...stage, dir, database });
    },
  };
}

/** A second way to the same database, beside the bot. */
async function openSideDoor(database: TestDatabase) {
  const pool = new Pool({ connectionString: database.adminUrl, max: 2 });
  const { db, close } = openDatabase({ url: database.url });
  const jobs = createJobs({ url: database.url, log: SILENT, maxConnections: 2 });
  await jobs.start();
  const intake: Intake = createStore({ db, jobs, clock: { nowMs: () => Date.now() } });
  return {
    pool,
    intake,
    close: async () => {
      await jobs.stop();
      await close();
      await pool.end();
    },
  };
}

async function closeTestStage(stage: Stage & { readonly dir: string; readonly database: TestDatabase }): Promise<void> {
  const { dir, database } = stage;
  const tokens = stage.github.tokens();
  const password = /\/\/[^:@/]*:([^@]+)@/.exec(database.url)?.[1];
  const secrets = [...SECRET_NAMES.map((name) => stage.env[name]), password].filter((each) => each !== undefined);
  try {
    // Without a bot nobody is there to settle anything.
    const unsettled = stage.bot === undefined ? [] : await untilSettled(stage);
    const { sessions } = stage.linear.state();
    await stage.close();
    if (unsettled.length > 0) throw new Error(`still open after the test:\n${unsettled.join("\n")}`);
    const broken = await findBroken({ dir, databaseUrl: database.adminUrl, tokens, secrets, sessions });
    if (broken.length > 0) throw new Error(`after the test:\n${broken.join("\n")}`);
  } finally {
    await database.drop();
    eraseStack(dir);
  }
}

const SETTLE_MS = 30_000;

async function untilSettled(stage: Stage & { readonly database: TestDatabase }): Promise<readonly string[]> {
  const until = Date.now() + SETTLE_MS;
  for (;;) {
    const open = await findUnsettled(stage.database.adminUrl, {
      sandboxes: () => listSandboxes(stage),
      sessions: () => stage.linear.state().sessions,
    });
    if (open.length === 0 || Date.now() > until) return open;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

const sandboxesSchema = z.array(z.object({ sandboxID: z.string(), metadata: z.record(z.string(), z.string()) }));

export interface ListedSandbox {
  readonly id: string;
  readonly run: string;
  readonly purpose: string;
}

/** The sandboxes that exist, with the run each is for. */
export async function listSandboxes(stage: Stage): Promise<readonly ListedSandbox[]> {
  const headers = { "x-api-key": stage.env["E2B_API_KEY"] ?? "" };
  const answer = await fetch(`${stage.e2b.url}/v2/sandboxes`, { headers });
  const listed = sandboxesSchema.parse(await answer.json());
  return listed.map(({ sandboxID: id, metadata }) => ({
    id,
    run: metadata["runId"] ?? "",
    purpose: metadata["purpose"] ?? "",
  }));
}

/** Who is in a user group from now on. The local Slack serves the seed's own objects; every test file has its own copy. */
export function setGroup(id: string, members: readonly string[]): void {
  const group = SEED.usergroups.find((each) => each.id === id);
  if (group === undefined) throw new Error(`there is no group ${id}`);
  Reflect.set(group, "members", members);
}
