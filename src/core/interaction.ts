// What a person does about a run after asking: stored by its delivery key first, judged in a job later.
import { z } from "zod";
import { fileRefSchema, newRequestSchema, personSchema, placeSchema } from "./request.ts";

const base = { by: personSchema, place: placeSchema };
const aboutRun = { ...base, runId: z.string() };
const aboutChange = { ...aboutRun, change: z.number().int() };

export const interactionSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("approve"), ...aboutChange, seal: z.string() }),
  z.object({ kind: z.literal("reject"), ...aboutChange, reason: z.string().max(3000) }),
  z.object({ kind: z.literal("request_changes"), ...aboutChange, text: z.string().max(3000) }),
  z.object({ kind: z.literal("withdraw"), ...aboutRun }),
  z.object({ kind: z.literal("stop"), ...base, runId: z.string().optional() }),
  z.object({ kind: z.literal("status"), ...base, runId: z.string().optional() }),
  z.object({ kind: z.literal("try_again"), ...aboutRun }),
  z.object({ kind: z.literal("send_failure_back"), ...aboutChange }),
  z.object({ kind: z.literal("redo"), ...aboutChange }),
  z.object({ kind: z.literal("leave_out"), ...aboutRun }),
  z.object({ kind: z.literal("choose_team"), ...aboutRun, team: z.string() }),
  z.object({ kind: z.literal("choose_repository"), ...aboutRun, repository: z.string() }),
  /** Somebody works on the issue already; start all the same. */
  z.object({ kind: z.literal("go_ahead"), ...aboutRun }),
  z.object({ kind: z.literal("ask_platform"), ...aboutRun }),
  z.object({ kind: z.literal("show_card"), ...aboutRun }),
  z.object({ kind: z.literal("full_diff"), ...aboutChange }),
  z.object({ kind: z.literal("full_log"), ...aboutRun }),
  /** A mention in the thread of a run: sorted by fixed rules. `text` comes without the mention. */
  z.object({
    kind: z.literal("mention"),
    ...aboutRun,
    text: z.string().max(40_000),
    files: z.array(fileRefSchema).default([]),
  }),
  z.object({
    kind: z.literal("mention_choice"),
    ...aboutRun,
    mentionKey: z.string(),
    choice: z.enum(["change", "never_mind"]),
  }),
]);
export type Interaction = z.infer<typeof interactionSchema>;

/** What the code host tells us about a pull request of ours. */
export const hostEventSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("merged"),
    repositoryId: z.number(),
    number: z.number(),
    by: z.string(),
    commit: z.string(),
    atMs: z.number(),
  }),
  z.object({
    kind: z.literal("closed"),
    repositoryId: z.number(),
    number: z.number(),
    by: z.string(),
    atMs: z.number(),
  }),
  z.object({
    kind: z.literal("pushed"),
    repositoryId: z.number(),
    number: z.number(),
    headSha: z.string(),
    by: z.string(),
  }),
  z.object({
    kind: z.literal("ready"),
    repositoryId: z.number(),
    number: z.number(),
    draft: z.boolean(),
    by: z.string(),
  }),
  z.object({
    kind: z.literal("ci"),
    repositoryId: z.number(),
    headSha: z.string(),
    name: z.string(),
    conclusion: z.string(),
    url: z.string().optional(),
  }),
]);
export type HostEvent = z.infer<typeof hostEventSchema>;

const halts = ["stop_signal", "undelegated", "dismissed", "issue_canceled", "issue_deleted"] as const;
export type HaltReason = (typeof halts)[number];

/** What the tracker tells that is judged in a job: whose run it is about is looked up there. */
export const trackerEventSchema = z.discriminatedUnion("kind", [
  /** A session without an accountable person: one we opened ourselves, or an automation's. */
  z.object({ kind: z.literal("opened"), request: newRequestSchema }),
  /** An issue was assigned to us without a session. */
  z.object({ kind: z.literal("assigned"), request: newRequestSchema }),
  /** Words in a session; `request` is what they become where no run takes them. */
  z.object({
    kind: z.literal("reply"),
    session: z.string(),
    request: newRequestSchema,
    /** Found by asking later: where no run is known of its session, it asks for none. */
    missed: z.boolean().optional(),
  }),
  z.object({
    kind: z.literal("halt"),
    why: z.enum(halts),
    by: personSchema,
    /** When it happened there; it concerns no run that began well after. */
    atMs: z.number(),
    session: z.string().optional(),
    issue: z.string().optional(),
  }),
]);
export type TrackerEvent = z.infer<typeof trackerEventSchema>;
