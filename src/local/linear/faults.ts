// What the service was asked, and how it is told to misbehave.
import { setTimeout as sleep } from "node:timers/promises";
import { sendJson } from "../http.ts";
import type { Exchange } from "./exchange.ts";
import { problem } from "./problems.ts";

const KEPT = 2_000;
const SLOW_MS = 2_000;

export interface LinearCall {
  /** The GraphQL operation's name, or the path for any other request. */
  readonly operation: string;
  readonly query: string;
  readonly variables: unknown;
  readonly atMs: number;
  /** 0 when the connection was cut. */
  readonly status: number;
}

export interface LinearFault {
  /** By GraphQL operation name, or a path such as `/oauth/token`; absent: whatever comes next. */
  readonly operation?: string;
  readonly kind: "network" | "http500" | "ratelimited" | "garbage" | "slow";
  /** Once, unless told. */
  readonly times?: number;
  /** How long `slow` takes, 2 s unless told; how far off `ratelimited` says the limit ends, which it does not say unless told. */
  readonly delayMs?: number;
  /** The work is done and only the answer is lost; not done unless told. */
  readonly afterWork?: boolean;
}

export interface Trouble {
  failNext(fault: LinearFault): void;
  /** The fault that meets this operation now, used up by one. */
  take(operation: string): LinearFault | undefined;
  record(call: LinearCall): void;
  calls(): readonly LinearCall[];
  reset(): void;
}

export function makeTrouble(): Trouble {
  const faults: { readonly fault: LinearFault; left: number }[] = [];
  const calls: LinearCall[] = [];
  return {
    failNext: (fault) => void faults.push({ fault, left: fault.times ?? 1 }),
    take(operation) {
      const index = faults.findIndex(({ fault }) => fault.operation === undefined || fault.operation === operation);
      const met = faults[index];
      if (met === undefined) return undefined;
      met.left -= 1;
      if (met.left <= 0) faults.splice(index, 1);
      return met.fault;
    },
    record(call) {
      calls.push(call);
      calls.splice(0, Math.max(0, calls.length - KEPT));
    },
    calls: () => calls,
    reset() {
      faults.length = 0;
      calls.length = 0;
    },
  };
}

/** Answers badly: the status it sent, or undefined when the request shall go on as usual. */
export async function misbehave(fault: LinearFault | undefined, { res }: Exchange): Promise<number | undefined> {
  if (fault === undefined) return undefined;
  switch (fault.kind) {
    case "slow":
      await sleep(fault.delayMs ?? SLOW_MS);
      return undefined;
    case "network":
      res.destroy();
      return 0;
    case "http500":
      res.writeHead(500, { "content-type": "text/plain" });
      res.end("Internal Server Error");
      return 500;
    case "garbage":
      res.writeHead(200, { "content-type": "application/json" });
      res.end('{"data": {"vie');
      return 200;
    case "ratelimited":
      if (fault.delayMs !== undefined) res.setHeader("x-ratelimit-requests-reset", String(Date.now() + fault.delayMs));
      sendJson(res, 400, { errors: [problem("ratelimited", "Rate limit exceeded")] });
      return 400;
    default:
      return fault.kind satisfies never;
  }
}
