// Pure: may this sandbox reach this host and port? Names are judged before anything is looked up, so that a refused
// name never leaves as a DNS question; addresses are judged after.
import { isIP } from "node:net";
import { isAddressRange, isInRange, isPublicAddress } from "./addresses.ts";

export const ALL_TRAFFIC = "0.0.0.0/0";

export interface NetworkRules {
  readonly allowOut: readonly string[];
  readonly denyOut: readonly string[];
}

export interface Destination {
  readonly host: string;
  readonly port: number;
}

export type Verdict = { readonly allowed: true } | { readonly allowed: false; readonly reason: string };

const ALLOWED: Verdict = { allowed: true };
const PORTS: ReadonlySet<number> = new Set([80, 443]);

export function normalizeHost(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "");
}

export function judgeDestination(rules: NetworkRules, to: Destination): Verdict {
  if (!PORTS.has(to.port)) return refused(`port ${to.port} is closed; only 80 and 443 are open`);
  return judgeHost(rules, to.host);
}

/** Without the port: a forward names its own. */
export function judgeHost(rules: NetworkRules, host: string): Verdict {
  if (isIP(host) !== 0) return judgeAddress(rules, host);
  if (isNamed(rules, host) || !deniesAll(rules)) return ALLOWED;
  return refused(`${host} is not among the allowed hosts`);
}

/** All of a name's addresses together: one that is not public spoils them, as a rebinding name would mix them. */
export function judgeAddresses(rules: NetworkRules, host: string, addresses: readonly string[]): Verdict {
  if (addresses.length === 0) return refused(`${host} has no address`);
  const hidden = addresses.find((address) => !isPublicAddress(address));
  if (hidden !== undefined) return refused(`${host} is at ${hidden}, which is not a public address`);
  if (isIP(host) !== 0 || isNamed(rules, host)) return ALLOWED;
  for (const address of addresses) {
    const verdict = judgeAddress(rules, address);
    if (!verdict.allowed) return verdict;
  }
  return ALLOWED;
}

function judgeAddress(rules: NetworkRules, address: string): Verdict {
  if (!isPublicAddress(address)) return refused(`${address} is not a public address`);
  if (rules.allowOut.some((range) => isInRange(address, range))) return ALLOWED;
  if (deniesAll(rules) || rules.denyOut.some((range) => isInRange(address, range)))
    return refused(`${address} is not among the allowed addresses`);
  return ALLOWED;
}

function isNamed(rules: NetworkRules, host: string): boolean {
  return rules.allowOut.some((pattern) => {
    const name = normalizeHost(pattern);
    if (isAddressRange(name)) return false;
    return name === host || name === "*" || (name.startsWith("*.") && host.endsWith(name.slice(1)));
  });
}

function deniesAll(rules: NetworkRules): boolean {
  return rules.denyOut.some((range) => range === ALL_TRAFFIC || range === "::/0");
}

function refused(reason: string): Verdict {
  return { allowed: false, reason };
}
