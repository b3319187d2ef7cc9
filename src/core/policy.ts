// One pure engine for what a team's runs may do: enforcement, refusals, preview and record all ask here.
import { allows, denies } from "./glob.ts";
import type { OrgFile, TeamFile } from "./policy-schema.ts";

/** A whole policy: org.yaml and every team's file, with the content hash that names this version. */
export interface Policy {
  readonly version: string;
  readonly org: OrgFile;
  readonly teams: readonly TeamFile[];
}

export interface CheckRule {
  readonly name: string;
  readonly run: string;
  readonly required: boolean;
  readonly timeMs: number;
  /** Patterns of files that are taken from the base when the check runs. */
  readonly baseFiles: readonly string[];
}

/** Everything one run is allowed, resolved from defaults, team and ceilings. Stored with the run. */
export interface RunRules {
  readonly team: string;
  readonly policyVersion: string;
  readonly repository: string;
  readonly base?: string;
  readonly historyDepth: number;
  readonly draft: boolean;
  readonly write: readonly string[];
  readonly never: readonly string[];
  readonly setup?: string;
  readonly checks: readonly CheckRule[];
  readonly ownerGroups: readonly string[];
  readonly votesRequired: number;
  readonly expiresMs: number;
  readonly memberGroups: readonly string[];
  /** Keys of the tracker's teams whose members may ask too. */
  readonly linearTeams: readonly string[];
  readonly adminGroups: readonly string[];
  readonly adminsChannel?: string;
  readonly reviewChannel?: string;
  /** Where the team asks in Slack; cards of runs that began elsewhere go there when there is no channel for reviews. */
  readonly requestsChannel?: string;
  readonly agent: { readonly use: "claude-code" } | { readonly use: "command"; readonly command: readonly string[] };
  readonly network: { readonly setup: readonly string[]; readonly agent: readonly string[] };
  readonly limits: { readonly timeMs: number; readonly files: number; readonly lines: number };
  readonly atOnce: number;
}

/** Paths no team may change unless its policy names that very path or folder (a wildcard does not name them). */
const ALWAYS_DENIED: readonly string[] = [
  ".github/**",
  "CODEOWNERS",
  "docs/CODEOWNERS",
  "**/.gitattributes",
  "**/.gitmodules",
  "**/AGENTS.md",
  "**/CLAUDE.md",
  "**/.claude/**",
  "**/.codex/**",
  "**/.opencode/**",
  "**/.npmrc",
  "**/.husky/**",
  "**/.githooks/**",
  ".git-hooks/**",
  "hooks/pre-*",
  "hooks/post-*",
];

const DEFAULTS = {
  timeMs: 30 * 60_000,
  files: 40,
  lines: 1500,
  atOnce: 3,
  votesRequired: 1,
  expiresMs: 7 * 86_400_000,
  historyDepth: 50,
  checkTimeMs: 10 * 60_000,
} as const;

/** The smaller of what is wanted and what no team may exceed. */
function within(wanted: number, ceiling: number | undefined): number {
  return ceiling === undefined ? wanted : Math.min(wanted, ceiling);
}

