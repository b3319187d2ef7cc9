// The workspace as a page: its files, its data, and what the people on it do. It talks to this service only.
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { admitPage, readBody, sendAsset, sendJson, sendPage } from "../http.ts";
import { say, slash, type SayAct } from "./acts.ts";
import { click, clickInView } from "./clicks.ts";
import type { Slack } from "./context.ts";
import { sendBytes, type Exchange } from "./file-server.ts";
import { addFile } from "./files.ts";
import { parseJson } from "./json.ts";
import { stopByPerson } from "./methods/streams.ts";
import { pageData, type PageOptions } from "./page-data.ts";
import { renderShell, type BarLink } from "./page-shell.ts";
import { closeView, submit } from "./submissions.ts";
import { findMessage } from "./world.ts";

const PAGE_DIR = fileURLToPath(new URL("page", import.meta.url));
const BODY_LIMIT_BYTES = 200_000;
const UPLOAD_LIMIT_BYTES = 20_000_000;
const CHANGE_WAIT_MS = 40;
const KEEP_ALIVE_MS = 15_000;

export interface PageParts extends PageOptions {
  readonly slack: Slack;
  readonly lookDir: string;
  readonly pageToken: string;
  readonly bar: readonly BarLink[];
}

const At = { user: z.string(), channel: z.string() };
const Press = {
  actionId: z.string(),
  blockId: z.string().optional(),
  value: z.string().optional(),
  selected: z.union([z.string(), z.array(z.string())]).optional(),
};
const ACTS = {
  slash: z.object({ ...At, command: z.string().max(100), text: z.string().max(10_000) }),
  say: z.object({
    ...At,
    text: z.string().max(40_000),
    threadTs: z.string().optional(),
    fileIds: z.array(z.string()).optional(),
  }),
  click: z.object({ ...At, ts: z.string(), ...Press }),
  press: z.object({ user: z.string(), viewId: z.string(), ...Press }),
  submit: z.object({
    user: z.string(),
    viewId: z.string(),
    values: z.record(z.string(), z.record(z.string(), z.union([z.string(), z.array(z.string()), z.null()]))),
  }),
  close: z.object({ user: z.string(), viewId: z.string() }),
  stop: z.object({ ...At, threadTs: z.string() }),
};

/** True when the request was one of the page's. */
export async function servePage(parts: PageParts, exchange: Exchange): Promise<boolean> {
  const { req, res, url } = exchange;
  const path = url.pathname;
  const mine = path === "/" || ["/look/", "/page/", "/archives/"].some((start) => path.startsWith(start));
  if (!mine) return false;
  if (!admitPage(exchange, parts.pageToken)) return true;
  if (path === "/")
    sendPage(res, 200, renderShell(parts.slack.world, { withGuide: parts.guide !== undefined, bar: parts.bar }));
  else if (path.startsWith("/archives/")) redirect(parts, exchange);
  else if (path.startsWith("/look/")) await sendAsset(res, parts.lookDir, path.slice("/look/".length));
  else if (path === "/page/data") sendData(parts, exchange);
  else if (path === "/page/events") streamChanges(parts, exchange);
  else if (path.startsWith("/page/files/")) sendFile(parts, exchange);
  else if (path === "/page/upload" && req.method === "POST") await takeUpload(parts, exchange);
  else if (path.startsWith("/page/do/") && req.method === "POST") await takeAct(parts, exchange);
  else await sendAsset(res, PAGE_DIR, path.slice("/page/".length));
  return true;
}

// A permalink lands in the channel, with the thread open that the message is in.
function redirect({ slack }: PageParts, { res, url }: Exchange): void {
  const [, , channel = "", id = ""] = url.pathname.split("/");
  const ts = id.replace(/^p(\d+)(\d{6})$/, "$1.$2");
  const root = url.searchParams.get("thread_ts") ?? findMessage(slack.world, channel, ts)?.threadTs ?? ts;
  res.writeHead(303, { location: `/#/${encodeURIComponent(channel)}/${encodeURIComponent(root)}` });
  res.end();
}

function sendData(parts: PageParts, { res, url }: Exchange): void {
  const me = url.searchParams.get("as") ?? "";
  if (parts.slack.world.people.has(me)) sendJson(res, 200, pageData(parts.slack, me, parts));
  else sendJson(res, 404, { error: "user_not_found" });
}

// Says that something changed; what it is the page fetches.
function streamChanges({ slack }: PageParts, { req, res }: Exchange): void {
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
  slack.world.listeners.add(tell);
  req.on("close", () => {
    clearTimeout(timer);
    clearInterval(alive);
    slack.world.listeners.delete(tell);
  });
  res.write("data: hello\n\n");
}

function sendFile({ slack }: PageParts, { res, url }: Exchange): void {
  const file = slack.world.files.get(url.pathname.slice("/page/files/".length));
  if (file?.bytes === undefined) sendJson(res, 404, { error: "file_not_found" });
  else sendBytes(res, file, file.bytes);
}

async function takeUpload({ slack }: PageParts, { req, res, url }: Exchange): Promise<void> {
  const user = url.searchParams.get("as") ?? "";
  const name = (url.searchParams.get("name") ?? "").slice(0, 200);
  if (!slack.world.people.has(user) || name === "") {
    sendJson(res, 400, { error: "invalid_arguments" });
    return;
  }
  const { id } = addFile(slack.world, user, { name, bytes: await readBody(req, UPLOAD_LIMIT_BYTES) });
  sendJson(res, 200, { id, name });
}

async function takeAct(parts: PageParts, { req, res, url }: Exchange): Promise<void> {
  // A form of another page could not send this type without asking first.
  if (!(req.headers["content-type"] ?? "").startsWith("application/json")) {
    sendJson(res, 415, { ok: false, failed: "JSON only" });
    return;
  }
  const body = parseJson((await readBody(req, BODY_LIMIT_BYTES)).toString("utf8"));
  try {
    const done = await perform(parts.slack, url.pathname.slice("/page/do/".length), body);
    if (done === undefined) sendJson(res, 404, { ok: false, failed: "not_found" });
    else sendJson(res, 200, done);
  } catch (error) {
    sendJson(res, 400, {
      ok: false,
      failed: error instanceof z.ZodError ? z.prettifyError(error) : error instanceof Error ? error.message : "failed",
    });
  }
}

async function perform(slack: Slack, act: string, body: unknown): Promise<unknown> {
  switch (act) {
    case "slash":
      return slash(slack, ACTS.slash.parse(body));
    case "say":
      return sayNow(slack, ACTS.say.parse(body));
    case "click":
      return click(slack, ACTS.click.parse(body));
    case "press":
      return clickInView(slack, ACTS.press.parse(body));
    case "submit":
      return submit(slack, ACTS.submit.parse(body));
    case "close":
      return closeView(slack, ACTS.close.parse(body));
    case "stop":
      return (await stopByPerson(slack, ACTS.stop.parse(body))) ? { ok: true } : { ok: false, failed: "not_acked" };
    default:
      return undefined;
  }
}

// A person's message is there at once; whether the app heard it is not their wait.
function sayNow(slack: Slack, act: SayAct): { readonly ok: true; readonly ts: string } {
  const { ts } = say(slack, act);
  return { ok: true, ts };
}
