// Everything that Linear needs, made of its settings: who we are there, what we hear and what we say.
import type { Config, LinearConfig } from "../config.ts";
import { createCall } from "../linear/call.ts";
import { createIdentityBook } from "../linear/identity.ts";
import { createLinearReceiver } from "../linear/receive.ts";
import { fixedToken, mintedTokens, type Tokens } from "../linear/tokens.ts";
import { createTracker } from "../linear/tracker.ts";
import type { Clock, HookReceiver, Intake, Log, SealedValues, Sealer, Tracker } from "../ports.ts";
import { createSealer } from "../secrets/sealer.ts";

export interface LinearParts {
  readonly sealed: SealedValues;
  readonly clock: Clock;
  readonly log: Log;
}

export interface LinearAdapter {
  readonly tracker: Tracker;
  /** Undefined where no webhook secret is set. */
  readonly receiver: (intake: Intake) => HookReceiver | undefined;
  /** Learns who we are, from what is kept and from Linear; a Linear that is down stops nothing. */
  start(): Promise<void>;
}

const CLOUD_API = "https://api.linear.app";
const CLOUD_UPLOADS = "https://uploads.linear.app";

/** Undefined where Linear is not connected. */
export function openLinear(config: Config, parts: LinearParts): LinearAdapter | undefined {
  const { linear } = config;
  if (linear === undefined) return undefined;
  const { clock, log, sealed } = parts;
  const sealer = config.secretsKey === undefined ? undefined : createSealer(config.secretsKey);
  const tokens = makeTokens(linear, { ...parts, sealer });
  const call = createCall({ apiUrl: linear.apiUrl, tokens, clock });
  const about = linear.client?.id ?? "token";
  const kept = sealer === undefined ? undefined : { sealed, sealer, about };
  const identity = createIdentityBook({ call, kept, log });
  const uploadsUrl = linear.apiUrl === CLOUD_API ? CLOUD_UPLOADS : `${linear.apiUrl}/uploads`;
  const codeHostName = new URL(config.github?.gitUrl ?? "https://github.com").hostname;
  return {
    tracker: createTracker({ call, identity, tokens, uploadsUrl, codeHostName, clock, log }),
    receiver: (intake) =>
      linear.webhookSecret === undefined
        ? undefined
        : createLinearReceiver({
            secret: linear.webhookSecret,
            clientId: linear.client?.id,
            uploadsUrl,
            identity,
            intake,
            clock,
            log,
          }),
    start: () => identity.load(),
  };
}

function makeTokens(
  linear: LinearConfig,
  { sealed, sealer, clock, log }: LinearParts & { readonly sealer: Sealer | undefined },
): Tokens {
  if (linear.accessToken !== undefined) return fixedToken(linear.accessToken);
  if (linear.client === undefined || sealer === undefined) throw new Error("Linear is set up without a way to a token");
  const { id: clientId, secret: clientSecret } = linear.client;
  return mintedTokens({ apiUrl: linear.apiUrl, clientId, clientSecret, sealed, sealer, clock, log });
}
