// One Web API method: the scopes it needs and what it does.
import type { Args } from "../args.ts";
import type { Slack } from "../context.ts";
import type { Json } from "../json.ts";

export interface Method {
  /** Any one of them is enough; none: any bot token. */
  readonly scopes: readonly string[];
  run(slack: Slack, args: Args): Json | Promise<Json>;
}

export type Methods = Readonly<Record<string, Method>>;

/** One page of a list, with Slack's cursor. */
export function page<T>(
  all: readonly T[],
  args: Args,
  limits: { readonly fallback: number; readonly max: number },
): {
  readonly items: readonly T[];
  readonly response_metadata: { readonly next_cursor: string };
  readonly more: boolean;
} {
  const limit = Math.min(args.whole("limit") ?? limits.fallback, limits.max);
  const cursor = args.text("cursor") ?? "";
  const start =
    cursor === ""
      ? 0
      : Number(
          Buffer.from(cursor, "base64url")
            .toString()
            .replace(/^next:/, ""),
        );
  const end = start + Math.max(1, limit);
  const more = end < all.length;
  const next = more ? Buffer.from(`next:${end}`).toString("base64url") : "";
  return { items: all.slice(start, end), response_metadata: { next_cursor: next }, more };
}
