// What comes from outside is stored once by its delivery key, with the job that will judge it, before it is acknowledged.
import { createHash } from "node:crypto";
import { sql, type Transaction } from "kysely";
import type { DB } from "../../db/schema.ts";
import type { HostEvent, Interaction, TrackerEvent } from "../core/interaction.ts";
import type { Job } from "../core/job.ts";
import type { NewRequest } from "../core/request.ts";
import type { Accepted, DeliveryKey, Intake } from "../ports.ts";
import { enqueueDelivery } from "./enqueue-delivery.ts";
import { json, storableText } from "./json.ts";
import { createRun } from "./new-run.ts";
import type { StoreParts } from "./parts.ts";
import { inTransaction } from "./transaction.ts";

export function createIntake(parts: StoreParts): Intake {
  return {
    acceptRequest: (key, request) => inTransaction(parts.db, (trx) => acceptRequest(parts, trx, { key, request })),
    acceptMention: (key, request) => inTransaction(parts.db, (trx) => acceptMention(parts, trx, { key, request })),
    acceptInteraction: (key, interaction) =>
      inTransaction(parts.db, (trx) => acceptInteraction(parts, trx, { key, interaction })),
    acceptHostEvent: (key, event) => inTransaction(parts.db, (trx) => acceptHostEvent(parts, trx, { key, event })),
    acceptTrackerEvent: (key, event) =>
      inTransaction(parts.db, (trx) => acceptTrackerEvent(parts, trx, { key, event })),
  };
}

interface NewItem {
  readonly key: DeliveryKey;
  readonly kind: "request" | "interaction" | "host_event" | "tracker_event";
  readonly content: Interaction | HostEvent | TrackerEvent | undefined;
  readonly runId: string | undefined;
}

type Stored = { readonly kind: "new"; readonly id: string } | Extract<Accepted, { kind: "duplicate" }>;

/** Waits for a redelivery being stored at this moment, so that exactly one of the two is new. */
async function storeItem(parts: StoreParts, trx: Transaction<DB>, item: NewItem): Promise<Stored> {
  const nowMs = parts.clock.nowMs();
  const { source, key } = { source: item.key.source, key: storableText(item.key.key) };
  const stored = await trx
    .insertInto("inbox")
    .values({
      source,
      delivery_key: key,
      kind: item.kind,
      content: item.content === undefined ? null : json(item.content),
      run_id: item.runId ?? null,
      at_ms: nowMs,
      done_at_ms: item.kind === "request" ? nowMs : null,
    })
    .onConflict((conflict) => conflict.columns(["source", "delivery_key"]).doNothing())
    .returning("id")
    .executeTakeFirst();
  if (stored !== undefined) return { kind: "new", id: String(stored.id) };
  const before = await trx
    .selectFrom("inbox")
    .select("run_id")
    .where("source", "=", source)
    .where("delivery_key", "=", key)
    .executeTakeFirstOrThrow();
  return { kind: "duplicate", ...(before.run_id === null ? {} : { runId: before.run_id }) };
}

async function acceptRequest(
  parts: StoreParts,
  trx: Transaction<DB>,
  given: { readonly key: DeliveryKey; readonly request: NewRequest },
): Promise<Accepted> {
  const item = await storeItem(parts, trx, { key: given.key, kind: "request", content: undefined, runId: undefined });
  if (item.kind === "duplicate") return item;
  const runId = await createRun(parts, trx, given.request);
  await trx.updateTable("inbox").set({ run_id: runId }).where("id", "=", Number(item.id)).execute();
  await parts.jobs.enqueue(trx, { name: "route", runId });
  const { place, issue } = given.request;
  const onTracker = place.surface === "linear";
  await enqueueDelivery(parts, trx, { id: runId, issue: issue ?? null, session_id: onTracker ? place.channel : null });
  return { kind: "new", runId };
}

async function acceptMention(
  parts: StoreParts,
  trx: Transaction<DB>,
  given: { readonly key: DeliveryKey; readonly request: NewRequest },
): Promise<Accepted> {
  const { key, request } = given;
  const { channel, threadTs, messageTs } = request.place;
  const ts = threadTs ?? messageTs;
  if (ts === undefined) return acceptRequest(parts, trx, given);
  await lockThread(trx, `${channel} ${ts}`);
  const runId = await findRunInThread(trx, channel, ts);
  const known = runId === undefined ? undefined : await isStored(trx, key);
  if (runId === undefined || known === true) return acceptRequest(parts, trx, given);
  const { requester: by, place, text, files } = request;
  return acceptInteraction(parts, trx, { key, interaction: { kind: "mention", by, place, runId, text, files } });
}

/** Two mentions in one new thread at the same moment: the second must find the run of the first. */
async function lockThread(trx: Transaction<DB>, thread: string): Promise<void> {
  const key = createHash("sha256").update(thread).digest().readBigInt64BE();
  await sql`select pg_advisory_xact_lock(${key.toString()}::bigint)`.execute(trx);
}

async function findRunInThread(trx: Transaction<DB>, channel: string, ts: string): Promise<string | undefined> {
  const row = await trx
    .selectFrom("runs")
    .select("id")
    .where("thread_channel", "=", channel)
    .where("thread_ts", "=", ts)
    .orderBy("created_at_ms", "desc")
    .orderBy("id")
    .limit(1)
    .executeTakeFirst();
  return row?.id;
}

async function isStored(trx: Transaction<DB>, key: DeliveryKey): Promise<boolean> {
  const row = await trx
    .selectFrom("inbox")
    .select("id")
    .where("source", "=", key.source)
    .where("delivery_key", "=", storableText(key.key))
    .executeTakeFirst();
  return row !== undefined;
}

async function acceptInteraction(
  parts: StoreParts,
  trx: Transaction<DB>,
  given: { readonly key: DeliveryKey; readonly interaction: Interaction },
): Promise<Accepted> {
  const { key, interaction: content } = given;
  // People type run ids: one that does not exist is stored as asked, and answered by the job.
  const runId = content.runId === undefined ? undefined : await findRun(trx, content.runId);
  return storeAndApply(parts, trx, { key, kind: "interaction", content, runId });
}

async function acceptHostEvent(
  parts: StoreParts,
  trx: Transaction<DB>,
  given: { readonly key: DeliveryKey; readonly event: HostEvent },
): Promise<Accepted> {
  return storeAndApply(parts, trx, { key: given.key, kind: "host_event", content: given.event, runId: undefined });
}

async function acceptTrackerEvent(
  parts: StoreParts,
  trx: Transaction<DB>,
  given: { readonly key: DeliveryKey; readonly event: TrackerEvent },
): Promise<Accepted> {
  return storeAndApply(parts, trx, { key: given.key, kind: "tracker_event", content: given.event, runId: undefined });
}

async function storeAndApply(parts: StoreParts, trx: Transaction<DB>, item: NewItem): Promise<Accepted> {
  const stored = await storeItem(parts, trx, item);
  if (stored.kind === "duplicate") return stored;
  const job: Job = { name: "apply", inboxId: stored.id };
  await parts.jobs.enqueue(trx, job);
  return { kind: "new", ...(item.runId === undefined ? {} : { runId: item.runId }) };
}

async function findRun(trx: Transaction<DB>, id: string): Promise<string | undefined> {
  const row = await trx.selectFrom("runs").select("id").where("id", "=", id).executeTakeFirst();
  return row?.id;
}
