// Environment -> Config. The only code that knows the names of environment variables.
import { readFileSync } from "node:fs";
import { z } from "zod";

const port = z.coerce.number().int().min(0).max(65_535);
const url = z.url({ protocol: /^https?$/ }).transform((text) => text.replace(/\/+$/, ""));
const filled = z.string().min(1);

const environmentSchema = z.object({
  DATABASE_URL: filled.optional(),
  DATABASE_ADMIN_URL: filled.optional(),
  PORT: port.default(3000),
  ADMIN_PORT: port.default(3001),
  PUBLIC_URL: url.optional(),
  POLICY_DIR: filled.default("manifests/policy"),
  LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"),
  ROLE: z.enum(["all", "intake", "worker", "publisher"]).default("all"),
  CACHE_DIR: filled.default(".local/cache"),
  HEARTBEAT_SECONDS: z.coerce.number().int().min(10).max(600).default(30),
  SLACK_BOT_TOKEN: z.string().startsWith("xoxb-").optional(),
  SLACK_APP_TOKEN: z.string().startsWith("xapp-").optional(),
  SLACK_API_URL: z.url({ protocol: /^https?$/ }).optional(),
  SLACK_SOCKETS: z.coerce.number().int().min(1).max(10).default(2),
  GITHUB_APP_ID: z.coerce.number().int().positive().optional(),
  GITHUB_PRIVATE_KEY: filled.optional(),
  GITHUB_WEBHOOK_SECRET: filled.optional(),
  GITHUB_API_URL: url.default("https://api.github.com"),
  GITHUB_URL: url.default("https://github.com"),
  LINEAR_ACCESS_TOKEN: filled.optional(),
  LINEAR_CLIENT_ID: filled.optional(),
  LINEAR_CLIENT_SECRET: filled.optional(),
  LINEAR_WEBHOOK_SECRET: filled.optional(),
  LINEAR_API_URL: url.default("https://api.linear.app"),
  SECRETS_KEY: filled.optional(),
  E2B_API_KEY: filled.optional(),
  E2B_API_URL: url.optional(),
  E2B_SANDBOX_URL: url.optional(),
  E2B_TEMPLATE: filled.default("base"),
  ANTHROPIC_API_KEY: filled.optional(),
  ANTHROPIC_BASE_URL: url.optional(),
  CLAUDE_PATH: filled.optional(),
});

export interface LinearConfig {
  readonly accessToken: string | undefined;
  readonly client: { readonly id: string; readonly secret: string } | undefined;
  /** Absent: nothing is heard from Linear, and no run can start there. */
  readonly webhookSecret: string | undefined;
  readonly apiUrl: string;
}

export interface Config {
  readonly databaseUrl: string | undefined;
  readonly databaseAdminUrl: string | undefined;
  readonly port: number;
  readonly adminPort: number;
  readonly publicUrl: string | undefined;
  readonly policyDir: string;
  readonly logLevel: string;
  readonly role: "all" | "intake" | "worker" | "publisher";
  readonly cacheDir: string;
  readonly heartbeatSeconds: number;
  readonly slack:
    | {
        readonly botToken: string;
        readonly appToken: string;
        readonly apiUrl: string | undefined;
        readonly sockets: number;
      }
    | undefined;
  readonly github:
    | {
        readonly appId: number;
        /** PEM text. */
        readonly privateKey: string;
        readonly webhookSecret: string | undefined;
        readonly apiUrl: string;
        readonly gitUrl: string;
      }
    | undefined;
  readonly linear: LinearConfig | undefined;
  /** 32 bytes; what is kept secret in the database is sealed with it. */
  readonly secretsKey: Buffer | undefined;
  readonly e2b:
    | {
        readonly apiKey: string;
        readonly apiUrl: string | undefined;
        readonly sandboxUrl: string | undefined;
        readonly template: string;
      }
    | undefined;
  readonly model: {
    readonly anthropicApiKey: string | undefined;
    readonly anthropicBaseUrl: string | undefined;
    readonly claudePath: string | undefined;
  };
}

export type ConfigResult =
  { readonly ok: true; readonly config: Config } | { readonly ok: false; readonly problems: readonly string[] };

