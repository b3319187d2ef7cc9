// The SDK's errors in our words. None of its classes leaves this folder.
import { AuthenticationError, RateLimitError, SandboxError, SandboxNotFoundError, ServiceBusyError } from "@e2b/sdk";
import { clip, cleanText } from "../core/text.ts";
import type { SandboxProblem } from "../ports.ts";

/** The sandbox was killed or has timed out: nothing brings it back. */
export function isGone(cause: unknown): boolean {
  return cause instanceof SandboxNotFoundError;
}

export function toProblem(cause: unknown): SandboxProblem {
  if (isGone(cause)) return { kind: "gone" };
  return { kind: "unavailable", detail: describe(cause) };
}

function describe(cause: unknown): string {
  if (cause instanceof AuthenticationError) return "the sandbox service refused its API key";
  if (cause instanceof RateLimitError) return "the sandbox service limits how many calls or sandboxes it gives";
  if (cause instanceof ServiceBusyError) return "the sandbox service is busy";
  return wordCause(cause);
}

/** One short line, with the network's own reason where the SDK hides it in a cause. */
export function wordCause(cause: unknown): string {
  if (!(cause instanceof Error)) return clip(cleanText(String(cause)), 200);
  const inner = cause.cause instanceof Error ? ` (${cause.cause.message})` : "";
  const first = `${cause.message}${inner}`.split("\n")[0] ?? "";
  return clip(cleanText(first), 300);
}

/** For calls whose failure is a surprise: what is thrown is an error of ours, with the SDK's as its cause. */
export async function inOurWords<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    const isTheirs =
      cause instanceof SandboxError || cause instanceof AuthenticationError || cause instanceof ServiceBusyError;
    throw isTheirs ? new Error(`${what}: ${wordCause(cause)}`, { cause }) : cause;
  }
}
