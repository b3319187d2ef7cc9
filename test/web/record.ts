// Records with true hashes, as the store writes them.
import { createHash, createHmac } from "node:crypto";
import { chainHash, FIRST_PREVIOUS, payloadHash, type RecordKind } from "../../src/core/record.ts";
import type { StoredEvent } from "../../src/ports.ts";

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

const hmac = (saltHex: string, text: string): string =>
  createHmac("sha256", Buffer.from(saltHex, "hex")).update(text).digest("hex");

export interface Written {
  readonly kind: RecordKind;
  /** Seconds after the run was asked for. */
  readonly at: number;
  readonly payload?: Readonly<Record<string, unknown>>;
}

const ASKED_AT_MS = Date.UTC(2026, 10, 23, 10, 2, 8);

export function at(seconds: number): number {
  return ASKED_AT_MS + seconds * 1000;
}

/** The chain of what was written, in order. */
export function chain(run: string, written: readonly Written[]): readonly StoredEvent[] {
  let previous = FIRST_PREVIOUS;
  return written.map(({ kind, at: seconds, payload = {} }, index) => {
    const fixed = {
      run,
      seq: index + 1,
      kind,
      atMs: at(seconds),
      payloadHash: payloadHash(payload, "00ff", hmac),
    };
    const hash = chainHash(previous, fixed, sha256);
    const event: StoredEvent = { ...fixed, previous, hash, payload };
    previous = hash;
    return event;
  });
}
