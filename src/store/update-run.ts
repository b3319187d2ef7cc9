// The guarded UPDATE of a run's row: state, counters and the head of its record move together or not at all.
import type { Transaction, Updateable } from "kysely";
import type { DB, Runs } from "../../db/schema.ts";
import { turnOf } from "../core/run-moves.ts";
import type { RecordEntry } from "../core/record.ts";
import type { RunState } from "../core/run-state.ts";
import { json } from "./json.ts";
import { appendRecord, chainEntries } from "./record-rows.ts";
import type { RunRow } from "./run-row.ts";

/** A row somebody else moved between our read and our write, which the row lock rules out. */
class LostRow extends Error {}

export interface RunWrite {
  /** Absent: the state, and with it the version, stays as it is. */
  readonly next?: RunState;
  readonly record: readonly RecordEntry[];
  readonly nowMs: number;
  readonly columns?: Updateable<Runs>;
}

/** `row` must be locked by this transaction. Answers the row as it is now. */
export async function updateRun(trx: Transaction<DB>, row: RunRow, write: RunWrite): Promise<RunRow> {
  const { next, nowMs } = write;
  const chained = chainEntries(write.record, {
    run: row.id,
    head: row.record_head,
    count: row.record_count,
    atMs: nowMs,
  });
  const updated = await trx
    .updateTable("runs")
    .set({
      ...write.columns,
      ...(next === undefined ? {} : moveColumns(row, next, nowMs)),
      updated_at_ms: nowMs,
      record_head: chained.head,
      record_count: chained.count,
    })
    .where("id", "=", row.id)
    .where("version", "=", row.version)
    .where("epoch", "=", row.epoch)
    .returningAll()
    .executeTakeFirst();
  if (updated === undefined) throw new LostRow(`run ${row.id} moved past version ${row.version} under our lock`);
  await appendRecord(trx, chained);
  return updated;
}

function moveColumns(row: RunRow, next: RunState, nowMs: number): Updateable<Runs> {
  return {
    phase: next.phase,
    state: json(next),
    turn: turnOf(next),
    version: row.version + 1,
    phase_since_ms: next.phase === row.phase ? row.phase_since_ms : nowMs,
  };
}

/** The run's row, locked until the transaction ends; rows that point at it may still be added by others. */
export async function lockRun(trx: Transaction<DB>, id: string): Promise<RunRow | undefined> {
  return trx.selectFrom("runs").selectAll().where("id", "=", id).forNoKeyUpdate().executeTakeFirst();
}
