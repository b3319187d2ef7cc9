// A migrated database of its own for a test file.
import { randomBytes } from "node:crypto";
import { inject } from "vitest";
import { openCluster, query, withDatabase, type Cluster } from "./cluster.ts";

export interface TestDatabase {
  /** As the bot: DML, and no rewriting of records. */
  readonly url: string;
  /** As the owner of the tables. */
  readonly adminUrl: string;
  drop(): Promise<void>;
}

let cluster: Promise<Cluster> | undefined;

export async function createTestDatabase(): Promise<TestDatabase> {
  cluster ??= openCluster(inject("databaseFolder"));
  const { rootUrl, adminUrl, url, template, suffix } = await cluster;
  const name = `countersign_t_${suffix}_${randomBytes(6).toString("hex")}`;
  await query(rootUrl, async (root) => {
    const owner = /\/\/([^:@/]+)/.exec(adminUrl)?.[1] ?? "";
    await root.query(`create database ${name} template ${template} owner "${decodeURIComponent(owner)}"`);
  });
  return {
    url: withDatabase(url, name),
    adminUrl: withDatabase(adminUrl, name),
    drop: () =>
      query(rootUrl, async (root) => {
        await root.query(`drop database if exists ${name} with (force)`);
      }),
  };
}
