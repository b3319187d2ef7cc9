// The composition root: the only file that knows every adapter and step. No decisions here, only who is handed what.
import { createHash, randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { BUILT_IN_CHECKS } from "./checks/built-in.ts";
import type { Config } from "./config.ts";
import type { JobName } from "./core/job.ts";
import type { Policy } from "./core/policy.ts";
import { createRedactor } from "./core/redact.ts";
import { openLinear, type LinearAdapter } from "./compose/linear.ts";
import { createCodeHost } from "./github/code-host.ts";
import type { GithubOptions } from "./github/options.ts";
import { createPublisher } from "./github/publish.ts";
import { createGithubReceiver } from "./github/receive.ts";
import { createHarnesses } from "./harness/registry.ts";
import { createJobs, type JobHandler, type Jobs } from "./jobs/jobs.ts";
import { createLog } from "./log.ts";
import { readPolicy } from "./policy-files.ts";
import { bad } from "./core/problem.ts";
import type { Chat, Clock, HookReceiver, Intake, Log, Sandboxes, Store } from "./ports.ts";
import { createSandboxes } from "./sandbox/sandboxes.ts";
import { startServers } from "./server.ts";
import { createSlackReceiver, type SlackReceiver } from "./slack/receive.ts";
import { createSlackChat } from "./slack/send.ts";
import { createSteps, type FlowPorts, type Steps } from "./steps/flow.ts";
import { giveUp } from "./steps/give-up.ts";
import { openDatabase, type Database } from "./store/database.ts";
import { checkSchemaVersion } from "./store/migrate.ts";
import { createSealedValues } from "./store/sealed-values.ts";
import { createStore } from "./store/store.ts";
import { createPages } from "./web/pages.ts";

export interface Bot {
  readonly port: number;
  readonly adminPort: number;
  /** Where a person reads a run. */
  readonly runUrl: (runId: string) => string;
  /** Takes nothing new, lets what runs come to a stop or hands it back, then closes everything. */
  stop(): Promise<void>;
}

/** Which jobs a process of each role carries out. Only `publisher` and `all` can ask for a write token. */
const WORKER_JOBS: readonly JobName[] = [
  "route",
  "work",
  "apply",
  "deliver",
  "deliver-linear",
  "expire",
  "clean",
  "sweep",
];
const ROLE_JOBS: Readonly<Record<Config["role"], readonly JobName[]>> = {
  all: [...WORKER_JOBS, "publish"],
  intake: [],
  worker: WORKER_JOBS,
  publisher: ["publish"],
};

const systemClock: Clock = {
  nowMs: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(timer);
        reject(signal?.reason instanceof Error ? signal.reason : new Error("stopped"));
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", stop);
        resolve();
      }, ms);
      if (signal?.aborted === true) stop();
      else signal?.addEventListener("abort", stop, { once: true });
    }),
};

/** Starts everything this configuration has settings for. Throws with a sentence a person can act on. */
export async function startBot(config: Config, log: Log): Promise<Bot> {
  if (config.databaseUrl === undefined)
    throw new Error("DATABASE_URL is not set; `npm start` can run a database of its own");
  if (config.slack === undefined)
    throw new Error(
      "SLACK_BOT_TOKEN and SLACK_APP_TOKEN are not set: who may ask and who approves is read from Slack, for Linear too",
    );
  if (config.github === undefined)
    throw new Error("GITHUB_APP_ID and GITHUB_PRIVATE_KEY are not set: there is nothing to change");
  const database = openDatabase({
    url: config.databaseUrl,
    onError: (cause) => log.error({ cause: String(cause) }, "a database connection broke"),
  });
  const schema = await checkSchemaVersion(database.db);
  if (schema.kind !== "current") throw new Error(schema.says);
  const jobs = createJobs({ url: config.databaseUrl, log, heartbeatSeconds: config.heartbeatSeconds });
  await jobs.start();
  const admin = { port: config.adminPort };
  const runUrl = (runId: string): string => `http://127.0.0.1:${admin.port}/runs/${runId}`;
  const store = createStore({ db: database.db, jobs, clock: systemClock, detailsUrl: runUrl });
  await loadPolicy(store, config.policyDir, log);
  const receiver = makeReceiver(config, config.slack, { intake: store, log });
  const sealed = createSealedValues({ db: database.db, clock: systemClock });
  const linear = openLinear(config, { sealed, clock: systemClock, log });
  await linear?.start();
  const servers = await startServers(makeRoutes(config, config.github, { database, store, receiver, linear, log }), {
    port: config.port,
    adminPort: config.adminPort,
    host: config.publicUrl === undefined ? "127.0.0.1" : "0.0.0.0",
    log,
  });
  admin.port = servers.adminPort;
  const steps = makeSteps(config, {
    store,
    github: githubOptions(config, config.github, log),
    slack: config.slack,
    linear,
    log,
  });
  await startJobs(config, { jobs, steps, store, log });
  await receiver?.start();
  log.info({ port: servers.port, adminPort: servers.adminPort, role: config.role }, "countersign is up");
  return {
    port: servers.port,
    adminPort: servers.adminPort,
    runUrl,
    stop: async () => {
      await receiver?.stop();
      await servers.close();
      await jobs.stop();
      await database.close();
    },
  };
}

type SlackConfig = NonNullable<Config["slack"]>;
type GithubConfig = NonNullable<Config["github"]>;

