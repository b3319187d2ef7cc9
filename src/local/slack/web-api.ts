// The Web API over HTTP: token, arguments, injected faults, the method, the recording.
import type { IncomingMessage, ServerResponse } from "node:http";
import { equalSecrets, readBody, sendJson } from "../http.ts";
import { parseArgs, type Sent } from "./args.ts";
import { Refusal, type Slack } from "./context.ts";
import type { Json } from "./json.ts";
import { chat } from "./methods/chat.ts";
import { conversations } from "./methods/conversations.ts";
import { files } from "./methods/files.ts";
import type { Method, Methods } from "./methods/method.ts";
import { people } from "./methods/people.ts";
import { marks } from "./methods/reactions.ts";
import { streams } from "./methods/streams.ts";
import { views } from "./methods/views.ts";

const BODY_LIMIT_BYTES = 2_000_000;
const METHODS: Methods = { ...chat, ...conversations, ...people, ...marks, ...views, ...streams, ...files };

export interface Call {
  readonly method: string;
  readonly args: Json;
  readonly answer: Json;
  readonly status: number;
  readonly atMs: number;
}

export interface Fault {
  /** A method's name, or `*` for the next call of any. */
  readonly method: string;
  readonly error?: string;
  readonly status?: number;
  readonly retryAfterSeconds?: number;
  /** The call takes effect; its answer never arrives. */
  readonly dropResponse?: boolean;
  readonly times?: number;
}

export interface WebApi {
  serve(req: IncomingMessage, res: ServerResponse, url: URL): Promise<void>;
  calls(): readonly Call[];
  failNext(fault: Fault): void;
  reset(): void;
}

interface Desk {
  readonly slack: Slack;
  readonly tokens: { readonly bot: string; readonly app: string };
  readonly log: Call[];
  readonly faults: { readonly fault: Fault; left: number }[];
}

export function makeWebApi(slack: Slack, tokens: { readonly bot: string; readonly app: string }): WebApi {
  const desk: Desk = { slack, tokens, log: [], faults: [] };
  return {
    serve: (req, res, url) => serve(desk, { req, res, url }),
    calls: () => desk.log,
    failNext: (fault) => {
      desk.faults.push({ fault, left: fault.times ?? 1 });
    },
    reset: () => {
      desk.log.length = 0;
      desk.faults.length = 0;
    },
  };
}

interface Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly url: URL;
}

async function serve(desk: Desk, { req, res, url }: Exchange): Promise<void> {
  const method = url.pathname.replace(/^\/api\//, "");
  const body = (await readBody(req, BODY_LIMIT_BYTES)).toString("utf8");
  const atMs = Date.now();
  const fault = takeFault(desk, method);
  const sent = readSent(req, url, body);
  const args = sent instanceof Refusal ? {} : sent.args.all;
  const record = (answer: Json, status: number): void => {
    desk.log.push({ method, args, answer, status, atMs });
  };
  if (fault !== undefined && fault.dropResponse !== true) {
    refuseByFault(res, fault, record);
    return;
  }
  const answer = await answerCall(desk, method, sent);
  record(answer, fault === undefined ? 200 : 0);
  if (fault !== undefined) {
    res.destroy();
    return;
  }
  res.setHeader("x-oauth-scopes", desk.slack.world.scopes.join(","));
  sendJson(res, 200, answer);
}

function takeFault(desk: Desk, method: string): Fault | undefined {
  const entry = desk.faults.find(({ fault, left }) => left > 0 && (fault.method === method || fault.method === "*"));
  if (entry === undefined) return undefined;
  entry.left -= 1;
  return entry.fault;
}

function refuseByFault(res: ServerResponse, fault: Fault, record: (answer: Json, status: number) => void): void {
  const status = fault.status ?? (fault.retryAfterSeconds === undefined ? 200 : 429);
  const answer = { ok: false, error: fault.error ?? (status === 429 ? "ratelimited" : "internal_error") };
  if (status === 429) res.setHeader("retry-after", String(fault.retryAfterSeconds ?? 1));
  record(answer, status);
  sendJson(res, status, answer);
}

function readSent(req: IncomingMessage, url: URL, body: string): Sent | Refusal {
  try {
    return parseArgs(req, url, body);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

async function answerCall(desk: Desk, method: string, sent: Sent | Refusal): Promise<Json> {
  try {
    if (sent instanceof Refusal) throw sent;
    if (method === "apps.connections.open") return openConnection(desk, sent.token);
    const found = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined;
    if (found === undefined) throw new Refusal("unknown_method", [], { req_method: method });
    authorize(desk, found, sent.token);
    return { ok: true, ...(await found.run(desk.slack, sent.args)) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { code, problems, extra } = error;
    return {
      ok: false,
      error: code,
      ...extra,
      ...(problems.length === 0 ? {} : { errors: problems, response_metadata: { messages: problems } }),
    };
  }
}

function authorize(desk: Desk, method: Method, token: string | undefined): void {
  if (token === undefined) throw new Refusal("not_authed");
  if (equalSecrets(token, desk.tokens.app)) throw new Refusal("not_allowed_token_type");
  if (!equalSecrets(token, desk.tokens.bot)) throw new Refusal("invalid_auth");
  const { scopes } = desk.slack.world;
  if (method.scopes.length === 0 || method.scopes.some((scope) => scopes.includes(scope))) return;
  throw new Refusal("missing_scope", [], { needed: method.scopes.join(","), provided: scopes.join(",") });
}

function openConnection(desk: Desk, token: string | undefined): Json {
  if (token === undefined) throw new Refusal("not_authed");
  if (equalSecrets(token, desk.tokens.bot)) throw new Refusal("not_allowed_token_type");
  if (!equalSecrets(token, desk.tokens.app)) throw new Refusal("invalid_auth");
  return { ok: true, url: desk.slack.sockets.openTicket() };
}
