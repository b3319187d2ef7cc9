// Linear's webhooks: verified, held against who we are, parsed and stored before the 200. Nothing is decided here.
import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import type { Clock, HookReceiver, Intake, Log } from "../ports.ts";
import type { Heard } from "./heard.ts";
import type { IdentityBook } from "./identity.ts";
import { parseEvent } from "./parse.ts";

export interface LinearReceiverOptions {
  readonly secret: string;
  readonly clientId: string | undefined;
  readonly uploadsUrl: string;
  readonly identity: Pick<IdentityBook, "known" | "read">;
  readonly intake: Pick<Intake, "acceptRequest" | "acceptTrackerEvent">;
  readonly clock: Pick<Clock, "nowMs">;
  readonly log: Log;
}

/** As Linear's own SDK has it: older or newer than this is a replay, or a clock that is wrong. */
const FRESH_MS = 60_000;
const stampSchema = z.object({ webhookTimestamp: z.number() });

export function createLinearReceiver(options: LinearReceiverOptions): HookReceiver {
  if (options.secret === "") throw new Error("LINEAR_WEBHOOK_SECRET is empty");
  return async ({ body, header }) => {
    const delivery = header("linear-delivery");
    if (!isSigned(body, header("linear-signature"), options.secret)) {
      options.log.warn({ delivery }, "a Linear event with a bad signature was refused");
      return { status: 401, says: "bad signature" };
    }
    const payload = parseJson(body);
    const stamp = stampSchema.safeParse(payload);
    if (!stamp.success) return { status: 400, says: "not an event" };
    const ageMs = options.clock.nowMs() - stamp.data.webhookTimestamp;
    if (Math.abs(ageMs) > FRESH_MS) {
      // What it told is made up for by asking: the sweep lists sessions that nobody took up.
      options.log.warn({ delivery, ageMs }, "a Linear event came too late or from a wrong clock; it was refused");
      return { status: 400, says: "too old" };
    }
    const identity = options.identity.known();
    if (identity === undefined) {
      // Linear was down when this process began, and nothing else in it may ever ask: the next event finds it known.
      void options.identity.read().catch((cause: unknown) => {
        options.log.warn({ delivery, cause: String(cause) }, "a Linear event came before it is known who we are");
      });
      return { status: 503, says: "not ready" };
    }
    const { clientId, uploadsUrl } = options;
    return store(options, delivery, parseEvent(payload, { identity, clientId, uploadsUrl }));
  };
}

async function store({ intake, log }: LinearReceiverOptions, delivery: string, heard: Heard) {
  switch (heard.kind) {
    case "ignored":
      if (heard.says !== undefined) log.warn({ delivery }, `a Linear event was ignored: ${heard.says}`);
      return { status: 200, says: "ignored" };
    case "malformed":
      log.warn({ delivery, detail: heard.detail }, "a Linear event has an unknown shape");
      return { status: 400, says: "unknown shape" };
    case "request":
    case "event": {
      const key = { source: "linear", key: heard.key } as const;
      const accepted =
        heard.kind === "request"
          ? await intake.acceptRequest(key, heard.request)
          : await intake.acceptTrackerEvent(key, heard.event);
      log.info({ delivery, key: heard.key, accepted: accepted.kind }, "Linear event stored");
      return { status: 200, says: accepted.kind === "new" ? "stored" : "already stored" };
    }
    default:
      return heard satisfies never;
  }
}

/** Signature alone: the SDK's own check takes a stale event for a forged one, and the log would say so. */
function isSigned(body: Buffer, signature: string, secret: string): boolean {
  const wanted = Buffer.from(createHmac("sha256", secret).update(body).digest("hex"));
  const given = Buffer.from(signature);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}
