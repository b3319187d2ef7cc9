// The product's own pages on ADMIN_PORT: the list of runs and one page a run. They read and never write.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Sha256 } from "../core/seal.ts";
import type { Log, Store } from "../ports.ts";
import { loadAsset, send, type Answer } from "./answer.ts";
import { hideTokens } from "./hide.ts";
import { renderSaying } from "./layout.ts";
import { pickChange, renderRunJson, renderRunPage } from "./run-page.ts";
import { renderRunsPage, RUNS_A_PAGE } from "./runs-page.ts";
import { createTimes, type Times } from "./times.ts";

export interface PagesOptions {
  readonly store: Pick<Store, "loadView" | "listRuns" | "listEvents">;
  /** The folder of stylesheets and scripts. */
  readonly lookDir: string;
  readonly sha256: Sha256;
  readonly log: Log;
  /** IANA name; without it the zone of this machine. */
  readonly timeZone?: string;
  readonly nowMs?: () => number;
}

/** Answers true where the address was one of ours and `res` has been answered. */
export type Pages = (req: IncomingMessage, res: ServerResponse, url: URL) => Promise<boolean>;

interface Context extends PagesOptions {
  readonly times: Times;
  readonly nowMs: () => number;
}

export function createPages(options: PagesOptions): Pages {
  const zone = options.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const context: Context = { ...options, times: createTimes(zone), nowMs: options.nowMs ?? Date.now };
  return async (req, res, url) => {
    const route = findRoute(url);
    if (route === undefined) return false;
    if (req.method !== "GET" && req.method !== "HEAD") {
      send(req, res, { status: 405, type: "text", body: "Only GET and HEAD.\n", headers: { allow: "GET, HEAD" } });
      return true;
    }
    send(req, res, await answerSafely(context, route, url.pathname));
    return true;
  };
}

type Route = (context: Context) => Promise<Answer>;

const RUN_PATH = /^\/runs\/([0-9A-Za-z]{1,32})(\.json|\/diff)?$/;

function findRoute(url: URL): Route | undefined {
  const { pathname } = url;
  if (pathname === "/") return async () => redirect("/runs");
  if (pathname === "/runs") return (context) => answerRuns(context, url.searchParams.get("before"));
  if (pathname.startsWith("/look/")) {
    return async ({ lookDir }) =>
      (await loadAsset(lookDir, pathname.slice("/look/".length))) ?? notFound("There is no such file.");
  }
  if (!pathname.startsWith("/runs/")) return undefined;
  const [, id, part] = RUN_PATH.exec(pathname) ?? [];
  if (id === undefined) return async () => notFound("There is no such page.");
  const version = url.searchParams.get("version");
  if (part === ".json") return (context) => answerJson(context, id);
  if (part === "/diff") return (context) => answerDiff(context, id, version);
  return (context) => answerRun(context, id, version);
}

async function answerSafely(context: Context, route: Route, path: string): Promise<Answer> {
  try {
    return await route(context);
  } catch (cause) {
    context.log.error({ path, cause: String(cause) }, "a page could not be made");
    return saying(500, { title: "Something went wrong", text: "This page could not be made. The log has the reason." });
  }
}

function redirect(location: string): Answer {
  return { status: 303, type: "text", body: "", headers: { location } };
}

function saying(status: number, says: { readonly title: string; readonly text: string }): Answer {
  return { status, type: "html", body: renderSaying(says) };
}

function notFound(text: string): Answer {
  return saying(404, { title: "Not found", text });
}

function noRun(id: string): Answer {
  return notFound(`There is no run ${id}. Run ids have capital letters and numbers, as on the card in Slack.`);
}

async function answerRuns(context: Context, before: string | null): Promise<Answer> {
  if (before !== null && !/^[0-9A-Za-z]{1,32}$/.test(before)) return notFound("That is no run id.");
  const page = before === null ? {} : { beforeId: before };
  const runs = await context.store.listRuns({ ...page, limit: RUNS_A_PAGE + 1 });
  const body = renderRunsPage({ runs, ...page, nowMs: context.nowMs(), times: context.times });
  return { status: 200, type: "html", body };
}

/** A number as people write it in an address, or undefined where it is absent; NaN where it is none. */
function parseVersion(text: string | null): number | undefined {
  if (text === null) return undefined;
  return /^[1-9]\d{0,5}$/.test(text) ? Number(text) : Number.NaN;
}

async function answerRun(context: Context, id: string, wanted: string | null): Promise<Answer> {
  const view = await context.store.loadView(id);
  if (view === undefined) return noRun(id);
  const events = await context.store.listEvents(id);
  const version = parseVersion(wanted);
  const { times, sha256 } = context;
  const body = renderRunPage({ view, events, times, sha256, ...(version === undefined ? {} : { version }) });
  return body === undefined ? notFound(`Run ${id} has no such version.`) : { status: 200, type: "html", body };
}

async function answerJson(context: Context, id: string): Promise<Answer> {
  const view = await context.store.loadView(id);
  if (view === undefined) return { status: 404, type: "json", body: `{"error":"no such run"}\n` };
  const events = await context.store.listEvents(id);
  return { status: 200, type: "json", body: renderRunJson({ view, events, sha256: context.sha256 }) };
}

async function answerDiff(context: Context, id: string, wanted: string | null): Promise<Answer> {
  const view = await context.store.loadView(id);
  const change = view === undefined ? undefined : pickChange(view, parseVersion(wanted));
  if (change === undefined) return { status: 404, type: "text", body: "There is no such run or version.\n" };
  return { status: 200, type: "text", body: hideTokens(change.diff) };
}
