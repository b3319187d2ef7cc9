// The only writer of a run's state. One transaction: state, what belongs to it, record, messages to send, next jobs.
// Locks in this order: team, run, its change and votes, record.
import type { Transaction, Updateable } from "kysely";
import type { DB, Runs } from "../../db/schema.ts";
import { good, type Outcome } from "../core/problem.ts";
import { advance, SLOT_PHASES, type Misfit } from "../core/run.ts";
import type { NewRequest, Person } from "../core/request.ts";
import type { RunEvent } from "../core/run-event.ts";
import type { Phase, RunState } from "../core/run-state.ts";
import type { Commit, Committed } from "../ports.ts";
import { admit, lockTeam, tellLine } from "./admission.ts";
import { insertParts } from "./commit-parts.ts";
import { enqueueDelivery } from "./enqueue-delivery.ts";
import { json } from "./json.ts";
import type { StoreParts } from "./parts.ts";
import { toRun, type RunRow } from "./run-row.ts";
import { inTransaction } from "./transaction.ts";
import { lockRun, updateRun } from "./update-run.ts";

export async function commitRun(parts: StoreParts, commit: Commit): Promise<Committed> {
  const nowMs = parts.clock.nowMs();
  const moved = advanceAll(commit.run.state, commit.events, nowMs);
  if (!moved.ok) return { kind: "misfit", misfit: moved.problem };
  return inTransaction(parts.db, (trx) => write(parts, trx, { commit, next: moved.value, nowMs }));
}

function advanceAll(state: RunState, events: readonly RunEvent[], nowMs: number): Outcome<RunState, Misfit> {
  let current = state;
  for (const event of events) {
    const moved = advance(current, event, nowMs);
    if (!moved.ok) return moved;
    current = moved.value;
  }
  return good(current);
}

interface Write {
  readonly commit: Commit;
  readonly next: RunState;
  readonly nowMs: number;
}

async function write(parts: StoreParts, trx: Transaction<DB>, at: Write): Promise<Committed> {
  const { commit, next, nowMs } = at;
  const rules = commit.rules ?? commit.run.rules;
  const team = rules === undefined ? undefined : { name: rules.team, atOnce: rules.atOnce };
  const places = movesPlaces(commit.run.state.phase, next.phase);
  if (team !== undefined && (places || commit.rules !== undefined)) await lockTeam(trx, team);
  const row = await lockRun(trx, commit.run.id);
  // A commit without events takes no decision about the state: it may stand beside whatever moved it meanwhile, and a
  // private answer to a late click must not cost the worker its ownership.
  const moves = commit.events.length > 0;
  if (row === undefined || row.epoch !== commit.run.epoch || (moves && row.version !== commit.run.version)) {
    return { kind: "stale" };
  }
  const columns = await columnsOf(trx, commit, row);
  const updated = await updateRun(trx, row, { ...(moves ? { next } : {}), record: commit.record, nowMs, columns });
  await insertParts(trx, commit, nowMs);
  for (const job of commit.jobs ?? []) await parts.jobs.enqueue(trx, job);
  if (isVisible(commit)) await enqueueDelivery(parts, trx, updated);
  if (team !== undefined && row.phase === "queued" && next.phase !== "queued") await tellLine(parts, trx, team.name);
  if (team === undefined || !places) return { kind: "committed", run: toRun(updated) };
  const admitted = await admit(parts, trx, team.name);
  const now = admitted.includes(row.id) ? await lockRun(trx, row.id) : updated;
  return { kind: "committed", run: toRun(now ?? updated) };
}

/** A run that enters the queue may be dispatched at once; one that leaves a place makes room for another. */
function movesPlaces(before: Phase, after: Phase): boolean {
  return (after === "queued" && before !== "queued") || (holdsPlace(before) && !holdsPlace(after));
}

function holdsPlace(phase: Phase): boolean {
  return SLOT_PHASES.some((each) => each === phase);
}

/** Whatever a card could show; a record entry or minutes used alone change no message. */
function isVisible(commit: Commit): boolean {
  return (
    commit.events.length > 0 ||
    [commit.notes, commit.turn, commit.turnFacts, commit.change, commit.checks, commit.seal, commit.vote].some(
      (part) => part !== undefined,
    ) ||
    [commit.rules, commit.repository, commit.chosen, commit.issue].some((part) => part !== undefined)
  );
}

async function columnsOf(trx: Transaction<DB>, commit: Commit, row: RunRow): Promise<Updateable<Runs>> {
  const { run, rules, repository, chosen } = commit;
  return {
    ...(rules === undefined ? {} : { rules: json(rules), team: rules.team, policy_version: rules.policyVersion }),
    ...(repository === undefined ? {} : { repository: json(repository), repository_id: repository.id }),
    ...(chosen === undefined ? {} : { chosen: json(chosen) }),
    ...(commit.requester === undefined ? {} : requesterColumns(run.request, commit.requester)),
    ...(commit.issue === undefined ? {} : { issue: json(commit.issue) }),
    ...(commit.addUsedMs === undefined ? {} : { used_ms: row.used_ms + Math.round(commit.addUsedMs) }),
    ...(commit.raiseGeneration === undefined ? {} : { generation: run.generation + 1 }),
    ...(await pullRequestColumns(trx, commit)),
  };
}

function requesterColumns(request: NewRequest, requester: Person): Updateable<Runs> {
  return { request: json({ ...request, requester }), requester_id: requester.id };
}

/** The pull request stays known through later turns, when the state is about something else. */
async function pullRequestColumns(trx: Transaction<DB>, commit: Commit): Promise<Updateable<Runs>> {
  let columns: Updateable<Runs> = {};
  for (const event of commit.events) {
    if (event.type === "pull_request_recorded") {
      const branch = await headBranchOf(trx, commit);
      columns = { pr_number: event.number, pr_url: event.url, pr_head_sha: event.headSha, pr_head_branch: branch };
    }
    if (event.type === "head_moved") columns = { ...columns, pr_head_sha: event.headSha };
  }
  return columns;
}

async function headBranchOf(trx: Transaction<DB>, { run }: Commit): Promise<string> {
  const change = "change" in run.state ? run.state.change : undefined;
  const row = await trx
    .selectFrom("changes")
    .select("head_branch")
    .where("run_id", "=", run.id)
    .where("number", "=", change ?? 0)
    .executeTakeFirst();
  if (row === undefined) throw new Error(`run ${run.id} has a pull request for a change that is not stored`);
  return row.head_branch;
}
