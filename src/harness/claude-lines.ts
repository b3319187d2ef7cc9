// The lines of Claude Code's stream that we read. Everything else stays raw; its schema drifts from week to week.
import { z } from "zod";

const count = z.number().nonnegative().catch(0);
const text = z.string().catch("");

export const initSchema = z.object({
  type: z.literal("system"),
  subtype: z.literal("init"),
  session_id: z.string().optional().catch(undefined),
  model: z.string().optional().catch(undefined),
  claude_code_version: text,
  cwd: text,
});

export const retrySchema = z.object({
  type: z.literal("system"),
  subtype: z.literal("api_retry"),
  attempt: count,
  max_retries: count,
  error_status: z.number().nullish().catch(undefined),
  error: text,
});

export const deniedSchema = z.object({
  type: z.literal("system"),
  subtype: z.literal("permission_denied"),
  tool_name: text,
  tool_use_id: text,
  message: text,
});

export const assistantSchema = z.object({
  type: z.literal("assistant"),
  parent_tool_use_id: z.string().nullish().catch(undefined),
  message: z.object({ content: z.array(z.looseObject({ type: z.string() })) }),
});

export const textBlockSchema = z.object({ type: z.literal("text"), text: z.string() });

export const toolBlockSchema = z.object({
  type: z.literal("tool_use"),
  id: z.string(),
  name: z.string(),
  input: z.record(z.string(), z.unknown()).catch({}),
});

export const userSchema = z.object({
  type: z.literal("user"),
  message: z.object({ content: z.array(z.looseObject({ type: z.string() })) }),
  tool_use_result: z.unknown().optional(),
});

export const toolResultSchema = z.object({
  type: z.literal("tool_result"),
  tool_use_id: z.string(),
  is_error: z.boolean().nullish().catch(undefined),
  content: z
    .union([z.string(), z.array(z.looseObject({ text: z.string().optional() }))])
    .nullish()
    .catch(undefined),
});

/** What a Write tells of itself. */
export const writtenSchema = z.object({ type: z.literal("create") });

const modelUsageSchema = z.object({
  inputTokens: count,
  outputTokens: count,
  cacheReadInputTokens: count,
  cacheCreationInputTokens: count,
  costUSD: count,
});

export const resultSchema = z.object({
  type: z.literal("result"),
  subtype: z.string(),
  is_error: z.boolean(),
  result: text,
  errors: z.array(z.string()).catch([]),
  terminal_reason: z.string().nullish().catch(undefined),
  api_error_status: z.number().nullish().catch(undefined),
  total_cost_usd: count,
  usage: z
    .object({
      input_tokens: count,
      output_tokens: count,
      cache_read_input_tokens: count,
      cache_creation_input_tokens: count,
    })
    .optional()
    .catch(undefined),
  model_usage_since_last_result: z.record(z.string(), modelUsageSchema).optional().catch(undefined),
  permission_denials: z
    .array(z.object({ tool_name: text, tool_use_id: text, tool_input: z.record(z.string(), z.unknown()).catch({}) }))
    .catch([]),
});

export const todoSchema = z.object({
  todos: z.array(z.object({ content: z.string(), status: z.string() })),
});
