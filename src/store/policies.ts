// Policy versions and the one that is active; what a team may run at once goes to the team's own row.
import type { Kysely } from "kysely";
import type { DB } from "../../db/schema.ts";
import { resolveRules, type Policy } from "../core/policy.ts";
import { admit } from "./admission.ts";
import { json } from "./json.ts";
import type { StoreParts } from "./parts.ts";
import { toPolicy } from "./policy-row.ts";
import { inTransaction } from "./transaction.ts";

export async function loadActivePolicy(db: Kysely<DB>): Promise<Policy | undefined> {
  const row = await db
    .selectFrom("active_policy")
    .innerJoin("policies", "policies.version", "active_policy.version")
    .select("policies.document")
    .executeTakeFirst();
  return row === undefined ? undefined : toPolicy(row.document);
}

export async function loadPolicy(db: Kysely<DB>, version: string): Promise<Policy | undefined> {
  const row = await db.selectFrom("policies").select("document").where("version", "=", version).executeTakeFirst();
  return row === undefined ? undefined : toPolicy(row.document);
}

export async function applyPolicy(parts: StoreParts, policy: Policy): Promise<{ readonly changed: boolean }> {
  const { version } = policy;
  const changed = await inTransaction(parts.db, async (trx) => {
    await trx
      .insertInto("policies")
      .values({ version, document: json(policy), stored_at_ms: parts.clock.nowMs() })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const moved = await trx
      .insertInto("active_policy")
      .values({ version })
      .onConflict((conflict) =>
        conflict.column("only_row").doUpdateSet({ version }).where("active_policy.version", "<>", version),
      )
      .executeTakeFirst();
    return moved.numInsertedOrUpdatedRows !== 0n;
  });
  for (const team of placesOf(policy)) await setPlaces(parts, team);
  return { changed };
}

interface Places {
  readonly name: string;
  readonly atOnce: number;
}

function placesOf(policy: Policy): readonly Places[] {
  return policy.teams.flatMap(({ team, repositories }) => {
    const rules = resolveRules(policy, team, repositories[0]?.repo ?? "");
    return rules === undefined ? [] : [{ name: team, atOnce: rules.atOnce }];
  });
}

/** More places are filled at once; fewer are reached as runs leave theirs. */
async function setPlaces(parts: StoreParts, { name, atOnce }: Places): Promise<void> {
  await inTransaction(parts.db, async (trx) => {
    await trx
      .insertInto("teams")
      .values({ name, at_once: atOnce })
      .onConflict((conflict) => conflict.column("name").doUpdateSet({ at_once: atOnce }))
      .execute();
    await admit(parts, trx, name);
  });
}
