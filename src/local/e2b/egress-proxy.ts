// One per sandbox, on a unix socket only that sandbox can reach: CONNECT tunnels and plain HTTP, each one decided and logged.
import { chownSync, chmodSync, rmSync } from "node:fs";
import { createServer, request, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { dial, findRoute, type Resolve, type Route, type Routing } from "./egress-dial.ts";
import type { EgressLog } from "./egress-log.ts";
import { judgeAddresses, judgeHost, normalizeHost, type Destination, type NetworkRules } from "./egress-rules.ts";

export interface EgressProxyOptions {
  readonly socketPath: string;
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  readonly log: EgressLog;
  readonly forwards: Readonly<Record<string, string>>;
  readonly resolve: Resolve;
  readonly network: NetworkRules;
}

export interface EgressProxy {
  /** Holds at once, for connections that are open already too. */
  setNetwork(network: NetworkRules): void;
  close(): Promise<void>;
}

interface Open {
  readonly host: string;
  readonly addresses: readonly string[];
  readonly forwarded: boolean;
  cut(): void;
}

interface Gate {
  decide(to: Destination): Promise<Routing>;
  /** Registers an open connection; the answer takes it off again. */
  track(open: Open): () => void;
}

const HOP_BY_HOP = ["proxy-connection", "proxy-authorization", "connection", "keep-alive", "te", "trailer", "upgrade"];

export async function openEgressProxy(options: EgressProxyOptions): Promise<EgressProxy> {
  let { network } = options;
  const connections = new Set<Open>();
  const gate: Gate = {
    async decide(to) {
      const { host, port } = to;
      const routing = await findSettledRoute(() => network, { ...options, to });
      const reason = routing.ok ? {} : { reason: routing.reason };
      options.log.add({ atMs: Date.now(), host, port, allowed: routing.ok, ...reason });
      return routing;
    },
    track(open) {
      connections.add(open);
      return () => connections.delete(open);
    },
  };
  const server = createServer((req, res) => {
    void relayRequest(gate, req, res).catch(() => res.destroy());
  });
  server.on("connect", (req: IncomingMessage, client: Duplex, head: Buffer) => {
    client.on("error", () => client.destroy());
    void openTunnel(gate, { target: req.url ?? "", client, head }).catch(() => client.destroy());
  });
  rmSync(options.socketPath, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.socketPath, resolve);
  });
  chmodSync(options.socketPath, 0o600);
  if (options.owner !== undefined) chownSync(options.socketPath, options.owner.uid, options.owner.gid);
  return {
    setNetwork(next) {
      network = next;
      for (const open of connections) if (!stillAllowed(next, open)) open.cut();
    },
    close: () =>
      new Promise((resolve) => {
        for (const open of connections) open.cut();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type Question = Pick<EgressProxyOptions, "forwards" | "resolve"> & { readonly to: Destination };

/** Rules that changed while a name was looked up are the ones that count. */
async function findSettledRoute(current: () => NetworkRules, { forwards, resolve, to }: Question): Promise<Routing> {
  for (;;) {
    const network = current();
    const routing = await findRoute({ network, forwards, resolve }, to);
    if (network === current()) return routing;
  }
}

function stillAllowed(network: NetworkRules, { host, addresses, forwarded }: Open): boolean {
  if (!judgeHost(network, host).allowed) return false;
  return forwarded || judgeAddresses(network, host, addresses).allowed;
}

function toOpen(to: Destination, route: Route, cut: () => void): Open {
  return { host: to.host, addresses: route.addresses, forwarded: route.addresses[0] === "127.0.0.1", cut };
}

interface Tunnel {
  readonly target: string;
  readonly client: Duplex;
  readonly head: Buffer;
}

async function openTunnel(gate: Gate, { target, client, head }: Tunnel): Promise<void> {
  const match = /^(\[[0-9a-f:.]+\]|[^:[\]]+):(\d{1,5})$/i.exec(target);
  const to = { host: normalizeHost(match?.[1] ?? ""), port: Number(match?.[2]) };
  if (match === null) {
    client.end("HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n");
    return;
  }
  const routing = await gate.decide(to);
  if (!routing.ok) {
    client.end(`HTTP/1.1 403 Forbidden\r\nconnection: close\r\nx-egress: blocked\r\n\r\nblocked: ${routing.reason}\n`);
    return;
  }
  const upstream = dial(routing.route);
  const forget = gate.track(
    toOpen(to, routing.route, () => {
      upstream.destroy();
      client.destroy();
    }),
  );
  upstream.once("connect", () => {
    client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
    upstream.write(head);
    client.pipe(upstream).pipe(client);
  });
  upstream.on("error", () => {
    if (upstream.bytesRead === 0 && !client.destroyed)
      client.end("HTTP/1.1 502 Bad Gateway\r\nconnection: close\r\n\r\n");
    else client.destroy();
  });
  upstream.on("close", () => {
    forget();
    client.end();
  });
  client.on("close", () => upstream.destroy());
}

async function relayRequest(gate: Gate, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const url = URL.canParse(req.url ?? "") ? new URL(req.url ?? "") : undefined;
  if (url?.protocol !== "http:") {
    res.writeHead(400, { connection: "close" }).end("this is a proxy: ask for an absolute http address, or CONNECT\n");
    return;
  }
  const to = { host: normalizeHost(url.hostname), port: url.port === "" ? 80 : Number(url.port) };
  const routing = await gate.decide(to);
  if (!routing.ok) {
    res.writeHead(403, { connection: "close", "x-egress": "blocked" }).end(`blocked: ${routing.reason}\n`);
    return;
  }
  const { route } = routing;
  const upstream = request({
    createConnection: () => dial(route),
    method: req.method ?? "GET",
    path: `${url.pathname}${url.search}`,
    headers: headersFor(req, url.host),
  });
  const forget = gate.track(toOpen(to, route, () => upstream.destroy(new Error("no longer allowed"))));
  upstream.on("close", forget);
  upstream.on("response", (answer) => {
    res.writeHead(answer.statusCode ?? 502, withoutHops(answer.headers));
    res.flushHeaders();
    answer.pipe(res);
    answer.on("error", () => res.destroy());
    answer.on("aborted", () => res.destroy());
  });
  upstream.on("error", () => {
    if (res.headersSent) res.destroy();
    else res.writeHead(502, { connection: "close" }).end("the host did not answer\n");
  });
  res.on("close", () => upstream.destroy());
  req.pipe(upstream);
}

/** The host header follows the judged address, whatever the client wrote. */
function headersFor(req: IncomingMessage, host: string): OutgoingHttpHeaders {
  return { ...withoutHops(req.headers), host, connection: "close" };
}

function withoutHops(headers: IncomingMessage["headers"]): OutgoingHttpHeaders {
  const kept: OutgoingHttpHeaders = { ...headers };
  for (const name of HOP_BY_HOP) delete kept[name];
  return kept;
}
