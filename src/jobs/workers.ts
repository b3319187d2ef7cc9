// Turns jobs of one queue into calls of a handler. Each worker looks for the next job as soon as one is done.
import type { PgBoss } from "pg-boss";
import { z } from "zod";
import { jobSchema, type Job } from "../core/job.ts";
import type { QueueSettings } from "./queues.ts";

export interface WorkerGroup {
  readonly queue: string;
  readonly settings: QueueSettings;
  readonly concurrency: number;
  readonly heartbeatSeconds: number;
  /** `why` is the text of the error that killed a job, on the queue of dead jobs only. */
  readonly carry: (job: Job, at: { readonly signal: AbortSignal; readonly why: string }) => Promise<void>;
}

export async function startWorkers(boss: PgBoss, group: WorkerGroup): Promise<void> {
  for (let index = 0; index < group.concurrency; index += 1) await startWorker(boss, group);
}

async function startWorker(boss: PgBoss, group: WorkerGroup): Promise<void> {
  let id: string | undefined;
  const options = {
    includeMetadata: true as const,
    pollingIntervalSeconds: Math.min(1, group.settings.pollSeconds),
    notifyPollingIntervalSeconds: group.settings.pollSeconds,
    heartbeatRefreshSeconds: group.heartbeatSeconds / 3,
  };
  id = await boss.work<unknown, void, typeof options>(group.queue, options, async ([found]) => {
    if (found === undefined) return;
    try {
      const why = messageOf(found.sourceOutput);
      await group.carry(jobSchema.parse(found.data), { signal: found.signal, why });
    } finally {
      // Announcements that come while a job is carried out are merged into one; this looks for the rest.
      if (id !== undefined) boss.notifyWorker(id);
    }
  });
}

const failureSchema = z.object({ message: z.string() });

function messageOf(output: unknown): string {
  const parsed = failureSchema.safeParse(output);
  return parsed.success ? parsed.data.message : "it was not finished in time or its worker was lost";
}
