// The connection pool and the Kysely instance on it.
import { Kysely, PostgresDialect } from "kysely";
import { Pool, types } from "pg";
import type { DB } from "../../db/schema.ts";

export interface Database {
  readonly db: Kysely<DB>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  readonly url: string;
  readonly maxConnections?: number;
  /** Told of connections that break while idle; without a listener they would end the process. */
  readonly onError?: (cause: Error) => void;
}

/** Milliseconds, bytes and counts all fit a double; anything larger is a fault worth stopping for. */
function toNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`a bigint column holds ${text}, beyond what is exact`);
  return value;
}

export function openDatabase(options: DatabaseOptions): Database {
  const pool = new Pool({
    connectionString: options.url,
    max: options.maxConnections ?? 10,
    application_name: "countersign-store",
    types: {
      getTypeParser: (oid, format) =>
        oid === types.builtins.INT8 && format !== "binary" ? toNumber : types.getTypeParser(oid, format),
    },
  });
  pool.on("error", (cause) => options.onError?.(cause));
  const db = new Kysely<DB>({ dialect: new PostgresDialect({ pool }) });
  return { db, close: () => db.destroy() };
}
