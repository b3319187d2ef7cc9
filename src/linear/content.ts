// What is planned for a session carries all that sending needs: an activity, the session's own plan and links, or a move of the issue.
import { createHash } from "node:crypto";
import { z } from "zod";
import { canonicalJson } from "../core/seal.ts";
import type { Planned } from "../ports.ts";

const activitySchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("thought"), body: z.string() }),
  z.object({ type: z.literal("action"), action: z.string(), parameter: z.string(), result: z.string().optional() }),
  z.object({ type: z.literal("elicitation"), body: z.string() }),
  z.object({ type: z.literal("response"), body: z.string() }),
  z.object({ type: z.literal("error"), body: z.string() }),
]);
export type Activity = z.infer<typeof activitySchema>;

const PLAN_STATUSES = ["pending", "inProgress", "completed", "canceled"] as const;
const planSchema = z.array(z.object({ content: z.string(), status: z.enum(PLAN_STATUSES) })).readonly();
export type Plan = z.infer<typeof planSchema>;
export type PlanStatus = (typeof PLAN_STATUSES)[number];

const linksSchema = z.array(z.object({ label: z.string(), url: z.string() })).readonly();

const contentSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("activity"),
    runId: z.string(),
    slot: z.string(),
    session: z.string(),
    activity: activitySchema,
    /** Disappears with the next one; its id changes with what it says. */
    ephemeral: z.boolean(),
    /** Exact words to choose from. */
    options: z.array(z.string()).readonly(),
  }),
  z.object({
    kind: z.literal("session"),
    runId: z.string(),
    slot: z.string(),
    /** Absent: it has still to be opened on the issue. */
    session: z.string().optional(),
    issueId: z.string(),
    plan: planSchema,
    links: linksSchema,
  }),
  z.object({
    kind: z.literal("issue"),
    runId: z.string(),
    slot: z.string(),
    issueId: z.string(),
    teamId: z.string(),
  }),
]);
export type Content = z.infer<typeof contentSchema>;
export type ActivityContent = Extract<Content, { kind: "activity" }>;
export type SessionContent = Extract<Content, { kind: "session" }>;
export type IssueContent = Extract<Content, { kind: "issue" }>;

/** Activities cannot be edited: only the ephemeral one is followed by the next, and only the session's own face changes. */
export function plannedOf(content: Content): Planned {
  const isEphemeral = content.kind === "activity" && content.ephemeral;
  return {
    slot: content.slot,
    digest: createHash("sha256").update(canonicalJson(content)).digest("hex"),
    once: content.kind !== "session" && !isEphemeral,
    // A move of the issue is no word in the conversation: trouble with it holds up none.
    milestone: !isEphemeral && content.kind !== "issue",
    content,
  };
}

export function contentOf(planned: Planned): Content {
  return contentSchema.parse(planned.content);
}

/** A UUID of version 4 made of what it is for: the same activity sent twice is refused as the same. */
export function activityId(content: ActivityContent): string {
  const what = content.ephemeral ? canonicalJson(content.activity) : "";
  const hex = createHash("sha256").update(`${content.runId}\n${content.slot}\n${what}`).digest("hex");
  const variant = "89ab".charAt(Number.parseInt(hex.charAt(16), 16) % 4);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join("-");
}
