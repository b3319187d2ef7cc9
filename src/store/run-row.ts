// A row of `runs` and the Run it stands for. Every JSON column is parsed: a row that does not fit is a fault, not a run.
import type { Selectable } from "kysely";
import { z } from "zod";
import type { Runs } from "../../db/schema.ts";
import type { RunRules } from "../core/policy.ts";
import { issueSchema } from "../core/issue.ts";
import { newRequestSchema } from "../core/request.ts";
import { runStateSchema } from "../core/run-state.ts";
import type { Repository, Run, RunSummary } from "../ports.ts";

const names = z.array(z.string()).readonly();

const runRulesSchema = z.object({
  team: z.string(),
  policyVersion: z.string(),
  repository: z.string(),
  base: z.string().optional(),
  historyDepth: z.number(),
  draft: z.boolean(),
  write: names,
  never: names,
  setup: z.string().optional(),
  checks: z
    .array(z.object({ name: z.string(), run: z.string(), required: z.boolean(), timeMs: z.number(), baseFiles: names }))
    .readonly(),
  ownerGroups: names,
  votesRequired: z.number(),
  expiresMs: z.number(),
  memberGroups: names,
  linearTeams: names.default([]),
  adminGroups: names,
  adminsChannel: z.string().optional(),
  reviewChannel: z.string().optional(),
  requestsChannel: z.string().optional(),
  agent: z.discriminatedUnion("use", [
    z.object({ use: z.literal("claude-code") }),
    z.object({ use: z.literal("command"), command: names }),
  ]),
  network: z.object({ setup: names, agent: names }),
  limits: z.object({ timeMs: z.number(), files: z.number(), lines: z.number() }),
  atOnce: z.number(),
});

const repositorySchema = z.object({ id: z.number(), fullName: z.string(), defaultBranch: z.string() });
const chosenSchema = z.object({
  team: z.string().optional(),
  repository: z.string().optional(),
  goAhead: z.boolean().optional(),
  vouched: z.boolean().optional(),
});

export type RunRow = Selectable<Runs>;

export function toRun(row: RunRow): Run {
  try {
    return {
      id: row.id,
      version: row.version,
      epoch: row.epoch,
      generation: row.generation,
      state: runStateSchema.parse(row.state),
      request: newRequestSchema.parse(row.request),
      title: row.title,
      createdAtMs: row.created_at_ms,
      chosen: dense(chosenSchema.parse(row.chosen)),
      usedMs: row.used_ms,
      ...(row.rules === null ? {} : { rules: toRules(row.rules) }),
      ...(row.repository === null ? {} : { repository: repositorySchema.parse(row.repository) satisfies Repository }),
      ...(row.issue === null ? {} : { issue: issueSchema.parse(row.issue) }),
      ...(row.session_id === null ? {} : { session: row.session_id }),
      ...threadOf(row),
      ...pullRequestOf(row),
    };
  } catch (cause) {
    throw new Error(`run ${row.id} is stored in a form this version cannot read`, { cause });
  }
}

function toRules(column: unknown): RunRules {
  return dense(runRulesSchema.parse(column));
}

/** Optional means absent here, never a field that holds undefined. */
type Dense<T> = { [K in keyof T]: undefined extends T[K] ? Exclude<T[K], undefined> : T[K] };
export function dense<T extends object>(value: T): Dense<T>;
export function dense(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined));
}

function threadOf(row: RunRow): Pick<Run, "thread"> {
  const { thread_channel: channel, thread_ts: ts } = row;
  return channel === null || ts === null ? {} : { thread: { channel, ts } };
}

function pullRequestOf(row: RunRow): Pick<Run, "pullRequest"> {
  const { pr_number: number, pr_url: url, pr_head_sha: headSha, pr_head_branch: headBranch } = row;
  if (number === null || url === null || headSha === null || headBranch === null) return {};
  return { pullRequest: { number, url, headSha, headBranch } };
}

/** What lists show; `requester` is read out of the stored request. */
export type SummaryRow = Pick<
  RunRow,
  "id" | "title" | "state" | "team" | "repository" | "request" | "created_at_ms" | "updated_at_ms"
>;

export function toSummary(row: SummaryRow): RunSummary {
  const repository = row.repository === null ? undefined : repositorySchema.parse(row.repository).fullName;
  return {
    id: row.id,
    title: row.title,
    phase: runStateSchema.parse(row.state).phase,
    requester: newRequestSchema.parse(row.request).requester,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    ...(row.team === null ? {} : { team: row.team }),
    ...(repository === undefined ? {} : { repository }),
  };
}
