// Webhooks on the wire: the body read whole within bounds, the answer sent. Who sent it and what it means, receivers decide.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { HookReceiver, Log } from "./ports.ts";

const MAX_BODY_BYTES = 5 * 1024 * 1024;

interface Answer {
  readonly status: number;
  readonly says: string;
}

export async function serveHook(
  req: IncomingMessage,
  res: ServerResponse,
  at: { readonly receiver: HookReceiver; readonly log: Log },
): Promise<void> {
  const answer = await receive(req, at.receiver).catch((error: unknown): Answer => {
    at.log.error({ path: req.url, error: String(error) }, "a webhook could not be stored");
    return { status: 500, says: "not stored" };
  });
  send(req, res, answer);
}

async function receive(req: IncomingMessage, receiver: HookReceiver): Promise<Answer> {
  if (req.method !== "POST") return { status: 405, says: "POST only" };
  const body = await readBody(req);
  if (body === "too-big") return { status: 413, says: "too big" };
  if (body === "broken") return { status: 400, says: "the body did not arrive whole" };
  return receiver({ method: req.method, body, header: (name) => headerOf(req, name) });
}

function headerOf(req: IncomingMessage, name: string): string {
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

function send(req: IncomingMessage, res: ServerResponse, { status, says }: Answer): void {
  if (res.destroyed || res.headersSent) return;
  // What was not read must not be taken for the next request.
  if (!req.complete) res.setHeader("connection", "close");
  res.writeHead(status, { "content-type": "application/json" });
  res.end(JSON.stringify({ status: says }), () => {
    if (!req.complete) req.destroy();
  });
}
