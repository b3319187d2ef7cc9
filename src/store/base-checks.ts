// What a check said on a base tree, once for each repository, base commit and command.
import { z } from "zod";
import type { Kysely } from "kysely";
import type { DB } from "../../db/schema.ts";
import type { StoreParts } from "./parts.ts";

const statusSchema = z.enum(["passed", "failed", "unknown"]);
type Status = z.infer<typeof statusSchema>;

export async function loadBaseCheck(db: Kysely<DB>, key: string): Promise<{ readonly status: Status } | undefined> {
  const row = await db.selectFrom("base_checks").select("status").where("key", "=", key).executeTakeFirst();
  return row === undefined ? undefined : { status: statusSchema.parse(row.status) };
}

export async function saveBaseCheck(parts: StoreParts, key: string, status: Status): Promise<void> {
  await parts.db
    .insertInto("base_checks")
    .values({ key, status, at_ms: parts.clock.nowMs() })
    .onConflict((conflict) => conflict.column("key").doUpdateSet({ status, at_ms: parts.clock.nowMs() }))
    .execute();
}
