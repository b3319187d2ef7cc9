// For the sweep: runs whose phase needs a job that no queue row carries any more, and places nobody filled.
import { sql, type Kysely } from "kysely";
import type { DB } from "../../db/schema.ts";
import { SLOT_PHASES } from "../core/run.ts";
import { turnOf } from "../core/run-moves.ts";
import { runStateSchema, type RunState } from "../core/run-state.ts";
import type { Job } from "../core/job.ts";
import { admit, lockTeam } from "./admission.ts";
import type { StoreParts } from "./parts.ts";
import { inTransaction } from "./transaction.ts";

/** What one sweep looks at; the next takes the rest. */
const INBOX_LIMIT = 1000;

export async function requeueLost(parts: StoreParts): Promise<readonly string[]> {
  const needed = [...(await listNeeded(parts)), ...(await listOpenInbox(parts.db))];
  const lost = await parts.jobs.listLost(parts.db, needed);
  for (const job of lost) await parts.jobs.enqueue(parts.db, job);
  const admitted = await admitWaiting(parts);
  return [...lost.map(describe), ...admitted.map((runId) => `dispatched ${runId}`)];
}

/** Half an hour of silence counts as dead there; what a session shows changes by itself every few minutes. */
export async function refreshSessions(parts: StoreParts): Promise<void> {
  const rows = await parts.db
    .selectFrom("runs")
    .select("id")
    .where("session_id", "is not", null)
    .where("phase", "in", ["queued", "approved", "publishing", ...SLOT_PHASES])
    .execute();
  for (const { id } of rows) await parts.jobs.enqueue(parts.db, { name: "deliver-linear", runId: id });
}

async function listNeeded({ db, clock }: StoreParts): Promise<readonly Job[]> {
  const nowMs = clock.nowMs();
  const moving = await db
    .selectFrom("runs")
    .select(["id", "state"])
    .where("phase", "in", ["received", "approved", "publishing", ...SLOT_PHASES])
    .execute();
  const due = await db
    .selectFrom("runs")
    .select(["id", "state"])
    .where("phase", "=", "awaiting_approval")
    .where(sql<boolean>`(state ->> 'expiresAtMs')::numeric <= ${nowMs}`)
    .execute();
  return [...moving, ...due].flatMap(({ id, state }) => {
    const job = jobFor(id, runStateSchema.parse(state));
    return job === undefined ? [] : [job];
  });
}

function jobFor(runId: string, state: RunState): Job | undefined {
  switch (state.phase) {
    case "received":
      return { name: "route", runId };
    case "dispatched":
    case "provisioning":
    case "working":
    case "checking":
      return { name: "work", runId, turn: turnOf(state) };
    case "publishing":
      return { name: "publish", runId };
    case "approved":
      // Held ones wait for a person's Try again.
      return state.held === undefined ? { name: "publish", runId } : undefined;
    case "awaiting_approval":
      return { name: "expire", runId, change: state.change, atMs: state.expiresAtMs };
    default:
      return undefined;
  }
}

async function listOpenInbox(db: Kysely<DB>): Promise<readonly Job[]> {
  const rows = await db
    .selectFrom("inbox")
    .select("id")
    .where("done_at_ms", "is", null)
    .orderBy("id")
    .limit(INBOX_LIMIT)
    .execute();
  return rows.map((row) => ({ name: "apply", inboxId: String(row.id) }));
}

async function admitWaiting(parts: StoreParts): Promise<readonly string[]> {
  const teams = await parts.db
    .selectFrom("runs")
    .innerJoin("teams", "teams.name", "runs.team")
    .select(["teams.name", "teams.at_once"])
    .distinct()
    .where("phase", "=", "queued")
    .execute();
  const admitted: string[] = [];
  for (const { name, at_once: atOnce } of teams) {
    const now = await inTransaction(parts.db, async (trx) => {
      await lockTeam(trx, { name, atOnce });
      return admit(parts, trx, name);
    });
    admitted.push(...now);
  }
  return admitted;
}

function describe(job: Job): string {
  if (job.name === "apply") return `apply ${job.inboxId}`;
  return job.name === "sweep" ? job.name : `${job.name} ${job.runId}`;
}
