// How much passing chatter all runs together may send. Linear counts 5,000 calls an hour for the whole app; what must be said has the rest.
import type { Clock } from "../ports.ts";

export interface Pace {
  allows(session: string): boolean;
}

const SESSION_EVERY_MS = 5000;
const PER_MINUTE = 30;
const MINUTE_MS = 60_000;

export function createPace(clock: Pick<Clock, "nowMs">): Pace {
  const lastMs = new Map<string, number>();
  const recent: number[] = [];
  return {
    allows: (session) => {
      const nowMs = clock.nowMs();
      while (recent[0] !== undefined && recent[0] <= nowMs - MINUTE_MS) recent.shift();
      for (const [key, atMs] of lastMs) if (atMs <= nowMs - MINUTE_MS) lastMs.delete(key);
      const sinceMs = nowMs - (lastMs.get(session) ?? Number.NEGATIVE_INFINITY);
      if (recent.length >= PER_MINUTE || sinceMs < SESSION_EVERY_MS) return false;
      recent.push(nowMs);
      lastMs.set(session, nowMs);
      return true;
    },
  };
}
