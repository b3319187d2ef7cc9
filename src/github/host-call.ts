// One call to the code host: a timeout, our own retries, an answer that is parsed, and failures as values.
import { Octokit, RequestError } from "octokit";
import { z } from "zod";
import { bad, good, type Outcome } from "../core/problem.ts";
import { cleanText, clip } from "../core/text.ts";
import type { Clock } from "../ports.ts";

export type HostProblem =
  | { readonly kind: "missing"; readonly detail: string }
  | { readonly kind: "refused"; readonly detail: string; readonly status: number }
  | { readonly kind: "unavailable"; readonly detail: string; readonly retryAfterMs?: number };

const REQUEST_TIMEOUT_MS = 15_000;
// A token this young may not be known to every server yet.
const TOKEN_SETTLES_MS = 5000;

function nothing(): void {}

/** The plugins' own waiting and repeating is off: a job decides when to try again. */
export function clientDefaults(apiUrl: string): Record<string, unknown> {
  return {
    baseUrl: apiUrl.replace(/\/+$/, ""),
    userAgent: "countersign",
    retry: { enabled: false },
    throttle: { enabled: false },
    log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
    request: {
      fetch: (url: string, init: RequestInit) =>
        fetch(url, { ...init, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) }),
    },
  };
}

export interface Client {
  readonly octokit: Octokit;
  readonly clock: Clock;
  readonly mintedAtMs: number;
  readonly delaysMs: readonly number[];
}

export interface Call<T> {
  readonly schema: z.ZodType<T>;
  /** `repeat`: doing it twice is harmless. `once`: the caller looks before it tries again. */
  readonly tries: "repeat" | "once";
  readonly send: (octokit: Octokit) => Promise<{ readonly data: unknown }>;
}

export async function callHost<T>(client: Client, call: Call<T>): Promise<Outcome<T, HostProblem>> {
  const delays = call.tries === "repeat" ? client.delaysMs : [];
  for (let attempt = 0; ; attempt += 1) {
    const outcome = await attemptCall(client, call);
    if (outcome.ok || outcome.problem.kind !== "unavailable" || outcome.problem.retryAfterMs !== undefined)
      return outcome;
    const delayMs = delays[attempt];
    if (delayMs === undefined) return outcome;
    await client.clock.sleep(delayMs);
  }
}

async function attemptCall<T>(client: Client, { send, schema }: Call<T>): Promise<Outcome<T, HostProblem>> {
  try {
    const { data } = await send(client.octokit);
    const parsed = schema.safeParse(data);
    // An answer cut short arrives as text; what was asked may or may not have happened.
    if (!parsed.success) return bad({ kind: "unavailable", detail: "the code host's answer was not understood" });
    return good(parsed.data);
  } catch (error) {
    return bad(judgeFailure(error, client));
  }
}

function judgeFailure(error: unknown, client: Pick<Client, "clock" | "mintedAtMs">): HostProblem {
  if (!(error instanceof RequestError)) throw error;
  const { status } = error;
  const detail = tellFailure(error);
  if (status >= 500) return { kind: "unavailable", detail };
  const nowMs = client.clock.nowMs();
  const retryAfterMs = judgeRateLimit(error, nowMs);
  if (retryAfterMs !== undefined) return { kind: "unavailable", detail, retryAfterMs };
  if (status === 401 && nowMs - client.mintedAtMs < TOKEN_SETTLES_MS) return { kind: "unavailable", detail };
  if (status === 404 || status === 410) return { kind: "missing", detail };
  return { kind: "refused", detail, status };
}

const MIN_WAIT_MS = 1000;
const UNTOLD_WAIT_MS = 60_000;

/** How long the code host wants us to wait, or undefined where it does not say so. */
function judgeRateLimit(error: RequestError, nowMs: number): number | undefined {
  if (error.status !== 403 && error.status !== 429) return undefined;
  const headers = error.response?.headers ?? {};
  const after = Number(headers["retry-after"] ?? Number.NaN);
  if (Number.isFinite(after)) return Math.max(MIN_WAIT_MS, after * 1000);
  if (headers["x-ratelimit-remaining"] === "0") {
    const resetMs = Number(headers["x-ratelimit-reset"] ?? 0) * 1000;
    return Math.max(MIN_WAIT_MS, resetMs - nowMs);
  }
  return error.status === 429 || /rate limit/i.test(error.message) ? UNTOLD_WAIT_MS : undefined;
}

const failureSchema = z.object({
  message: z.string(),
  errors: z
    .array(z.union([z.string(), z.object({ message: z.string().optional(), code: z.string().optional() })]))
    .optional(),
});

function tellFailure(error: RequestError): string {
  const parsed = failureSchema.safeParse(error.response?.data);
  if (!parsed.success) return clip(cleanText(`${error.message} (${error.status})`), 300);
  const reasons = (parsed.data.errors ?? []).map((each) =>
    typeof each === "string" ? each : (each.message ?? each.code),
  );
  const told = [parsed.data.message, ...reasons.filter((reason) => reason !== undefined)].join(": ");
  return clip(cleanText(`${told} (${error.status})`).replace(/\s+/g, " "), 300);
}
