// One transaction, tried again where the database had to choose a victim.
import type { Kysely, Transaction } from "kysely";
import type { DB } from "../../db/schema.ts";

const DEADLOCK = "40P01";
const SERIALIZATION_FAILURE = "40001";
const RETRIES = 3;

export async function inTransaction<T>(db: Kysely<DB>, act: (trx: Transaction<DB>) => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await db.transaction().execute(act);
    } catch (cause) {
      if (attempt >= RETRIES || !isTransient(cause)) throw cause;
    }
  }
}

function isTransient(cause: unknown): boolean {
  if (!(cause instanceof Error) || !("code" in cause)) return false;
  return cause.code === DEADLOCK || cause.code === SERIALIZATION_FAILURE;
}
