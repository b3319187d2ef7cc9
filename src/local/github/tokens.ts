// Who is asking: the app by its signed token, an installation by one we minted, or nobody we know.
import { createHash, createPublicKey, randomBytes, verify } from "node:crypto";
import { z } from "zod";
import { Refusal } from "./refusal.ts";
import type { Repository, TokenRecord } from "./state.ts";
import type { World } from "./world.ts";

export type Caller =
  { readonly kind: "none" } | { readonly kind: "jwt" } | { readonly kind: "installation"; readonly token: TokenRecord };

const TOKEN_LIFE_MS = 60 * 60_000;
const JWT_LIFE_S = 10 * 60;

function hashToken(value: string): string {
  return createHash("sha256").update(value).digest("hex");
}

/** The caller behind an Authorization header; a credential that is not good is refused with 401, as is a wrong kind of one. */
export function judgeCaller(world: World, header: string | undefined): Caller {
  if (header === undefined || header === "") return { kind: "none" };
  const [scheme = "", value = ""] = header.split(" ");
  switch (scheme.toLowerCase()) {
    case "bearer":
    case "token":
      return value.startsWith("ghs_") ? findToken(world, value) : judgeJwt(world, value);
    case "basic":
      return findToken(
        world,
        Buffer.from(value, "base64")
          .toString()
          .replace(/^[^:]*:/, ""),
      );
    default:
      throw new Refusal(401, "Bad credentials");
  }
}

function findToken(world: World, value: string): Caller {
  const hash = hashToken(value);
  const token = world.file.data.tokens.find((record) => record.hash === hash);
  if (token === undefined || token.revokedAtMs !== undefined || world.nowMs() >= token.expiresAtMs)
    throw new Refusal(401, "Bad credentials");
  return { kind: "installation", token };
}

const Header = z.object({ alg: z.literal("RS256") });
const Claims = z.object({ iss: z.union([z.string(), z.number()]), iat: z.unknown(), exp: z.unknown() });

function judgeJwt(world: World, value: string): Caller {
  const parts = value.split(".");
  const [head = "", body = "", signature = ""] = parts;
  // A single word cannot be the app's own token, so it is an unknown credential of another kind.
  if (parts.length !== 3) throw new Refusal(401, parts.length === 1 ? "Bad credentials" : undecodable);
  const header = Header.safeParse(decodeJson(head));
  const claims = Claims.safeParse(decodeJson(body));
  if (!header.success || !claims.success) throw new Refusal(401, undecodable);
  const key = createPublicKey(world.app.publicKeyPem);
  if (!verify("RSA-SHA256", Buffer.from(`${head}.${body}`), key, Buffer.from(signature, "base64url")))
    throw new Refusal(401, undecodable);
  if (String(claims.data.iss) !== String(world.app.id))
    throw new Refusal(401, "Integration must be public or match the issuer");
  judgeTimes(claims.data, Math.floor(world.nowMs() / 1000));
  return { kind: "jwt" };
}

const undecodable = "A JSON web token could not be decoded";

function judgeTimes(claims: { readonly iat?: unknown; readonly exp?: unknown }, nowS: number): void {
  const { iat, exp } = claims;
  if (typeof exp !== "number" || exp <= nowS)
    throw new Refusal(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  if (exp > nowS + JWT_LIFE_S) throw new Refusal(401, "'Expiration time' claim ('exp') is too far in the future");
  if (typeof iat !== "number" || !Number.isInteger(iat) || iat > nowS)
    throw new Refusal(
      401,
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
}

function decodeJson(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString());
  } catch {
    return undefined;
  }
}

export interface Minted {
  readonly value: string;
  readonly record: TokenRecord;
}

export interface Narrowing {
  readonly permissions: Readonly<Record<string, string>> | undefined;
  readonly repositoryIds: readonly number[] | undefined;
}

/** A new installation token, never with more than the app has: what goes beyond is refused, not cut down. */
export function mintToken(world: World, wanted: Narrowing): Minted {
  const granted = world.app.permissions;
  for (const [name, level] of Object.entries(wanted.permissions ?? {})) {
    if (!["read", "write", "admin"].includes(level) || !covers(granted[name], level))
      throw new Refusal(422, "The permissions requested are not granted to this installation.");
  }
  const permissions = wanted.permissions === undefined ? granted : { ...wanted.permissions, metadata: "read" };
  const known = new Set(world.file.data.repositories.map((repo) => repo.id));
  if (wanted.repositoryIds?.some((id) => !known.has(id)) === true)
    throw new Refusal(
      422,
      "There is at least one repository that does not exist or is not accessible to the parent installation.",
    );
  const value = tokenValue(world.app.id);
  const now = world.nowMs();
  const record: TokenRecord = {
    hash: hashToken(value),
    permissions: { ...permissions },
    ...(wanted.repositoryIds === undefined ? {} : { repositoryIds: [...wanted.repositoryIds] }),
    mintedAtMs: now,
    expiresAtMs: now + TOKEN_LIFE_MS,
  };
  world.file.data.tokens.push(record);
  return { value, record };
}

/** The long stateless form: a prefix with the app's id, then three dotted parts. */
function tokenValue(appId: number): string {
  const head = Buffer.from(JSON.stringify({ alg: "RS256", typ: "JWT" })).toString("base64url");
  return `ghs_${appId}_${head}.${randomBytes(120).toString("base64url")}.${randomBytes(96).toString("base64url")}`;
}

export function covers(has: string | undefined, wants: string): boolean {
  const levels = ["read", "write", "admin"];
  return has !== undefined && levels.indexOf(has) >= levels.indexOf(wants);
}

export function canSee(token: TokenRecord, repo: Repository): boolean {
  return token.repositoryIds === undefined || token.repositoryIds.includes(repo.id);
}
