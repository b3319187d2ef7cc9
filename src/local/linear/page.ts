// The workspace as a page: its files, its data, and what the people on it do. It talks to this service only.
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { admitPage, readBody, sendAsset, sendJson, sendPage } from "../http.ts";
import type { Linear } from "./context.ts";
import type { Exchange } from "./exchange.ts";
import { perform } from "./page-acts.ts";
import { pageData } from "./page-data.ts";
import { renderShell, type BarLink, type Place } from "./page-shell.ts";
import { findIssue, findTeam, identifierOf } from "./world.ts";

const PAGE_DIR = fileURLToPath(new URL("page", import.meta.url));
const BODY_LIMIT_BYTES = 200_000;
const CHANGE_WAIT_MS = 40;
const KEEP_ALIVE_MS = 15_000;

export interface PageParts {
  readonly linear: Linear;
  /** The folder with tokens.css and pages.css. */
  readonly lookDir: string;
  readonly pageToken: string;
  readonly bar: readonly BarLink[];
}

/** True when the request was one of the page's. */
export async function servePage(parts: PageParts, exchange: Exchange): Promise<boolean> {
  const { req, res, url } = exchange;
  const path = url.pathname;
  const outer = `/${parts.linear.world.seed.organization.urlKey}`;
  const mine = path === "/" || path === outer || OWN_PATHS.concat(`${outer}/`).some((start) => path.startsWith(start));
  if (!mine) return false;
  if (!admitPage(exchange, parts.pageToken)) return true;
  if (path.startsWith("/look/")) await sendAsset(res, parts.lookDir, path.slice("/look/".length));
  else if (path === "/page/data")
    sendJson(res, 200, pageData(parts.linear, url.searchParams.get("issue") ?? undefined));
  else if (path === "/page/events") streamChanges(parts, exchange);
  else if (path.startsWith("/page/uploads/")) sendUpload(parts, exchange);
  else if (path.startsWith("/page/do/") && req.method === "POST") await takeAct(parts, exchange);
  else if (path.startsWith("/page/")) await sendAsset(res, PAGE_DIR, path.slice("/page/".length));
  else if (path === outer || path.startsWith(`${outer}/`)) redirect(exchange);
  else sendPlace(parts, exchange);
  return true;
}

const OWN_PATHS = ["/look/", "/page/", "/team/", "/issue/"];

function sendPlace({ linear, bar }: PageParts, { res, url }: Exchange): void {
  const place = placeOf(linear, url.pathname);
  const data = pageData(linear, place.kind === "issue" ? place.key : undefined);
  sendPage(res, place.kind === "nowhere" ? 404 : 200, renderShell({ world: linear.world, bar, place, data }));
}

function placeOf({ world }: Linear, path: string): Place {
  const [, folder = "", given = ""] = path.split("/");
  if (folder === "issue") {
    const issue = findIssue(world, given);
    return issue === undefined ? { kind: "nowhere" } : { kind: "issue", key: identifierOf(world, issue), issue };
  }
  const team = folder === "team" ? findTeam(world, given) : [...world.teams.values()][0];
  return team === undefined ? { kind: "nowhere" } : { kind: "team", team };
}

// The addresses that the API gives, `/acme/issue/MKT-128/some-words`, lead to the page of the issue; browsers keep the
// part after `#`.
function redirect({ res, url }: Exchange): void {
  const [, , folder, key = ""] = url.pathname.split("/");
  const to = folder === "issue" || folder === "team" ? `/${folder}/${encodeURIComponent(key)}` : "/";
  res.writeHead(303, { location: to });
  res.end();
}

// Says that something changed; what it is the page fetches.
function streamChanges({ linear }: PageParts, { req, res }: Exchange): void {
  const { world } = linear;
  res.writeHead(200, {
    "content-type": "text/event-stream",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  let timer: NodeJS.Timeout | undefined;
  const tell = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      res.write("data: changed\n\n");
    }, CHANGE_WAIT_MS);
  };
  const alive = setInterval(() => res.write(": here\n\n"), KEEP_ALIVE_MS);
  world.listeners.add(tell);
  req.on("close", () => {
    clearTimeout(timer);
    clearInterval(alive);
    world.listeners.delete(tell);
  });
  res.write("data: hello\n\n");
}

/** Pictures may show themselves; all else is saved, never run, in the page's origin. */
function sendUpload({ linear }: PageParts, { res, url }: Exchange): void {
  const path = decodeURIComponent(url.pathname.slice("/page/uploads/".length));
  const upload = linear.world.seed.uploads?.find((each) => each.path === path);
  if (upload === undefined) {
    sendJson(res, 404, { error: "not_found" });
    return;
  }
  const shown = /^image\/(png|jpeg|gif|webp)$/.test(upload.contentType);
  res.writeHead(200, {
    "content-type": shown ? upload.contentType : "application/octet-stream",
    "content-length": upload.bytes.length,
    "content-disposition": shown ? "inline" : "attachment",
    "content-security-policy": "default-src 'none'; sandbox",
    "x-content-type-options": "nosniff",
  });
  res.end(upload.bytes);
}

async function takeAct({ linear }: PageParts, { req, res, url }: Exchange): Promise<void> {
  // A form of another page could not send this type without asking first.
  if (!(req.headers["content-type"] ?? "").startsWith("application/json")) {
    sendJson(res, 415, { ok: false, failed: "JSON only" });
    return;
  }
  try {
    const body: unknown = JSON.parse((await readBody(req, BODY_LIMIT_BYTES)).toString("utf8"));
    const done = perform(linear, url.pathname.slice("/page/do/".length), body);
    if (done === undefined) sendJson(res, 404, { ok: false, failed: "not_found" });
    else sendJson(res, 200, { ok: true, ...done });
  } catch (error) {
    const words = error instanceof Error ? error.message : "failed";
    sendJson(res, 400, { ok: false, failed: error instanceof z.ZodError ? z.prettifyError(error) : words });
  }
}
