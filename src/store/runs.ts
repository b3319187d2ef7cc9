// Reading runs and what belongs to one.
import { createHash } from "node:crypto";
import type { Kysely, Transaction } from "kysely";
import type { DB } from "../../db/schema.ts";
import { END_PHASES } from "../core/run.ts";
import { runStateSchema, type Phase } from "../core/run-state.ts";
import type { Change, Run, RunSummary, RunView, Turn, VoteRow } from "../ports.ts";
import { toChange, toTurn, toVote } from "./change-row.ts";
import type { StoreParts } from "./parts.ts";
import { toRun, toSummary, type RunRow } from "./run-row.ts";

type Reader = Kysely<DB> | Transaction<DB>;

export async function loadRun(db: Reader, id: string): Promise<Run | undefined> {
  const row = await loadRow(db, id);
  return row === undefined ? undefined : toRun(row);
}

function loadRow(db: Reader, id: string): Promise<RunRow | undefined> {
  return db.selectFrom("runs").selectAll().where("id", "=", id).executeTakeFirst();
}

/** One snapshot: nothing shown of a run contradicts anything else shown of it. */
export async function loadView(parts: StoreParts, id: string): Promise<RunView | undefined> {
  return parts.db
    .transaction()
    .setIsolationLevel("repeatable read")
    .setAccessMode("read only")
    .execute(async (trx) => {
      const row = await loadRow(trx, id);
      if (row === undefined) return undefined;
      const position = await findPosition(trx, row);
      return {
        run: toRun(row),
        nowMs: parts.clock.nowMs(),
        turns: await listTurns(trx, id),
        changes: await listChanges(trx, id),
        votes: await listVotes(trx, { runId: id }),
        phaseSinceMs: row.phase_since_ms,
        ...(position === undefined ? {} : { queuePosition: position }),
        ...(parts.detailsUrl === undefined ? {} : { detailsUrl: parts.detailsUrl(id) }),
      };
    });
}

async function findPosition(db: Reader, row: RunRow): Promise<number | undefined> {
  if (row.phase !== "queued") return undefined;
  const { ahead } = await db
    .selectFrom("runs")
    .select((eb) => eb.fn.countAll<number>().as("ahead"))
    .where("phase", "=", "queued")
    .where("team", "=", row.team)
    .where((eb) => eb(eb.refTuple("phase_since_ms", "id"), "<", eb.tuple(row.phase_since_ms, row.id)))
    .executeTakeFirstOrThrow();
  return ahead + 1;
}

async function listTurns(db: Reader, runId: string): Promise<readonly Turn[]> {
  const rows = await db.selectFrom("turns").selectAll().where("run_id", "=", runId).orderBy("turn").execute();
  return rows.map(toTurn);
}

async function listChanges(db: Reader, runId: string): Promise<readonly Change[]> {
  const rows = await db.selectFrom("changes").selectAll().where("run_id", "=", runId).orderBy("number").execute();
  return rows.map(toChange);
}

/** Votes that count: those cast before an approval was voided are left out. */
export async function listVotes(
  db: Reader,
  of: { readonly runId: string; readonly change?: number },
): Promise<readonly VoteRow[]> {
  const { runId, change } = of;
  const rows = await db
    .selectFrom("votes")
    .selectAll()
    .where("run_id", "=", runId)
    .where("void_at_ms", "is", null)
    .$if(change !== undefined, (query) => query.where("change", "=", change ?? 0))
    .orderBy("id")
    .execute();
  return rows.map(toVote);
}

export async function loadTurn(db: Reader, runId: string, turn: number): Promise<Turn | undefined> {
  const row = await db
    .selectFrom("turns")
    .selectAll()
    .where("run_id", "=", runId)
    .where("turn", "=", turn)
    .executeTakeFirst();
  return row === undefined ? undefined : toTurn(row);
}

export async function loadChange(db: Reader, runId: string, number: number): Promise<Change | undefined> {
  const row = await db
    .selectFrom("changes")
    .selectAll()
    .where("run_id", "=", runId)
    .where("number", "=", number)
    .executeTakeFirst();
  return row === undefined ? undefined : toChange(row);
}

