// A run is born: its id, its first state and the first entry of its record.
import { randomInt } from "node:crypto";
import type { Insertable, Transaction } from "kysely";
import type { DB, Runs } from "../../db/schema.ts";
import { FIRST_PREVIOUS, HASH_VERSION, SCHEMA_VERSION, type RecordEntry } from "../core/record.ts";
import { createRedactor } from "../core/redact.ts";
import { parseAsk, type NewRequest } from "../core/request.ts";
import type { RunState } from "../core/run-state.ts";
import { titleOf } from "../core/text.ts";
import { json, storableText } from "./json.ts";
import type { StoreParts } from "./parts.ts";
import { appendRecord, chainEntries } from "./record-rows.ts";

/** Crockford's base 32: no I, L, O or U to misread. */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const ID_LENGTH = 6;
const ID_TRIES = 20;

/** Passwords people paste must not outlive their message in a record that is never deleted. */
const redactShapes = createRedactor(new Map(), {
  base64: (text) => Buffer.from(text, "utf8").toString("base64"),
  hex: (text) => Buffer.from(text, "utf8").toString("hex"),
});

export async function createRun(parts: StoreParts, trx: Transaction<DB>, request: NewRequest): Promise<string> {
  for (let attempt = 0; attempt < ID_TRIES; attempt += 1) {
    const id = newRunId();
    const nowMs = parts.clock.nowMs();
    const chained = chainEntries([requestedEntry(request)], { run: id, head: FIRST_PREVIOUS, count: 0, atMs: nowMs });
    const done = await trx
      .insertInto("runs")
      .values({ ...rowOf({ id, request, nowMs }), record_head: chained.head, record_count: chained.count })
      .onConflict((conflict) => conflict.column("id").doNothing())
      .executeTakeFirst();
    if (done.numInsertedOrUpdatedRows === 0n) continue;
    await appendRecord(trx, chained);
    return id;
  }
  throw new Error(`no free run id in ${ID_TRIES} tries`);
}

function newRunId(): string {
  return Array.from({ length: ID_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");
}

function rowOf(given: { readonly id: string; readonly request: NewRequest; readonly nowMs: number }): Insertable<Runs> {
  const { id, request, nowMs } = given;
  const state: RunState = { phase: "received" };
  const { channel, threadTs, messageTs } = request.place;
  // A command has no message of its own: its thread is the card, once that is sent.
  const ts = request.kind === "mention" ? (threadTs ?? messageTs) : undefined;
  const session = request.place.surface === "linear" && channel !== "" ? channel : null;
  return {
    id,
    phase: state.phase,
    state: json(state),
    title: storableText(titleOfRequest(request)),
    request: json(request),
    issue: request.issue === undefined ? null : json(request.issue),
    session_id: session,
    requester_id: storableText(request.requester.id),
    thread_channel: ts === undefined ? null : channel,
    thread_ts: ts ?? null,
    phase_since_ms: nowMs,
    created_at_ms: nowMs,
    updated_at_ms: nowMs,
    record_head: FIRST_PREVIOUS,
    schema_version: SCHEMA_VERSION,
    hash_version: HASH_VERSION,
  };
}

/** An issue that was handed over is called as it is called there; words are called by their first line. */
function titleOfRequest(request: NewRequest): string {
  const { issue, kind, text } = request;
  if (kind === "issue" && issue !== undefined) return titleOf(`${issue.identifier} ${issue.title}`);
  const asked = parseAsk(text).text;
  return titleOf(asked === "" ? text : asked);
}

function requestedEntry(request: NewRequest): RecordEntry {
  const { kind, requester, place, team, repository, files, issue } = request;
  return {
    kind: "requested",
    payload: {
      kind,
      requester,
      place,
      text: redactShapes(request.text),
      files: files.map(({ id, name, sizeBytes }) => ({ id, name, sizeBytes })),
      ...(issue === undefined ? {} : { issue }),
      ...(team === undefined ? {} : { team }),
      ...(repository === undefined ? {} : { repository }),
    },
  };
}
