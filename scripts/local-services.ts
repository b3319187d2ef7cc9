// Starts what a fresh machine lacks (Slack, GitHub, E2B, PostgreSQL), keeps credentials in .local, says where everything is.
import { createHash, generateKeyPairSync, randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { z } from "zod";
import { startLocalE2b, type LocalE2b } from "../src/local/e2b/server.ts";
import { startLocalGithub, type LocalGithub } from "../src/local/github/server.ts";
import { startLocalLinear, type LocalLinear, type LocalLinearOptions } from "../src/local/linear/server.ts";
import { startLocalSlack, type LocalSlack } from "../src/local/slack/server.ts";
import { LINEAR_SEED } from "./seed-linear.ts";
import { COMMAND, SEED } from "./seed.ts";

export const SERVICES = ["postgres", "slack", "github", "linear", "e2b"] as const;
export type ServiceName = (typeof SERVICES)[number];

const DEFAULT_PORTS = { slack: 4010, e2b: 4020, github: 4030, linear: 4040 } as const;

export interface StackOptions {
  readonly dir: string;
  readonly only?: ServiceName;
  /** 0: any free port, as tests want it. */
  readonly ports?: Readonly<Partial<Record<"slack" | "e2b" | "github" | "linear", number>>>;
  readonly guide?: boolean;
  /** How the stand-in for Linear should differ: its limits, its retries. */
  readonly linear?: Partial<LocalLinearOptions>;
  readonly bindReadOnly?: Readonly<Record<string, string>>;
}

interface BarLink {
  readonly label: string;
  readonly url: string;
}

export interface Stack {
  readonly slack?: LocalSlack;
  readonly github?: LocalGithub;
  readonly linear?: LocalLinear;
  readonly e2b?: LocalE2b;
  /** The settings a bot needs to use these services, under their names in the environment. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const credentialsSchema = z.object({
  pageToken: z.string(),
  slack: z.object({ botToken: z.string(), appToken: z.string(), signingSecret: z.string() }),
  github: z.object({ appId: z.number(), privateKey: z.string(), publicKey: z.string(), webhookSecret: z.string() }),
  linear: z.object({ clientId: z.string(), clientSecret: z.string(), webhookSecret: z.string() }),
  /** Seals what the bot keeps secret in its database. */
  secretsKey: z.string(),
  e2b: z.object({ apiKey: z.string() }),
});
type Credentials = z.infer<typeof credentialsSchema>;

/** Folder of the sandboxes: in the temporary folder, where the sandbox's own user can enter; one a checkout. */
function sandboxFolder(dir: string): string {
  const name = createHash("sha256").update(resolve(dir)).digest("hex").slice(0, 12);
  return join(tmpdir(), `countersign-${name}`, "e2b");
}

export async function startStack(options: StackOptions): Promise<Stack> {
  mkdirSync(options.dir, { recursive: true, mode: 0o700 });
  const made = loadCredentials(options.dir);
  const wants = (name: ServiceName): boolean => options.only === undefined || options.only === name;
  // Each page links to the others; whoever starts later is added to the same list.
  const bar: BarLink[] = [];
  const start: Start = { options, made, bar, ports: { ...DEFAULT_PORTS, ...options.ports } };
  const slack = wants("slack") ? await startSlack(start) : undefined;
  const github = wants("github") ? await startGithub(start) : undefined;
  const linear = wants("linear") ? await startLinear(start) : undefined;
  const named = [
    ["Chat", slack],
    ["Issues", linear],
    ["Code", github],
  ] as const;
  for (const [label, service] of named) if (service !== undefined) bar.push({ label, url: service.pageUrl });
  const e2b = wants("e2b")
    ? await startLocalE2b({
        port: start.ports.e2b,
        stateDir: sandboxFolder(options.dir),
        apiKey: made.e2b.apiKey,
        bindReadOnly: options.bindReadOnly ?? {},
      })
    : undefined;
  const env = toEnvironment(options.dir, { made, slack, github, linear, e2b });
  return {
    ...(slack === undefined ? {} : { slack }),
    ...(github === undefined ? {} : { github }),
    ...(linear === undefined ? {} : { linear }),
    ...(e2b === undefined ? {} : { e2b }),
    env,
    close: async () => {
      await slack?.close();
      await github?.close();
      await linear?.close();
      await e2b?.close();
    },
  };
}

interface Start {
  readonly options: StackOptions;
  readonly made: Credentials;
  readonly bar: readonly BarLink[];
  readonly ports: Readonly<Record<"slack" | "e2b" | "github" | "linear", number>>;
}

const LOOK_DIR = resolve("src/web/look");

function startSlack({ options, made, bar, ports }: Start): Promise<LocalSlack> {
  return startLocalSlack({
    port: ports.slack,
    stateDir: join(options.dir, "slack"),
    lookDir: LOOK_DIR,
    pageToken: made.pageToken,
    ...made.slack,
    seed: SEED,
    bar,
    ...(options.guide === true ? { guide: { command: COMMAND } } : {}),
  });
}

function startGithub({ options, made, bar, ports }: Start): Promise<LocalGithub> {
  return startLocalGithub({
    port: ports.github,
    stateDir: join(options.dir, "github"),
    lookDir: LOOK_DIR,
    pageToken: made.pageToken,
    appId: made.github.appId,
    publicKeyPem: made.github.publicKey,
    people: [{ id: 1001, login: "web-owner", name: "Web owner" }],
    bar,
  });
}

