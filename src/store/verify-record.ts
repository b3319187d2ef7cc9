// Whether a run's record is whole: every link, every payload that is still there, and nothing cut off at the end.
import type { Kysely } from "kysely";
import type { DB } from "../../db/schema.ts";
import { findBreak, HASH_VERSION, payloadHash } from "../core/record.ts";
import { hmacSha256, listChained, sha256 } from "./record-rows.ts";

export type RecordVerdict =
  | { readonly kind: "whole"; readonly events: number; readonly erased: number }
  | { readonly kind: "broken"; readonly seq: number; readonly why: string };

export async function verifyRecord(db: Kysely<DB>, runId: string): Promise<RecordVerdict> {
  return db
    .transaction()
    .setIsolationLevel("repeatable read")
    .setAccessMode("read only")
    .execute(async (trx) => {
      const run = await trx
        .selectFrom("runs")
        .select(["record_head", "record_count"])
        .where("id", "=", runId)
        .executeTakeFirstOrThrow();
      const rows = await listChained(trx, runId);
      const other = rows.find((row) => row.hash_version !== HASH_VERSION);
      if (other !== undefined) return broken(other.seq, `hashed in version ${other.hash_version}, unknown here`);
      const events = rows.map(({ seq, kind, at_ms: atMs, payload_hash: hash, ...row }) => {
        return { run: runId, seq, kind, atMs, payloadHash: hash, previous: row.previous, hash: row.hash };
      });
      const found = findBreak(events, sha256);
      if (found !== undefined) return broken(found.seq, found.why);
      if (rows.length !== run.record_count) return broken(rows.length + 1, `${run.record_count} events were written`);
      if ((rows.at(-1)?.hash ?? "") !== run.record_head) return broken(rows.length, "is not the last one written");
      const changed = rows.find((row) => row.salt !== null && !isAsHashed(row));
      if (changed !== undefined) return broken(changed.seq, "its payload was changed");
      return { kind: "whole", events: rows.length, erased: rows.filter((row) => row.salt === null).length };
    });
}

function broken(seq: number, why: string): RecordVerdict {
  return { kind: "broken", seq, why };
}

function isAsHashed(row: { readonly payload: unknown; readonly salt: string | null; readonly payload_hash: string }) {
  return payloadHash(row.payload, row.salt ?? "", hmacSha256) === row.payload_hash;
}
