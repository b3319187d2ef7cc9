// Rows of turns, changes and votes, and the core values they stand for.
import type { Selectable } from "kysely";
import { z } from "zod";
import type { Changes, Turns, Votes } from "../../db/schema.ts";
import { changedFileSchema } from "../core/change.ts";
import { fileRefSchema, personSchema } from "../core/request.ts";
import { changeProblemSchema } from "../core/run-state.ts";
import type { SealedRecord } from "../core/seal.ts";
import { checkResultSchema } from "../core/verification.ts";
import type { Change, Turn, VoteRow } from "../ports.ts";

const turnKindSchema = z.enum(["request", "follow_up", "review", "retry"]);
const verdictSchema = z.enum(["approve", "reject"]);

const sealedSchema = z.strictObject({
  v: z.literal(1),
  run: z.string(),
  change: z.number(),
  repositoryId: z.number(),
  baseBranch: z.string(),
  baseCommit: z.string(),
  baseTree: z.string(),
  resultTree: z.string(),
  headBranch: z.string(),
  commitMessage: z.string(),
  title: z.string(),
  checksDigest: z.string(),
  policyVersion: z.string(),
}) satisfies z.ZodType<SealedRecord>;

export function toTurn(row: Selectable<Turns>): Turn {
  return {
    turn: row.turn,
    kind: turnKindSchema.parse(row.kind),
    prompt: row.prompt,
    author: personSchema.parse(row.author),
    authorMayVote: row.author_may_vote,
    files: z.array(fileRefSchema).parse(row.files),
    atMs: row.at_ms,
    contextCount: row.context_count,
    pictureCount: row.picture_count,
    ...(row.base_commit === null ? {} : { baseCommit: row.base_commit }),
    ...(row.base_tree === null ? {} : { baseTree: row.base_tree }),
  };
}

export function toChange(row: Selectable<Changes>): Change {
  return {
    number: row.number,
    turn: row.turn,
    atMs: row.at_ms,
    said: row.said,
    baseBranch: row.base_branch,
    baseCommit: row.base_commit,
    baseTree: row.base_tree,
    resultTree: row.result_tree,
    headBranch: row.head_branch,
    commitMessage: row.commit_message,
    title: row.title,
    files: z.array(changedFileSchema).parse(row.files),
    diff: row.diff,
    diffCut: row.diff_cut,
    problems: z.array(changeProblemSchema).parse(row.problems),
    checks: z.array(checkResultSchema).parse(row.checks),
    ...(row.seal === null ? {} : { seal: row.seal }),
    ...(row.sealed === null ? {} : { sealed: sealedSchema.parse(row.sealed) }),
  };
}

export function toVote(row: Selectable<Votes>): VoteRow {
  return {
    change: row.change,
    person: personSchema.parse(row.person),
    verdict: verdictSchema.parse(row.verdict),
    seal: row.seal,
    atMs: row.at_ms,
  };
}
