// The work that waits: our few verbs over pg-boss, which delivers jobs; what a run's state is, the runs table alone says.
import { sql, type QueryExecutorProvider } from "kysely";
import { fromKysely, type PgBoss } from "pg-boss";
import type { Job, JobName } from "../core/job.ts";
import type { Log } from "../ports.ts";
import { createBoss, createQueues, DEFAULT_HEARTBEAT_SECONDS } from "./boss.ts";
import { DEAD_QUEUE, DEAD_SETTINGS, JOBS_SCHEMA, keyOf, QUEUES } from "./queues.ts";
import { startWorkers } from "./workers.ts";

/** A Kysely instance or, to enqueue together with what the job is about, its transaction. */
type Executor = Parameters<typeof fromKysely>[0] & QueryExecutorProvider;

type JobOf<N extends JobName> = Extract<Job, { readonly name: N }>;
/** Throwing means: try again later. The signal aborts when the job is taken away or the process stops. */
export type JobHandler<N extends JobName> = (job: JobOf<N>, signal: AbortSignal) => Promise<void>;
/** A job that failed for good; `why` is the last error's text. */
type DeadHandler = (job: Job, why: string) => Promise<void>;

export interface JobsOptions {
  readonly url: string;
  readonly log: Log;
  /** A worker silent for this long counts as dead; at least 10. */
  readonly heartbeatSeconds?: number;
  /** Jobs of one name at a time in this process, where it should differ from the queue's own setting. */
  readonly concurrency?: Partial<Readonly<Record<JobName, number>>>;
  readonly maxConnections?: number;
}

export interface Jobs {
  /** Connects and creates the queues. Takes no job yet; enqueuing works from here on. */
  start(): Promise<void>;
  /** Takes no new job; short ones finish, long ones are handed back to the queue; then disconnects. */
  stop(): Promise<void>;
  /** In the transaction given: the job exists when, and only when, that commits. Never lost, never doubled while it waits. */
  enqueue(trx: Executor, job: Job): Promise<void>;
  /** Starts carrying out jobs of this name in this process. */
  work<N extends JobName>(name: N, handler: JobHandler<N>): Promise<void>;
  workDead(handler: DeadHandler): Promise<void>;
  /** A sweep every minute, once among all processes. */
  scheduleSweep(): Promise<void>;
  /** Takes back a job that waits, and aborts it at its next heartbeat where it is being carried out. */
  cancel(job: Job): Promise<void>;
  /** Those of the given jobs that neither wait nor are being carried out. */
  listLost(trx: Executor, jobs: readonly Job[]): Promise<readonly Job[]>;
}

/** How long a stopping process lets short jobs finish. */
const GRACE_MS = 10_000;
/** A waiting job can be taken, and its successor put in and taken, between two statements; each try needs such bad luck. */
const ENQUEUE_TRIES = 20;

export function createJobs(options: JobsOptions): Jobs {
  const heartbeatSeconds = options.heartbeatSeconds ?? DEFAULT_HEARTBEAT_SECONDS;
  const boss = createBoss({ url: options.url, log: options.log, maxConnections: options.maxConnections ?? 6 });
  const stopping = new AbortController();
  const carry = { boss, log: options.log, stopping: stopping.signal };
  return {
    start: async () => {
      await boss.start();
      await createQueues(boss, heartbeatSeconds);
    },
    stop: () => {
      stopping.abort(new Error("the process is stopping"));
      return boss.stop({ graceful: true, timeout: GRACE_MS });
    },
    enqueue: (trx, job) => enqueue(boss, job, { db: fromKysely(trx) }),
    work: (name, handler) =>
      startWorkers(boss, {
        queue: name,
        settings: QUEUES[name],
        concurrency: options.concurrency?.[name] ?? QUEUES[name].concurrency,
        heartbeatSeconds,
        carry: (job, at) => {
          if (!isNamed(job, name)) throw new Error(`queue ${name} holds a job named ${job.name}`);
          return carryOut(carry, { job, signal: at.signal, act: (signal) => handler(job, signal) });
        },
      }),
    workDead: (handler) =>
      startWorkers(boss, {
        queue: DEAD_QUEUE,
        settings: DEAD_SETTINGS,
        concurrency: DEAD_SETTINGS.concurrency,
        heartbeatSeconds,
        carry: (job, at) => carryDead(carry, { job, why: at.why, handler }),
      }),
    scheduleSweep: () => boss.schedule("sweep", "* * * * *", { name: "sweep" }, { tz: "UTC", singletonKey: "sweep" }),
    cancel: (job) => cancel(boss, job),
    listLost,
  };
}

