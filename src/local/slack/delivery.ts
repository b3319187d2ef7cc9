// Who hears of what: events are redelivered until acked, what a person waits for is not.
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Json } from "./json.ts";
import type { Delivered, Sockets } from "./sockets.ts";
import { nextId, type World } from "./world.ts";

export const SLACK_RETRY_DELAYS_MS: readonly number[] = [0, 60_000, 300_000];

export interface Delivery {
  readonly type: string;
  readonly name: string;
  attempts: number;
  outcome: "waiting" | "acked" | "operation_timeout" | "dispatch_failed" | "given_up";
}

export interface Courier {
  /** True once the app has acked it, on whichever attempt. */
  sendEvent(event: Json): Promise<boolean>;
  sendCommand(payload: Json): Promise<Answered>;
  sendInteraction(payload: Json): Promise<Answered>;
  deliveries(): readonly Delivery[];
  reset(): void;
  close(): void;
}

type Answered =
  | { readonly kind: "acked"; readonly payload: Json }
  | { readonly kind: "failed"; readonly reason: "operation_timeout" | "dispatch_failed" };

export interface CourierOptions {
  readonly ackMs: number;
  readonly retryDelaysMs: readonly number[];
}

interface Post {
  readonly world: World;
  readonly sockets: Sockets;
  readonly options: CourierOptions;
  log: Delivery[];
  stop: AbortController;
}

export function makeCourier(world: World, sockets: Sockets, options: CourierOptions): Courier {
  const post: Post = { world, sockets, options, log: [], stop: new AbortController() };
  return {
    sendEvent: (event) => sendEvent(post, event),
    sendCommand: (payload) => sendOnce(post, "slash_commands", payload),
    sendInteraction: (payload) => sendOnce(post, "interactive", payload),
    deliveries: () => post.log,
    reset: () => {
      post.stop.abort();
      post.stop = new AbortController();
      post.log = [];
    },
    close: () => post.stop.abort(),
  };
}

async function sendEvent(post: Post, event: Json): Promise<boolean> {
  const entry = enter(post, "events_api", String(event["type"]));
  const payload = eventCallback(post.world, event);
  const { signal } = post.stop;
  const delays = [...post.options.retryDelaysMs];
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    entry.attempts = attempt + 1;
    const delivered = await attemptEvent(post, payload, attempt);
    if (delivered.kind === "acked") {
      entry.outcome = "acked";
      return true;
    }
    const delayMs = delays.shift();
    if (delayMs === undefined) break;
    await sleep(delayMs, undefined, { signal, ref: false }).catch(() => undefined);
  }
  entry.outcome = "given_up";
  return false;
}

async function attemptEvent(post: Post, payload: Json, attempt: number): Promise<Delivered> {
  await post.sockets.whenConnected(post.options.ackMs);
  const retry = attempt === 0 ? {} : { retry: { attempt, reason: "timeout" } };
  return post.sockets.deliver({ type: "events_api", payload, acceptsResponse: false, ...retry }, post.options.ackMs);
}

// A command, click or modal has one chance of three seconds; then the person sees it failed.
async function sendOnce(post: Post, type: "slash_commands" | "interactive", payload: Json): Promise<Answered> {
  const entry = enter(post, type, String(payload["command"] ?? payload["type"]));
  entry.attempts = 1;
  const delivered = await post.sockets.deliver({ type, payload, acceptsResponse: true }, post.options.ackMs);
  if (delivered.kind === "acked") {
    entry.outcome = "acked";
    return delivered;
  }
  const reason = delivered.kind === "nobody" ? "dispatch_failed" : "operation_timeout";
  entry.outcome = reason;
  return { kind: "failed", reason };
}

function enter(post: Post, type: string, name: string): Delivery {
  const entry: Delivery = { type, name, attempts: 0, outcome: "waiting" };
  post.log.push(entry);
  return entry;
}

function eventCallback(world: World, event: Json): Json {
  const { team, bot } = world.seed;
  return {
    token: "local-verification",
    team_id: team.id,
    context_team_id: team.id,
    context_enterprise_id: null,
    api_app_id: bot.appId,
    event,
    type: "event_callback",
    event_id: nextId(world, "Ev"),
    event_time: Math.floor(Date.now() / 1000),
    authorizations: [
      { enterprise_id: null, team_id: team.id, user_id: bot.userId, is_bot: true, is_enterprise_install: false },
    ],
    is_ext_shared_channel: false,
    event_context: `4-${randomBytes(12).toString("hex")}`,
  };
}
