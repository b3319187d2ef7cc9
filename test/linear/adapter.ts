// The real adapter on a local Linear, with what it needs beside: a clock, a log that is kept, and sealed values in memory.
import { randomBytes } from "node:crypto";
import type { LocalLinear } from "../../src/local/linear/server.ts";
import { createCall, type Call } from "../../src/linear/call.ts";
import { createIdentityBook, type IdentityBook } from "../../src/linear/identity.ts";
import { fixedToken, mintedTokens, type Tokens } from "../../src/linear/tokens.ts";
import { createTracker } from "../../src/linear/tracker.ts";
import type { Clock, Log, SealedValues, Sealer, Tracker } from "../../src/ports.ts";
import { createSealer } from "../../src/secrets/sealer.ts";
import { CLIENT, TOKEN } from "../local/linear/fixture.ts";

export interface Logged extends Log {
  readonly lines: {
    readonly level: string;
    readonly fields: Readonly<Record<string, unknown>>;
    readonly says: string;
  }[];
}

export function makeLog(): Logged {
  const lines: Logged["lines"] = [];
  const add =
    (level: string) =>
    (fields: Readonly<Record<string, unknown>>, says: string): void => {
      lines.push({ level, fields, says });
    };
  return { lines, info: add("info"), warn: add("warn"), error: add("error") };
}

/** Starts at the true time, and goes on only when told. */
export class TestClock implements Clock {
  ms = Date.now();
  readonly nowMs = (): number => this.ms;
  readonly sleep = async (ms: number): Promise<void> => {
    this.ms += ms;
  };
  pass(ms: number): void {
    this.ms += ms;
  }
}

export interface MemorySealed extends SealedValues {
  readonly rows: Map<string, string>;
}

/** One replacement at a time, as in the database; what it answers is there before the next one looks. */
export function memorySealed(): MemorySealed {
  const rows = new Map<string, string>();
  let last: Promise<unknown> = Promise.resolve();
  return {
    rows,
    load: async (name) => rows.get(name),
    replace: (name, decide) => {
      const mine = last.then(async () => {
        rows.set(name, await decide(rows.get(name)));
      });
      last = mine.catch(() => undefined);
      return mine;
    },
  };
}

export interface Adapter {
  readonly tracker: Tracker;
  readonly call: Call;
  readonly identity: IdentityBook;
  readonly clock: TestClock;
  readonly log: Logged;
}

export function adapterOn(
  linear: LocalLinear,
  given: { readonly tokens?: Tokens; readonly clock?: TestClock; readonly log?: Logged } = {},
): Adapter {
  const { tokens = fixedToken(TOKEN), clock = new TestClock(), log = makeLog() } = given;
  const call = createCall({ apiUrl: linear.url, tokens, clock });
  const identity = createIdentityBook({ call, log });
  const uploadsUrl = `${linear.url}/uploads`;
  const tracker = createTracker({ call, identity, tokens, uploadsUrl, codeHostName: "github.com", clock, log });
  return { tracker, call, identity, clock, log };
}

export interface Minting {
  readonly sealed?: SealedValues;
  readonly sealer?: Sealer;
  readonly clock?: TestClock;
  readonly log?: Logged;
}

export function mintedOn(linear: Pick<LocalLinear, "url">, given: Minting = {}): Tokens {
  return mintedTokens({
    apiUrl: linear.url,
    clientId: CLIENT.client_id,
    clientSecret: CLIENT.client_secret,
    sealed: given.sealed ?? memorySealed(),
    sealer: given.sealer ?? createSealer(randomBytes(32)),
    clock: given.clock ?? new TestClock(),
    log: given.log ?? makeLog(),
  });
}
