// One whole Countersign for a test file: stand-ins on free ports, a database of its own, the bot in this process.
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { openStage, type Stage, type StageOptions } from "../scripts/stage.ts";
import { eraseStack } from "../scripts/local-services.ts";
import { createTestDatabase, type TestDatabase } from "./setup/database.ts";

export interface TestStage extends Stage {
  readonly dir: string;
  readonly database: TestDatabase;
}

const FREE = { slack: 0, github: 0, e2b: 0, bot: 0, admin: 0 };

export async function openTestStage(options: Partial<StageOptions> = {}): Promise<TestStage> {
  const dir = await mkdtemp(join(tmpdir(), "countersign-test-"));
  const database = await createTestDatabase();
  const stage = await openStage({
    dir,
    policyDir: resolve("manifests/demo/policy"),
    ports: FREE,
    database,
    logLevel: process.env["TEST_LOG"] ?? "silent",
    ...options,
    env: { HEARTBEAT_SECONDS: "10", DEMO_PACE: "0", ...options.env },
  });
  return {
    ...stage,
    dir,
    database,
    close: async () => {
      await stage.close();
      await database.drop();
      eraseStack(dir);
    },
  };
}
