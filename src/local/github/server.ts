// A local stand-in for GitHub: octokit's REST calls, git over HTTP and signed webhooks, on real bare repositories.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { listenLocal, type Handler } from "../http.ts";
import { API_PREFIX, answerApi, isApiPath } from "./api.ts";
import { prepareGitHome } from "./git.ts";
import { makeHooks } from "./hooks.ts";
import { settleAfterCrash } from "./moves.ts";
import { answerPage, type PageOptions } from "./pages.ts";
import { makeRequestLog, type Fault, type LoggedRequest } from "./request-log.ts";
import { writeHooks } from "./seed.ts";
import { answerGit, isGitPath } from "./smart-http.ts";
import { Data, Deliveries, openJsonFile, type Actor, type Delivery } from "./state.ts";
import type { TokenRecord } from "./state.ts";
import { addRepository, makeVerbs, type NewRepository, type Verbs } from "./verbs.ts";
import { makeAlone, type AppIdentity, type World } from "./world.ts";

export interface LocalGithubOptions {
  readonly port: number;
  readonly stateDir: string;
  /** The folder with tokens.css and pages.css. */
  readonly lookDir: string;
  readonly pageToken: string;
  readonly appId: number;
  readonly publicKeyPem: string;
  readonly webhook?: { readonly url: string; readonly secret: string };
  /** Who can act on the page; the first one does until another is chosen. */
  readonly people?: readonly { readonly id: number; readonly login: string; readonly name: string }[];
  readonly appSlug?: string;
  /** What the installation grants; tokens can be narrowed below it, never above. */
  readonly permissions?: Readonly<Record<string, string>>;
  readonly rateLimitPerHour?: number;
  readonly webhookTimeoutMs?: number;
  readonly nowMs?: () => number;
  /** Links from the stand-in bar to the other pages of the demo. */
  readonly bar?: readonly { readonly label: string; readonly url: string }[];
}

export interface LocalGithub extends Verbs {
  /** What octokit takes as `baseUrl`. */
  readonly url: string;
  /** `${gitUrl}/owner/name.git` */
  readonly gitUrl: string;
  readonly pageUrl: string;
  readonly installationId: number;
  setWebhook(url: string, secret: string): void;
  addRepository(repository: NewRepository): Promise<{ readonly id: number }>;
  requests(): readonly LoggedRequest[];
  tokens(): readonly Omit<TokenRecord, "hash">[];
  failNext(fault: Fault): void;
  deliveries(): readonly Delivery[];
  /** False: there is no such delivery. */
  redeliver(deliveryId: number): boolean;
  /** Resolves when no webhook is on its way. */
  delivered(): Promise<void>;
  close(): Promise<void>;
}

const DEFAULT_PERMISSIONS = {
  metadata: "read",
  contents: "write",
  pull_requests: "write",
  checks: "write",
  statuses: "write",
  issues: "write",
  members: "read",
} as const;
const DEFAULT_PEOPLE = [{ id: 1001, login: "web-owner", name: "Web owner" }] as const;

const FORGET_TOKENS_MS = 24 * 60 * 60_000;

function identity(options: LocalGithubOptions): AppIdentity {
  const slug = options.appSlug ?? "countersign";
  return {
    id: options.appId,
    slug,
    name: slug.charAt(0).toUpperCase() + slug.slice(1),
    installationId: 50_000_000 + options.appId,
    bot: { id: 190_000_000 + options.appId, login: `${slug}[bot]`, type: "Bot" },
    permissions: { ...(options.permissions ?? DEFAULT_PERMISSIONS), metadata: "read" },
    publicKeyPem: options.publicKeyPem,
  };
}

async function openWorld(options: LocalGithubOptions, origin: () => string): Promise<World> {
  const { stateDir } = options;
  const reposDir = join(stateDir, "repositories");
  await mkdir(reposDir, { recursive: true, mode: 0o700 });
  await writeHooks(join(stateDir, "hooks"));
  const fresh: Data = { v: 1, nextId: 1_000_001, repositories: [], tokens: [] };
  const file = await openJsonFile(join(stateDir, "github.json"), Data, fresh);
  const kept: Deliveries = { v: 1, nextId: 7_000_001, deliveries: [] };
  const deliveries = await openJsonFile(join(stateDir, "deliveries.json"), Deliveries, kept);
  const nowMs = options.nowMs ?? Date.now;
  file.data.tokens = file.data.tokens.filter((token) => token.expiresAtMs > nowMs() - FORGET_TOKENS_MS);
  const app = identity(options);
  const hooks = makeHooks({ file: deliveries, appId: app.id, nowMs, timeoutMs: options.webhookTimeoutMs ?? 10_000 });
  if (options.webhook !== undefined) hooks.setTarget(options.webhook);
  const people = (options.people ?? DEFAULT_PEOPLE).map((person): Actor => ({ ...person, type: "User" }));
  const home = await prepareGitHome(stateDir);
  const rateLimitPerHour = options.rateLimitPerHour ?? 5000;
  const log = makeRequestLog();
  return { file, home, reposDir, app, people, hooks, log, nowMs, rateLimitPerHour, origin, alone: makeAlone() };
}

export async function startLocalGithub(options: LocalGithubOptions): Promise<LocalGithub> {
  let origin = "";
  const world = await openWorld(options, () => origin);
  const page = { lookDir: options.lookDir, token: options.pageToken, bar: options.bar ?? [] };
  const listening = await listenLocal(makeHandler(world, page), options.port);
  origin = listening.url;
  for (const repo of world.file.data.repositories) await settleAfterCrash(world, repo);
  return {
    ...makeVerbs(world),
    url: `${origin}${API_PREFIX}`,
    gitUrl: origin,
    pageUrl: `${origin}/?token=${options.pageToken}`,
    installationId: world.app.installationId,
    setWebhook: (url, secret) => world.hooks.setTarget({ url, secret }),
    addRepository: (repository) => addRepository(world, repository),
    requests: () => world.log.requests,
    tokens: () => world.file.data.tokens.map(({ hash: _hash, ...shown }) => shown),
    failNext: (fault) => world.log.failNext(fault),
    deliveries: () => world.hooks.deliveries(),
    redeliver: (deliveryId) => world.hooks.redeliver(deliveryId),
    delivered: () => world.hooks.idle(),
    async close() {
      await listening.close();
      await world.hooks.close();
      await world.file.save();
    },
  };
}

function makeHandler(world: World, page: PageOptions): Handler {
  return async (req, res, url) => {
    if (isApiPath(url.pathname)) await answerApi(world, { req, res, url });
    else if (isGitPath(url.pathname)) await answerGit(world, { req, res, url });
    else await answerPage(world, page, { req, res, url });
  };
}