/** Reads the environment. Problems name the variable and what it should be, never its value. Empty means absent. */
export function parseConfig(environment: Readonly<Record<string, string | undefined>>): ConfigResult {
  const filledIn = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value.trim() !== ""),
  );
  const parsed = environmentSchema.safeParse(filledIn);
  if (!parsed.success) {
    return { ok: false, problems: parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`) };
  }
  const env = parsed.data;
  const problems = [...judgeTogether(env)];
  const key = env.GITHUB_PRIVATE_KEY === undefined ? undefined : readKey(env.GITHUB_PRIVATE_KEY);
  if (key instanceof Error) problems.push(`GITHUB_PRIVATE_KEY: ${key.message}`);
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, config: toConfig(env, key instanceof Error ? undefined : key) };
}

type Environment = z.infer<typeof environmentSchema>;

function judgeTogether(env: Environment): readonly string[] {
  const problems: string[] = [];
  if ((env.SLACK_BOT_TOKEN === undefined) !== (env.SLACK_APP_TOKEN === undefined)) {
    problems.push("SLACK_APP_TOKEN and SLACK_BOT_TOKEN: set both (Socket Mode), or neither");
  }
  if ((env.GITHUB_APP_ID === undefined) !== (env.GITHUB_PRIVATE_KEY === undefined)) {
    problems.push("GITHUB_APP_ID and GITHUB_PRIVATE_KEY: set both, or neither");
  }
  return [...problems, ...judgeLinear(env)];
}

const KEY_BYTES = 32;

function judgeLinear(env: Environment): readonly string[] {
  const problems: string[] = [];
  if ((env.LINEAR_CLIENT_ID === undefined) !== (env.LINEAR_CLIENT_SECRET === undefined)) {
    problems.push("LINEAR_CLIENT_ID and LINEAR_CLIENT_SECRET: set both, or neither");
  }
  if (env.LINEAR_CLIENT_ID !== undefined && env.SECRETS_KEY === undefined) {
    problems.push("SECRETS_KEY: needed to keep Linear's token sealed; make one with: openssl rand -base64 32");
  }
  if (env.SECRETS_KEY !== undefined && Buffer.from(env.SECRETS_KEY, "base64").length !== KEY_BYTES) {
    problems.push(`SECRETS_KEY: must be ${KEY_BYTES} bytes in base64; make one with: openssl rand -base64 32`);
  }
  return problems;
}

function toLinear(env: Environment): LinearConfig | undefined {
  const { LINEAR_ACCESS_TOKEN: accessToken, LINEAR_CLIENT_ID: id, LINEAR_CLIENT_SECRET: secret } = env;
  if (accessToken === undefined && id === undefined) return undefined;
  return {
    accessToken,
    client: id === undefined || secret === undefined ? undefined : { id, secret },
    webhookSecret: env.LINEAR_WEBHOOK_SECRET,
    apiUrl: env.LINEAR_API_URL.replace(/\/graphql$/, ""),
  };
}

function readKey(pemOrPath: string): string | Error {
  if (pemOrPath.includes("-----BEGIN")) return pemOrPath.replaceAll("\\n", "\n");
  try {
    const text = readFileSync(pemOrPath, "utf8");
    return text.includes("-----BEGIN") ? text : new Error("the file it names holds no PEM key");
  } catch {
    return new Error("neither a PEM key nor a path to a readable file");
  }
}

function toConfig(env: Environment, privateKey: string | undefined): Config {
  return {
    databaseUrl: env.DATABASE_URL,
    databaseAdminUrl: env.DATABASE_ADMIN_URL,
    port: env.PORT,
    adminPort: env.ADMIN_PORT,
    publicUrl: env.PUBLIC_URL,
    policyDir: env.POLICY_DIR,
    logLevel: env.LOG_LEVEL,
    role: env.ROLE,
    cacheDir: env.CACHE_DIR,
    heartbeatSeconds: env.HEARTBEAT_SECONDS,
    slack:
      env.SLACK_BOT_TOKEN === undefined || env.SLACK_APP_TOKEN === undefined
        ? undefined
        : {
            botToken: env.SLACK_BOT_TOKEN,
            appToken: env.SLACK_APP_TOKEN,
            apiUrl: env.SLACK_API_URL,
            sockets: env.SLACK_SOCKETS,
          },
    github:
      env.GITHUB_APP_ID === undefined || privateKey === undefined
        ? undefined
        : {
            appId: env.GITHUB_APP_ID,
            privateKey,
            webhookSecret: env.GITHUB_WEBHOOK_SECRET,
            apiUrl: env.GITHUB_API_URL,
            gitUrl: env.GITHUB_URL,
          },
    e2b:
      env.E2B_API_KEY === undefined
        ? undefined
        : {
            apiKey: env.E2B_API_KEY,
            apiUrl: env.E2B_API_URL,
            sandboxUrl: env.E2B_SANDBOX_URL,
            template: env.E2B_TEMPLATE,
          },
    linear: toLinear(env),
    secretsKey: env.SECRETS_KEY === undefined ? undefined : Buffer.from(env.SECRETS_KEY, "base64"),
    model: {
      anthropicApiKey: env.ANTHROPIC_API_KEY,
      anthropicBaseUrl: env.ANTHROPIC_BASE_URL,
      claudePath: env.CLAUDE_PATH,
    },
  };
}
