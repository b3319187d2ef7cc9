// One sandbox as this service holds it, and the moves between running, paused and gone. Moves of one sandbox take turns.
import { Agent } from "node:http";
import { join } from "node:path";
import { GUEST_PATH } from "./bubblewrap.ts";
import { CERTIFICATES_INSIDE } from "./runtime-etc.ts";
import type { Resolve } from "./egress-dial.ts";
import { openEgressLog, type EgressLog } from "./egress-log.ts";
import { openEgressProxy, type EgressProxy } from "./egress-proxy.ts";
import { ALL_TRAFFIC, type NetworkRules } from "./egress-rules.ts";
import type { HostUser } from "./host-user.ts";
import { callEnvd, endBoot, envdSocket, launch } from "./launch.ts";
import { saveRecord, type Phase, type SandboxRecord } from "./record.ts";
import type { Runtime } from "./runtime.ts";
import type { StateFolder } from "./state-folder.ts";

export interface Host {
  readonly state: StateFolder;
  readonly user: HostUser | undefined;
  readonly runtime: Runtime;
  readonly binds: Readonly<Record<string, string>>;
  readonly forwards: Readonly<Record<string, string>>;
  readonly resolve: Resolve;
  /** Tells this folder's sandboxes from those of another. */
  readonly markPrefix: string;
}

interface Cuttable {
  destroy(): void;
}

export interface Box {
  record: SandboxRecord;
  readonly folder: string;
  readonly log: EgressLog;
  readonly agent: Agent;
  /** Client connections into this sandbox: pausing and killing end them. */
  readonly connections: Set<Cuttable>;
  egress: EgressProxy | undefined;
  timer: NodeJS.Timeout | undefined;
  turn: Promise<unknown>;
}

const PROXY = "http://127.0.0.1:3128";
const NO_PROXY = "localhost,127.0.0.1,::1";

export function makeBox(host: Host, record: SandboxRecord): Box {
  return {
    record,
    folder: join(host.state.boxes, record.id),
    log: openEgressLog(join(host.state.records, `${record.id}.egress.jsonl`)),
    agent: new Agent({ keepAlive: true, maxFreeSockets: 8 }),
    connections: new Set(),
    egress: undefined,
    timer: undefined,
    turn: Promise.resolve(),
  };
}

/** After whatever else is being done to this sandbox. */
export function inTurn<T>(box: Box, act: () => Promise<T>): Promise<T> {
  const next = box.turn.then(act);
  box.turn = next.catch(() => undefined);
  return next;
}

export function rulesOf({ network, allowsInternet }: SandboxRecord): NetworkRules {
  const { allowOut, denyOut } = network;
  return { allowOut, denyOut: allowsInternet === false ? [...denyOut, ALL_TRAFFIC] : denyOut };
}

export async function update(host: Host, box: Box, change: Partial<SandboxRecord>): Promise<void> {
  box.record = { ...box.record, ...change };
  await saveRecord(host.state.records, box.record);
}

export async function openEgress(host: Host, box: Box): Promise<void> {
  await box.egress?.close();
  box.egress = await openEgressProxy({
    socketPath: join(box.folder, "net/out.sock"),
    owner: host.user,
    log: box.log,
    forwards: host.forwards,
    resolve: host.resolve,
    network: rulesOf(box.record),
  });
}

export async function bootBox(host: Host, box: Box): Promise<void> {
  await openEgress(host, box);
  await launch({
    layout: { folder: box.folder, runtimeFolder: host.runtime.folder, bindReadOnly: host.binds },
    user: host.user,
    mark: `${host.markPrefix}-${box.record.id}`,
    accessToken: box.record.accessToken,
    env: { ...surroundings(box.record.id), ...box.record.envs },
    onBoot: (boot) => update(host, box, { phase: { name: "running", boot }, runtimeKey: host.runtime.key }),
  });
}

export async function pauseBox(host: Host, box: Box, keep: "memory" | "files"): Promise<void> {
  const { phase } = box.record;
  if (phase.name !== "running") return;
  if (keep === "memory") {
    await tellEnvd(box, "/local/stop");
    await update(host, box, { phase: { name: "paused", boot: phase.boot } });
    cutConnections(box);
    return;
  }
  await halt(box, phase);
  await update(host, box, { phase: { name: "paused" } });
}

export async function resumeBox(host: Host, box: Box, how: "restore" | "reboot"): Promise<void> {
  const { phase } = box.record;
  if (phase.name !== "paused") return;
  if (phase.boot !== undefined && how === "restore") {
    await tellEnvd(box, "/local/continue");
    await update(host, box, { phase: { name: "running", boot: phase.boot } });
    return;
  }
  await halt(box, phase);
  await bootBox(host, box).catch(async (cause: unknown) => {
    await halt(box, box.record.phase);
    await update(host, box, { phase: { name: "paused" } });
    throw cause;
  });
}

/** No process of it is left when this returns. */
export async function halt(box: Box, phase: Phase): Promise<void> {
  cutConnections(box);
  if (phase.name !== "starting" && phase.boot !== undefined) await endBoot(phase.boot);
  await box.egress?.close();
  box.egress = undefined;
}

function cutConnections(box: Box): void {
  for (const connection of box.connections) connection.destroy();
  box.connections.clear();
  box.agent.destroy();
}

async function tellEnvd(box: Box, path: string): Promise<void> {
  const { accessToken, id } = box.record;
  const status = await callEnvd({ socketPath: envdSocket(box.folder), accessToken, path, method: "POST" });
  if (status !== 204) throw new Error(`sandbox ${id} answered ${status} to ${path}`);
}

function surroundings(id: string): Readonly<Record<string, string>> {
  return {
    E2B_SANDBOX: "true",
    E2B_SANDBOX_ID: id,
    LANG: "C.UTF-8",
    PATH: GUEST_PATH,
    HTTP_PROXY: PROXY,
    HTTPS_PROXY: PROXY,
    http_proxy: PROXY,
    https_proxy: PROXY,
    NO_PROXY,
    no_proxy: NO_PROXY,
    // Node's own fetch looks at the variables above only when told to.
    NODE_USE_ENV_PROXY: "1",
    SSL_CERT_FILE: CERTIFICATES_INSIDE,
    GIT_SSL_CAINFO: CERTIFICATES_INSIDE,
    CURL_CA_BUNDLE: CERTIFICATES_INSIDE,
    REQUESTS_CA_BUNDLE: CERTIFICATES_INSIDE,
  };
}
