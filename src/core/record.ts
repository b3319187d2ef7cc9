// The record: an append-only, hash-chained list of events a run. The fixed part is chained, the payload is only hashed,
// so erasing a payload with its salt leaves the chain whole.
import { canonicalJson, type Sha256 } from "./seal.ts";

export const HASH_VERSION = 1;
export const SCHEMA_VERSION = 1;
export const FIRST_PREVIOUS = "0".repeat(64);

/** Every kind of event a record can hold. */
export const RECORD_KINDS = [
  "requested",
  "routed",
  "refused",
  "asked",
  "answered_question",
  "queued",
  "dispatched",
  "claimed",
  "sandbox_ready",
  "agent_started",
  "agent_event",
  "agent_ended",
  "change_frozen",
  "change_refused",
  "no_change",
  "check_done",
  "approval_asked",
  "vote",
  "vote_refused",
  "approved",
  "changes_requested",
  "rejected",
  "expired",
  "withdrawn",
  "publishing",
  "publish_step",
  "publish_held",
  "pull_request_opened",
  "pull_request_event",
  "approval_void",
  "stopped",
  "failed",
  "retried",
  "note",
] as const;
export type RecordKind = (typeof RECORD_KINDS)[number];

/** One thing to write down. `payload` is JSON; it must already be redacted. */
export interface RecordEntry {
  readonly kind: RecordKind;
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface FixedPart {
  readonly run: string;
  readonly seq: number;
  readonly kind: string;
  readonly atMs: number;
  readonly payloadHash: string;
}

export type HmacSha256 = (saltHex: string, text: string) => string;

/** HMAC-SHA256 of the payload's canonical bytes under the event's own salt (hex), lower-case hex. */
export function payloadHash(payload: unknown, saltHex: string, hmac: HmacSha256): string {
  return hmac(saltHex, canonicalJson(payload));
}

/** SHA-256(previous || canonical fixed part), lower-case hex; `previous` is 64 hex digits. */
export function chainHash(previous: string, fixed: FixedPart, sha256: Sha256): string {
  return sha256(previous + canonicalJson(fixed));
}

export interface ChainedEvent extends FixedPart {
  readonly previous: string;
  readonly hash: string;
  /** Set by who read it, where the payload does not fit its hash. */
  readonly altered?: true;
}

/** The first event whose hash, order or link is wrong, or undefined for an unbroken chain. */
export function findBreak(
  events: readonly ChainedEvent[],
  sha256: Sha256,
): { readonly seq: number; readonly why: string } | undefined {
  let previous = FIRST_PREVIOUS;
  for (const [index, event] of events.entries()) {
    const { run, seq, kind, atMs, payloadHash: hashOfPayload } = event;
    if (seq !== index + 1) return { seq, why: `expected event ${index + 1}` };
    if (event.previous !== previous) return { seq, why: "does not follow the event before it" };
    const expected = chainHash(previous, { run, seq, kind, atMs, payloadHash: hashOfPayload }, sha256);
    if (event.hash !== expected) return { seq, why: "its content was changed" };
    if (event.altered === true) return { seq, why: "its payload was changed" };
    previous = event.hash;
  }
  return undefined;
}
