// What a planned message carries from planning to sending: complete, so that sending looks nothing up but the thread.
import { createHash } from "node:crypto";
import { z } from "zod";
import { canonicalJson } from "../core/seal.ts";
import type { Planned } from "../ports.ts";
import type { Block } from "./blocks.ts";

const bodySchema = z.object({ text: z.string(), blocks: z.array(z.custom<Block>()) });
export type Body = z.infer<typeof bodySchema>;

const at = { runId: z.string(), slot: z.string(), channel: z.string(), threadTs: z.string().optional() };

const taskSchema = z.object({
  id: z.string(),
  title: z.string(),
  status: z.enum(["pending", "in_progress", "complete", "error"]),
  said: z.string().optional(),
});
const planSchema = z.object({
  title: z.string(),
  text: z.string(),
  tasks: z.array(taskSchema).readonly(),
  live: z.boolean(),
});

const contentSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("message"),
    ...at,
    /** A reply needs the thread; the run's own card may be its root. */
    reply: z.boolean(),
    /** With the mentions that wake people. */
    post: bodySchema,
    /** Without them. */
    edit: bodySchema,
    /** Where it goes when `channel` does not take it: the run's thread, or the requester's direct messages. */
    otherwise: z.enum(["thread", "direct", "nowhere"]),
    home: z.object({ channel: z.string(), threadTs: z.string().optional() }),
    requester: z.string(),
  }),
  z.object({ kind: z.literal("private"), ...at, user: z.string(), post: bodySchema }),
  z.object({ kind: z.literal("stream"), ...at, recipient: z.string(), workspace: z.string(), plan: planSchema }),
  z.object({
    kind: z.literal("file"),
    ...at,
    name: z.string(),
    title: z.string(),
    type: z.enum(["diff", "text"]),
    content: z.string(),
    comment: z.string(),
  }),
]);
export type Content = z.infer<typeof contentSchema>;
export type MessageContent = Extract<Content, { kind: "message" }>;
export type StreamContent = Extract<Content, { kind: "stream" }>;

/** `once`: sent and never touched again. The digest covers what stands there after an edit, not whom a post wakes. */
export function plannedOf(content: Content, how: { readonly once: boolean }): Planned {
  return {
    slot: content.slot,
    digest: createHash("sha256")
      .update(canonicalJson(shownOf(content)))
      .digest("hex"),
    once: how.once,
    milestone: content.kind !== "stream" || !content.plan.live,
    content,
  };
}

function shownOf(content: Content): unknown {
  switch (content.kind) {
    case "message":
      return { shows: content.edit };
    case "private":
      return { shows: content.post };
    case "stream":
      return { shows: content.plan };
    case "file":
      return { shows: [content.name, content.content] };
    default:
      return content satisfies never;
  }
}

export function contentOf(planned: Planned): Content {
  return contentSchema.parse(planned.content);
}

const remoteSchema = z.object({
  channel: z.string(),
  ts: z.string(),
  stream: z
    .object({
      startedAtMs: z.number(),
      stopped: z.boolean(),
      /** What each task shows, so that only differences are sent. */
      tasks: z.array(taskSchema).readonly(),
      title: z.string(),
    })
    .optional(),
});
export type Remote = z.infer<typeof remoteSchema>;

export function remoteOf(remote: Readonly<Record<string, unknown>>): Remote | undefined {
  const parsed = remoteSchema.safeParse(remote);
  return parsed.success ? parsed.data : undefined;
}