function startLinear({ options, made, bar, ports }: Start): Promise<LocalLinear> {
  const { clientId, clientSecret } = made.linear;
  return startLocalLinear({
    port: ports.linear,
    stateDir: join(options.dir, "linear"),
    lookDir: LOOK_DIR,
    pageToken: made.pageToken,
    clientId,
    clientSecret,
    seed: { ...LINEAR_SEED, app: { ...LINEAR_SEED.app, oauthClientId: clientId } },
    bar,
    ...options.linear,
  });
}

function loadCredentials(dir: string): Credentials {
  const file = join(dir, "credentials.json");
  const stored: unknown = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  const whole = credentialsSchema.safeParse(stored);
  if (whole.success) return whole.data;
  const { privateKey, publicKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const made: Credentials = {
    pageToken: randomBytes(24).toString("hex"),
    slack: {
      botToken: `xoxb-local-${randomBytes(16).toString("hex")}`,
      appToken: `xapp-local-${randomBytes(16).toString("hex")}`,
      signingSecret: randomBytes(16).toString("hex"),
    },
    github: { appId: 4242, privateKey, publicKey, webhookSecret: randomBytes(16).toString("hex") },
    linear: {
      clientId: `countersign-${randomBytes(8).toString("hex")}`,
      clientSecret: randomBytes(16).toString("hex"),
      webhookSecret: randomBytes(16).toString("hex"),
    },
    secretsKey: randomBytes(32).toString("base64"),
    e2b: { apiKey: `e2b_${randomBytes(20).toString("hex")}` },
  };
  // A checkout that is older than one of the services keeps what it has.
  const kept = credentialsSchema.parse({ ...made, ...credentialsSchema.partial().catch({}).parse(stored) });
  writeSecret(file, JSON.stringify(kept));
  return kept;
}

/** Written beside and renamed, so that a reader never sees half a file. */
export function writeSecret(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  chmodSync(`${file}.new`, 0o600);
  renameSync(`${file}.new`, file);
}

interface Started {
  readonly made: Credentials;
  readonly slack: LocalSlack | undefined;
  readonly github: LocalGithub | undefined;
  readonly linear: LocalLinear | undefined;
  readonly e2b: LocalE2b | undefined;
}

function toEnvironment(dir: string, { made, slack, github, linear, e2b }: Started): Record<string, string> {
  const keyPath = join(dir, "github.pem");
  if (github !== undefined) writeSecret(keyPath, made.github.privateKey);
  return {
    ...(slack === undefined
      ? {}
      : {
          SLACK_BOT_TOKEN: made.slack.botToken,
          SLACK_APP_TOKEN: made.slack.appToken,
          SLACK_SIGNING_SECRET: made.slack.signingSecret,
          SLACK_API_URL: slack.url,
        }),
    ...(github === undefined
      ? {}
      : {
          GITHUB_APP_ID: String(made.github.appId),
          GITHUB_PRIVATE_KEY: keyPath,
          GITHUB_WEBHOOK_SECRET: made.github.webhookSecret,
          GITHUB_API_URL: github.url,
          GITHUB_URL: github.gitUrl,
        }),
    ...(linear === undefined
      ? {}
      : {
          LINEAR_CLIENT_ID: made.linear.clientId,
          LINEAR_CLIENT_SECRET: made.linear.clientSecret,
          LINEAR_WEBHOOK_SECRET: made.linear.webhookSecret,
          LINEAR_API_URL: linear.url,
          SECRETS_KEY: made.secretsKey,
        }),
    ...(e2b === undefined ? {} : { E2B_API_KEY: made.e2b.apiKey, E2B_API_URL: e2b.url, E2B_SANDBOX_URL: e2b.url }),
  };
}

export interface DatabaseUrls {
  readonly url: string;
  readonly adminUrl: string;
}

/** `.local/endpoints.json` and `.local/env`: what others may connect to, readable by this user only. */
export function writeEndpoints(dir: string, stack: Stack, database: DatabaseUrls | undefined): void {
  const made = loadCredentials(dir);
  const { slack, github, linear, e2b } = stack;
  const endpoints = {
    ...(slack === undefined ? {} : { slack: { apiUrl: slack.url, pageUrl: slack.pageUrl, ...made.slack } }),
    ...(github === undefined
      ? {}
      : {
          github: {
            apiUrl: github.url,
            url: github.gitUrl,
            pageUrl: github.pageUrl,
            appId: made.github.appId,
            privateKeyPath: join(dir, "github.pem"),
            webhookSecret: made.github.webhookSecret,
            installationId: github.installationId,
          },
        }),
    ...(linear === undefined ? {} : { linear: { apiUrl: linear.url, pageUrl: linear.pageUrl, ...made.linear } }),
    ...(e2b === undefined ? {} : { e2b: { apiUrl: e2b.url, sandboxUrl: e2b.url, apiKey: made.e2b.apiKey } }),
    ...(database === undefined ? {} : { postgres: { url: database.url, adminUrl: database.adminUrl } }),
  };
  writeSecret(join(dir, "endpoints.json"), `${JSON.stringify(endpoints, null, 2)}\n`);
  const env = {
    ...stack.env,
    ...(database === undefined ? {} : { DATABASE_URL: database.url, DATABASE_ADMIN_URL: database.adminUrl }),
  };
  writeSecret(
    join(dir, "env"),
    Object.entries(env)
      .map(([name, value]) => `${name}='${value}'\n`)
      .join(""),
  );
}

/** Removes what a stack left on disk, the sandboxes' folder included. */
export function eraseStack(dir: string): void {
  rmSync(dir, { recursive: true, force: true });
  rmSync(join(sandboxFolder(dir), ".."), { recursive: true, force: true });
}
