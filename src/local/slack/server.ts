// A local Slack for the unmodified SDK: Socket Mode, the Web API, and people who type and click.
import type { IncomingMessage, ServerResponse } from "node:http";
import { listenLocal, sendJson } from "../http.ts";
import { say, slash, type Done, type SayAct, type SlashAct } from "./acts.ts";
import { click, clickInView, type ClickAct, type ViewClickAct } from "./clicks.ts";
import type { Slack } from "./context.ts";
import { makeCourier, SLACK_RETRY_DELAYS_MS } from "./delivery.ts";
import { DOWNLOAD_PATH, serveDownload, serveSignIn, serveUpload, type Exchange } from "./file-server.ts";
import { UPLOAD_PATH } from "./methods/files.ts";
import { stopByPerson, type StopAct } from "./methods/streams.ts";
import type { BarLink } from "./page-shell.ts";
import { servePage, type PageParts } from "./page.ts";
import { REPLY_PATH, serveReply } from "./replies.ts";
import type { LocalSlackSeed } from "./seed.ts";
import { startSockets, type DisconnectReason } from "./sockets.ts";
import { snapshot, waitFor, type Found, type LocalSlackState, type WaitOptions } from "./state.ts";
import { keepIn } from "./store.ts";
import { closeView, submit, type SubmitAct, type Submitted } from "./submissions.ts";
import { makeTickets } from "./tickets.ts";
import { makeWebApi, type Call, type Fault, type WebApi } from "./web-api.ts";
import { makeWorld, resetWorld } from "./world.ts";

export type { LocalSlackSeed } from "./seed.ts";
export type { LocalSlackState } from "./state.ts";

export interface LocalSlackOptions {
  readonly port: number;
  /** Messages and files are kept here across restarts; absent: in memory only. */
  readonly stateDir?: string;
  /** The folder with tokens.css and pages.css. */
  readonly lookDir: string;
  readonly pageToken: string;
  readonly botToken: string;
  readonly appToken: string;
  readonly signingSecret: string;
  readonly seed: LocalSlackSeed;
  /** Other pages of the demo, linked from the side. Read each time: they may start later. */
  readonly bar?: readonly BarLink[];
  /** Shows the guide strip. */
  readonly guide?: { readonly command: string };
  /** How long an app has to ack; Slack's 3 s unless told. */
  readonly commandAckMs?: number;
  /** Pauses before the redeliveries of an event that was not acked. */
  readonly retryDelaysMs?: readonly number[];
}

export interface LocalSlack {
  /** The Web API's base with its trailing slash, as `slackApiUrl` wants it. */
  readonly url: string;
  /** The workspace page, with the token of this start. */
  readonly pageUrl: string;
  readonly port: number;
  slash(act: SlashAct): Promise<Done>;
  /** `failed` when the app never acked the events of this post. */
  say(act: SayAct): Promise<{ readonly ts: string; readonly failed?: string }>;
  click(act: ClickAct): Promise<Done>;
  clickInView(act: ViewClickAct): Promise<Done>;
  submit(act: SubmitAct): Promise<Submitted>;
  closeView(act: { readonly user: string; readonly viewId: string }): Promise<Submitted>;
  /** The native Stop beside "is working". */
  stop(act: StopAct): Promise<Done>;
  state(): LocalSlackState;
  calls(): readonly Call[];
  failNext(fault: Fault): void;
  disconnectSockets(reason: DisconnectReason): void;
  waitFor<T>(look: (state: LocalSlackState) => T, options: WaitOptions): Promise<Found<T>>;
  reset(): void;
  close(): Promise<void>;
}

export async function startLocalSlack(options: LocalSlackOptions): Promise<LocalSlack> {
  const world = makeWorld(options.seed);
  const keeper = options.stateDir === undefined ? undefined : await keepIn(world, options.stateDir);
  const serving: { handler?: (req: IncomingMessage, res: ServerResponse, url: URL) => Promise<void> } = {};
  const http = await listenLocal(async (req, res, url) => serving.handler?.(req, res, url), options.port);
  world.origin = http.url;
  const sockets = startSockets(http, options.seed.bot.appId);
  const courier = makeCourier(world, sockets, {
    ackMs: options.commandAckMs ?? 3_000,
    retryDelaysMs: options.retryDelaysMs ?? SLACK_RETRY_DELAYS_MS,
  });
  const slack: Slack = { world, courier, sockets, tickets: makeTickets(), later: (work) => void setImmediate(work) };
  const api = makeWebApi(slack, { bot: options.botToken, app: options.appToken });
  const { lookDir, pageToken, botToken } = options;
  const page = {
    slack,
    lookDir,
    pageToken,
    bar: options.bar ?? [],
    ...(options.guide === undefined ? {} : { guide: options.guide }),
  };
  serving.handler = (req, res, url) => route({ slack, api, botToken, page }, { req, res, url });
  return {
    url: `${http.url}/api/`,
    pageUrl: `${http.url}/?token=${options.pageToken}`,
    port: http.port,
    ...people(slack),
    state: () => snapshot(slack),
    calls: () => structuredClone(api.calls()),
    failNext: (fault) => api.failNext(fault),
    disconnectSockets: (reason) => sockets.disconnect(reason),
    waitFor: (look, wait) => waitFor(slack, look, wait),
    reset: () => {
      courier.reset();
      api.reset();
      slack.tickets.triggers.clear();
      slack.tickets.replies.clear();
      resetWorld(world);
    },
    close: async () => {
      courier.close();
      await sockets.close();
      await http.close();
      await keeper?.close();
    },
  };
}

type Verbs = Pick<LocalSlack, "slash" | "say" | "click" | "clickInView" | "submit" | "closeView" | "stop">;

function people(slack: Slack): Verbs {
  return {
    slash: (act) => slash(slack, act),
    say: async (act) => {
      const { ts, heard } = say(slack, act);
      return (await heard) ? { ts } : { ts, failed: "not_acked" };
    },
    click: (act) => click(slack, act),
    clickInView: (act) => clickInView(slack, act),
    submit: (act) => submit(slack, act),
    closeView: (act) => closeView(slack, act),
    stop: async (act) => ((await stopByPerson(slack, act)) ? { ok: true } : { ok: false, failed: "not_acked" }),
  };
}

interface Parts {
  readonly slack: Slack;
  readonly api: WebApi;
  readonly botToken: string;
  readonly page: PageParts;
}

async function route({ slack, api, botToken, page }: Parts, exchange: Exchange): Promise<void> {
  const { req, res, url } = exchange;
  const path = url.pathname;
  if (path.startsWith("/api/")) await api.serve(req, res, url);
  else if (path.startsWith(REPLY_PATH) && req.method === "POST") await serveReply(slack, exchange);
  else if (path.startsWith(UPLOAD_PATH) && req.method === "POST") await serveUpload(slack, exchange);
  else if (path.startsWith(DOWNLOAD_PATH)) serveDownload(slack, exchange, botToken);
  else if (path === "/signin") serveSignIn(res);
  else if (!(await servePage(page, exchange))) sendJson(res, 404, { error: "not_found" });
}
