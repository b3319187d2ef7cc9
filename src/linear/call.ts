// One call of Linear's API: token, time limit, rate limit and errors in our words. Nothing of a query is ever logged.
import { LinearClient, LinearError, LinearErrorType, parseLinearError } from "@linear/sdk";
import { z } from "zod";
import { bad, good, type Outcome } from "../core/problem.ts";
import type { Clock } from "../ports.ts";
import type { Tokens } from "./tokens.ts";

export type LinearProblem =
  | { readonly kind: "rate-limited"; readonly retryAfterMs: number }
  | { readonly kind: "unavailable"; readonly detail: string }
  /** There is nothing of that id that we may see. */
  | { readonly kind: "missing"; readonly detail: string }
  | { readonly kind: "refused"; readonly detail: string };

export interface CallPorts {
  /** Without a path: `https://api.linear.app`. */
  readonly apiUrl: string;
  readonly tokens: Tokens;
  readonly clock: Clock;
}

export type Call = <T>(
  document: string,
  variables: Readonly<Record<string, unknown>>,
  schema: z.ZodType<T>,
) => Promise<Outcome<T, LinearProblem>>;

const TIME_LIMIT_MS = 10_000;
const RATE_WAIT_MS = 60_000;
const LONGEST_WAIT_MS = 3_600_000;
/** So that many processes do not come back in the same moment. */
const JITTER = 0.2;

/** Calls of one process share what they learn of the rate limit: while it holds, nothing is sent at all. */
export function createCall(ports: CallPorts): Call {
  const limit = { untilMs: 0 };
  return async (document, variables, schema) => {
    const waitMs = limit.untilMs - ports.clock.nowMs();
    if (waitMs > 0) return bad({ kind: "rate-limited", retryAfterMs: waitMs });
    const sent = await sendTwice(ports, document, variables);
    if (!sent.ok) {
      if (sent.problem.kind === "rate-limited") limit.untilMs = ports.clock.nowMs() + sent.problem.retryAfterMs;
      return sent;
    }
    const parsed = schema.safeParse(sent.value);
    return parsed.success
      ? good(parsed.data)
      : bad({ kind: "unavailable", detail: `Linear's answer has another shape: ${z.prettifyError(parsed.error)}` });
  };
}

type Sent = Outcome<unknown, LinearProblem | { readonly kind: "unauthorized"; readonly detail: string }>;

/** A token that was replaced meanwhile is tried again with its successor, once. */
async function sendTwice(
  ports: CallPorts,
  document: string,
  variables: Readonly<Record<string, unknown>>,
): Promise<Outcome<unknown, LinearProblem>> {
  const token = await tokenOr(ports.tokens.current());
  if (!token.ok) return token;
  const first = await send(ports, { token: token.value, document, variables });
  if (first.ok || first.problem.kind !== "unauthorized") return withoutUnauthorized(first);
  const renewed = await tokenOr(ports.tokens.renew(token.value));
  if (!renewed.ok) return renewed;
  return withoutUnauthorized(await send(ports, { token: renewed.value, document, variables }));
}

async function tokenOr(wanted: Promise<string>): Promise<Outcome<string, LinearProblem>> {
  try {
    return good(await wanted);
  } catch (cause) {
    return bad({ kind: "unavailable", detail: cause instanceof Error ? cause.message : String(cause) });
  }
}

function withoutUnauthorized(sent: Sent): Outcome<unknown, LinearProblem> {
  if (sent.ok) return sent;
  const { problem } = sent;
  // A credential can be mended, and then what waited goes out: this is trouble that passes.
  return bad(problem.kind === "unauthorized" ? { kind: "unavailable", detail: problem.detail } : problem);
}

async function send(
  { apiUrl, clock }: CallPorts,
  given: { readonly token: string; readonly document: string; readonly variables: Readonly<Record<string, unknown>> },
): Promise<Sent> {
  const { token, document, variables } = given;
  const linear = new LinearClient({
    accessToken: token,
    apiUrl: `${apiUrl}/graphql`,
    signal: AbortSignal.timeout(TIME_LIMIT_MS),
  });
  try {
    const { data } = await linear.client.rawRequest<unknown, Record<string, unknown>>(document, { ...variables });
    return good(data);
  } catch (cause) {
    return bad(judge(cause, clock.nowMs()));
  }
}

const limitedSchema = z.object({
  response: z.object({
    errors: z.array(z.object({ extensions: z.object({ code: z.literal("RATELIMITED") }) })).nonempty(),
  }),
});

/** By its own message; what Linear has for people to read says it in other words. */
const MISSING = /not found|could not find/i;

/** The SDK has read every answer already; what never got one comes as it was thrown. Its query is left where it is. */
function judge(cause: unknown, nowMs: number): Exclude<Sent, { ok: true }>["problem"] {
  const error =
    cause instanceof LinearError
      ? cause
      : parseLinearError({ message: cause instanceof Error ? cause.message : String(cause) });
  // Answered as an error of the class we know only where Linear names its type; the code is there in any case.
  if (error.type === LinearErrorType.Ratelimited || limitedSchema.safeParse(error.raw).success) {
    return { kind: "rate-limited", retryAfterMs: waitOf(error, nowMs) };
  }
  const detail = `${error.type ?? "error"}: ${error.errors?.[0]?.message ?? error.message}`.slice(0, 300);
  switch (error.type) {
    case LinearErrorType.AuthenticationError:
      // The SDK calls every bare 4xx by this name; only Linear's own word for it is worth another token.
      return error.status === 401 || (error.errors ?? []).length > 0
        ? { kind: "unauthorized", detail }
        : { kind: "unavailable", detail };
    case LinearErrorType.InvalidInput:
      return MISSING.test(`${error.message} ${detail}`) ? { kind: "missing", detail } : { kind: "refused", detail };
    case LinearErrorType.Forbidden:
    case LinearErrorType.FeatureNotAccessible:
    case LinearErrorType.UserError:
    case LinearErrorType.GraphqlError:
    case LinearErrorType.UsageLimitExceeded:
      return { kind: "refused", detail };
    default:
      return { kind: "unavailable", detail };
  }
}

const resetSchema = z.object({
  retryAfter: z.number().optional(),
  requestsResetAt: z.number().optional(),
  complexityResetAt: z.number().optional(),
});

/** Until the earlier of the two buckets says it is full again, with jitter; a minute where it does not say. */
function waitOf(error: LinearError, nowMs: number): number {
  const told = resetSchema.safeParse(error);
  const waits = told.success
    ? [
        ...(told.data.retryAfter === undefined ? [] : [told.data.retryAfter * 1000]),
        ...[told.data.requestsResetAt, told.data.complexityResetAt].flatMap((atMs) =>
          atMs === undefined || atMs <= nowMs ? [] : [atMs - nowMs],
        ),
      ]
    : [];
  const wait = waits.length === 0 ? RATE_WAIT_MS : Math.min(...waits);
  return Math.round(Math.min(LONGEST_WAIT_MS, Math.max(1000, wait)) * (1 + Math.random() * JITTER));
}
