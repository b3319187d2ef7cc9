// Everything the story needs, on one machine: services, database, seeded repository, policy, and the bot itself.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { startBot, type Bot } from "../src/compose.ts";
import { parseConfig, type Config } from "../src/config.ts";
import { createLog } from "../src/log.ts";
import type { Log } from "../src/ports.ts";
import { migrate } from "../src/store/migrate.ts";
import { startLocalPostgres, type LocalPostgres } from "../src/local/postgres.ts";
import { startStack, writeEndpoints, type DatabaseUrls, type Stack, type StackOptions } from "./local-services.ts";

export const DEMO_AGENT_DIR = "/opt/countersign";

export interface StageOptions {
  readonly dir: string;
  readonly policyDir: string;
  /** 0 everywhere: any free port. */
  readonly ports?: {
    readonly slack: number;
    readonly github: number;
    readonly e2b: number;
    readonly linear: number;
    readonly bot: number;
    readonly admin: number;
  };
  /** A database made elsewhere and migrated already; absent: an embedded one in `dir`. */
  readonly database?: DatabaseUrls;
  readonly guide?: boolean;
  readonly linear?: StackOptions["linear"];
  /** More folders for every sandbox, read-only: an agent's own program. */
  readonly bindReadOnly?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly logLevel?: string;
  /** Settings that depend on where the services are: they are handed what the bot would get. */
  readonly beforeBot?: (env: Readonly<Record<string, string>>) => Readonly<Record<string, string>>;
  /** False: services only; the caller starts bots of its own with `env`. */
  readonly withBot?: boolean;
  readonly onProgress?: (says: string) => void;
}

export interface Stage {
  readonly slack: NonNullable<Stack["slack"]>;
  readonly github: NonNullable<Stack["github"]>;
  readonly linear: NonNullable<Stack["linear"]>;
  readonly e2b: NonNullable<Stack["e2b"]>;
  readonly bot: Bot | undefined;
  /** What a bot process needs in its environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly log: Log;
  close(): Promise<void>;
}

export async function openStage(options: StageOptions): Promise<Stage> {
  const says = options.onProgress ?? (() => undefined);
  const embedded = options.database === undefined ? await openDatabase(options.dir, says) : undefined;
  const database = options.database ?? embedded;
  if (database === undefined) throw new Error("no database");
  says("starting Slack, Linear, GitHub and E2B stand-ins");
  const stack = await startStack({
    dir: options.dir,
    ...(options.ports === undefined ? {} : { ports: options.ports }),
    ...(options.guide === undefined ? {} : { guide: options.guide }),
    ...(options.linear === undefined ? {} : { linear: options.linear }),
    bindReadOnly: { [resolve("manifests/demo/agent")]: DEMO_AGENT_DIR, ...options.bindReadOnly },
  });
  const { slack, github, linear, e2b } = stack;
  if (slack === undefined || github === undefined || linear === undefined || e2b === undefined)
    throw new Error("a stand-in did not start");
  await seedRepositories(github);
  writeEndpoints(options.dir, stack, database);
  const env: Readonly<Record<string, string>> = {
    ...stack.env,
    DATABASE_URL: database.url,
    POLICY_DIR: options.policyDir,
    CACHE_DIR: join(options.dir, "cache"),
    PORT: String(options.ports?.bot ?? 3000),
    ADMIN_PORT: String(options.ports?.admin ?? 3001),
    LOG_LEVEL: options.logLevel ?? "error",
    ...options.env,
    ...options.beforeBot?.(stack.env),
  };
  const log = createLog(options.logLevel ?? "error");
  says("starting Countersign");
  const bot = options.withBot === false ? undefined : await startBot(configOf(env), log);
  if (bot !== undefined) setWebhooks(stack, env, bot.port);
  return {
    slack,
    github,
    linear,
    e2b,
    bot,
    env,
    log,
    close: async () => {
      await bot?.stop();
      await stack.close();
      await embedded?.stop();
    },
  };
}

async function openDatabase(dir: string, says: (text: string) => void): Promise<LocalPostgres> {
  says("starting PostgreSQL");
  const postgres = await startLocalPostgres({ stateDir: dir });
  await migrate(postgres.adminUrl);
  return postgres;
}

function configOf(env: Readonly<Record<string, string>>): Config {
  const parsed = parseConfig(env);
  if (!parsed.ok) throw new Error(parsed.problems.join("; "));
  return parsed.config;
}

/** Where the stand-ins tell a bot on this port what happened. */
export function setWebhooks(stack: Stack, env: Readonly<Record<string, string>>, port: number): void {
  const base = `http://127.0.0.1:${port}`;
  stack.github?.setWebhook(`${base}/github/webhook`, env["GITHUB_WEBHOOK_SECRET"] ?? "");
  stack.linear?.setWebhook(`${base}/linear/webhook`, env["LINEAR_WEBHOOK_SECRET"] ?? "");
}

/** acme/website and acme/handbook, made once; the same folder again keeps what happened to them. */
export async function seedRepositories(github: NonNullable<Stack["github"]>): Promise<void> {
  for (const name of ["website", "handbook"]) {
    const from = { files: readTree(`manifests/demo/${name}`) };
    await github.addRepository({ owner: "acme", name, from, defaultBranch: "main" });
  }
}

type Content = string | { readonly content: string; readonly mode: "100755" };

/** A folder as the files of a repository's first commit. */
function readTree(folder: string): Record<string, Content> {
  const files: Record<string, Content> = {};
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const content = readFileSync(path, "utf8");
    const name = path.slice(folder.length + 1);
    files[name] = (statSync(path).mode & 0o111) === 0 ? content : { content, mode: "100755" };
  }
  return files;
}

/** `--repo PATH`: the name a local repository is served under, and whether its package.json has tests. */
export function describeRepository(path: string): { readonly name: string; readonly hasTests: boolean } {
  const folder = resolve(path);
  const file = join(folder, "package.json");
  const text = existsSync(file) ? readFileSync(file, "utf8") : "{}";
  const name = basename(folder)
    .replace(/\.git$/, "")
    .replace(/[^\w.-]+/g, "-");
  return { name: name === "" ? "repository" : name, hasTests: /"test"\s*:/.test(text) };
}
