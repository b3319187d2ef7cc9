// Which workspace and which app user we are. Learned once, kept over restarts: every event is held against it.
import { z } from "zod";
import type { Log, SealedValues, Sealer } from "../ports.ts";
import type { Call } from "./call.ts";
import { WHO_AM_I } from "./documents.ts";

const identitySchema = z.object({ organizationId: z.string(), appUserId: z.string(), appName: z.string() });
export type Identity = z.infer<typeof identitySchema>;

const whoSchema = z.object({
  viewer: z.object({ id: z.string(), name: z.string() }),
  organization: z.object({ id: z.string() }),
});

export interface IdentityBook {
  /** As known now, without asking anybody. */
  known(): Identity | undefined;
  /** Asks where it is not known yet; throws where that is not possible. */
  read(): Promise<Identity>;
}

const NAME = "linear/identity";

/** `kept` is absent where nothing can be sealed here: then it is asked for at every start. */
export function createIdentityBook(ports: {
  readonly call: Call;
  readonly kept?: { readonly sealed: SealedValues; readonly sealer: Sealer; readonly about: string } | undefined;
  readonly log: Log;
}): IdentityBook & { load(): Promise<void> } {
  const { call, kept, log } = ports;
  let identity: Identity | undefined;
  const name = kept === undefined ? NAME : `${NAME}/${kept.about}`;
  const read = async (): Promise<Identity> => {
    const who = await call(WHO_AM_I, {}, whoSchema);
    if (!who.ok) throw new Error(`Linear does not say who we are: ${describe(who.problem)}`);
    const { viewer, organization } = who.value;
    identity = { organizationId: organization.id, appUserId: viewer.id, appName: viewer.name };
    if (kept !== undefined) {
      const text = JSON.stringify(identity);
      await kept.sealed.replace(name, async () => kept.sealer.seal(name, text));
    }
    return identity;
  };
  let going: Promise<Identity> | undefined;
  return {
    known: () => identity,
    // Many who need it at once are one question.
    read: async () => {
      if (identity !== undefined) return identity;
      going ??= read().finally(() => {
        going = undefined;
      });
      return going;
    },
    load: async () => {
      const stored = await kept?.sealed.load(name);
      const text = stored === undefined ? undefined : kept?.sealer.open(name, stored);
      if (text !== undefined) identity = identitySchema.safeParse(JSON.parse(text)).data;
      try {
        await read();
      } catch (cause) {
        log.warn({ cause: String(cause) }, "Linear could not be asked who we are; it is asked again when needed");
      }
    },
  };
}

function describe(problem: { readonly kind: string; readonly detail?: string }): string {
  return problem.detail ?? problem.kind;
}
