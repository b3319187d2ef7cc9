// Who may use the API: tokens of apps by each OAuth grant, and people's own keys.
import { randomBytes } from "node:crypto";
import { equalSecrets } from "../http.ts";
import type { Actor } from "./context.ts";
import type { AppUser, World } from "./model.ts";

const DAY_MS = 86_400_000;
const CODE_LIVES_MS = 600_000;
const ALL_SCOPES = "read write issues:create comments:create app:assignable app:mentionable";

interface AccessToken {
  readonly token: string;
  readonly appUserId: string;
  readonly scope: string;
  readonly expiresAtMs: number;
  /** Of the authorization it descends from; absent for client credentials. */
  readonly family?: string | undefined;
}

interface RefreshToken {
  readonly token: string;
  readonly appUserId: string;
  readonly scope: string;
  readonly family: string;
  used: boolean;
}

interface Code {
  readonly code: string;
  readonly appUserId: string;
  readonly scope: string;
  readonly redirectUri?: string;
  readonly expiresAtMs: number;
}

export interface Grant {
  readonly access_token: string;
  readonly token_type: "Bearer";
  readonly expires_in: number;
  readonly scope: string;
  readonly refresh_token?: string;
}

export interface TokenOptions {
  readonly world: World;
  readonly accessToken?: string | undefined;
  readonly apiKeys: Readonly<Record<string, string>>;
  /** Which app's user a client id and secret belong to; undefined when they do not fit. */
  readonly appOf: (clientId: string, clientSecret: string) => AppUser | undefined;
}

export interface TokenBook {
  readonly access: AccessToken[];
  readonly refresh: RefreshToken[];
  readonly codes: Code[];
}

export function makeBook(): TokenBook {
  return { access: [], refresh: [], codes: [] };
}

function fresh(prefix: string): string {
  return `${prefix}_${randomBytes(24).toString("hex")}`;
}

/** One token at a time: minting a second kills the first at once. */
export function mintByClient(book: TokenBook, app: AppUser, at: { scope: string; nowMs: number }): Grant {
  drop(book.access, ({ appUserId, family }) => appUserId === app.userId && family === undefined);
  return mint(book, app.userId, { ...at, livesMs: 30 * DAY_MS });
}

interface Minting {
  readonly scope: string;
  readonly nowMs: number;
  readonly livesMs: number;
  readonly family?: string;
}

function mint(book: TokenBook, appUserId: string, { scope, nowMs, livesMs, family }: Minting): Grant {
  const token = fresh("lin_oauth");
  book.access.push({ token, appUserId, scope, expiresAtMs: nowMs + livesMs, family });
  return { access_token: token, token_type: "Bearer", expires_in: livesMs / 1_000 - 1, scope };
}

function mintPair(book: TokenBook, appUserId: string, at: { scope: string; nowMs: number; family: string }): Grant {
  const refresh = { token: fresh("lin_refresh"), appUserId, scope: at.scope, family: at.family, used: false };
  book.refresh.push(refresh);
  return { ...mint(book, appUserId, { ...at, livesMs: DAY_MS }), refresh_token: refresh.token };
}

export function newCode(
  book: TokenBook,
  app: AppUser,
  at: { readonly scope: string; readonly nowMs: number; readonly redirectUri?: string },
): string {
  const { scope, nowMs, redirectUri } = at;
  const code = fresh("code");
  const where = redirectUri === undefined ? {} : { redirectUri };
  book.codes.push({ code, appUserId: app.userId, scope, expiresAtMs: nowMs + CODE_LIVES_MS, ...where });
  return code;
}

/** Undefined: not a code of this app, used already, too old, or for another address. */
export function redeemCode(
  book: TokenBook,
  app: AppUser,
  given: { readonly code: string; readonly redirectUri: string | undefined; readonly nowMs: number },
): Grant | undefined {
  const found = book.codes.find(({ code, appUserId }) => code === given.code && appUserId === app.userId);
  if (found === undefined || found.expiresAtMs <= given.nowMs) return undefined;
  if (found.redirectUri !== undefined && found.redirectUri !== given.redirectUri) return undefined;
  drop(book.codes, (each) => each === found);
  return mintPair(book, app.userId, { scope: found.scope, nowMs: given.nowMs, family: fresh("family") });
}

/** Each refresh token works once; used again, it takes everything of its authorization with it. */
export function redeemRefresh(
  book: TokenBook,
  app: AppUser,
  given: { readonly token: string; readonly nowMs: number },
): Grant | undefined {
  const found = book.refresh.find(({ token, appUserId }) => token === given.token && appUserId === app.userId);
  if (found === undefined) return undefined;
  if (found.used) {
    drop(book.access, ({ family }) => family === found.family);
    drop(book.refresh, ({ family }) => family === found.family);
    return undefined;
  }
  found.used = true;
  return mintPair(book, app.userId, { scope: found.scope, nowMs: given.nowMs, family: found.family });
}

/** True when there was such a token. */
export function revokeToken(book: TokenBook, token: string): boolean {
  const known = [...book.access, ...book.refresh].find((each) => each.token === token);
  if (known === undefined) return false;
  const { family } = known;
  drop(book.access, (each) => each.token === token || (family !== undefined && each.family === family));
  drop(book.refresh, (each) => each.family === family);
  return true;
}

export function revokeAllOf(book: TokenBook, app: AppUser): void {
  const isIts = ({ appUserId }: { readonly appUserId: string }): boolean => appUserId === app.userId;
  drop(book.access, isIts);
  drop(book.refresh, isIts);
  drop(book.codes, isIts);
}

function drop<T>(list: T[], gone: (each: T) => boolean): void {
  list.splice(0, list.length, ...list.filter((each) => !gone(each)));
}

export function countTokens(book: TokenBook, nowMs: number): number {
  return book.access.filter(({ expiresAtMs }) => expiresAtMs > nowMs).length;
}

/** Who an Authorization header speaks for. A key of a person comes bare, a token of an app after `Bearer`. */
export function actorFor(book: TokenBook, options: TokenOptions, header: string | undefined): Actor | undefined {
  const { world, accessToken } = options;
  if (header === undefined) return undefined;
  const bearer = /^Bearer (.+)$/.exec(header)?.[1];
  if (bearer === undefined) return personFor(options, header);
  if (accessToken !== undefined && equalSecrets(bearer, accessToken))
    return appActor(world, world.seed.app.userId, ALL_SCOPES);
  const found = book.access.find(({ token }) => equalSecrets(token, bearer));
  if (found === undefined || found.expiresAtMs <= world.now()) return undefined;
  return appActor(world, found.appUserId, found.scope);
}

function appActor(world: World, userId: string, scope: string): Actor | undefined {
  const app = world.apps.get(userId);
  return app === undefined || app.revoked ? undefined : { kind: "app", app, scopes: new Set(scope.split(" ")) };
}

function personFor({ world, apiKeys }: TokenOptions, key: string): Actor | undefined {
  const id = Object.entries(apiKeys).find(([, each]) => equalSecrets(each, key))?.[0];
  const person = id === undefined ? undefined : world.people.get(id);
  return person === undefined || person.isActive === false ? undefined : { kind: "person", person };
}