function isNamed<N extends JobName>(job: Job, name: N): job is JobOf<N> {
  return job.name === name;
}

/**
 * Merges with a job of the same key that waits, by touching its row: nobody can take it before this transaction commits,
 * so whoever carries it out sees what was committed here.
 */
async function enqueue(
  boss: PgBoss,
  job: Job,
  options: { readonly db?: ReturnType<typeof fromKysely> },
): Promise<void> {
  const startAfter = job.name === "expire" ? new Date(job.atMs) : 0;
  for (let attempt = 0; attempt < ENQUEUE_TRIES; attempt += 1) {
    const done = await boss.upsert(job.name, job, { singletonKey: keyOf(job), startAfter, ...options });
    if (done.inserted + done.updated > 0) return;
  }
  throw new Error(`job ${job.name} ${keyOf(job)} could not be put into the queue`);
}

interface Carry {
  readonly boss: PgBoss;
  readonly log: Log;
  readonly stopping: AbortSignal;
}

async function carryOut(
  { boss, log, stopping }: Carry,
  at: { readonly job: Job; readonly signal: AbortSignal; readonly act: (signal: AbortSignal) => Promise<void> },
): Promise<void> {
  const { job, signal } = at;
  // A turn of an agent outlasts any grace; another process goes on with it.
  const mayOutlast = job.name === "work";
  try {
    await at.act(mayOutlast ? AbortSignal.any([signal, stopping]) : signal);
  } catch (cause) {
    if (mayOutlast && stopping.aborted && !signal.aborted) {
      await enqueue(boss, job, {});
      return;
    }
    log.warn({ job, err: cause }, "a job failed and will be tried again");
    throw cause;
  }
}

/** A job whose successor waits or runs is not dead: the successor does its work. */
async function carryDead(
  { boss, log }: Carry,
  at: { readonly job: Job; readonly why: string; readonly handler: DeadHandler },
): Promise<void> {
  const { job, why } = at;
  const live = await boss.findJobs(job.name, { key: keyOf(job), queued: false });
  if (live.some((each) => ["created", "retry", "active"].includes(each.state))) return;
  log.error({ job, why }, "a job failed for good");
  await at.handler(job, why);
}

async function cancel(boss: PgBoss, job: Job): Promise<void> {
  const found = await boss.findJobs(job.name, { key: keyOf(job) });
  const live = found.filter((each) => ["created", "retry", "active"].includes(each.state)).map((each) => each.id);
  if (live.length > 0) await boss.cancel(job.name, live);
}

async function listLost(trx: QueryExecutorProvider, jobs: readonly Job[]): Promise<readonly Job[]> {
  const names = [...new Set(jobs.map((job) => job.name))];
  const keys = jobs.map((job) => keyOf(job));
  const { rows } = await sql<{ name: string; key: string }>`
    select name, singleton_key as key from ${sql.table(`${JOBS_SCHEMA}.job`)}
    where name = any(${names}) and state in ('created', 'retry', 'active') and singleton_key = any(${keys})`.execute(
    trx,
  );
  const live = new Set(rows.map((row) => `${row.name} ${row.key}`));
  return jobs.filter((job) => !live.has(`${job.name} ${keyOf(job)}`));
}
