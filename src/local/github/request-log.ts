// Every request on the API and on git's protocol, in order, and the faults that tests inject into them.
import type { Caller } from "./tokens.ts";

export interface LoggedRequest {
  readonly method: string;
  /** Decoded, without the API's own prefix: `/repos/acme/website/git/refs/heads/agent/x`. For git the path and query as they came. */
  readonly path: string;
  readonly tokenKind: Caller["kind"];
  /** What the caller's token may do; for the minting of a token: what the new one may do. */
  readonly permissions?: Readonly<Record<string, string>>;
  readonly repositoryIds?: readonly number[];
  readonly status: number;
  readonly atMs: number;
}

export interface Fault {
  readonly method?: string;
  readonly path: RegExp;
  /** Answer this instead of doing the work. */
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly times: number;
  readonly delayMs?: number;
  /** Do the work, then cut the connection instead of answering. */
  readonly dropResponse?: boolean;
}

export interface RequestLog {
  readonly requests: LoggedRequest[];
  add(request: LoggedRequest): void;
  failNext(fault: Fault): void;
  takeFault(method: string, path: string): Fault | undefined;
}

const KEPT = 20_000;

export function makeRequestLog(): RequestLog {
  const requests: LoggedRequest[] = [];
  const faults: { readonly fault: Fault; left: number }[] = [];
  return {
    requests,
    add(request) {
      requests.push(request);
      if (requests.length > KEPT) requests.splice(0, requests.length - KEPT);
    },
    failNext(fault) {
      faults.push({ fault, left: fault.times });
    },
    takeFault(method, path) {
      const hit = faults.find(({ fault, left }) => left > 0 && matches(fault, method, path));
      if (hit === undefined) return undefined;
      hit.left -= 1;
      return hit.fault;
    },
  };
}

function matches(fault: Fault, method: string, path: string): boolean {
  if (fault.method !== undefined && fault.method.toUpperCase() !== method) return false;
  // `lastIndex` of a global expression would make every other match fail.
  return new RegExp(fault.path.source, fault.path.flags.replace(/[gy]/g, "")).test(path);
}