function makeReceiver(
  config: Config,
  slack: SlackConfig,
  at: { readonly intake: Intake; readonly log: Log },
): SlackReceiver | undefined {
  if (config.role === "worker" || config.role === "publisher") return undefined;
  return createSlackReceiver({
    botToken: slack.botToken,
    appToken: slack.appToken,
    apiUrl: slack.apiUrl,
    intake: at.intake,
    sockets: slack.sockets,
    clock: systemClock,
    log: at.log,
  });
}

interface RouteParts {
  readonly database: Database;
  readonly store: Store & Intake;
  readonly receiver: SlackReceiver | undefined;
  readonly linear: LinearAdapter | undefined;
  readonly log: Log;
}

function makeHooks(github: GithubConfig, { store, linear, log }: RouteParts): Readonly<Record<string, HookReceiver>> {
  const { webhookSecret: secret, appId } = github;
  const fromLinear = linear?.receiver(store);
  return {
    ...(secret === undefined ? {} : { "/github/webhook": createGithubReceiver({ secret, intake: store, log, appId }) }),
    ...(fromLinear === undefined ? {} : { "/linear/webhook": fromLinear }),
  };
}

function makeRoutes(config: Config, github: GithubConfig, parts: RouteParts) {
  const { database, store, receiver, log } = parts;
  const takesIn = config.role === "all" || config.role === "intake";
  return {
    hooks: takesIn ? makeHooks(github, parts) : {},
    ready: async () => {
      const schema = await checkSchemaVersion(database.db).catch(() => undefined);
      return schema?.kind === "current" && (receiver === undefined || receiver.connected() > 0);
    },
    pages: createPages({ store, lookDir: fileURLToPath(new URL("web/look", import.meta.url)), sha256, log }),
  };
}

function githubOptions(config: Config, github: GithubConfig, log: Log): GithubOptions {
  const { appId, privateKey, apiUrl, gitUrl } = github;
  return { appId, privateKey, apiUrl, gitUrl, cacheDir: config.cacheDir, clock: systemClock, log };
}

interface StepParts {
  readonly store: Store & Intake;
  readonly github: GithubOptions;
  readonly slack: SlackConfig;
  readonly linear: LinearAdapter | undefined;
  readonly log: Log;
}

function makeSteps(config: Config, { store, github, slack, linear, log }: StepParts): Steps {
  const chat: Chat = createSlackChat({ botToken: slack.botToken, apiUrl: slack.apiUrl, clock: systemClock, log });
  const ports: FlowPorts = {
    store,
    intake: store,
    chat,
    tracker: linear?.tracker,
    codeHost: createCodeHost(github),
    sandboxes:
      config.e2b === undefined
        ? noSandboxes
        : createSandboxes({ ...config.e2b, installation: `github-app-${github.appId}`, clock: systemClock, log }),
    harnesses: createHarnesses({ ...config.model }),
    builtInChecks: BUILT_IN_CHECKS,
    redactor: (secrets) => createRedactor(secrets, encoders),
    sha256,
    digest: (bytes) => createHash("sha256").update(bytes).digest("hex"),
    nonce: () => randomBytes(12).toString("hex"),
    clock: systemClock,
    log,
    ...(config.role === "all" || config.role === "publisher" ? { publisher: createPublisher(github) } : {}),
  };
  return createSteps(ports);
}

/** Without E2B_API_KEY there is nowhere sealed to run an agent, and nowhere else is offered. */
const noSandboxes: Sandboxes = {
  abilities: { inject: false, methods: false, egressEvidence: false },
  adoptOrCreate: async () => bad({ kind: "unavailable", detail: "E2B_API_KEY is not set here" }),
  connect: async () => bad({ kind: "gone" }),
  list: async () => [],
  kill: async () => undefined,
};

const encoders = {
  base64: (text: string) => Buffer.from(text, "utf8").toString("base64"),
  hex: (text: string) => Buffer.from(text, "utf8").toString("hex"),
};

function sha256(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}

interface JobParts {
  readonly jobs: Jobs;
  readonly steps: Steps;
  readonly store: Store;
  readonly log: Log;
}

async function startJobs(config: Config, { jobs, steps, store, log }: JobParts): Promise<void> {
  const mine = new Set(ROLE_JOBS[config.role]);
  for (const name of mine) await startJob(jobs, steps, name);
  if (mine.has("work")) await jobs.workDead((job, why) => giveUp({ store, log }, job, why));
  if (mine.has("sweep")) await jobs.scheduleSweep();
}

function startJob<N extends JobName>(jobs: Jobs, steps: { readonly [K in N]: JobHandler<K> }, name: N): Promise<void> {
  return jobs.work(name, steps[name]);
}

/** A broken policy never replaces a good one: its problems are logged and the active version stays. */
async function loadPolicy(store: Pick<Store, "applyPolicy">, folder: string, log: Log): Promise<void> {
  const read = await readPolicy(folder);
  if (!read.ok) {
    for (const problem of read.problems) log.error({ ...problem, folder }, "the policy was not loaded");
    return;
  }
  const { changed } = await store.applyPolicy(read.policy);
  log.info({ version: read.policy.version.slice(0, 7), changed, teams: read.policy.teams.length }, "policy loaded");
}

/** `npm run policy -- apply`: stores a version and makes it the active one. */
export async function applyToDatabase(url: string, policy: Policy): Promise<{ readonly changed: boolean }> {
  const database = openDatabase({ url });
  // Changed places may let waiting runs go: their jobs are real ones.
  const jobs = createJobs({ url, log: createLog("error"), maxConnections: 2 });
  try {
    await jobs.start();
    return await createStore({ db: database.db, jobs, clock: systemClock }).applyPolicy(policy);
  } finally {
    await jobs.stop();
    await database.close();
  }
}
