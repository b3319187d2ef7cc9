// The OAuth endpoints: authorize (said yes to at once), token and revoke.
import { readBody, sendJson } from "../http.ts";
import type { AppUser } from "./model.ts";
import {
  mintByClient,
  newCode,
  redeemCode,
  redeemRefresh,
  revokeToken,
  type Grant,
  type TokenBook,
  type TokenOptions,
} from "./tokens.ts";
import { announce } from "./world.ts";
import type { Exchange } from "./exchange.ts";

const BODY_LIMIT_BYTES = 20_000;
const LOCAL_HOSTS = new Set(["127.0.0.1", "localhost", "[::1]"]);

export interface OAuthParts extends TokenOptions {
  readonly book: TokenBook;
  readonly clientCredentials: boolean;
  /** By client id alone: the authorize page knows no secret. */
  readonly appByClient: (clientId: string) => AppUser | undefined;
}

/** The HTTP status it answered, or undefined when the path is none of these. */
export async function serveOAuth(parts: OAuthParts, exchange: Exchange): Promise<number | undefined> {
  const { req, url } = exchange;
  const path = url.pathname;
  if (path === "/oauth/authorize" && req.method === "GET") return authorize(parts, exchange);
  if (path !== "/oauth/token" && path !== "/oauth/revoke") return undefined;
  if (req.method !== "POST") return refuse(exchange, 405, "invalid_request");
  const body = (await readBody(req, BODY_LIMIT_BYTES)).toString("utf8");
  const isForm = req.headers["content-type"]?.startsWith("application/x-www-form-urlencoded") === true;
  if (path === "/oauth/revoke") return revoke(parts, exchange, new URLSearchParams(isForm ? body : ""));
  if (!isForm) return refuse(exchange, 400, "invalid_request");
  return grant(parts, exchange, new URLSearchParams(body));
}

function refuse({ res }: Exchange, status: number, error: string): number {
  sendJson(res, status, { error, error_description: `refused: ${error.replaceAll("_", " ")}` });
  return status;
}

function authorize(parts: OAuthParts, exchange: Exchange): number {
  const { res, url } = exchange;
  const asked = url.searchParams;
  const app = parts.appByClient(asked.get("client_id") ?? "");
  const redirectUri = asked.get("redirect_uri") ?? "";
  if (app === undefined) return refuse(exchange, 400, "invalid_client");
  // A code must not leave this machine.
  if (!URL.canParse(redirectUri) || !LOCAL_HOSTS.has(new URL(redirectUri).hostname))
    return refuse(exchange, 400, "invalid_redirect_uri");
  if (asked.get("response_type") !== "code") return refuse(exchange, 400, "unsupported_response_type");
  const scope = scopeOf(asked.get("scope"));
  if (scope === undefined || asked.get("actor") !== "app") return refuse(exchange, 400, "invalid_scope");
  app.revoked = false;
  const code = newCode(parts.book, app, { scope, redirectUri, nowMs: parts.world.now() });
  announce(parts.world);
  const back = new URL(redirectUri);
  back.searchParams.set("code", code);
  const state = asked.get("state");
  if (state !== null) back.searchParams.set("state", state);
  res.writeHead(302, { location: back.href });
  res.end();
  return 302;
}

/** Scopes in either of the usual notations; an app user can never be an administrator. */
export function scopeOf(given: string | null): string | undefined {
  const scopes = (given ?? "").split(/[\s,]+/).filter((scope) => scope !== "");
  return scopes.length === 0 || scopes.includes("admin") ? undefined : scopes.join(" ");
}

function clientOf(parts: OAuthParts, exchange: Exchange, form: URLSearchParams): AppUser | undefined {
  const basic = /^Basic (.+)$/.exec(exchange.req.headers.authorization ?? "")?.[1];
  if (basic === undefined) return parts.appOf(form.get("client_id") ?? "", form.get("client_secret") ?? "");
  const [id = "", ...secret] = Buffer.from(basic, "base64").toString("utf8").split(":");
  return parts.appOf(id, secret.join(":"));
}

function grant(parts: OAuthParts, exchange: Exchange, form: URLSearchParams): number {
  const app = clientOf(parts, exchange, form);
  if (app === undefined) return refuse(exchange, 401, "invalid_client");
  const { book, world } = parts;
  const nowMs = world.now();
  switch (form.get("grant_type")) {
    case "client_credentials": {
      const scope = scopeOf(form.get("scope"));
      if (!parts.clientCredentials || app.revoked) return refuse(exchange, 400, "unauthorized_client");
      if (scope === undefined) return refuse(exchange, 400, "invalid_scope");
      return give(parts, exchange, mintByClient(book, app, { scope, nowMs }));
    }
    case "authorization_code": {
      const given = { code: form.get("code") ?? "", redirectUri: form.get("redirect_uri") ?? undefined, nowMs };
      return give(parts, exchange, redeemCode(book, app, given));
    }
    case "refresh_token":
      return give(parts, exchange, redeemRefresh(book, app, { token: form.get("refresh_token") ?? "", nowMs }));
    default:
      return refuse(exchange, 400, "unsupported_grant_type");
  }
}

function give(parts: OAuthParts, exchange: Exchange, given: Grant | undefined): number {
  announce(parts.world);
  if (given === undefined) return refuse(exchange, 400, "invalid_grant");
  exchange.res.setHeader("cache-control", "no-store");
  sendJson(exchange.res, 200, given);
  return 200;
}

function revoke(parts: OAuthParts, exchange: Exchange, form: URLSearchParams): number {
  const bearer = /^Bearer (.+)$/.exec(exchange.req.headers.authorization ?? "")?.[1];
  const token = form.get("token") ?? form.get("access_token") ?? bearer ?? "";
  if (!revokeToken(parts.book, token)) return refuse(exchange, 400, "invalid_request");
  announce(parts.world);
  sendJson(exchange.res, 200, { success: true });
  return 200;
}
