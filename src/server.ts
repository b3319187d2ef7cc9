// The HTTP routes and nothing else: what answers them is handed in by compose.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { serveHook } from "./hooks.ts";
import type { HookReceiver, Log } from "./ports.ts";

export interface Routes {
  /** What answers a POST to each path: `/github/webhook`. */
  readonly hooks: Readonly<Record<string, HookReceiver>>;
  /** Whether the process can do its work: the database answers, sockets stand. */
  readonly ready: () => Promise<boolean>;
  /** Pages on the admin port; false where the path is not theirs. */
  readonly pages?: (req: IncomingMessage, res: ServerResponse, url: URL) => Promise<boolean>;
}

export interface Servers {
  readonly port: number;
  readonly adminPort: number;
  close(): Promise<void>;
}

/** Starts both ports. A port that is taken: the next free one, said aloud. The admin port is loopback only. */
export async function startServers(
  routes: Routes,
  options: { readonly port: number; readonly adminPort: number; readonly host: string; readonly log: Log },
): Promise<Servers> {
  const { log } = options;
  const open = createServer((req, res) =>
    answer(req, res, { log, route: (url) => routeOpen(routes, { req, res, url }, log) }),
  );
  const admin = createServer((req, res) =>
    answer(req, res, { log: options.log, route: (url) => routeAdmin(routes, { req, res, url }) }),
  );
  for (const server of [open, admin]) {
    server.headersTimeout = 10_000;
    server.requestTimeout = 30_000;
  }
  const port = await listen(open, { name: "PORT", wanted: options.port, host: options.host, log: options.log });
  const adminPort = await listen(admin, {
    name: "ADMIN_PORT",
    wanted: options.adminPort,
    host: "127.0.0.1",
    log: options.log,
  });
  return {
    port,
    adminPort,
    close: async () => {
      await Promise.all([open, admin].map((server) => closeServer(server)));
    },
  };
}

interface Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly url: URL;
}

async function routeOpen(routes: Routes, { req, res, url }: Exchange, log: Log): Promise<boolean> {
  if (await routeHealth(routes, { req, res, url })) return true;
  const receiver = Object.hasOwn(routes.hooks, url.pathname) ? routes.hooks[url.pathname] : undefined;
  if (receiver === undefined) return false;
  await serveHook(req, res, { receiver, log });
  return true;
}

async function routeAdmin(routes: Routes, { req, res, url }: Exchange): Promise<boolean> {
  // A page of another site, or a name rebound to this machine, reads nothing here.
  if (!/^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/.test(req.headers.host ?? "")) {
    sendText(res, 403, "this port answers to 127.0.0.1 only\n");
    return true;
  }
  if (await routeHealth(routes, { req, res, url })) return true;
  return routes.pages === undefined ? false : routes.pages(req, res, url);
}

async function routeHealth(routes: Routes, { res, url }: Exchange): Promise<boolean> {
  if (url.pathname === "/healthz") {
    sendText(res, 200, "ok\n");
    return true;
  }
  if (url.pathname !== "/readyz") return false;
  const ready = await routes.ready();
  sendText(res, ready ? 200 : 503, ready ? "ready\n" : "not ready\n");
  return true;
}

function answer(
  req: IncomingMessage,
  res: ServerResponse,
  how: { readonly log: Log; readonly route: (url: URL) => Promise<boolean> },
): void {
  const url = URL.parse(req.url ?? "/", "http://127.0.0.1");
  if (url === null) {
    sendText(res, 400, "bad request\n");
    return;
  }
  how
    .route(url)
    .then((done) => {
      if (!done) sendText(res, 404, "not found\n");
    })
    .catch((cause: unknown) => {
      how.log.error({ path: url.pathname, cause: String(cause) }, "a request failed");
      if (res.headersSent) res.destroy();
      else sendText(res, 500, "something went wrong here; it was logged\n");
    });
}

function sendText(res: ServerResponse, status: number, text: string): void {
  res.writeHead(status, { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" });
  res.end(text);
}

async function listen(
  server: Server,
  want: { readonly name: string; readonly wanted: number; readonly host: string; readonly log: Log },
): Promise<number> {
  const last = want.wanted === 0 ? 0 : Math.min(65_535, want.wanted + 50);
  for (let port = want.wanted; port <= last; port += 1) {
    const got = await tryPort(server, port, want.host);
    if (got === undefined) continue;
    if (got !== want.wanted && want.wanted !== 0)
      want.log.warn({ wanted: want.wanted, port: got }, `${want.name} was taken; using the next free port`);
    return got;
  }
  throw new Error(`${want.name}: no free port from ${want.wanted} to ${last}`);
}

function tryPort(server: Server, port: number, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => {
      server.removeAllListeners("listening");
      if (error.code === "EADDRINUSE") resolve(undefined);
      else reject(error);
    };
    server.once("error", failed);
    server.once("listening", () => {
      server.off("error", failed);
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
    server.listen(port, host);
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), 2000).unref();
  });
}
