// Every queue and its settings, in one place. Names are those of the jobs, and `dead` takes what failed for good.
import type { Job, JobName } from "../core/job.ts";

export const DEAD_QUEUE = "dead";
export const JOBS_SCHEMA = "pgboss";

export interface QueueSettings {
  /** How many jobs of this queue one process carries at the same time. */
  readonly concurrency: number;
  /** New jobs are announced; polling finds delayed and retried ones, and all of them where announcing fails. */
  readonly pollSeconds: number;
  readonly expireInSeconds: number;
  readonly retryLimit: number;
  readonly retryDelay: number;
  readonly retryDelayMax: number;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** The database forgets a finished job after this long; a run's own record is what lasts. */
export const KEEP_FINISHED_SECONDS = HOUR;

export const QUEUES: Readonly<Record<JobName, QueueSettings>> = {
  route: { concurrency: 2, pollSeconds: 1, expireInSeconds: 5 * MINUTE, ...retries(100, 1, 60) },
  work: { concurrency: 10, pollSeconds: 4, expireInSeconds: 24 * HOUR, ...retries(10, 5, 300) },
  publish: { concurrency: 2, pollSeconds: 1, expireInSeconds: HOUR, ...retries(20, 2, 120) },
  apply: { concurrency: 4, pollSeconds: 1, expireInSeconds: 5 * MINUTE, ...retries(100, 1, 60) },
  // A chat service that is down for a day must not cost a run its last word.
  deliver: { concurrency: 4, pollSeconds: 1, expireInSeconds: 15 * MINUTE, ...retries(3000, 1, 60) },
  // A queue of its own: a tracker that is slow or down holds up nothing in Slack.
  "deliver-linear": { concurrency: 8, pollSeconds: 1, expireInSeconds: 15 * MINUTE, ...retries(3000, 1, 60) },
  expire: { concurrency: 1, pollSeconds: 2, expireInSeconds: 5 * MINUTE, ...retries(100, 5, 300) },
  clean: { concurrency: 2, pollSeconds: 4, expireInSeconds: 15 * MINUTE, ...retries(100, 5, 300) },
  // The next minute brings the next one.
  sweep: { concurrency: 1, pollSeconds: 4, expireInSeconds: 15 * MINUTE, ...retries(0, 1, 60) },
};

export const DEAD_SETTINGS: QueueSettings = {
  concurrency: 1,
  pollSeconds: 2,
  expireInSeconds: 5 * MINUTE,
  ...retries(1000, 5, 300),
};

function retries(retryLimit: number, retryDelay: number, retryDelayMax: number) {
  return { retryLimit, retryDelay, retryDelayMax };
}

/** Jobs with the same key are one: at most one of them is carried out at a time and at most one waits behind it. */
export function keyOf(job: Job): string {
  switch (job.name) {
    case "route":
    case "publish":
    case "deliver":
    case "deliver-linear":
    case "clean":
      return job.runId;
    case "work":
      return `${job.runId}:${job.turn}`;
    case "expire":
      return `${job.runId}:${job.change}:${job.atMs}`;
    case "apply":
      return job.inboxId;
    case "sweep":
      return "sweep";
    default:
      return job satisfies never;
  }
}
