// One sandbox as the SDK holds it now: a reboot replaces the SDK's object, the id stays.
import type { Sandbox } from "@e2b/sdk";
import type { Clock, Log } from "../ports.ts";
import { isGone, wordCause } from "./problem.ts";

export interface Link {
  readonly id: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Life given to it when it was opened; a reboot gives it the same again. */
  readonly timeoutMs: number;
  current(): Sandbox;
  /** Connects anew, resuming a paused sandbox. */
  reopen(): Promise<void>;
}

/** What settles first: the promise, or the time. No timer is left behind. */
export async function within<T>(link: Link, ms: number, promise: Promise<T>): Promise<T | undefined> {
  const settled = new AbortController();
  const timer = link.clock.sleep(ms, settled.signal).then(
    () => undefined,
    () => undefined,
  );
  try {
    return await Promise.race([promise, timer]);
  } finally {
    settled.abort();
  }
}

const RETRY_AFTER_MS: readonly number[] = [200, 1000];

/** For calls that change nothing when made twice: a hiccup of the network is not the end of a run. */
export async function again<T>(link: Link, what: string, call: (sandbox: Sandbox) => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await call(link.current());
    } catch (cause) {
      const waitMs = RETRY_AFTER_MS[attempt];
      if (waitMs === undefined || isGone(cause)) {
        throw new Error(`${what} in sandbox ${link.id}: ${wordCause(cause)}`, { cause });
      }
      link.log.warn({ sandbox: link.id, what, cause: wordCause(cause) }, "a call to the sandbox failed; trying again");
      await link.clock.sleep(waitMs);
    }
  }
}
