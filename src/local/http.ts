// What every local stand-in shares on the wire: loopback only, Host and Origin checked, pages behind the per-start token.
import { timingSafeEqual } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { join, normalize } from "node:path";

export interface Listening {
  readonly server: Server;
  readonly port: number;
  /** `http://127.0.0.1:PORT`, no trailing slash. */
  readonly url: string;
  close(): Promise<void>;
}

export type Handler = (req: IncomingMessage, res: ServerResponse, url: URL) => Promise<void> | void;

const LOOPBACK_NAMES = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** Listens on 127.0.0.1; a taken port moves to the next free one (at most 50 further), port 0 takes any. */
export async function listenLocal(handler: Handler, wantedPort: number): Promise<Listening> {
  const server = createServer((req, res) => {
    void answer(handler, req, res);
  });
  const port = await listenFrom(server, wantedPort);
  return { server, port, url: `http://127.0.0.1:${port}`, close: () => closeServer(server) };
}

async function answer(handler: Handler, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const refused = judgeOrigin(req);
  if (refused !== undefined) {
    sendJson(res, 403, { error: refused });
    return;
  }
  try {
    await handler(req, res, new URL(req.url ?? "/", "http://127.0.0.1"));
  } catch (cause) {
    if (!res.headersSent) sendJson(res, 500, { error: "internal", message: String(cause) });
    else res.destroy();
  }
}

/** The reason to refuse a request that a web page of another origin, or a rebinding name, could have made. */
export function judgeOrigin(req: IncomingMessage): string | undefined {
  const host = req.headers.host ?? "";
  if (!LOOPBACK_NAMES.has(host.replace(/:\d+$/, ""))) return "this service answers to 127.0.0.1 only";
  const { origin } = req.headers;
  if (origin !== undefined && origin !== "null" && origin !== `http://${host}`)
    return "requests from other origins are refused";
  if (origin === "null") return "requests from other origins are refused";
  return undefined;
}

async function listenFrom(server: Server, wantedPort: number): Promise<number> {
  const last = wantedPort === 0 ? 0 : wantedPort + 50;
  for (let port = wantedPort; port <= last; port += 1) {
    const got = await tryListen(server, port);
    if (got !== undefined) return got;
  }
  throw new Error(`no free port from ${wantedPort} to ${last} on 127.0.0.1`);
}

function tryListen(server: Server, port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => {
      server.off("listening", listening);
      if (error.code === "EADDRINUSE") resolve(undefined);
      else reject(error);
    };
    const listening = (): void => {
      server.off("error", failed);
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    };
    server.once("error", failed);
    server.once("listening", listening);
    server.listen(port, "127.0.0.1");
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** The whole body; rejects with a RangeError past `limitBytes`. */
export async function readBody(req: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > limitBytes) throw new RangeError(`body over ${limitBytes} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

export function sendJson(res: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  res.writeHead(status, {
    "content-type": "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(text),
  });
  res.end(text);
}

const PAGE_HEADERS = {
  "content-security-policy":
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "referrer-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "cache-control": "no-store",
};

export function sendPage(res: ServerResponse, status: number, html: string): void {
  res.writeHead(status, { ...PAGE_HEADERS, "content-type": "text/html; charset=utf-8" });
  res.end(html);
}

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  html: "text/html; charset=utf-8",
  svg: "image/svg+xml",
};

/** One file of a folder of static assets; 404 for a name that leaves the folder. */
export async function sendAsset(res: ServerResponse, folder: string, name: string): Promise<void> {
  const path = normalize(join(folder, name));
  const body = path.startsWith(normalize(`${folder}/`)) ? await readFile(path).catch(() => undefined) : undefined;
  if (body === undefined) {
    sendJson(res, 404, { error: "not_found" });
    return;
  }
  const type = TYPES[name.split(".").at(-1) ?? ""] ?? "application/octet-stream";
  res.writeHead(200, { ...PAGE_HEADERS, "content-type": type });
  res.end(body);
}

export function equalSecrets(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

/**
 * Pages want the token of this start: once in `?token=`, then in a cookie. Cookies of one host are shared by all its
 * ports, so stand-ins started with one token unlock together. True: go on. False: this function has answered.
 */
export function admitPage(
  page: { readonly req: IncomingMessage; readonly res: ServerResponse; readonly url: URL },
  token: string,
): boolean {
  const cookieName = `cs_${token.slice(0, 8)}`;
  const given = page.url.searchParams.get("token");
  if (given !== null && equalSecrets(given, token)) {
    const rest = new URL(page.url);
    rest.searchParams.delete("token");
    page.res.writeHead(303, {
      location: `${rest.pathname}${rest.search}`,
      "set-cookie": `${cookieName}=${token}; HttpOnly; SameSite=Lax; Path=/`,
    });
    page.res.end();
    return false;
  }
  const cookies = (page.req.headers.cookie ?? "").split(/;\s*/);
  if (cookies.some((cookie) => equalSecrets(cookie, `${cookieName}=${token}`))) return true;
  sendPage(
    page.res,
    401,
    "<!doctype html><title>Locked</title><p>Open this page with the link that the terminal printed: it carries this start's token.",
  );
  return false;
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}
