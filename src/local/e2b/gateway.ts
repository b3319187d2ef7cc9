// From clients into sandboxes: finds the one that is meant, checks its token, and passes bytes both ways as they come.
import {
  request,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from "node:http";
import { sendJson } from "../http.ts";
import { ApiProblem } from "./api-problem.ts";
import type { Box } from "./box.ts";
import { equalTexts, hasToken, renderSignature } from "./envd-access.ts";
import type { Fleet } from "./fleet.ts";
import { envdSocket } from "./launch.ts";

const ENVD_PATHS = /^\/(files|health|process\.Process\/[A-Za-z]+|filesystem\.Filesystem\/[A-Za-z]+)$/;
const AUTO_RESUME_LIFE_MS = 300_000;
const HOP_BY_HOP = ["connection", "keep-alive", "proxy-connection", "te", "trailer", "upgrade", "origin"];

interface Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly url: URL;
}

export function isForEnvd(url: URL): boolean {
  return ENVD_PATHS.test(url.pathname);
}

export async function answerEnvd(fleet: Fleet, exchange: Exchange): Promise<void> {
  const { req, res, url } = exchange;
  const named = req.headers["e2b-sandbox-id"];
  const box = typeof named === "string" ? fleet.find(named) : findBySignature(fleet, req.method ?? "GET", url);
  if (typeof named !== "string" && box === undefined) throw new ApiProblem(401, "invalid signature");
  if (box === undefined) {
    sendGone(res, String(named));
    return;
  }
  if (url.pathname !== "/health" && !mayEnter(req, url, box)) throw new ApiProblem(401, "invalid access token");
  if (box.record.phase.name === "paused" && box.record.resumesByTraffic && url.pathname !== "/health")
    await fleet.connect(box, { lifeMs: AUTO_RESUME_LIFE_MS, how: "restore" });
  if (box.record.phase.name !== "running") {
    sendGone(res, box.record.id);
    return;
  }
  relay(box, { req, res });
}

/** A link to one file names no sandbox: the token that made its signature does. */
function findBySignature(fleet: Fleet, method: string, url: URL): Box | undefined {
  const given = url.searchParams.get("signature");
  if (url.pathname !== "/files" || given === null) return undefined;
  const operation = method === "GET" ? "read" : "write";
  return fleet
    .all()
    .find(({ record }) => equalTexts(given, renderSignature(url.searchParams, operation, record.accessToken)));
}

/** envd checks again, and the signature's expiry; here a stranger is kept from reaching it at all. */
function mayEnter(req: IncomingMessage, url: URL, box: Box): boolean {
  if (req.headers["x-access-token"] !== undefined) return hasToken(req.headers, box.record.accessToken);
  const signature = url.searchParams.get("signature");
  if (url.pathname !== "/files" || signature === null) return false;
  const operation = req.method === "GET" ? "read" : "write";
  return equalTexts(signature, renderSignature(url.searchParams, operation, box.record.accessToken));
}

function relay(box: Box, { req, res }: Pick<Exchange, "req" | "res">): void {
  const headers: OutgoingHttpHeaders = withoutHops(req.headers);
  // Whether a sandbox lives is no secret to whoever reaches this port, so envd gets the token for it from here.
  if (req.url === "/health") headers["x-access-token"] = box.record.accessToken;
  const inner = request({
    socketPath: envdSocket(box.folder),
    agent: box.agent,
    method: req.method ?? "GET",
    path: req.url ?? "/",
    headers,
  });
  box.connections.add(res);
  res.on("close", () => {
    box.connections.delete(res);
    inner.destroy();
  });
  inner.on("response", (answer) => {
    res.writeHead(answer.statusCode ?? 502, withoutHops(answer.headers));
    res.flushHeaders();
    answer.pipe(res);
    answer.on("error", () => res.destroy());
  });
  inner.on("error", () => {
    if (res.headersSent || res.destroyed) res.destroy();
    else sendGone(res, box.record.id);
  });
  req.pipe(inner);
}

function sendGone(res: ServerResponse, sandboxId: string): void {
  sendJson(res, 502, { sandboxId, message: "The sandbox was not found", code: 502 });
}

function withoutHops(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const kept: OutgoingHttpHeaders = { ...headers };
  for (const name of HOP_BY_HOP) delete kept[name];
  return kept;
}
