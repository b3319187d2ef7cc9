// A table of routes: method, path pattern, what the caller needs, what to do.
import type { z } from "zod";
import { Refusal, forbidden, notFound } from "./refusal.ts";
import type { Repository, TokenRecord } from "./state.ts";
import { canSee, covers, type Caller } from "./tokens.ts";
import { findRepository, gitRepo, type World } from "./world.ts";
import type { GitRepo } from "./git.ts";

export interface Ask {
  readonly world: World;
  readonly caller: Caller;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly accept: string;
  readonly path: string;
}

export interface RepoAsk extends Ask {
  readonly repo: Repository;
  readonly git: GitRepo;
  readonly token: TokenRecord;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  /** Sent as it is, instead of JSON. */
  readonly raw?: { readonly type: string; readonly bytes: Buffer };
  readonly headers?: Readonly<Record<string, string>>;
  /** What the log says about the token this request minted. */
  readonly minted?: TokenRecord;
}

export interface Route {
  readonly method: string;
  readonly pattern: RegExp;
  readonly names: readonly string[];
  readonly run: (ask: Ask) => Promise<Answer>;
}

/** `:name` is one path part, `*name` one or more; both arrive decoded. */
export function route(method: string, path: string, run: Route["run"]): Route {
  const names: string[] = [];
  const source = path.replace(/[:*]([a-z]+)/g, (all, name: string) => {
    names.push(name);
    return all.startsWith("*") ? "(.+?)" : "([^/]+)";
  });
  return { method, pattern: new RegExp(`^${source}$`), names, run };
}

/** Permissions any one of which is enough. `none`: seeing the repository is. */
export type Need = Readonly<Record<string, "read" | "write">> | "none";

/** A route below /repos/:owner/:name that an installation may use with the named permission. */
export function repoRoute(
  spec: readonly [method: string, path: string, need: Need],
  run: (ask: RepoAsk) => Promise<Answer>,
): Route {
  const [method, path, need] = spec;
  return route(method, `/repos/:owner/:name${path}`, async (ask) => {
    const token = wantInstallation(ask.caller);
    const repo = findRepository(ask.world, ask.params["owner"] ?? "", ask.params["name"] ?? "");
    if (repo === undefined || !canSee(token, repo)) throw notFound();
    wantPermission(token, need);
    return run({ ...ask, repo, token, git: gitRepo(ask.world, repo) });
  });
}

export function wantInstallation(caller: Caller): TokenRecord {
  if (caller.kind === "installation") return caller.token;
  throw caller.kind === "none" ? new Refusal(401, "Requires authentication") : forbidden();
}

export function wantJwt(caller: Caller): void {
  if (caller.kind === "none") throw new Refusal(401, "A JSON web token could not be decoded");
  if (caller.kind !== "jwt") throw new Refusal(401, "A JSON web token could not be decoded");
}

function wantPermission(token: TokenRecord, need: Need): void {
  if (need === "none") return;
  if (!Object.entries(need).some(([name, level]) => covers(token.permissions[name], level))) throw forbidden();
}

export interface Matched {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

export function matchRoute(routes: readonly Route[], method: string, path: string): Matched | undefined {
  for (const candidate of routes) {
    const found = candidate.method === method ? candidate.pattern.exec(path) : null;
    if (found === null) continue;
    const entries = candidate.names.map((name, at) => [name, decodePart(found[at + 1] ?? "")] as const);
    return { route: candidate, params: Object.fromEntries(entries) };
  }
  return undefined;
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new Refusal(400, "Problems parsing the path");
  }
}

export function parseBody<T>(ask: Ask, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(ask.body ?? {});
  if (parsed.success) return parsed.data;
  const said = parsed.error.issues.map((issue) => `"${issue.path.join(".")}": ${issue.message}.`);
  throw new Refusal(422, `Invalid request.\n\n${said.join("\n")}`);
}

export function numberParam(ask: Ask, name: string): number {
  const text = ask.params[name] ?? "";
  if (!/^\d{1,15}$/.test(text)) throw notFound();
  return Number(text);
}

export function ok(body: unknown): Answer {
  return { status: 200, body };
}

export function created(body: unknown, location?: string): Answer {
  return { status: 201, body, ...(location === undefined ? {} : { headers: { location } }) };
}

/** One page of a list, with GitHub's Link header. `wrap` puts the items into an object with the whole count. */
export function page<T>(ask: Ask, items: readonly T[], wrap?: (items: readonly T[]) => unknown): Answer {
  const size = Math.min(100, Math.max(1, Math.trunc(Number(ask.query.get("per_page") ?? 30)) || 30));
  const at = Math.max(1, Math.trunc(Number(ask.query.get("page") ?? 1)) || 1);
  const last = Math.max(1, Math.ceil(items.length / size));
  const shown = items.slice((at - 1) * size, at * size);
  const link = (to: number, rel: string): string => {
    const query = new URLSearchParams(ask.query);
    query.set("page", String(to));
    return `<${ask.world.origin()}/api/v3${ask.path}?${query.toString()}>; rel="${rel}"`;
  };
  const links = [
    ...(at > 1 ? [link(Math.min(at - 1, last), "prev")] : []),
    ...(at < last ? [link(at + 1, "next"), link(last, "last")] : []),
    ...(at > 1 ? [link(1, "first")] : []),
  ];
  return {
    status: 200,
    body: wrap === undefined ? shown : wrap(shown),
    ...(links.length === 0 ? {} : { headers: { link: links.join(", ") } }),
  };
}
