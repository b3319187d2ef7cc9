// A store on a database of its own, with its queue and a clock that only tests move.
import type { Kysely } from "kysely";
import type { DB } from "../../db/schema.ts";
import { createJobs, type Jobs, type JobsOptions } from "../../src/jobs/jobs.ts";
import type { Intake, Log, Store } from "../../src/ports.ts";
import { openDatabase } from "../../src/store/database.ts";
import { createStore } from "../../src/store/store.ts";
import { createTestDatabase, type TestDatabase } from "./database.ts";

interface TestClock {
  at: number;
  nowMs(): number;
}

export interface TestStore {
  readonly store: Store & Intake;
  readonly jobs: Jobs;
  readonly db: Kysely<DB>;
  readonly clock: TestClock;
  readonly database: TestDatabase;
  close(): Promise<void>;
}

export const SILENT: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

export async function createTestStore(options: Partial<JobsOptions> = {}): Promise<TestStore> {
  const database = await createTestDatabase();
  const { db, close } = openDatabase({ url: database.url });
  const jobs = createJobs({ url: database.url, log: SILENT, heartbeatSeconds: 10, ...options });
  await jobs.start();
  const clock: TestClock = {
    at: 1_800_000_000_000,
    nowMs() {
      return this.at;
    },
  };
  return {
    store: createStore({ db, jobs, clock }),
    jobs,
    db,
    clock,
    database,
    close: async () => {
      await jobs.stop();
      await close();
      await database.drop();
    },
  };
}
