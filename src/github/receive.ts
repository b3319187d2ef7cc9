// Webhooks of the code host: verified, parsed and stored before anything is answered. Nothing is decided here.
import { createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Intake, Log } from "../ports.ts";
import { parseEvent, type OurApp } from "./parse-event.ts";

export interface GithubReceiverOptions extends OurApp {
  readonly secret: string;
  readonly intake: Pick<Intake, "acceptHostEvent">;
  readonly log: Log;
}

const MAX_BODY_BYTES = 5 * 1024 * 1024;

interface Answer {
  readonly status: number;
  readonly says: string;
}

export function createGithubReceiver(
  options: GithubReceiverOptions,
): (req: IncomingMessage, res: ServerResponse) => Promise<void> {
  if (options.secret === "") throw new Error("the code host's webhook secret is empty");
  return async (req, res) => {
    const answer = await receive(options, req).catch((error: unknown): Answer => {
      options.log.error({ error: String(error) }, "a code host event could not be stored");
      return { status: 500, says: "not stored" };
    });
    send(req, res, answer);
  };
}

async function receive(options: GithubReceiverOptions, req: IncomingMessage): Promise<Answer> {
  if (req.method !== "POST") return { status: 405, says: "POST only" };
  const body = await readBody(req);
  if (body === "too-big") return { status: 413, says: "too big" };
  if (body === "broken") return { status: 400, says: "the body did not arrive whole" };
  if (!isSigned(body, header(req, "x-hub-signature-256"), options.secret)) {
    options.log.warn(
      { delivery: header(req, "x-github-delivery") },
      "a code host event with a bad signature was refused",
    );
    return { status: 401, says: "bad signature" };
  }
  const key = header(req, "x-github-delivery");
  const name = header(req, "x-github-event");
  if (key === "" || key.length > 200 || name === "") return { status: 400, says: "delivery or event header missing" };
  const payload = parseJson(body);
  if (payload === undefined) return { status: 400, says: "not JSON" };
  const parsed = parseEvent(name, payload, options);
  if (parsed.kind === "ignored") return { status: 202, says: "ignored" };
  if (parsed.kind === "malformed") {
    options.log.warn({ delivery: key, event: name, detail: parsed.detail }, "a code host event has an unknown shape");
    return { status: 400, says: "unknown shape" };
  }
  const accepted = await options.intake.acceptHostEvent({ source: "github", key }, parsed.event);
  options.log.info(
    { delivery: key, event: name, kind: parsed.event.kind, accepted: accepted.kind },
    "code host event stored",
  );
  return { status: 202, says: accepted.kind === "new" ? "stored" : "already stored" };
}

function header(req: IncomingMessage, name: string): string {
  const value = req.headers[name];
  return typeof value === "string" ? value : "";
}

async function readBody(req: IncomingMessage): Promise<Buffer | "too-big" | "broken"> {
  if (Number(req.headers["content-length"] ?? 0) > MAX_BODY_BYTES) return "too-big";
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of req.iterator({ destroyOnReturn: false })) {
      const bytes = Buffer.from(chunk);
      size += bytes.length;
      if (size > MAX_BODY_BYTES) return "too-big";
      chunks.push(bytes);
    }
  } catch {
    return "broken";
  }
  return Buffer.concat(chunks);
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

function send(req: IncomingMessage, res: ServerResponse, { status, says }: Answer): void {
  if (res.destroyed || res.headersSent) return;
  // What was not read must not be taken for the next request.
  if (!req.complete) res.setHeader("connection", "close");
  res.writeHead(status, { "content-type": "application/json" });
  res.end(JSON.stringify({ status: says }), () => {
    if (!req.complete) req.destroy();
  });
}
