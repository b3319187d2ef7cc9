// A token for the doctor. By client credentials only one is alive at a time, so it is shared through the database as all processes do.
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { Config, LinearConfig } from "../../src/config.ts";
import { fixedToken, mintedTokens, type Tokens } from "../../src/linear/tokens.ts";
import { createLog } from "../../src/log.ts";
import type { Clock, SealedValues, Sealer } from "../../src/ports.ts";
import { createSealer } from "../../src/secrets/sealer.ts";
import { openDatabase } from "../../src/store/database.ts";
import { checkSchemaVersion } from "../../src/store/migrate.ts";
import { createSealedValues } from "../../src/store/sealed-values.ts";
import { bad, off, type Finding } from "./finding.ts";

export interface OpenTokens {
  readonly kind: "open";
  readonly tokens: Tokens;
  readonly clock: Clock;
  /** Where the token came from; known once it was used. */
  says(): string;
  /** What was in the way of a token, where it is ours to mend. */
  trouble(): Finding | undefined;
  close(): Promise<void>;
}

const clock: Clock = { nowMs: () => Date.now(), sleep: (ms) => sleep(ms) };
const TIME_LIMIT_MS = 10_000;

const refusalSchema = z.object({ error: z.literal("invalid_client") });

/** Asks with a code that nobody gave out: the client is judged first, and nothing is minted. Any other answer tells nothing. */
export async function isClientRefused({ client, accessToken, apiUrl }: LinearConfig): Promise<boolean> {
  if (client === undefined || accessToken !== undefined) return false;
  const form = { grant_type: "authorization_code", code: "doctor", redirect_uri: "https://localhost/" };
  try {
    const response = await fetch(`${apiUrl}/oauth/token`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ ...form, client_id: client.id, client_secret: client.secret }),
      signal: AbortSignal.timeout(TIME_LIMIT_MS),
    });
    return !response.ok && refusalSchema.safeParse(await response.json()).success;
  } catch {
    return false;
  }
}

export async function openTokens(
  { databaseUrl, secretsKey }: Config,
  linear: LinearConfig,
): Promise<OpenTokens | { readonly kind: "closed"; readonly finding: Finding }> {
  if (linear.accessToken !== undefined) {
    const tokens = fixedToken(linear.accessToken);
    return { kind: "open", tokens, clock, says: () => "by LINEAR_ACCESS_TOKEN", ...nothingElse };
  }
  const { client } = linear;
  if (client === undefined || secretsKey === undefined) throw new Error("Linear is set up without a way to a token");
  const store = await openStore(databaseUrl);
  if (store === undefined) {
    const says = "not asked: its token is kept in the database, which is not ready (above)";
    return { kind: "closed", finding: off("linear", says) };
  }
  const seen = { made: false, unreadable: false };
  const tokens = mintedTokens({
    apiUrl: linear.apiUrl,
    clientId: client.id,
    clientSecret: client.secret,
    sealed: watched(store.sealed, seen),
    sealer: careful(createSealer(secretsKey), seen),
    clock,
    log: createLog("silent"),
  });
  return {
    kind: "open",
    tokens,
    clock,
    says: () => (store.isShared ? sharedWords(seen) : LONELY),
    trouble: () => (seen.unreadable ? bad("linear", UNREADABLE, UNREADABLE_FIX) : undefined),
    close: () => store.close(),
  };
}

const nothingElse = { trouble: () => undefined, close: async () => undefined };

const LONELY =
  "a new token was made, for DATABASE_URL is not set here; a running Countersign notices and takes over by itself";
const UNREADABLE = "the token in the database was sealed with another SECRETS_KEY; it was left alone";
const UNREADABLE_FIX =
  "use the SECRETS_KEY of the running processes; if it is lost, start them all with the new one, and they make a new token";

function sharedWords({ made }: { readonly made: boolean }): string {
  return made ? "a token was made and is kept sealed in the database" : "by the token kept in the database";
}

interface TokenStore {
  readonly sealed: SealedValues;
  readonly isShared: boolean;
  close(): Promise<void>;
}

/** Undefined where there is a database that cannot be used: a token made beside it would end the one that lives. */
async function openStore(url: string | undefined): Promise<TokenStore | undefined> {
  if (url === undefined) return { sealed: inMemory(), isShared: false, close: async () => undefined };
  const database = openDatabase({ url, maxConnections: 2 });
  try {
    const schema = await checkSchemaVersion(database.db);
    if (schema.kind === "current")
      return { sealed: createSealedValues({ db: database.db, clock }), isShared: true, close: () => database.close() };
  } catch {
    // Said by the line about the database.
  }
  await database.close();
  return undefined;
}

function inMemory(): SealedValues {
  const values = new Map<string, string>();
  return {
    load: async (name) => values.get(name),
    replace: async (name, decide) => void values.set(name, await decide(values.get(name))),
  };
}

function watched(sealed: SealedValues, seen: { made: boolean }): SealedValues {
  return {
    load: (name) => sealed.load(name),
    replace: (name, decide) =>
      sealed.replace(name, async (before) => {
        const after = await decide(before);
        seen.made = after !== before;
        return after;
      }),
  };
}

/** A token that this key cannot open may be the one a running bot lives on: nothing is made in its place. */
function careful(sealer: Sealer, seen: { unreadable: boolean }): Sealer {
  return {
    seal: (name, text) => sealer.seal(name, text),
    open: (name, stored) => {
      const text = sealer.open(name, stored);
      if (text !== undefined) return text;
      seen.unreadable = true;
      throw new Error("sealed with another SECRETS_KEY");
    },
  };
}
