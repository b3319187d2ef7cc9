// Webhooks of the code host: verified, parsed and stored before anything is answered. Nothing is decided here.
import { createHmac, timingSafeEqual } from "node:crypto";
import type { HookReceiver, Intake, Log } from "../ports.ts";
import { parseEvent, type OurApp } from "./parse-event.ts";

export interface GithubReceiverOptions extends OurApp {
  readonly secret: string;
  readonly intake: Pick<Intake, "acceptHostEvent">;
  readonly log: Log;
}

export function createGithubReceiver(options: GithubReceiverOptions): HookReceiver {
  const { secret, intake, log } = options;
  if (secret === "") throw new Error("the code host's webhook secret is empty");
  return async ({ body, header }) => {
    if (!isSigned(body, header("x-hub-signature-256"), secret)) {
      log.warn({ delivery: header("x-github-delivery") }, "a code host event with a bad signature was refused");
      return { status: 401, says: "bad signature" };
    }
    const key = header("x-github-delivery");
    const name = header("x-github-event");
    if (key === "" || key.length > 200 || name === "") return { status: 400, says: "delivery or event header missing" };
    const payload = parseJson(body);
    if (payload === undefined) return { status: 400, says: "not JSON" };
    const parsed = parseEvent(name, payload, options);
    if (parsed.kind === "ignored") return { status: 202, says: "ignored" };
    if (parsed.kind === "malformed") {
      log.warn({ delivery: key, event: name, detail: parsed.detail }, "a code host event has an unknown shape");
      return { status: 400, says: "unknown shape" };
    }
    const accepted = await intake.acceptHostEvent({ source: "github", key }, parsed.event);
    log.info(
      { delivery: key, event: name, kind: parsed.event.kind, accepted: accepted.kind },
      "code host event stored",
    );
    return { status: 202, says: accepted.kind === "new" ? "stored" : "already stored" };
  };
}

function isSigned(body: Buffer, signature: string, secret: string): boolean {
  const wanted = Buffer.from(`sha256=${createHmac("sha256", secret).update(body).digest("hex")}`);
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
