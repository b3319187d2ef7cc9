// What a failed Web API call means for a message: try later, or never.
import { WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError } from "@slack/web-api";
import type { SendResult } from "../ports.ts";

const LATER_MS = 5000;
/** Slack's own passing troubles, though answered as errors of the call. */
const PASSING = new Set([
  "internal_error",
  "fatal_error",
  "service_unavailable",
  "request_timeout",
  "ratelimited",
  "rate_limited",
  "accesslimited",
  "team_added_to_org",
]);

export type ApiProblem = Exclude<SendResult, { readonly kind: "sent" }>;

/** Slack's own name of the error, where it answered at all. */
export function errorName(cause: unknown): string | undefined {
  return cause instanceof WebAPIPlatformError ? cause.data.error : undefined;
}

export function judgeFailure(cause: unknown): ApiProblem {
  if (cause instanceof WebAPIRateLimitedError) {
    return { kind: "later", afterMs: Math.max(1, cause.retryAfter) * 1000, error: "ratelimited" };
  }
  const error = errorName(cause);
  if (error !== undefined && !PASSING.has(error)) return { kind: "refused", error };
  if (error !== undefined) return { kind: "later", afterMs: LATER_MS, error };
  if (cause instanceof WebAPIHTTPError && cause.statusCode >= 400 && cause.statusCode < 500) {
    return { kind: "refused", error: `http ${cause.statusCode}` };
  }
  return { kind: "later", afterMs: LATER_MS, error: cause instanceof Error ? cause.message : String(cause) };
}
