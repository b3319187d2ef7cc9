// A local Linear for the unmodified SDK: GraphQL, OAuth, webhooks, and people who delegate, write and stop.
import { listenLocal, sendJson, type Handler } from "../http.ts";
import type { Linear } from "./context.ts";
import { LINEAR_RETRY_DELAYS_MS, LINEAR_WEBHOOK_TIMEOUT_MS, makeCourier } from "./courier.ts";
import type { Exchange } from "./exchange.ts";
import { makeTrouble } from "./faults.ts";
import type { LocalLinear, LocalLinearOptions } from "./interface.ts";
import { LINEAR_LIMITS, makeMeter } from "./limits.ts";
import type { AppUser, World } from "./model.ts";
import type { OAuthParts } from "./oauth.ts";
import { servePage, type PageParts } from "./page.ts";
import { makeSchema } from "./schema.ts";
import { serveApi, type ApiParts } from "./serve-api.ts";
import { snapshot, waitFor, type Looked } from "./state.ts";
import { keepIn } from "./store.ts";
import { countTokens, makeBook } from "./tokens.ts";
import { peopleOf } from "./verbs.ts";
import { announce, makeWorld, resetWorld, settle } from "./world.ts";

export type { LinearCall } from "./faults.ts";
export type { LocalLinear, LocalLinearOptions } from "./interface.ts";
export type { LocalLinearSeed } from "./seed.ts";
export type { LocalLinearState } from "./state.ts";

const CLOCK_MS = 1_000;

export async function startLocalLinear(options: LocalLinearOptions): Promise<LocalLinear> {
  const { seed, stateDir } = options;
  const world = makeWorld(seed, { now: options.now ?? Date.now, otherApps: options.otherApps ?? [] });
  const book = makeBook();
  const keeper = stateDir === undefined ? undefined : await keepIn({ world, book }, stateDir);
  const linear = makeLinear(options, world);
  const { courier } = linear;
  const parts = makeParts(options, linear, { world, book, ...credentials(options, world) });
  const { lookDir, pageToken, bar = [] } = options;
  const page: PageParts = { linear, lookDir, pageToken, bar };
  const down = { now: false };
  const serving: { handler?: Handler } = {};
  const http = await listenLocal((req, res, url) => serving.handler?.(req, res, url), options.port);
  world.origin = http.url;
  serving.handler = async (req, res, url) => {
    if (down.now) res.destroy();
    else await route(parts, page, { req, res, url });
  };
  const clock = setInterval(() => settle(world) && announce(world), CLOCK_MS).unref();
  const looked: Looked = {
    world,
    tokens: () => countTokens(book, world.now()),
    deliveries: () => courier.deliveries(),
  };
  const { trouble } = parts;
  return {
    url: http.url,
    pageUrl: `${http.url}/?token=${options.pageToken}`,
    port: http.port,
    ...peopleOf(linear, book),
    setWebhook: (url, secret) => courier.setTarget(url, secret),
    redeliver: (id, change) => courier.redeliver(id, change ?? {}),
    state: () => snapshot(looked),
    calls: () => structuredClone(trouble.calls()),
    deliveries: () => structuredClone(courier.deliveries()),
    failNext: (fault) => trouble.failNext(fault),
    goDown: () => {
      down.now = true;
      http.server.closeAllConnections();
    },
    comeUp: () => {
      down.now = false;
    },
    waitFor: (look, wait) => waitFor(looked, look, wait),
    reset: () => {
      down.now = false;
      courier.reset();
      trouble.reset();
      parts.graphql.meter.reset();
      for (const list of [book.access, book.refresh, book.codes]) list.length = 0;
      resetWorld(world);
    },
    close: async () => {
      clearInterval(clock);
      await courier.close();
      await http.close();
      await keeper?.close();
    },
  };
}

function makeLinear(options: LocalLinearOptions, world: World): Linear {
  const courier = makeCourier({
    retryDelaysMs: options.retryDelaysMs ?? LINEAR_RETRY_DELAYS_MS,
    retryKeepsTimestamp: options.retryKeepsTimestamp !== false,
    timeoutMs: options.webhookTimeoutMs ?? LINEAR_WEBHOOK_TIMEOUT_MS,
    now: world.now,
    changed: () => announce(world),
  });
  return {
    world,
    courier,
    assignMakesSession: options.assignMakesSession === true,
    announceOwnSessions: options.announceOwnSessions !== false,
  };
}

function credentials(options: LocalLinearOptions, world: World): Pick<OAuthParts, "appOf" | "appByClient"> {
  const { clientId, clientSecret, seed, otherApps = [] } = options;
  const clients = [{ clientId, clientSecret, userId: seed.app.userId }, ...otherApps];
  const appOf = (id: string, secret?: string): AppUser | undefined => {
    const known = clients.find((client) => client.clientId === id);
    const fits = known !== undefined && (secret === undefined || secret === known.clientSecret);
    return fits ? world.apps.get(known.userId) : undefined;
  };
  return { appOf: (id, secret) => appOf(id, secret), appByClient: (id) => appOf(id) };
}

type Found = Pick<OAuthParts, "world" | "book" | "appOf" | "appByClient">;

function makeParts(options: LocalLinearOptions, linear: Linear, found: Found): ApiParts {
  return {
    trouble: makeTrouble(),
    oauth: {
      ...found,
      accessToken: options.accessToken,
      apiKeys: options.apiKeys ?? {},
      clientCredentials: options.clientCredentials !== false,
    },
    graphql: {
      linear,
      schema: makeSchema(),
      meter: makeMeter(options.limits ?? LINEAR_LIMITS, linear.world.now),
    },
  };
}

async function route(parts: ApiParts, page: PageParts, exchange: Exchange): Promise<void> {
  if (await serveApi(parts, exchange)) return;
  if (!(await servePage(page, exchange))) sendJson(exchange.res, 404, { error: "not_found" });
}
