// A stored policy: the files as they were understood, durations already in milliseconds.
import { z } from "zod";
import type { Policy } from "../core/policy.ts";

const groups = z.array(z.string());
const limitsSchema = z.object({
  run: z.object({ time: z.number().optional(), files: z.number().optional(), lines: z.number().optional() }).optional(),
  atOnce: z.number().optional(),
});
const ownersSchema = z.object({
  slackUsergroups: groups.optional(),
  required: z.number().optional(),
  expires: z.number().optional(),
});
const agentSchema = z.discriminatedUnion("use", [
  z.object({ use: z.literal("claude-code") }),
  z.object({ use: z.literal("command"), command: z.array(z.string()) }),
]);
const networkSchema = z.object({
  setup: z.array(z.string()).optional(),
  agent: z.array(z.string()).optional(),
  checks: z.array(z.string()).optional(),
});
const checkSchema = z.object({
  run: z.string(),
  required: z.boolean().optional(),
  time: z.number().optional(),
  files: z.array(z.string()).optional(),
});

const storedPolicySchema = z.object({
  version: z.string(),
  org: z.object({
    admins: z.object({ slackUsergroups: groups, channel: z.string().optional() }),
    defaults: z
      .object({ owners: ownersSchema.optional(), limits: limitsSchema.optional(), agent: agentSchema.optional() })
      .optional(),
    ceilings: z
      .object({ limits: limitsSchema.optional(), paths: z.object({ never: z.array(z.string()) }).optional() })
      .optional(),
  }),
  teams: z.array(
    z.object({
      team: z.string(),
      members: z.object({ slackUsergroups: groups }),
      channels: z.object({ requests: z.array(z.string()).optional(), review: z.string().optional() }).optional(),
      may: z.array(z.literal("change")),
      repositories: z.array(
        z.object({
          repo: z.string(),
          aka: z.array(z.string()).optional(),
          base: z.string().optional(),
          history: z.number().optional(),
          pullRequest: z.object({ draft: z.boolean().optional() }).optional(),
          paths: z.object({ write: z.array(z.string()) }),
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
