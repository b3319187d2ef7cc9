// What the acts of people and of apps work on.
import type { Courier } from "./courier.ts";
import type { AppUser, World } from "./model.ts";
import type { SeedPerson } from "./seed.ts";

export interface Linear {
  readonly world: World;
  readonly courier: Courier;
  readonly assignMakesSession: boolean;
  readonly announceOwnSessions: boolean;
}

/** Whoever acts: a person, an app by its own token, or nobody (an automation). */
export type Actor =
  | { readonly kind: "person"; readonly person: SeedPerson }
  | { readonly kind: "app"; readonly app: AppUser; readonly scopes: ReadonlySet<string> }
  | { readonly kind: "nobody" };

export function actorId(actor: Actor): string | undefined {
  if (actor.kind === "person") return actor.person.id;
  return actor.kind === "app" ? actor.app.userId : undefined;
}
