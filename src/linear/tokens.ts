// Who we are to Linear: a token given to us, or one minted by client credentials. Only one of those is alive at a time,
// so all processes share it: sealed in the database, replaced by one of them, stored before it is used.
import { z } from "zod";
import type { Clock, Log, SealedValues, Sealer } from "../ports.ts";

export interface Tokens {
  /** Throws where there is none to be had just now. */
  current(): Promise<string>;
  /** After Linear refused `failed`: another one. */
  renew(failed: string): Promise<string>;
}

export interface MintOptions {
  readonly apiUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly sealed: SealedValues;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly log: Log;
}

/** What the app may do: read and write, and be delegated to and mentioned. */
const SCOPES = "read,write,app:assignable,app:mentionable";
const TIME_LIMIT_MS = 10_000;
/** Replaced while it still works, so that nobody waits for it; one that lives shorter, halfway. */
const EARLY_MS = 24 * 3_600_000;

export function fixedToken(token: string): Tokens {
  return {
    current: async () => token,
    renew: async () => {
      throw new Error("Linear refused LINEAR_ACCESS_TOKEN; it was revoked or is of another workspace");
    },
  };
}

const storedSchema = z.object({ token: z.string().min(1), renewAtMs: z.number() });
type Stored = z.infer<typeof storedSchema>;
const mintedSchema = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() });

export function mintedTokens(options: MintOptions): Tokens {
  const { sealed, sealer, clock, log } = options;
  const name = `linear/token/${options.clientId}`;
  let known: Stored | undefined;
  const isFresh = (stored: Stored): boolean => stored.renewAtMs > clock.nowMs();
  const read = (value: string | undefined): Stored | undefined => {
    if (value === undefined) return undefined;
    const text = sealer.open(name, value);
    if (text === undefined)
      log.warn({ name }, "a stored token cannot be opened with this SECRETS_KEY; a new one is made");
    return text === undefined ? undefined : storedSchema.safeParse(JSON.parse(text)).data;
  };
  let going: Promise<string> | undefined;
  /** Many callers at once are one replacement: each waits on a connection of its own otherwise. */
  const replace = (failed: string | undefined): Promise<string> => {
    if (failed !== undefined && known !== undefined && known.token !== failed && isFresh(known))
      return Promise.resolve(known.token);
    going ??= replaceNow(failed).finally(() => {
      going = undefined;
    });
    return going;
  };
  const replaceNow = async (failed: string | undefined): Promise<string> => {
    await sealed.replace(name, async (before) => {
      const stored = read(before);
      // Somebody else was faster: theirs is the one that lives.
      if (before !== undefined && stored !== undefined && stored.token !== failed && isFresh(stored)) {
        known = stored;
        return before;
      }
      known = await mint(options);
      return sealer.seal(name, JSON.stringify(known));
    });
    if (known === undefined) throw new Error("no token was stored");
    return known.token;
  };
  return {
    current: async () => {
      if (known === undefined || !isFresh(known)) known = read(await sealed.load(name));
      return known !== undefined && isFresh(known) ? known.token : replace(undefined);
    },
    renew: (failed) => replace(failed),
  };
}

async function mint({ apiUrl, clientId, clientSecret, clock }: MintOptions): Promise<Stored> {
  const response = await fetch(`${apiUrl}/oauth/token`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: clientId,
      client_secret: clientSecret,
      scope: SCOPES,
    }),
    signal: AbortSignal.timeout(TIME_LIMIT_MS),
  });
  if (!response.ok) {
    throw new Error(
      `Linear gives no token for LINEAR_CLIENT_ID (${response.status}): are id and secret right, and client credentials switched on for the app?`,
    );
  }
  const parsed = mintedSchema.safeParse(await response.json());
  if (!parsed.success) throw new Error("Linear's answer to a token request has another shape");
  const livesMs = parsed.data.expires_in * 1000;
  return { token: parsed.data.access_token, renewAtMs: clock.nowMs() + livesMs - Math.min(EARLY_MS, livesMs / 2) };
}
