// A stored policy: the files as they were understood, durations already in milliseconds. Strict: a rule that this version
// would drop in silence is worse than a policy it cannot read.
import { z } from "zod";
import type { Policy } from "../core/policy.ts";

const groups = z.array(z.string());
const limitsSchema = z.strictObject({
  run: z
    .strictObject({ time: z.number().optional(), files: z.number().optional(), lines: z.number().optional() })
    .optional(),
  atOnce: z.number().optional(),
});
const ownersSchema = z.strictObject({
  slackUsergroups: groups.optional(),
  required: z.number().optional(),
  expires: z.number().optional(),
});
const agentSchema = z.discriminatedUnion("use", [
  z.strictObject({ use: z.literal("claude-code") }),
  z.strictObject({ use: z.literal("command"), command: z.array(z.string()) }),
]);
const networkSchema = z.strictObject({
  setup: z.array(z.string()).optional(),
  agent: z.array(z.string()).optional(),
  checks: z.array(z.string()).optional(),
});
const checkSchema = z.strictObject({
  run: z.string(),
  required: z.boolean().optional(),
  time: z.number().optional(),
  files: z.array(z.string()).optional(),
});

const storedPolicySchema = z.strictObject({
  version: z.string(),
  org: z.strictObject({
    admins: z.strictObject({ slackUsergroups: groups, channel: z.string().optional() }),
    linear: z.strictObject({ unmatched: z.enum(["refuse", "one-more-owner"]).optional() }).optional(),
    defaults: z
      .object({ owners: ownersSchema.optional(), limits: limitsSchema.optional(), agent: agentSchema.optional() })
      .optional(),
    ceilings: z
      .object({ limits: limitsSchema.optional(), paths: z.strictObject({ never: z.array(z.string()) }).optional() })
      .optional(),
  }),
  teams: z.array(
    z.strictObject({
      team: z.string(),
      members: z.strictObject({ slackUsergroups: groups, linearTeams: groups.optional() }),
      channels: z.strictObject({ requests: z.array(z.string()).optional(), review: z.string().optional() }).optional(),
      may: z.array(z.literal("change")),
      repositories: z.array(
        z.strictObject({
          repo: z.string(),
          aka: z.array(z.string()).optional(),
          base: z.string().optional(),
          history: z.number().optional(),
          pullRequest: z.strictObject({ draft: z.boolean().optional() }).optional(),
          linear: z
            .object({ teams: groups.optional(), projects: groups.optional(), labels: groups.optional() })
            .optional(),
          paths: z.strictObject({ write: z.array(z.string()) }),
          setup: z.string().optional(),
          checks: z.record(z.string(), checkSchema).optional(),
        }),
      ),
      owners: ownersSchema.optional(),
      agent: agentSchema.optional(),
      network: networkSchema.optional(),
      limits: limitsSchema.optional(),
    }),
  ),
});

export function toPolicy(document: unknown): Policy {
  return storedPolicySchema.parse(document);
}
