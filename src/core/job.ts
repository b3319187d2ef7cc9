// The work that waits in the queue. Payloads carry ids only, never what a run is about.
import { z } from "zod";

export const jobSchema = z.discriminatedUnion("name", [
  /** Decide team, repository and policy of a received run. */
  z.object({ name: z.literal("route"), runId: z.string() }),
  /** Carry one turn from dispatched to the end of its checks. */
  z.object({ name: z.literal("work"), runId: z.string(), turn: z.number().int() }),
  /** Publish an approved change. */
  z.object({ name: z.literal("publish"), runId: z.string() }),
  /** Apply one stored interaction or code host event. */
  z.object({ name: z.literal("apply"), inboxId: z.string() }),
  /** Bring the messages of a run up to its state: in Slack, and on the issue it is about. */
  z.object({ name: z.literal("deliver"), runId: z.string() }),
  z.object({ name: z.literal("deliver-linear"), runId: z.string() }),
  /** Close an approval that nobody decided in time; `atMs` is when it falls due. */
  z.object({ name: z.literal("expire"), runId: z.string(), change: z.number().int(), atMs: z.number() }),
  /** Kill the sandboxes of a run that no longer needs one. */
  z.object({ name: z.literal("clean"), runId: z.string() }),
  /** Find what fell through: lost work, lapsed approvals, orphan sandboxes, pull requests nobody told us about. */
  z.object({ name: z.literal("sweep") }),
]);
export type Job = z.infer<typeof jobSchema>;
export type JobName = Job["name"];
