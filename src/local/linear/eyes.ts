// Who looks at the workspace, and the small change that all views are made with.
import type { Actor } from "./context.ts";
import type { Json, Session, World } from "./model.ts";
import { isoOf } from "./world.ts";

/** Whose eyes the API looks with. */
export interface Eyes {
  readonly world: World;
  readonly actor: Actor;
  /** Issues lead to sessions and sessions to issues: this is the way back. */
  readonly showSession: (session: Session) => Json;
}

/** Fields this workspace never has a value for. */
export function nothing(fields: string): Json {
  return Object.fromEntries(fields.split(" ").map((field) => [field, null]));
}

export function dates(at: { readonly createdAtMs: number; readonly updatedAtMs: number }): Json {
  return { createdAt: isoOf(at.createdAtMs), updatedAt: isoOf(at.updatedAtMs), archivedAt: null };
}
