// Secret values as stored: sealed before they come here, replaced by one process at a time.
import { sql, type Kysely } from "kysely";
import type { DB } from "../../db/schema.ts";
import type { SealedValues } from "../ports.ts";
import type { StoreParts } from "./parts.ts";
import { inTransaction } from "./transaction.ts";

export function createSealedValues(parts: Pick<StoreParts, "db" | "clock">): SealedValues {
  return {
    load: (name) => load(parts.db, name),
    replace: (name, decide) =>
      inTransaction(parts.db, async (trx) => {
        await sql`select pg_advisory_xact_lock(hashtextextended(${`sealed:${name}`}, 0))`.execute(trx);
        const before = await load(trx, name);
        const sealed = await decide(before);
        if (sealed === before) return;
        const row = { sealed, updated_at_ms: parts.clock.nowMs() };
        await trx
          .insertInto("sealed_values")
          .values({ name, ...row })
          .onConflict((conflict) => conflict.column("name").doUpdateSet(row))
          .execute();
      }),
  };
}

async function load(db: Kysely<DB>, name: string): Promise<string | undefined> {
  const row = await db.selectFrom("sealed_values").select("sealed").where("name", "=", name).executeTakeFirst();
  return row?.sealed;
}
