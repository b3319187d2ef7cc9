// What the store is made of.
import type { Kysely } from "kysely";
import type { DB } from "../../db/schema.ts";
import type { Jobs } from "../jobs/jobs.ts";
import type { Clock } from "../ports.ts";

export interface StoreParts {
  readonly db: Kysely<DB>;
  /** Started: enqueuing needs its queues. */
  readonly jobs: Pick<Jobs, "enqueue" | "listLost">;
  readonly clock: Pick<Clock, "nowMs">;
  /** Where a person reads all of a run; absent where no such page is served. */
  readonly detailsUrl?: (runId: string) => string;
}
