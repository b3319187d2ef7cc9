// From a destination to an open connection: judged by name, looked up once, judged by address, dialled at that address.
import { lookup } from "node:dns/promises";
import { connect, isIP, type LookupFunction, type Socket } from "node:net";
import { judgeAddresses, judgeDestination, judgeHost, type Destination, type NetworkRules } from "./egress-rules.ts";

export type Resolve = (host: string) => Promise<readonly string[]>;

export interface Route {
  readonly host: string;
  readonly port: number;
  readonly addresses: readonly string[];
}

export type Routing = { readonly ok: true; readonly route: Route } | { readonly ok: false; readonly reason: string };

export interface RouteRules {
  readonly network: NetworkRules;
  /** `name:port` as the sandbox says it -> `127.0.0.1:port`. */
  readonly forwards: Readonly<Record<string, string>>;
  readonly resolve: Resolve;
}

const CONNECT_TIMEOUT_MS = 15_000;

export async function resolveByHost(host: string): Promise<readonly string[]> {
  const found = await lookup(host, { all: true }).catch(() => []);
  return found.map(({ address }) => address);
}

export async function findRoute(rules: RouteRules, to: Destination): Promise<Routing> {
  const forward = rules.forwards[`${to.host}:${to.port}`];
  if (forward !== undefined) return routeForward(rules, to, forward);
  const first = judgeDestination(rules.network, to);
  if (!first.allowed) return { ok: false, reason: first.reason };
  const addresses = isIP(to.host) === 0 ? await rules.resolve(to.host) : [to.host];
  const second = judgeAddresses(rules.network, to.host, addresses);
  if (!second.allowed) return { ok: false, reason: second.reason };
  return { ok: true, route: { host: to.host, port: to.port, addresses } };
}

function routeForward(rules: RouteRules, to: Destination, forward: string): Routing {
  const verdict = judgeHost(rules.network, to.host);
  if (!verdict.allowed) return { ok: false, reason: verdict.reason };
  const port = Number(/^127\.0\.0\.1:(\d{1,5})$/.exec(forward)?.[1]);
  if (!Number.isInteger(port)) return { ok: false, reason: `the forward of ${to.host} is not 127.0.0.1:PORT` };
  return { ok: true, route: { host: to.host, port, addresses: ["127.0.0.1"] } };
}

/** Never looks the name up again: what was judged is what is dialled. */
export function dial(route: Route): Socket {
  const pinned: LookupFunction = (_host, _options, done) => {
    done(
      null,
      route.addresses.map((address) => ({ address, family: isIP(address) })),
    );
  };
  const socket = connect({
    host: isIP(route.host) === 0 ? route.host : (route.addresses[0] ?? route.host),
    port: route.port,
    lookup: pinned,
    autoSelectFamily: true,
  });
  socket.setTimeout(CONNECT_TIMEOUT_MS, () => socket.destroy(new Error("connect timed out")));
  socket.once("connect", () => socket.setTimeout(0));
  return socket;
}