/** The rules of one team for one of its repositories, or undefined when the team has no such repository. */
export function resolveRules(policy: Policy, team: string, repository: string): RunRules | undefined {
  const file = policy.teams.find((each) => each.team === team);
  const repo = file?.repositories.find((each) => each.repo.toLowerCase() === repository.toLowerCase());
  if (file === undefined || repo === undefined) return undefined;
  const { defaults, ceilings, admins } = policy.org;
  const owners = { ...defaults?.owners, ...file.owners };
  const run = { ...defaults?.limits?.run, ...file.limits?.run };
  const top = ceilings?.limits?.run;
  return {
    team,
    policyVersion: policy.version,
    repository: repo.repo,
    ...(repo.base === undefined ? {} : { base: repo.base }),
    historyDepth: repo.history ?? DEFAULTS.historyDepth,
    draft: repo.pullRequest?.draft ?? true,
    write: repo.paths.write,
    never: ceilings?.paths?.never ?? [],
    ...(repo.setup === undefined ? {} : { setup: repo.setup }),
    checks: Object.entries(repo.checks ?? {}).map(([name, check]) => ({
      name,
      run: check.run,
      required: check.required ?? false,
      timeMs: check.time ?? DEFAULTS.checkTimeMs,
      baseFiles: check.files ?? [],
    })),
    ownerGroups: owners.slackUsergroups ?? [],
    votesRequired: owners.required ?? DEFAULTS.votesRequired,
    expiresMs: owners.expires ?? DEFAULTS.expiresMs,
    memberGroups: file.members.slackUsergroups,
    linearTeams: file.members.linearTeams ?? [],
    adminGroups: admins.slackUsergroups,
    ...(admins.channel === undefined ? {} : { adminsChannel: admins.channel }),
    ...(file.channels?.review === undefined ? {} : { reviewChannel: file.channels.review }),
    ...(file.channels?.requests?.[0] === undefined ? {} : { requestsChannel: file.channels.requests[0] }),
    agent: file.agent ?? defaults?.agent ?? { use: "claude-code" },
    network: { setup: file.network?.setup ?? [], agent: file.network?.agent ?? [] },
    limits: {
      timeMs: within(run.time ?? DEFAULTS.timeMs, top?.time),
      files: within(run.files ?? DEFAULTS.files, top?.files),
      lines: within(run.lines ?? DEFAULTS.lines, top?.lines),
    },
    atOnce: within(file.limits?.atOnce ?? defaults?.limits?.atOnce ?? DEFAULTS.atOnce, ceilings?.limits?.atOnce),
  };
}

/**
 * Names of secrets an agent's process holds in the sandbox; they stand on the card and in the record of every such run.
 * Until a provider can inject the model key at its egress, Claude Code needs it as a variable.
 */
export function secretsInSandbox(agent: RunRules["agent"]): readonly string[] {
  return agent.use === "claude-code" ? ["ANTHROPIC_API_KEY"] : [];
}

export type PathVerdict =
  | { readonly verdict: "allow"; readonly rule: string }
  | { readonly verdict: "denied"; readonly rule: string }
  | { readonly verdict: "read-only" };

/** Whether a run under these rules may add, change or delete a path. Denials win; what nothing names is read-only. */
export function decidePath(rules: Pick<RunRules, "write" | "never">, path: string): PathVerdict {
  const never = rules.never.find((pattern) => denies(pattern, path));
  if (never !== undefined) return { verdict: "denied", rule: `org never-list: ${never}` };
  const always = ALWAYS_DENIED.find(
    (denied) => denies(denied, path) && !rules.write.some((pattern) => namesOutright(pattern, path, denied)),
  );
  if (always !== undefined) return { verdict: "denied", rule: `always denied: ${always}` };
  const allowed = rules.write.find((pattern) => allows(pattern, path));
  return allowed === undefined ? { verdict: "read-only" } : { verdict: "allow", rule: `paths.write: ${allowed}` };
}

/**
 * A pattern names a path outright when no wildcard stands where the guarded name is: the path itself, or its folder then
 * `**`. Naming a guarded folder does not name another guarded file inside it.
 */
function namesOutright(pattern: string, path: string, denied: string): boolean {
  if (!allows(pattern, path)) return false;
  const literal = pattern.endsWith("/**") ? pattern.slice(0, -3) : pattern;
  if (/[*?]/.test(literal)) return false;
  return pattern === path || denies(denied, `${literal}/x`) || denies(denied, literal);
}

/**
 * What both versions ask for. Somebody whom no person of the chat service is known for could be one of the owners:
 * for their request it is one more, under either.
 */
export function votesNeeded(pinned: RunRules, current: RunRules, requesterId: string): number {
  const extra = requesterId.startsWith("linear:") ? 1 : 0;
  return Math.max(pinned.votesRequired, current.votesRequired + extra);
}

/** Rules that hold under both the pinned and the current version: the stricter of each limit and list. */
export function stricter(pinned: RunRules, current: RunRules): RunRules {
  return {
    ...pinned,
    never: [...new Set([...pinned.never, ...current.never])],
    limits: {
      timeMs: Math.min(pinned.limits.timeMs, current.limits.timeMs),
      files: Math.min(pinned.limits.files, current.limits.files),
      lines: Math.min(pinned.limits.lines, current.limits.lines),
    },
    votesRequired: Math.max(pinned.votesRequired, current.votesRequired),
    atOnce: Math.min(pinned.atOnce, current.atOnce),
  };
}
