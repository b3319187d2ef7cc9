// Webhooks: signed, answered with 200 within five seconds or sent again, in no promised order.
import { createHmac } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Json } from "./model.ts";
import { freshId, stableId } from "./world.ts";

export const LINEAR_RETRY_DELAYS_MS: readonly number[] = [60_000, 3_600_000, 21_600_000];
export const LINEAR_WEBHOOK_TIMEOUT_MS = 5_000;
const KEPT = 500;

export interface LinearDelivery {
  /** `Linear-Delivery`: the same on every try. */
  readonly id: string;
  /** `Linear-Event`. */
  readonly event: string;
  readonly action: string;
  readonly atMs: number;
  readonly body: Json;
  /** The HTTP status of each try; 0 when nobody answered in time. */
  readonly statuses: readonly number[];
  readonly outcome: "waiting" | "delivered" | "failed";
}

export interface CourierOptions {
  readonly retryDelaysMs: readonly number[];
  readonly retryKeepsTimestamp: boolean;
  readonly timeoutMs: number;
  readonly now: () => number;
  /** Something about a delivery is different now. */
  readonly changed: () => void;
}

export interface Courier {
  setTarget(url: string | undefined, secret: string): void;
  /** Sends without making the caller wait. */
  send(event: { readonly event: string; readonly action: string; readonly body: Json }): void;
  redeliver(id: string, change: { readonly timestampMs?: number }): Promise<number>;
  deliveries(): readonly LinearDelivery[];
  reset(): void;
  close(): Promise<void>;
}

interface Entry {
  readonly id: string;
  readonly event: string;
  readonly action: string;
  readonly atMs: number;
  readonly body: Json;
  readonly statuses: number[];
  outcome: LinearDelivery["outcome"];
}

interface Target {
  readonly url: string;
  readonly secret: string;
}

interface Post {
  readonly options: CourierOptions;
  readonly underWay: Set<Promise<void>>;
  target: Target | undefined;
  log: Entry[];
  stop: AbortController;
}

export function makeCourier(options: CourierOptions): Courier {
  const post: Post = { options, underWay: new Set(), target: undefined, log: [], stop: new AbortController() };
  return {
    setTarget: (url, secret) => {
      post.target = url === undefined ? undefined : { url, secret };
    },
    send: (event) => start(post, event),
    redeliver: (id, change) => redeliver(post, id, change.timestampMs),
    deliveries: () => post.log.map(({ statuses, ...entry }) => ({ ...entry, statuses: [...statuses] })),
    reset: () => {
      post.stop.abort();
      post.stop = new AbortController();
      post.log = [];
    },
    close: async () => {
      post.stop.abort();
      await Promise.allSettled(post.underWay);
    },
  };
}

function start(post: Post, given: Parameters<Courier["send"]>[0]): void {
  const { target } = post;
  if (target === undefined || post.stop.signal.aborted) return;
  const atMs = post.options.now();
  const body = { ...given.body, webhookTimestamp: atMs, webhookId: stableId("webhook", target.url) };
  const entry: Entry = { ...given, id: freshId(), atMs, body, statuses: [], outcome: "waiting" };
  post.log.push(entry);
  post.log.splice(0, Math.max(0, post.log.length - KEPT));
  const work = deliver(post, entry, target).finally(() => post.underWay.delete(work));
  post.underWay.add(work);
}

async function deliver(post: Post, entry: Entry, target: Target): Promise<void> {
  const { signal } = post.stop;
  const delays = [...post.options.retryDelaysMs];
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    const again = attempt > 0 && !post.options.retryKeepsTimestamp;
    const status = await tryOnce(post, entry, { target, ...(again ? { timestampMs: post.options.now() } : {}) });
    if (signal.aborted) return;
    const delayMs = delays.shift();
    if (status === 200) entry.outcome = "delivered";
    else if (delayMs === undefined) entry.outcome = "failed";
    post.options.changed();
    if (entry.outcome !== "waiting" || delayMs === undefined) return;
    await sleep(delayMs, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

async function redeliver(post: Post, id: string, timestampMs: number | undefined): Promise<number> {
  const entry = post.log.find((each) => each.id === id);
  if (entry === undefined) throw new Error(`no delivery ${id}`);
  if (post.target === undefined) throw new Error("no webhook is set");
  const status = await tryOnce(post, entry, {
    target: post.target,
    ...(timestampMs === undefined ? {} : { timestampMs }),
  });
  if (status === 200) entry.outcome = "delivered";
  post.options.changed();
  return status;
}

async function tryOnce(
  post: Post,
  entry: Entry,
  how: { readonly target: Target; readonly timestampMs?: number },
): Promise<number> {
  const { target, timestampMs } = how;
  const raw = JSON.stringify(timestampMs === undefined ? entry.body : { ...entry.body, webhookTimestamp: timestampMs });
  const signal = AbortSignal.any([post.stop.signal, AbortSignal.timeout(post.options.timeoutMs)]);
  const status = await fetch(target.url, {
    method: "POST",
    headers: {
      "content-type": "application/json; charset=utf-8",
      "user-agent": "Linear-Webhook/local",
      "linear-delivery": entry.id,
      "linear-event": entry.event,
      "linear-signature": createHmac("sha256", target.secret).update(raw).digest("hex"),
    },
    body: raw,
    redirect: "manual",
    signal,
  }).then(
    async (response) => {
      await response.body?.cancel();
      return response.status;
    },
    () => 0,
  );
  entry.statuses.push(status);
  return status;
}
