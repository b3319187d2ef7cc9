// One pg-boss instance with our settings: it never migrates, and its schema belongs to another role.
import { PgBoss, type UpdateQueueOptions } from "pg-boss";
import type { Log } from "../ports.ts";
import { DEAD_QUEUE, DEAD_SETTINGS, JOBS_SCHEMA, KEEP_FINISHED_SECONDS, QUEUES, type QueueSettings } from "./queues.ts";

export const DEFAULT_HEARTBEAT_SECONDS = 30;

export interface BossOptions {
  /** A session connection: announcing jobs does not work through a pooler in transaction mode. */
  readonly url: string;
  readonly log: Log;
  readonly maxConnections: number;
}

export function createBoss(options: BossOptions): PgBoss {
  const { log } = options;
  const boss = new PgBoss({
    connectionString: options.url,
    schema: JOBS_SCHEMA,
    max: options.maxConnections,
    application_name: "countersign-jobs",
    migrate: false,
    createSchema: false,
    useListenNotify: true,
    superviseIntervalSeconds: 5,
    monitorIntervalSeconds: 5,
    maintenanceIntervalSeconds: 600,
    reindex: false,
    monitorVacuum: false,
    registerInstance: false,
    openTelemetry: { enabled: false },
  });
  boss.on("error", (cause) => log.error({ err: cause }, "the job queue reported an error"));
  boss.on("warning", (warning) => log.warn({ warning: warning.message }, "the job queue warned"));
  return boss;
}

/** Creates what is missing and brings settings up to date; running it again, or in two processes at once, changes nothing. */
export async function createQueues(boss: PgBoss, heartbeatSeconds = DEFAULT_HEARTBEAT_SECONDS): Promise<void> {
  const known = new Map((await boss.getQueues()).map((queue) => [queue.name, queue]));
  if (!known.has(DEAD_QUEUE)) {
    await boss.createQueue(DEAD_QUEUE, { policy: "standard", ...settingsOf(DEAD_SETTINGS, heartbeatSeconds) });
  }
  for (const [name, settings] of Object.entries(QUEUES)) {
    const wanted = settingsOf(settings, heartbeatSeconds);
    const queue = known.get(name);
    if (queue === undefined) {
      await boss.createQueue(name, { policy: "stately", deadLetter: DEAD_QUEUE, ...wanted });
    } else if (Object.entries(wanted).some(([key, value]) => Reflect.get(queue, key) !== value)) {
      await boss.updateQueue(name, wanted);
    }
  }
}

function settingsOf(settings: QueueSettings, heartbeatSeconds: number) {
  return {
    notify: true,
    heartbeatSeconds,
    expireInSeconds: settings.expireInSeconds,
    retryLimit: settings.retryLimit,
    retryDelay: settings.retryDelay,
    retryBackoff: true,
    retryDelayMax: settings.retryDelayMax,
    deleteAfterSeconds: KEEP_FINISHED_SECONDS,
  } satisfies UpdateQueueOptions;
}

/** Installs or upgrades pg-boss's own tables and creates the queues. `adminUrl` is of the role that owns the schema. */
export async function migrateQueues(adminUrl: string): Promise<void> {
  const problems: Error[] = [];
  const boss = new PgBoss({
    connectionString: adminUrl,
    schema: JOBS_SCHEMA,
    max: 2,
    supervise: false,
    schedule: false,
    registerInstance: false,
    openTelemetry: { enabled: false },
  });
  boss.on("error", (cause) => problems.push(cause));
  await boss.start();
  try {
    await createQueues(boss);
  } finally {
    await boss.stop({ graceful: false });
  }
  if (problems.length > 0) throw new AggregateError(problems, "migrating the job queue's tables");
}
