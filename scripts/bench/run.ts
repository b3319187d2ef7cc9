// npm run bench: what intake, the record, a sandbox and the first word in Linear cost, one JSON object a line.
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { spawn } from "node:child_process";
import { sql } from "kysely";
import { createJobs } from "../../src/jobs/jobs.ts";
import { startLocalE2b } from "../../src/local/e2b/server.ts";
import { startLocalPostgres } from "../../src/local/postgres.ts";
import { createLog } from "../../src/log.ts";
import { readPolicy } from "../../src/policy-files.ts";
import type { Intake, Run, Store } from "../../src/ports.ts";
import { createSandboxes } from "../../src/sandbox/sandboxes.ts";
import { openDatabase, type Database } from "../../src/store/database.ts";
import { migrate } from "../../src/store/migrate.ts";
import { createStore } from "../../src/store/store.ts";
import { benchLinear } from "./linear.ts";
import { print, times } from "./measure.ts";

const dir = mkdtempSync(join(tmpdir(), "countersign-bench-"));
// Sandboxes run as a user of their own, who must be able to pass through.
chmodSync(dir, 0o711);
const log = createLog("silent");
const clock = { nowMs: () => Date.now(), sleep: async () => undefined };

try {
  await benchStore();
  await benchSandbox();
  await benchLinear();
} finally {
  rmSync(dir, { recursive: true, force: true });
}
process.exit(0);

async function benchStore(): Promise<void> {
  const postgres = await startLocalPostgres({ stateDir: dir });
  await migrate(postgres.adminUrl);
  const database = openDatabase({ url: postgres.url });
  const jobs = createJobs({ url: postgres.url, log });
  await jobs.start();
  const store = createStore({ db: database.db, jobs, clock });
  const policy = await readPolicy("manifests/policy");
  if (policy.ok) await store.applyPolicy(policy.policy);
  try {
    await benchIntake(store, database);
    await benchRecord(store, database);
  } finally {
    await jobs.stop();
    await database.close();
    await postgres.stop();
  }
}

function request(text: string): Parameters<Intake["acceptRequest"]>[1] {
  const place = { surface: "slack" as const, workspace: "T0BENCH", channel: "C0BENCH" };
  return { kind: "command", requester: { id: "slack:U0BENCH", name: "Bench" }, place, text, files: [] };
}

/** A request stored with run, record and jobs, beside one bare transaction that inserts a row. */
async function benchIntake(store: Intake, { db }: Database): Promise<void> {
  const bare = (index: number): Promise<unknown> =>
    db
      .transaction()
      .execute((trx) =>
        sql`insert into inbox (source, delivery_key, kind, content, at_ms, done_at_ms) values ('slack', ${`bare-${index}`}, 'interaction', '{}', 0, 0)`.execute(
          trx,
        ),
      );
  const base = await times(200, bare);
  const mine = await times(200, (index) =>
    store.acceptRequest({ source: "slack", key: `bench-${index}` }, request("change the price on the pricing page")),
  );
  print({ bench: "intake", what: "a request accepted", baseline: "one bare transaction" }, { mine, base });
  const again = await times(200, (index) =>
    store.acceptRequest({ source: "slack", key: `bench-${index}` }, request("change the price on the pricing page")),
  );
  print(
    { bench: "intake", what: "the same delivery again", baseline: "its first arrival" },
    { mine: again, base: mine },
  );
}

/** Appending to a record of 2,000 events, beside appending to a young one: costs must not grow with history. */
async function benchRecord(store: Store & Intake, { db }: Database): Promise<void> {
  const accepted = await store.acceptRequest({ source: "slack", key: "bench-record" }, request("a long run"));
  const append = async (): Promise<void> => {
    const run: Run | undefined = await store.loadRun(accepted.runId ?? "");
    if (run === undefined) throw new Error("the run of the bench is gone");
    await store.commit({ run, events: [], record: [{ kind: "note", payload: { says: "x".repeat(200) } }] });
  };
  const base = await times(200, append);
  for (let index = 0; index < 18; index += 1) await times(100, append);
  const mine = await times(200, append);
  print({ bench: "record", what: "an event appended after 2,000", baseline: "among the first 200" }, { mine, base });
  await sql`select 1`.execute(db);
}

/** A sealed sandbox that answers, beside bubblewrap starting `true`. */
async function benchSandbox(): Promise<void> {
  const e2b = await startLocalE2b({
    port: 0,
    stateDir: join(dir, "e2b"),
    apiKey: "e2b_bench",
    bindReadOnly: { [resolve("manifests/demo/agent")]: "/opt/countersign" },
  });
  const sandboxes = createSandboxes({ apiKey: "e2b_bench", apiUrl: e2b.url, sandboxUrl: e2b.url, clock, log });
  const ids: string[] = [];
  try {
    const base = await times(20, () => runOnce("bwrap", ["--unshare-all", "--ro-bind", "/", "/", "true"]));
    const mine = await times(20, async (index) => {
      const made = await sandboxes.adoptOrCreate({ runId: `BENCH${index}`, generation: 0, purpose: "checks" }, 60_000);
      if (!made.ok) throw new Error("no sandbox");
      ids.push(made.value.id);
    });
    print({ bench: "sandbox", what: "made and answering", baseline: "bwrap true" }, { mine, base });
  } finally {
    for (const id of ids) await sandboxes.kill(id);
    await e2b.close();
  }
}

function runOnce(program: string, args: readonly string[]): Promise<void> {
  return new Promise((done, failed) => {
    const child = spawn(program, args, { stdio: "ignore" });
    child.once("exit", () => done());
    child.once("error", failed);
  });
}
