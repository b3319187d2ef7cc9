// What parsing a body comes to, and what it is held against.
import type { TrackerEvent } from "../core/interaction.ts";
import type { NewRequest } from "../core/request.ts";
import type { Identity } from "./identity.ts";

export interface EventContext {
  readonly identity: Identity;
  /** Ours, where it is known; an access token of somebody's making does not tell. */
  readonly clientId: string | undefined;
  readonly uploadsUrl: string;
}

export type Heard =
  | { readonly kind: "request"; readonly key: string; readonly request: NewRequest }
  | { readonly kind: "event"; readonly key: string; readonly event: TrackerEvent }
  /** Told, and nothing to be done: `says` is for the log where it is worth a line. */
  | { readonly kind: "ignored"; readonly says?: string }
  | { readonly kind: "malformed"; readonly detail: string };

/** Milliseconds since 1970; far in the future where it cannot be read, so that a stop is never taken for a late one. */
export function timeOf(text: string): number {
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? Number.MAX_SAFE_INTEGER : atMs;
}
