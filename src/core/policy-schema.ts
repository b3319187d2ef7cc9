// The policy file as written by people: shapes, units, and which keys exist but are not built yet.
import { z } from "zod";
import { judgePattern } from "./glob.ts";

const DURATION_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `90s`, `30m`, `4h`, `7d` to milliseconds. */
const duration = z
  .string()
  .regex(/^[1-9]\d{0,5}[smhd]$/, "write a duration like 90s, 30m, 4h or 7d")
  .transform((text) => {
    const unit = text.at(-1);
    const each = unit === "s" || unit === "m" || unit === "h" || unit === "d" ? DURATION_MS[unit] : 0;
    return Number(text.slice(0, -1)) * each;
  });

const pattern = z.string().superRefine((text, context) => {
  const problem = judgePattern(text);
  if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
});

const usergroup = z.string().regex(/^S[A-Z0-9]{2,}$/, "a Slack user group's id begins with S, e.g. S0MKT");
const channel = z.string().regex(/^[CG][A-Z0-9]{2,}$/, "a Slack channel's id begins with C or G, e.g. C0MKT");
const linearTeam = z
  .string()
  .regex(/^[A-Z][A-Z0-9]{0,9}$/, "a Linear team's key is what its issues begin with, e.g. MKT");
const repositoryName = z.string().regex(/^[A-Za-z0-9][\w.-]*\/[\w.-]+$/, "write a repository as owner/name");
const host = z
  .string()
  .regex(
    /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/,
    "name a host, e.g. packages.example.com",
  );
const count = z.int().min(1).max(100_000);

const ownersSchema = z.strictObject({
  slackUsergroups: z.array(usergroup).min(1).optional(),
  required: z.int().min(1).max(5).optional(),
  expires: duration.optional(),
});

const limitsSchema = z.strictObject({
  run: z.strictObject({ time: duration.optional(), files: count.optional(), lines: count.optional() }).optional(),
  atOnce: z.int().min(1).max(100).optional(),
});

const agentSchema = z.discriminatedUnion("use", [
  z.strictObject({ use: z.literal("claude-code") }),
  z.strictObject({ use: z.literal("command"), command: z.array(z.string().min(1)).min(1) }),
]);

const networkSchema = z.strictObject({
  setup: z.array(host).optional(),
  agent: z.array(host).optional(),
  checks: z.array(host).max(0, "checks run without network").optional(),
});

const checkSchema = z.strictObject({
  run: z.string().min(1),
  required: z.boolean().optional(),
  time: duration.optional(),
  files: z.array(pattern).optional(),
});

const repositorySchema = z.strictObject({
  repo: repositoryName,
  aka: z.array(z.string().min(2)).optional(),
  base: z.string().min(1).optional(),
  history: z.int().min(1).max(10_000).optional(),
  pullRequest: z.strictObject({ draft: z.boolean().optional() }).optional(),
  /** Issues of these teams, projects or labels mean this repository. */
  linear: z
    .strictObject({
      teams: z.array(linearTeam).min(1).optional(),
      projects: z.array(z.string().min(1)).min(1).optional(),
      labels: z.array(z.string().min(1)).min(1).optional(),
    })
    .optional(),
  paths: z.strictObject({ write: z.array(pattern).min(1) }),
  setup: z.string().min(1).optional(),
  checks: z
    .record(z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, "a check's name is lower-case words joined by -"), checkSchema)
    .optional(),
});

export const teamFileSchema = z.strictObject({
  team: z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, "a team's name is lower-case words joined by -"),
  members: z.strictObject({
    slackUsergroups: z.array(usergroup).min(1),
    linearTeams: z.array(linearTeam).min(1).optional(),
  }),
  channels: z.strictObject({ requests: z.array(channel).optional(), review: channel.optional() }).optional(),
  may: z.array(z.literal("change")).min(1),
  repositories: z.array(repositorySchema).min(1),
  owners: ownersSchema.optional(),
  agent: agentSchema.optional(),
  network: networkSchema.optional(),
  limits: limitsSchema.optional(),
});
export type TeamFile = z.infer<typeof teamFileSchema>;

export const orgFileSchema = z.strictObject({
  admins: z.strictObject({ slackUsergroups: z.array(usergroup).min(1), channel: channel.optional() }),
  linear: z
    .strictObject({
      /** What becomes of a request by somebody whom no verified email ties to a person in Slack. */
      unmatched: z.enum(["refuse", "one-more-owner"]).optional(),
    })
    .optional(),
  defaults: z
    .strictObject({ owners: ownersSchema.optional(), limits: limitsSchema.optional(), agent: agentSchema.optional() })
    .optional(),
  ceilings: z
    .strictObject({ limits: limitsSchema.optional(), paths: z.strictObject({ never: z.array(pattern) }).optional() })
    .optional(),
});
export type OrgFile = z.infer<typeof orgFileSchema>;

/**
 * Keys of the documented format that this version does not carry out yet, as dotted paths with `*` for any name or index.
 * Refused when met, since a rule that is silently ignored is worse than none.
 */
export const NOT_YET: readonly string[] = [
  "instructions",
  "autoApprove",
  "commands",
  "plan",
  "secrets",
  "tasks",
  "owners.codeowners",
  "owners.remind",
  "agent.choices",
  "limits.day",
  "limits.run.usd",
  "limits.run.idle",
  "repositories.*.preview",
  "repositories.*.pullRequest.branch",
  "repositories.*.pullRequest.requireVerified",
  "defaults.owners.remind",
  "defaults.owners.codeowners",
  "defaults.limits.run.usd",
  "defaults.limits.run.idle",
  "defaults.limits.day",
  "ceilings.limits.run.usd",
  "ceilings.limits.day",
];
