// Where messages of runs stand, as far as this process has seen: cards link to each other, replies find their thread.
import type { Delivery } from "../ports.ts";
import { remoteOf } from "./content.ts";

interface Placement {
  readonly channel: string;
  readonly ts: string;
}

export interface Placements {
  learn(runId: string, slot: string, placement: Placement): void;
  learnAll(runId: string, standing: readonly Delivery[]): void;
  find(runId: string, slot: string): Placement | undefined;
}

const REMEMBERED = 5000;

export function createPlacements(): Placements {
  const known = new Map<string, Placement>();
  function learn(runId: string, slot: string, placement: Placement): void {
    const key = `${runId}/${slot}`;
    known.delete(key);
    known.set(key, { channel: placement.channel, ts: placement.ts });
    const [oldest] = known.keys();
    if (known.size > REMEMBERED && oldest !== undefined) known.delete(oldest);
  }
  return {
    learn,
    learnAll: (runId, standing) => {
      for (const { slot, remote } of standing) {
        const placed = remote === undefined ? undefined : remoteOf(remote);
        if (placed !== undefined) learn(runId, slot, placed);
      }
    },
    find: (runId, slot) => known.get(`${runId}/${slot}`),
  };
}