export async function loadPack(db: Reader, runId: string, number: number): Promise<Uint8Array> {
  const row = await db
    .selectFrom("artifacts")
    .select(["bytes", "sha256"])
    .where("run_id", "=", runId)
    .where("change", "=", number)
    .executeTakeFirst();
  if (row === undefined) throw new Error(`the pack of run ${runId}, change ${number} is missing`);
  if (createHash("sha256").update(row.bytes).digest("hex") !== row.sha256) {
    throw new Error(`the pack of run ${runId}, change ${number} is not what was stored`);
  }
  return new Uint8Array(row.bytes.buffer, row.bytes.byteOffset, row.bytes.byteLength);
}

const SUMMARY = ["id", "title", "state", "team", "repository", "request", "created_at_ms", "updated_at_ms"] as const;

export async function listRunsIn(db: Reader, phases: readonly Phase[]): Promise<readonly RunSummary[]> {
  if (phases.length === 0) return [];
  const rows = await db
    .selectFrom("runs")
    .select(SUMMARY)
    .where("phase", "in", [...phases])
    .orderBy("created_at_ms")
    .orderBy("id")
    .execute();
  return rows.map(toSummary);
}

export async function listRuns(
  db: Reader,
  page: { readonly beforeId?: string; readonly limit: number },
): Promise<readonly RunSummary[]> {
  const before = page.beforeId === undefined ? undefined : await loadRow(db, page.beforeId);
  if (page.beforeId !== undefined && before === undefined) return [];
  const rows = await db
    .selectFrom("runs")
    .select(SUMMARY)
    .$if(before !== undefined, (query) =>
      query.where((eb) =>
        eb(eb.refTuple("created_at_ms", "id"), "<", eb.tuple(before?.created_at_ms ?? 0, before?.id ?? "")),
      ),
    )
    .orderBy("created_at_ms", "desc")
    .orderBy("id", "desc")
    .limit(page.limit)
    .execute();
  return rows.map(toSummary);
}

/** An open pull request neither moves nor waits here: it can be merged or closed, not stopped. */
const SETTLED: readonly Phase[] = [...END_PHASES, "pr_open"];
const UNSETTLED = runStateSchema.options
  .map((each) => each.shape.phase.value)
  .filter((phase) => !SETTLED.includes(phase));

export async function listRunsOf(db: Reader, personId: string): Promise<readonly RunSummary[]> {
  const rows = await db
    .selectFrom("runs")
    .select(SUMMARY)
    .where("requester_id", "=", personId)
    .where("phase", "in", UNSETTLED)
    .orderBy("created_at_ms", "desc")
    .orderBy("id", "desc")
    .execute();
  return rows.map(toSummary);
}

export async function findRunInSession(db: Reader, session: string): Promise<string | undefined> {
  const row = await db
    .selectFrom("runs")
    .select("id")
    .where("session_id", "=", session)
    .orderBy("created_at_ms", "desc")
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  return row?.id;
}

export async function listRunsOnIssue(db: Reader, issueId: string): Promise<readonly RunSummary[]> {
  const rows = await db
    .selectFrom("runs")
    .select(SUMMARY)
    .where("issue_id", "=", issueId)
    .where("phase", "in", [...UNSETTLED, "pr_open"])
    .orderBy("created_at_ms", "desc")
    .orderBy("id", "desc")
    .execute();
  return rows.map(toSummary);
}

export async function findRunByPullRequest(
  db: Reader,
  repositoryId: number,
  number: number,
): Promise<string | undefined> {
  const row = await db
    .selectFrom("runs")
    .select("id")
    .where("repository_id", "=", repositoryId)
    .where("pr_number", "=", number)
    .executeTakeFirst();
  return row?.id;
}

export async function listOpenPullRequestsByHead(
  db: Reader,
  repositoryId: number,
  headSha: string,
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom("runs")
    .select("id")
    .where("repository_id", "=", repositoryId)
    .where("pr_head_sha", "=", headSha)
    .where("pr_number", "is not", null)
    .where("phase", "not in", ["merged", "closed"])
    .orderBy("id")
    .execute();
  return rows.map((row) => row.id);
}
