// A team's places, exact: given out under the lock of the team's row, oldest queued run first.
import type { Transaction } from "kysely";
import type { DB } from "../../db/schema.ts";
import { advance, SLOT_PHASES } from "../core/run.ts";
import { turnOf } from "../core/run-moves.ts";
import { runStateSchema } from "../core/run-state.ts";
import { enqueueDelivery } from "./enqueue-delivery.ts";
import type { StoreParts } from "./parts.ts";
import { lockRun, updateRun } from "./update-run.ts";

/** Whose place in line is told again after it moved; further back, nobody watches every step. */
const TELL_FIRST = 10;

/** Must come before any run's row is locked. Makes the row for a team that policy has not brought yet. */
export async function lockTeam(
  trx: Transaction<DB>,
  team: { readonly name: string; readonly atOnce: number },
): Promise<void> {
  await trx
    .insertInto("teams")
    .values({ name: team.name, at_once: team.atOnce })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await trx.selectFrom("teams").select("name").where("name", "=", team.name).forUpdate().executeTakeFirstOrThrow();
}

/** The caller holds the team's lock. Answers the runs it dispatched. */
export async function admit(parts: StoreParts, trx: Transaction<DB>, team: string): Promise<readonly string[]> {
  const admitted: string[] = [];
  for (;;) {
    const free = await countFree(trx, team);
    const candidates = free > 0 ? await listQueued(trx, team, free) : [];
    if (candidates.length === 0) break;
    for (const { id } of candidates) if (await dispatch(parts, trx, id)) admitted.push(id);
  }
  if (admitted.length > 0) await tellLine(parts, trx, team);
  return admitted;
}

/** Those who wait see their place in line move. */
export async function tellLine(parts: StoreParts, trx: Transaction<DB>, team: string): Promise<void> {
  for (const run of await listQueued(trx, team, TELL_FIRST)) await enqueueDelivery(parts, trx, run);
}

async function countFree(trx: Transaction<DB>, team: string): Promise<number> {
  const { at_once: atOnce } = await trx
    .selectFrom("teams")
    .select("at_once")
    .where("name", "=", team)
    .executeTakeFirstOrThrow();
  const { used } = await trx
    .selectFrom("runs")
    .select((eb) => eb.fn.countAll<number>().as("used"))
    .where("team", "=", team)
    .where("phase", "in", [...SLOT_PHASES])
    .executeTakeFirstOrThrow();
  return atOnce - used;
}

async function listQueued(trx: Transaction<DB>, team: string, limit: number) {
  return trx
    .selectFrom("runs")
    .select(["id", "issue", "session_id"])
    .where("team", "=", team)
    .where("phase", "=", "queued")
    .orderBy("phase_since_ms")
    .orderBy("id")
    .limit(limit)
    .execute();
}

/** False for a run that was stopped while we waited for its row. */
async function dispatch(parts: StoreParts, trx: Transaction<DB>, runId: string): Promise<boolean> {
  const row = await lockRun(trx, runId);
  if (row === undefined || row.phase !== "queued") return false;
  const nowMs = parts.clock.nowMs();
  const moved = advance(runStateSchema.parse(row.state), { type: "admitted" }, nowMs);
  if (!moved.ok) return false;
  const turn = turnOf(moved.value);
  await updateRun(trx, row, { next: moved.value, record: [{ kind: "dispatched", payload: { turn } }], nowMs });
  await parts.jobs.enqueue(trx, { name: "work", runId, turn });
  await enqueueDelivery(parts, trx, row);
  return true;
}
