// Socket Mode on the wire: one-time tickets, hello, envelopes and their acks. Knows no messages and no retries.
import { randomBytes, randomUUID } from "node:crypto";
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer, type RawData, type WebSocket } from "ws";
import { judgeOrigin } from "../http.ts";
import { isObject, objectOf, parseJson, textOf, type Json } from "./json.ts";

const TICKET_LIFE_MS = 30_000;
const PING_EVERY_MS = 10_000;
const PATH = "/link/";

interface Envelope {
  readonly type: "events_api" | "slash_commands" | "interactive";
  readonly payload: Json;
  readonly acceptsResponse: boolean;
  readonly retry?: { readonly attempt: number; readonly reason: string };
}

export type Delivered =
  | { readonly kind: "acked"; readonly payload: Json }
  | { readonly kind: "unanswered" }
  | { readonly kind: "lost" }
  | { readonly kind: "nobody" };

export type DisconnectReason = "warning" | "refresh_requested" | "link_disabled" | "connection_lost";

export interface Sockets {
  openTicket(): string;
  count(): number;
  deliver(envelope: Envelope, timeoutMs: number): Promise<Delivered>;
  /** Resolves true at the next connection (or at once), false after the time. */
  whenConnected(timeoutMs: number): Promise<boolean>;
  disconnect(reason: DisconnectReason): void;
  close(): Promise<void>;
}

interface Link {
  readonly socket: WebSocket;
  readonly waiting: Map<string, (delivered: Delivered) => void>;
  leaving: boolean;
}

interface Hub {
  readonly appId: string;
  readonly links: Set<Link>;
  readonly tickets: Map<string, number>;
  readonly waiters: Set<() => void>;
  turn: number;
}

export function startSockets(http: { readonly server: Server; readonly port: number }, appId: string): Sockets {
  const hub: Hub = { appId, links: new Set(), tickets: new Map(), waiters: new Set(), turn: 0 };
  const server = new WebSocketServer({ noServer: true, maxPayload: 1_000_000 });
  http.server.on("upgrade", (req, socket, head) => {
    if (!admits(hub, req)) {
      refuse(socket);
      return;
    }
    server.handleUpgrade(req, socket, head, (webSocket) => greet(hub, webSocket));
  });
  const pings = setInterval(() => {
    for (const { socket } of hub.links) socket.ping();
  }, PING_EVERY_MS);
  pings.unref();
  return {
    openTicket: () => {
      const ticket = randomBytes(16).toString("hex");
      hub.tickets.set(ticket, Date.now() + TICKET_LIFE_MS);
      return `ws://127.0.0.1:${http.port}${PATH}?ticket=${ticket}&app_id=${appId}`;
    },
    count: () => open(hub).length,
    deliver: (envelope, timeoutMs) => deliver(hub, envelope, timeoutMs),
    whenConnected: (timeoutMs) => whenConnected(hub, timeoutMs),
    disconnect: (reason) => disconnect(hub, reason),
    close: async () => {
      clearInterval(pings);
      for (const waiter of hub.waiters) waiter();
      for (const { socket } of hub.links) socket.terminate();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

function admits(hub: Hub, req: IncomingMessage): boolean {
  if (judgeOrigin(req) !== undefined) return false;
  const url = new URL(req.url ?? "/", "http://127.0.0.1");
  const ticket = url.searchParams.get("ticket") ?? "";
  const untilMs = hub.tickets.get(ticket);
  hub.tickets.delete(ticket);
  return url.pathname === PATH && untilMs !== undefined && Date.now() <= untilMs;
}

function refuse(socket: Duplex): void {
  socket.end("HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
}

function greet(hub: Hub, socket: WebSocket): void {
  const link: Link = { socket, waiting: new Map(), leaving: false };
  hub.links.add(link);
  socket.on("message", (data) => receiveAck(link, data));
  socket.on("error", () => socket.terminate());
  socket.on("close", () => {
    hub.links.delete(link);
    for (const settle of link.waiting.values()) settle({ kind: "lost" });
  });
  socket.send(
    JSON.stringify({
      type: "hello",
      num_connections: hub.links.size,
      debug_info: { host: "local", approximate_connection_time: 18_060 },
      connection_info: { app_id: hub.appId },
    }),
  );
  for (const waiter of hub.waiters) waiter();
}

// An ack counts only on the socket that carried its envelope: the other one never saw it.
function receiveAck(link: Link, data: RawData): void {
  const bytes = Array.isArray(data)
    ? Buffer.concat(data)
    : Buffer.from(data instanceof ArrayBuffer ? new Uint8Array(data) : data);
  const message = parseJson(bytes.toString("utf8"));
  if (!isObject(message)) return;
  link.waiting.get(textOf(message["envelope_id"]))?.({ kind: "acked", payload: objectOf(message["payload"]) });
}

function open(hub: Hub): readonly Link[] {
  return [...hub.links].filter(({ socket, leaving }) => socket.readyState === socket.OPEN && !leaving);
}

function deliver(hub: Hub, envelope: Envelope, timeoutMs: number): Promise<Delivered> {
  const links = open(hub);
  const link = links[hub.turn % Math.max(1, links.length)];
  hub.turn += 1;
  if (link === undefined) return Promise.resolve({ kind: "nobody" });
  const id = randomUUID();
  return new Promise((resolve) => {
    const settle = (delivered: Delivered): void => {
      clearTimeout(timer);
      link.waiting.delete(id);
      resolve(delivered);
    };
    const timer = setTimeout(() => settle({ kind: "unanswered" }), timeoutMs);
    link.waiting.set(id, settle);
    link.socket.send(JSON.stringify(onWire(id, envelope)));
  });
}

function onWire(id: string, { type, payload, acceptsResponse, retry }: Envelope): Json {
  const common = { envelope_id: id, type, payload, accepts_response_payload: acceptsResponse };
  if (type !== "events_api") return common;
  return { ...common, retry_attempt: retry?.attempt ?? 0, retry_reason: retry?.reason ?? "" };
}

function whenConnected(hub: Hub, timeoutMs: number): Promise<boolean> {
  if (open(hub).length > 0) return Promise.resolve(true);
  return new Promise((resolve) => {
    const settle = (connected: boolean): void => {
      clearTimeout(timer);
      hub.waiters.delete(waiter);
      resolve(connected);
    };
    const waiter = (): void => settle(true);
    const timer = setTimeout(() => settle(false), timeoutMs);
    hub.waiters.add(waiter);
  });
}

function disconnect(hub: Hub, reason: DisconnectReason): void {
  for (const link of hub.links) {
    link.leaving = true;
    if (reason === "connection_lost") link.socket.terminate();
    else link.socket.send(JSON.stringify({ type: "disconnect", reason, debug_info: { host: "local" } }));
  }
}
