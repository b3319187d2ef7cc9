// Appends to a run's record. The caller holds the run's row, whose head and count this extends.
import { createHash, createHmac, randomBytes } from "node:crypto";
import type { Kysely, Transaction } from "kysely";
import { z } from "zod";
import type { DB } from "../../db/schema.ts";
import { chainHash, HASH_VERSION, payloadHash, type FixedPart, type RecordEntry } from "../core/record.ts";
import type { StoredEvent } from "../ports.ts";
import { json, storable } from "./json.ts";
import type { StoreParts } from "./parts.ts";

export interface RecordHead {
  readonly head: string;
  readonly count: number;
}

interface ChainedRow {
  readonly fixed: FixedPart;
  readonly previous: string;
  readonly hash: string;
  readonly salt: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** The rows that follow `from`; `appendRecord` writes them, the run's row gets the new head and count. */
export interface Chained extends RecordHead {
  readonly rows: readonly ChainedRow[];
}

export function sha256(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}

export function hmacSha256(saltHex: string, text: string): string {
  return createHmac("sha256", Buffer.from(saltHex, "hex")).update(text, "utf8").digest("hex");
}

export function chainEntries(
  entries: readonly RecordEntry[],
  at: RecordHead & { readonly run: string; readonly atMs: number },
): Chained {
  let { head, count } = at;
  const rows: ChainedRow[] = [];
  for (const entry of entries) {
    const salt = randomBytes(16).toString("hex");
    const payload = storable(entry.payload);
    const hashOfPayload = payloadHash(payload, salt, hmacSha256);
    count += 1;
    const fixed = { run: at.run, seq: count, kind: entry.kind, atMs: at.atMs, payloadHash: hashOfPayload };
    const hash = chainHash(head, fixed, sha256);
    rows.push({ fixed, previous: head, hash, salt, payload });
    head = hash;
  }
  return { head, count, rows };
}

export async function appendRecord(trx: Transaction<DB>, chained: Chained): Promise<void> {
  if (chained.rows.length === 0) return;
  await trx
    .insertInto("events")
    .values(
      chained.rows.map(({ fixed, previous, hash }) => ({
        run_id: fixed.run,
        seq: fixed.seq,
        kind: fixed.kind,
        at_ms: fixed.atMs,
        payload_hash: fixed.payloadHash,
        previous,
        hash,
        hash_version: HASH_VERSION,
      })),
    )
    .execute();
  await trx
    .insertInto("event_payloads")
    .values(
      chained.rows.map(({ fixed, salt, payload }) => ({
        run_id: fixed.run,
        seq: fixed.seq,
        salt,
        payload: json(payload),
      })),
    )
    .execute();
}

/** A run's events in order, each with its payload and salt while they are not erased. */
export function listChained(db: Kysely<DB>, runId: string) {
  return db
    .selectFrom("events")
    .leftJoin("event_payloads", (join) =>
      join.onRef("event_payloads.run_id", "=", "events.run_id").onRef("event_payloads.seq", "=", "events.seq"),
    )
    .selectAll("events")
    .select(["event_payloads.payload", "event_payloads.salt"])
    .where("events.run_id", "=", runId)
    .orderBy("events.seq")
    .execute();
}

const payloadSchema = z.record(z.string(), z.unknown());

export async function listEvents({ db }: StoreParts, runId: string): Promise<readonly StoredEvent[]> {
  const rows = await listChained(db, runId);
  return rows.map((row) => ({
    run: row.run_id,
    seq: row.seq,
    kind: row.kind,
    atMs: row.at_ms,
    payloadHash: row.payload_hash,
    previous: row.previous,
    hash: row.hash,
    ...(row.payload === null ? {} : { payload: payloadSchema.parse(row.payload) }),
    ...(row.salt === null || payloadHash(row.payload, row.salt, hmacSha256) === row.payload_hash
      ? {}
      : { altered: true }),
  }));
}
