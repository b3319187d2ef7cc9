// The rows a commit adds beside the run's own.
import { createHash } from "node:crypto";
import type { Transaction } from "kysely";
import type { DB } from "../../db/schema.ts";
import { changeOf } from "../core/run-moves.ts";
import type { Commit, NewChange, NewTurn, Note, VoteRow } from "../ports.ts";
import { json, storableText } from "./json.ts";

interface At {
  readonly runId: string;
  readonly nowMs: number;
}

export async function insertParts(trx: Transaction<DB>, commit: Commit, nowMs: number): Promise<void> {
  const at = { runId: commit.run.id, nowMs };
  if (commit.turn !== undefined) await insertTurn(trx, at, commit.turn);
  if (commit.turnFacts !== undefined) await updateTurn(trx, at, commit.turnFacts);
  if (commit.change !== undefined) await insertChange(trx, at, commit.change);
  if (commit.checks !== undefined) {
    await updateChange(trx, at, { number: commit.checks.change, columns: { checks: json(commit.checks.results) } });
  }
  if (commit.seal !== undefined) {
    const { change, digest, record } = commit.seal;
    // Not made storable: the digest is over exactly this.
    await updateChange(trx, at, { number: change, columns: { seal: digest, sealed: JSON.stringify(record) } });
  }
  if (commit.vote !== undefined) await insertVote(trx, at, commit.vote);
  const change = changeOf(commit.run.state);
  if (change !== undefined && commit.events.some((event) => event.type === "approval_void")) {
    await voidVotes(trx, at, change);
  }
  for (const note of commit.notes ?? []) await insertNote(trx, at, note);
  if (commit.inboxId !== undefined) {
    await trx
      .updateTable("inbox")
      .set({ done_at_ms: nowMs })
      .where("id", "=", Number(commit.inboxId))
      .where("done_at_ms", "is", null)
      .execute();
  }
}

async function insertTurn(trx: Transaction<DB>, at: At, turn: NewTurn): Promise<void> {
  await trx
    .insertInto("turns")
    .values({
      run_id: at.runId,
      turn: turn.turn,
      kind: turn.kind,
      prompt: storableText(turn.prompt),
      author: json(turn.author),
      author_may_vote: turn.authorMayVote,
      files: json(turn.files),
      at_ms: at.nowMs,
    })
    .execute();
}

async function updateTurn(trx: Transaction<DB>, at: At, facts: NonNullable<Commit["turnFacts"]>): Promise<void> {
  const { baseCommit, baseTree, contextCount, pictureCount } = facts;
  const columns = {
    ...(baseCommit === undefined ? {} : { base_commit: baseCommit }),
    ...(baseTree === undefined ? {} : { base_tree: baseTree }),
    ...(contextCount === undefined ? {} : { context_count: contextCount }),
    ...(pictureCount === undefined ? {} : { picture_count: pictureCount }),
  };
  if (Object.keys(columns).length === 0) return;
  const done = await trx
    .updateTable("turns")
    .set(columns)
    .where("run_id", "=", at.runId)
    .where("turn", "=", facts.turn)
    .executeTakeFirstOrThrow();
  if (done.numUpdatedRows === 0n) throw new Error(`run ${at.runId} has no turn ${facts.turn}`);
}

async function insertChange(trx: Transaction<DB>, at: At, change: NewChange): Promise<void> {
  const { pack } = change;
  await trx
    .insertInto("changes")
    .values({
      run_id: at.runId,
      number: change.number,
      turn: change.turn,
      at_ms: at.nowMs,
      said: storableText(change.said),
      base_branch: change.baseBranch,
      base_commit: change.baseCommit,
      base_tree: change.baseTree,
      result_tree: change.resultTree,
      head_branch: change.headBranch,
      commit_message: storableText(change.commitMessage),
      title: storableText(change.title),
      files: json(change.files),
      diff: storableText(change.diff),
      diff_cut: change.diffCut,
      problems: json(change.problems),
    })
    .execute();
  const bytes = Buffer.from(pack.buffer, pack.byteOffset, pack.byteLength);
  const digest = createHash("sha256").update(bytes).digest("hex");
  await trx
    .insertInto("artifacts")
    .values({ run_id: at.runId, change: change.number, bytes, sha256: digest })
    .execute();
}

async function updateChange(
  trx: Transaction<DB>,
  at: At,
  change: {
    readonly number: number;
    readonly columns: { readonly checks: string } | { readonly seal: string; readonly sealed: string };
  },
): Promise<void> {
  const done = await trx
    .updateTable("changes")
    .set(change.columns)
    .where("run_id", "=", at.runId)
    .where("number", "=", change.number)
    .executeTakeFirstOrThrow();
  if (done.numUpdatedRows === 0n) throw new Error(`run ${at.runId} has no change ${change.number}`);
}

async function insertVote(trx: Transaction<DB>, at: At, vote: VoteRow & { readonly membership: readonly string[] }) {
  await trx
    .insertInto("votes")
    .values({
      run_id: at.runId,
      change: vote.change,
      person_id: vote.person.id,
      person: json(vote.person),
      verdict: vote.verdict,
      seal: vote.seal,
      membership: json(vote.membership),
      at_ms: vote.atMs,
    })
    .execute();
}

/** The same people may vote again on the same change; what they voted before stays stored, and counts no more. */
async function voidVotes(trx: Transaction<DB>, at: At, change: number): Promise<void> {
  await trx
    .updateTable("votes")
    .set({ void_at_ms: at.nowMs })
    .where("run_id", "=", at.runId)
    .where("change", "=", change)
    .where("void_at_ms", "is", null)
    .execute();
}

async function insertNote(trx: Transaction<DB>, at: At, note: Note): Promise<void> {
  await trx
    .insertInto("deliveries")
    .values({
      run_id: at.runId,
      surface: note.place.surface,
      slot: `note:${note.key}`,
      note: json(note),
      created_at_ms: at.nowMs,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
