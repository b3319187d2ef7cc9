// Whatever a run shows changed: every surface it is seen on gets a job of its own.
import type { Transaction } from "kysely";
import type { DB } from "../../db/schema.ts";
import type { StoreParts } from "./parts.ts";
import type { RunRow } from "./run-row.ts";

export async function enqueueDelivery(
  parts: Pick<StoreParts, "jobs">,
  trx: Transaction<DB>,
  run: Pick<RunRow, "id" | "issue" | "session_id">,
): Promise<void> {
  await parts.jobs.enqueue(trx, { name: "deliver", runId: run.id });
  if (run.issue !== null || run.session_id !== null)
    await parts.jobs.enqueue(trx, { name: "deliver-linear", runId: run.id });
}
