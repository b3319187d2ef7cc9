// Outgoing messages and incoming deliveries, as stored.
import { z } from "zod";
import type { Kysely } from "kysely";
import type { DB } from "../../db/schema.ts";
import { hostEventSchema, interactionSchema, trackerEventSchema } from "../core/interaction.ts";
import { personSchema, placeSchema, type SurfaceName } from "../core/request.ts";
import type { Delivery, InboxItem, Note } from "../ports.ts";
import { json, storableText } from "./json.ts";
import type { StoreParts } from "./parts.ts";
import { dense } from "./run-row.ts";

const anyFields = z.record(z.string(), z.unknown());
const noteSchema = z.object({
  key: z.string(),
  kind: z.string(),
  to: personSchema.optional(),
  place: placeSchema,
  data: anyFields,
});

export async function listDeliveries(
  db: Kysely<DB>,
  runId: string,
  surface: SurfaceName,
): Promise<readonly Delivery[]> {
  const rows = await db
    .selectFrom("deliveries")
    .selectAll()
    .where("run_id", "=", runId)
    .where("surface", "=", surface)
    .orderBy("created_at_ms")
    .orderBy("slot")
    .execute();
  return rows.map((row) => ({
    slot: row.slot,
    ...(row.note === null ? {} : { note: toNote(row.note) }),
    ...(row.remote === null ? {} : { remote: anyFields.parse(row.remote) }),
    ...(row.shown === null ? {} : { shown: row.shown }),
    ...(row.attempted_at_ms === null ? {} : { attemptedAtMs: row.attempted_at_ms }),
    ...(row.gave_up === null ? {} : { gaveUp: row.gave_up }),
  }));
}

function toNote(column: unknown): Note {
  return dense(noteSchema.parse(column));
}

/** Replaces where the message stands; the note behind it stays. */
export async function saveDelivery(
  parts: StoreParts,
  at: { readonly runId: string; readonly surface: SurfaceName },
  delivery: Omit<Delivery, "note">,
): Promise<void> {
  const columns = {
    remote: delivery.remote === undefined ? null : json(delivery.remote),
    shown: delivery.shown ?? null,
    attempted_at_ms: delivery.attemptedAtMs ?? null,
    gave_up: delivery.gaveUp === undefined ? null : storableText(delivery.gaveUp),
  };
  await parts.db
    .insertInto("deliveries")
    .values({
      run_id: at.runId,
      surface: at.surface,
      slot: delivery.slot,
      created_at_ms: parts.clock.nowMs(),
      ...columns,
    })
    .onConflict((conflict) => conflict.columns(["run_id", "surface", "slot"]).doUpdateSet(columns))
    .execute();
}

export async function saveThread(
  db: Kysely<DB>,
  runId: string,
  thread: { readonly channel: string; readonly ts: string },
): Promise<void> {
  await db
    .updateTable("runs")
    .set({ thread_channel: thread.channel, thread_ts: thread.ts })
    .where("id", "=", runId)
    .execute();
}

/** The first session stays: what was sent stands there. */
export async function saveSession(db: Kysely<DB>, runId: string, session: string): Promise<void> {
  await db
    .updateTable("runs")
    .set({ session_id: session })
    .where("id", "=", runId)
    .where("session_id", "is", null)
    .execute();
}

export async function loadInbox(db: Kysely<DB>, id: string): Promise<InboxItem | undefined> {
  const number = inboxNumber(id);
  if (number === undefined) return undefined;
  const row = await db.selectFrom("inbox").selectAll().where("id", "=", number).executeTakeFirst();
  if (row === undefined) return undefined;
  const item = { id, done: row.done_at_ms !== null, atMs: row.at_ms };
  if (row.kind === "interaction") {
    return { ...item, content: { kind: "interaction", interaction: interactionSchema.parse(row.content) } };
  }
  if (row.kind === "host_event") {
    return { ...item, content: { kind: "host_event", event: hostEventSchema.parse(row.content) } };
  }
  if (row.kind === "tracker_event") {
    return { ...item, content: { kind: "tracker_event", event: trackerEventSchema.parse(row.content) } };
  }
  return undefined;
}

export async function finishInbox(parts: StoreParts, id: string): Promise<void> {
  const number = inboxNumber(id);
  if (number === undefined) return;
  await parts.db
    .updateTable("inbox")
    .set({ done_at_ms: parts.clock.nowMs() })
    .where("id", "=", number)
    .where("done_at_ms", "is", null)
    .execute();
}

function inboxNumber(id: string): number | undefined {
  const number = Number(id);
  return Number.isSafeInteger(number) && number > 0 ? number : undefined;
}
