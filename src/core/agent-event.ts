// What the agent in the sandbox may tell us. All of it is the agent's claim, shown as such, deciding nothing.
import { z } from "zod";

const usageSchema = z.object({
  inputTokens: z.number().nonnegative(),
  outputTokens: z.number().nonnegative(),
  cachedTokens: z.number().nonnegative(),
  /** US dollars as the CLI reckons them; absent where it does not. */
  usd: z.number().nonnegative().optional(),
});
export type Usage = z.infer<typeof usageSchema>;

export const agentEventSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("started"),
    agent: z.string(),
    model: z.string().optional(),
    session: z.string().optional(),
  }),
  z.object({ kind: z.literal("message"), text: z.string() }),
  z.object({ kind: z.literal("plan"), items: z.array(z.object({ title: z.string(), done: z.boolean() })) }),
  z.object({ kind: z.literal("tool"), id: z.string(), name: z.string(), summary: z.string() }),
  z.object({ kind: z.literal("tool_done"), id: z.string(), ok: z.boolean(), summary: z.string() }),
  z.object({ kind: z.literal("file"), path: z.string(), change: z.enum(["add", "edit", "delete"]) }),
  z.object({ kind: z.literal("denied"), what: z.string(), why: z.string() }),
  z.object({ kind: z.literal("retry"), detail: z.string() }),
  z.object({ kind: z.literal("usage"), usage: usageSchema }),
  z.object({
    kind: z.literal("result"),
    ok: z.boolean(),
    text: z.string(),
    /** HTTP status of the model endpoint where the agent failed for it. */
    modelStatus: z.number().optional(),
    detail: z.string().optional(),
  }),
  z.object({ kind: z.literal("raw"), type: z.string(), line: z.string() }),
]);
export type AgentEvent = z.infer<typeof agentEventSchema>;

export const progressSchema = z.object({
  /** Last thing the agent said, cleaned and clipped. */
  said: z.string(),
  toolCalls: z.number(),
  files: z.array(z.string()).readonly(),
  denied: z.number(),
  plan: z.array(z.object({ title: z.string(), done: z.boolean() })).readonly(),
  usage: usageSchema.optional(),
});
export type Progress = z.infer<typeof progressSchema>;

export const NO_PROGRESS: Progress = { said: "", toolCalls: 0, files: [], denied: 0, plan: [] };

const SAID_LIMIT = 600;
const FILES_LIMIT = 200;

/** Folds one event into what cards show while the agent works. */
export function foldProgress(progress: Progress, event: AgentEvent): Progress {
  switch (event.kind) {
    case "message":
      return { ...progress, said: event.text.slice(0, SAID_LIMIT) };
    case "result":
      return event.text === "" ? progress : { ...progress, said: event.text.slice(0, SAID_LIMIT) };
    case "plan":
      return { ...progress, plan: event.items.slice(0, 20) };
    case "tool":
      return { ...progress, toolCalls: progress.toolCalls + 1 };
    case "file":
      return progress.files.includes(event.path) || progress.files.length >= FILES_LIMIT
        ? progress
        : { ...progress, files: [...progress.files, event.path] };
    case "denied":
      return { ...progress, denied: progress.denied + 1 };
    case "usage":
      return { ...progress, usage: event.usage };
    case "started":
    case "tool_done":
    case "retry":
    case "raw":
      return progress;
    default:
      return event satisfies never;
  }
}
