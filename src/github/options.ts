// What the code host adapter is given; the same for reading and for publishing.
import type { Clock, Log } from "../ports.ts";

export interface GithubOptions {
  readonly appId: number;
  /** PEM. */
  readonly privateKey: string;
  /** REST base, e.g. `https://api.github.com`. */
  readonly apiUrl: string;
  /** Base of git over https, e.g. `https://github.com`; plain http only on loopback. */
  readonly gitUrl: string;
  /** Mirrors and quarantine live here; may be deleted at any time. */
  readonly cacheDir: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Pauses between attempts of one call. */
  readonly retryDelaysMs?: readonly number[];
}

export const RETRY_DELAYS_MS: readonly number[] = [300, 1000, 3000];
