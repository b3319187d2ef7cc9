// Bolt's receiver over Socket Mode, ours for one reason: an envelope is acknowledged after it was stored, never before.
import type { App, Receiver, ReceiverEvent } from "@slack/bolt";
import { SocketModeClient } from "@slack/socket-mode";
import { z } from "zod";
import type { Clock, Log } from "../ports.ts";
import { errorName } from "./api-problem.ts";
import { clientOptions, sdkLogger } from "./web.ts";

export interface SocketOptions {
  readonly appToken: string;
  readonly apiUrl?: string | undefined;
  readonly sockets: number;
  readonly clock: Clock;
  readonly log: Log;
}

export interface SocketReceiver extends Receiver {
  start(): Promise<void>;
  stop(): Promise<void>;
  connected(): number;
}

const HELLO_WAIT_MS = 15_000;
const DRAIN_MS = 5000;
const CLOSE_WAIT_MS = 2000;
const RETRY_MS = [0, 1000, 2000, 5000, 10_000, 30_000] as const;
/** Answers that no later try will change. */
const REFUSED = new Set(["invalid_auth", "not_authed", "account_inactive", "token_revoked", "not_allowed_token_type"]);

const envelopeSchema = z.object({
  type: z.string(),
  body: z.record(z.string(), z.unknown()),
  ack: z.custom<Ack>((value) => typeof value === "function"),
  retry_num: z.number().optional(),
  retry_reason: z.string().optional(),
});
type Ack = (response?: Readonly<Record<string, unknown>>) => Promise<void>;
type Envelope = z.infer<typeof envelopeSchema>;

interface Hub {
  readonly options: SocketOptions;
  readonly stopping: AbortController;
  readonly up: Set<SocketModeClient>;
  readonly busy: Set<Promise<void>>;
  readonly holders: Promise<void>[];
  app?: App;
}

export function createSocketReceiver(options: SocketOptions): SocketReceiver {
  const hub: Hub = { options, stopping: new AbortController(), up: new Set(), busy: new Set(), holders: [] };
  return {
    init: (app) => {
      hub.app = app;
    },
    start: async () => {
      const first = Promise.withResolvers<void>();
      for (let index = 0; index < options.sockets; index += 1) hub.holders.push(hold(hub, first));
      await first.promise;
    },
    stop: () => stop(hub),
    connected: () => hub.up.size,
  };
}

async function stop(hub: Hub): Promise<void> {
  hub.stopping.abort();
  await within(Promise.allSettled(hub.busy), DRAIN_MS);
  await within(Promise.allSettled([...hub.up].map((client) => client.disconnect())), CLOSE_WAIT_MS);
  await within(Promise.allSettled(hub.holders), CLOSE_WAIT_MS);
}

async function within(work: Promise<unknown>, limitMs: number): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, limitMs);
  try {
    await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

type First = PromiseWithResolvers<void>;

/** Keeps one connection for as long as we run. Reconnecting is ours: the SDK's own gives up on a dead network unheard. */
async function hold(hub: Hub, first: First): Promise<void> {
  const { log, clock } = hub.options;
  let failures = 0;
  while (!hub.stopping.signal.aborted) {
    try {
      await connectOnce(hub, first);
      failures = 0;
    } catch (cause) {
      const refused = errorName(cause);
      if (refused !== undefined && REFUSED.has(refused)) {
        log.error({ error: refused }, "slack refused the app token");
        first.reject(new Error(`Slack refused SLACK_APP_TOKEN (${refused})`, { cause }));
        return;
      }
      failures += 1;
      log.warn({ error: describe(cause), failures }, "slack connection failed");
    }
    const pauseMs = RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] ?? 0;
    if (pauseMs > 0) await clock.sleep(pauseMs, hub.stopping.signal).catch(() => undefined);
  }
  first.resolve();
}

/** Resolves when a connection that stood has ended; rejects when none came to stand. */
async function connectOnce(hub: Hub, first: First): Promise<void> {
  const { appToken, log } = hub.options;
  const client = new SocketModeClient({
    appToken,
    autoReconnectEnabled: false,
    logger: sdkLogger(log),
    clientOptions: clientOptions(hub.options),
  });
  const ended = Promise.withResolvers<void>();
  client.on("disconnected", () => ended.resolve());
  client.on("slack_event", (envelope: unknown) => track(hub, receive(hub, envelope)));
  let stood = false;
  const started = client.start().then(() => {
    stood = true;
  });
  await within(started, HELLO_WAIT_MS);
  if (!stood) {
    await within(client.disconnect(), CLOSE_WAIT_MS);
    throw new Error("slack said no hello");
  }
  if (hub.stopping.signal.aborted) {
    await within(client.disconnect(), CLOSE_WAIT_MS);
    return;
  }
  hub.up.add(client);
  first.resolve();
  await ended.promise;
  hub.up.delete(client);
}

function track(hub: Hub, work: Promise<void>): void {
  const done = work.finally(() => hub.busy.delete(done));
  hub.busy.add(done);
}

/** Bolt gets no say in acknowledging events: theirs goes out when every listener has resolved, and not at all when one threw. */
async function receive(hub: Hub, raw: unknown): Promise<void> {
  const { log } = hub.options;
  const parsed = envelopeSchema.safeParse(raw);
  // What arrives while we stop is left unacknowledged: an event comes again, a person sees that a command failed.
  if (!parsed.success || hub.stopping.signal.aborted || hub.app === undefined) return;
  const envelope = parsed.data;
  const isEvent = envelope.type === "events_api";
  const event: ReceiverEvent = {
    body: envelope.body,
    ack: async (response?: unknown) => (isEvent ? undefined : answer(hub, envelope, response)),
    ...(envelope.retry_num === undefined ? {} : { retryNum: envelope.retry_num }),
    ...(envelope.retry_reason === undefined ? {} : { retryReason: envelope.retry_reason }),
  };
  try {
    await hub.app.processEvent(event);
  } catch (cause) {
    log.error({ type: envelope.type, error: describe(cause) }, "slack delivery was not stored and not acknowledged");
    return;
  }
  if (isEvent) await answer(hub, envelope, undefined);
}

async function answer(hub: Hub, envelope: Envelope, response: unknown): Promise<void> {
  const payload = z.record(z.string(), z.unknown()).safeParse(response);
  try {
    await envelope.ack(payload.success ? payload.data : undefined);
  } catch (cause) {
    // Stored, but Slack does not know: it sends an event again, and the key of the first delivery answers it.
    hub.options.log.warn({ type: envelope.type, error: describe(cause) }, "slack connection was gone before the ack");
  }
}

function describe(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
