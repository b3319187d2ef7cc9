// Server streams of the Connect protocol: framed JSON, keepalives after silence, a deadline from the client.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { RpcProblem } from "./envd-problem.ts";

const END_FLAG = 2;
const DEFAULT_KEEPALIVE_S = 90;
const MAX_KEEPALIVE_S = 3600;

export interface EventStream {
  /** False once the reader is behind: wait for `onDrain` before sending more. */
  send(message: unknown): boolean;
  end(problem?: RpcProblem): void;
  onClose(listener: () => void): void;
  onDrain(listener: () => void): void;
  isBehind(): boolean;
}

function frame(message: unknown, flag: number): Buffer {
  const body = Buffer.from(JSON.stringify(message));
  const head = Buffer.allocUnsafe(5);
  head[0] = flag;
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

/** The one message of a framed request body, or undefined when the frame is cut or compressed. */
export function unframe(body: Buffer): string | undefined {
  if (body.length < 5 || body[0] !== 0) return undefined;
  const length = body.readUInt32BE(1);
  return body.length < 5 + length ? undefined : body.subarray(5, 5 + length).toString("utf8");
}

export function deadlineMsOf(req: IncomingMessage): number {
  const given = Number(req.headers["connect-timeout-ms"]);
  return Number.isFinite(given) && given > 0 ? given : 0;
}

export function openStream(req: IncomingMessage, res: ServerResponse): EventStream {
  const closeListeners: (() => void)[] = [];
  let open = true;
  res.writeHead(200, { "content-type": "application/connect+json" });
  res.flushHeaders();
  const write = (message: unknown, flag: number): boolean => !open || res.write(frame(message, flag));
  const keepalive = setInterval(() => write({ event: { keepalive: {} } }, 0), keepaliveMsOf(req));
  res.on("close", () => {
    open = false;
    clearInterval(keepalive);
    for (const listener of closeListeners) listener();
  });
  return {
    send(message) {
      keepalive.refresh();
      return write(message, 0);
    },
    end(problem) {
      if (!open) return;
      open = false;
      const last = problem === undefined ? {} : { error: { code: problem.code, message: problem.message } };
      res.end(frame(last, END_FLAG));
    },
    onClose: (listener) => closeListeners.push(listener),
    onDrain: (listener) => res.on("drain", listener),
    isBehind: () => open && res.writableNeedDrain,
  };
}

function keepaliveMsOf(req: IncomingMessage): number {
  const given = Number(req.headers["keepalive-ping-interval"]);
  const seconds = Number.isFinite(given) && given > 0 ? Math.min(given, MAX_KEEPALIVE_S) : DEFAULT_KEEPALIVE_S;
  return seconds * 1000;
}
