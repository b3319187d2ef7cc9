// The REST and GraphQL edge: who asks, which route, the answer with GitHub's headers, the log, and injected faults.
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { readBody } from "../http.ts";
import { answerGraphql } from "./graphql.ts";
import { Refusal, refusalBody } from "./refusal.ts";
import type { Fault } from "./request-log.ts";
import { matchRoute, route, type Answer, type Route } from "./router.ts";
import { appRoutes } from "./routes-app.ts";
import { checkRoutes } from "./routes-checks.ts";
import { gitRoutes } from "./routes-git.ts";
import { hookRoutes } from "./routes-hooks.ts";
import { pullRoutes } from "./routes-pulls.ts";
import { repoRoutes } from "./routes-repos.ts";
import { judgeCaller, type Caller } from "./tokens.ts";
import type { World } from "./world.ts";

// Checks come before repositories: their paths end in more than a commit's name does.
const ROUTES: readonly Route[] = [
  route("POST", "/graphql", answerGraphql),
  ...appRoutes,
  ...hookRoutes,
  ...gitRoutes,
  ...pullRoutes,
  ...checkRoutes,
  ...repoRoutes,
];

export const API_PREFIX = "/api/v3";
const GRAPHQL_PATH = "/api/graphql";
const MAX_JSON_BYTES = 8 * 1024 * 1024;
const MAX_BLOB_JSON_BYTES = 140 * 1024 * 1024;

export function isApiPath(path: string): boolean {
  return path === API_PREFIX || path.startsWith(`${API_PREFIX}/`) || path === GRAPHQL_PATH;
}

interface Exchange {
  readonly world: World;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly url: URL;
  readonly method: string;
  readonly path: string;
}

export async function answerApi(world: World, wire: Pick<Exchange, "req" | "res" | "url">): Promise<void> {
  const { pathname } = wire.url;
  const path = pathname === GRAPHQL_PATH ? "/graphql" : pathname.slice(API_PREFIX.length) || "/";
  const exchange: Exchange = { ...wire, world, method: wire.req.method ?? "GET", path };
  let caller: Caller = { kind: "none" };
  let answer: Answer;
  const fault = world.log.takeFault(exchange.method, readable(path));
  try {
    if (fault?.delayMs !== undefined) await sleep(fault.delayMs, undefined, { ref: false });
    caller = judgeCaller(world, wire.req.headers.authorization);
    answer = fault?.status === undefined ? await work(exchange, caller) : faultAnswer(fault, fault.status);
  } catch (cause) {
    answer = failure(cause);
  }
  logAnswer(exchange, caller, answer);
  // What an answer says has happened is on disk before it is said.
  if (exchange.method !== "GET") await world.file.save();
  if (fault?.dropResponse === true) wire.req.socket.destroy();
  else send(exchange, caller, answer);
}

function faultAnswer(fault: Fault, status: number): Answer {
  const body = fault.body ?? {
    message: "Injected failure",
    documentation_url: "https://docs.github.com/rest",
    status: String(status),
  };
  return { status, body, ...(fault.headers === undefined ? {} : { headers: fault.headers }) };
}

function failure(cause: unknown): Answer {
  if (cause instanceof Refusal) return { status: cause.status, body: refusalBody(cause) };
  return { status: 500, body: { message: "Server Error", detail: String(cause), status: "500" } };
}

async function work(exchange: Exchange, caller: Caller): Promise<Answer> {
  const { world, req, url, method, path } = exchange;
  if ((req.headers["user-agent"] ?? "") === "")
    throw new Refusal(
      403,
      "Request forbidden by administrative rules. Please make sure your request has a User-Agent header.",
    );
  spendRate(world, caller);
  const matched = matchRoute(ROUTES, method === "HEAD" ? "GET" : method, path);
  if (matched === undefined) throw new Refusal(404, "Not Found");
  const body = await readJson(req, path);
  const ask = {
    world,
    caller,
    params: matched.params,
    query: url.searchParams,
    body,
    accept: req.headers.accept ?? "",
    path,
  };
  return matched.route.run(ask);
}

async function readJson(req: IncomingMessage, path: string): Promise<unknown> {
  const limit = path.endsWith("/git/blobs") ? MAX_BLOB_JSON_BYTES : MAX_JSON_BYTES;
  const bytes = await readBody(req, limit).catch((cause: unknown) => {
    if (cause instanceof RangeError) throw new Refusal(413, "Sorry, your input was too large to process.");
    throw cause;
  });
  if (bytes.length === 0) return undefined;
  const parsed = parseJson(bytes);
  if (parsed === undefined) throw new Refusal(400, "Problems parsing JSON");
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    throw new Refusal(400, "Body should be a JSON object");
  return parsed;
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

interface Window {
  startedAtMs: number;
  used: number;
}

const HOUR_MS = 60 * 60_000;
const windows = new WeakMap<World, Map<string, Window>>();

/** GitHub counts an installation's tokens together, and the app itself apart. */
function rateWindow(world: World, caller: Caller): Window {
  const all = windows.get(world) ?? new Map<string, Window>();
  windows.set(world, all);
  const now = world.nowMs();
  const current = all.get(caller.kind);
  if (current !== undefined && now < current.startedAtMs + HOUR_MS) return current;
  const fresh = { startedAtMs: now, used: 0 };
  all.set(caller.kind, fresh);
  return fresh;
}

function spendRate(world: World, caller: Caller): void {
  const window = rateWindow(world, caller);
  if (window.used >= world.rateLimitPerHour)
    throw new Refusal(403, `API rate limit exceeded for installation ID ${world.app.installationId}.`);
  window.used += 1;
}

function rateHeaders(world: World, caller: Caller): Record<string, string> {
  const { startedAtMs, used } = rateWindow(world, caller);
  return {
    "x-ratelimit-limit": String(world.rateLimitPerHour),
    "x-ratelimit-remaining": String(Math.max(0, world.rateLimitPerHour - used)),
    "x-ratelimit-used": String(used),
    "x-ratelimit-reset": String(Math.ceil((startedAtMs + HOUR_MS) / 1000)),
    "x-ratelimit-resource": "core",
  };
}

/** octokit writes a branch's slashes as %2F; the log and the faults name it as people do. */
function readable(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function logAnswer(exchange: Exchange, caller: Caller, answer: Answer): void {
  const { world, method, path } = exchange;
  const token = answer.minted ?? (caller.kind === "installation" ? caller.token : undefined);
  world.log.add({
    method,
    path: readable(path),
    tokenKind: caller.kind,
    ...(token === undefined ? {} : { permissions: token.permissions }),
    ...(token?.repositoryIds === undefined ? {} : { repositoryIds: token.repositoryIds }),
    status: answer.status,
    atMs: world.nowMs(),
  });
}

function send(exchange: Exchange, caller: Caller, answer: Answer): void {
  const { world, res, method } = exchange;
  const json = answer.body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(answer.body));
  const bytes = answer.raw?.bytes ?? json;
  const type = answer.raw?.type ?? (answer.body === undefined ? undefined : "application/json; charset=utf-8");
  res.writeHead(answer.status, {
    ...rateHeaders(world, caller),
    "x-github-request-id": randomUUID().toUpperCase(),
    "x-github-media-type": "github.v3; format=json",
    "x-content-type-options": "nosniff",
    "cache-control": "private, max-age=0",
    ...(type === undefined ? {} : { "content-type": type }),
    ...(answer.status === 204 ? {} : { "content-length": String(bytes.length) }),
    ...answer.headers,
  });
  res.end(method === "HEAD" || answer.status === 204 ? undefined : bytes);
}
