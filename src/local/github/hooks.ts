// Signed webhook deliveries: one try each, ten seconds, kept so that they can be listed and sent again.
import { createHmac, randomUUID } from "node:crypto";
import type { Deliveries, Delivery, JsonFile } from "./state.ts";

interface HookTarget {
  readonly url: string;
  readonly secret: string;
}

interface HookEvent {
  readonly event: string;
  readonly action: string | null;
  readonly repositoryId: number | null;
  readonly payload: unknown;
}

export interface Hooks {
  setTarget(target: HookTarget): void;
  /** False: nobody listens, so an event need not even be put together. */
  wanted(): boolean;
  /** Sends without making the caller wait, as the real service does. */
  send(event: HookEvent): void;
  deliveries(): readonly Delivery[];
  /** False: no such delivery. */
  redeliver(id: number): boolean;
  /** Resolves when nothing is on its way. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export interface HooksOptions {
  readonly file: JsonFile<Deliveries>;
  readonly appId: number;
  readonly nowMs: () => number;
  readonly timeoutMs: number;
}

const KEPT = 300;

type Outgoing = Omit<Delivery, "id" | keyof Tried>;

export function makeHooks(options: HooksOptions): Hooks {
  const { file } = options;
  const stop = new AbortController();
  const underWay = new Set<Promise<void>>();
  let target: HookTarget | undefined;

  const start = (delivery: Outgoing): void => {
    if (target === undefined || stop.signal.aborted) return;
    const id = file.data.nextId;
    file.data.nextId += 1;
    const work = tryPost(delivery, target)
      .then(async (done) => {
        file.data.deliveries.push({ ...delivery, ...done, id });
        file.data.deliveries.splice(0, Math.max(0, file.data.deliveries.length - KEPT));
        await file.save();
      })
      .finally(() => underWay.delete(work));
    underWay.add(work);
  };

  const tryPost = async (delivery: Outgoing, to: HookTarget): Promise<Tried> => {
    const deliveredAtMs = options.nowMs();
    const beganMs = performance.now();
    const result = await post(delivery, to, { appId: options.appId, timeoutMs: options.timeoutMs, stop: stop.signal });
    return { ...result, deliveredAtMs, durationMs: Math.round(performance.now() - beganMs), url: to.url };
  };

  return {
    setTarget(to) {
      target = to;
    },
    wanted: () => target !== undefined && !stop.signal.aborted,
    send({ event, action, repositoryId, payload }) {
      start({ event, action, repositoryId, guid: randomUUID(), redelivery: false, payload: JSON.stringify(payload) });
    },
    deliveries: () => file.data.deliveries,
    redeliver(id) {
      const old = file.data.deliveries.find((delivery) => delivery.id === id);
      if (old === undefined) return false;
      const { event, action, repositoryId, guid, payload } = old;
      start({ event, action, repositoryId, guid, payload, redelivery: true });
      return true;
    },
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    async close() {
      stop.abort();
      await Promise.allSettled(underWay);
    },
  };
}

interface Tried {
  readonly deliveredAtMs: number;
  readonly durationMs: number;
  readonly statusCode: number;
  readonly statusText: string;
  readonly url: string;
}

async function post(
  delivery: Outgoing,
  to: HookTarget,
  limits: { readonly appId: number; readonly timeoutMs: number; readonly stop: AbortSignal },
): Promise<Pick<Tried, "statusCode" | "statusText">> {
  const timeout = AbortSignal.timeout(limits.timeoutMs);
  try {
    const response = await fetch(to.url, {
      method: "POST",
      headers: hookHeaders(delivery, { secret: to.secret, appId: limits.appId }),
      body: delivery.payload,
      redirect: "manual",
      signal: AbortSignal.any([limits.stop, timeout]),
    });
    await response.body?.cancel();
    const statusText = response.ok ? "OK" : `Invalid HTTP Response: ${response.status}`;
    return { statusCode: response.status, statusText };
  } catch {
    return timeout.aborted
      ? { statusCode: 504, statusText: "timed out" }
      : { statusCode: 502, statusText: "failed to connect to host" };
  }
}

function hookHeaders(
  delivery: { readonly event: string; readonly guid: string; readonly payload: string },
  from: { readonly secret: string; readonly appId: number },
): Record<string, string> {
  const sign = (algorithm: string): string => createHmac(algorithm, from.secret).update(delivery.payload).digest("hex");
  return {
    "content-type": "application/json",
    "user-agent": "GitHub-Hookshot/local",
    accept: "*/*",
    "x-github-event": delivery.event,
    "x-github-delivery": delivery.guid,
    "x-github-hook-installation-target-id": String(from.appId),
    "x-github-hook-installation-target-type": "integration",
    "x-hub-signature": `sha1=${sign("sha1")}`,
    "x-hub-signature-256": `sha256=${sign("sha256")}`,
  };
}
