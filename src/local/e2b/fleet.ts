// All sandboxes of one service: made, found, timed out, taken over from an earlier process, ended.
import { createHash, randomBytes } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { notFound } from "./api-problem.ts";
import {
  bootBox,
  halt,
  inTurn,
  makeBox,
  openEgress,
  pauseBox,
  resumeBox,
  rulesOf,
  update,
  type Box,
  type Host,
} from "./box.ts";
import type { EgressDecision } from "./egress-log.ts";
import { callEnvd, endBoot, envdSocket, MARK } from "./launch.ts";
import { isAlive, killByEnvironment } from "./process-identity.ts";
import { loadRecords, removeRecord, saveRecord, type SandboxRecord } from "./record.ts";
import { removeOldRuntimes } from "./runtime.ts";
import { discard, makeBoxFolder, removeTree } from "./state-folder.ts";

export type NewSandbox = Pick<
  SandboxRecord,
  "templateId" | "metadata" | "envs" | "network" | "allowsInternet" | "onTimeout" | "resumesByTraffic"
> & { readonly lifeMs: number };

interface Connect {
  readonly lifeMs: number;
  readonly how: "restore" | "reboot";
}

const WATCH_MS = 1_000;
const ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";
const KEPT_LOGS = 1_000;

export function markPrefixOf(root: string): string {
  return createHash("sha256").update(root).digest("hex").slice(0, 12);
}

export async function openFleet(host: Host): Promise<Fleet> {
  return new Fleet(host, await adopt(host));
}

export class Fleet {
  readonly #host: Host;
  readonly #boxes = new Map<string, Box>();
  readonly #endedLogs = new Map<string, readonly EgressDecision[]>();
  readonly #removals = new Set<Promise<void>>();
  readonly #watch: NodeJS.Timeout;

  constructor(host: Host, adopted: readonly Box[]) {
    this.#host = host;
    for (const box of adopted) {
      this.#boxes.set(box.record.id, box);
      this.#arm(box);
    }
    this.#watch = setInterval(() => this.#endDead(), WATCH_MS);
    this.#watch.unref();
  }

  find(id: string): Box | undefined {
    return this.#boxes.get(id);
  }

  all(): readonly Box[] {
    return [...this.#boxes.values()];
  }

  egress(id: string): readonly EgressDecision[] {
    return this.#boxes.get(id)?.log.list() ?? this.#endedLogs.get(id) ?? [];
  }

  async create({ lifeMs, ...wanted }: NewSandbox): Promise<Box> {
    const startedAtMs = Date.now();
    const record: SandboxRecord = {
      ...wanted,
      id: `i${randomName(15)}`,
      accessToken: randomName(40),
      startedAtMs,
      endAtMs: startedAtMs + lifeMs,
      runtimeKey: this.#host.runtime.key,
      phase: { name: "starting" },
    };
    const box = makeBox(this.#host, record);
    await saveRecord(this.#host.state.records, record);
    try {
      await makeBoxFolder(box.folder, this.#host.user);
      await bootBox(this.#host, box);
    } catch (cause) {
      await halt(box, box.record.phase);
      await this.#forget(box);
      throw cause;
    }
    this.#boxes.set(record.id, box);
    this.#arm(box);
    return box;
  }

  /** Resumes a paused sandbox; never shortens the life of a running one. */
  connect(box: Box, { lifeMs, how }: Connect): Promise<"resumed" | "running"> {
    return this.#whileThere(box, async () => {
      const endAtMs = Date.now() + lifeMs;
      if (box.record.phase.name === "paused") {
        await resumeBox(this.#host, box, how);
        await this.#setEnd(box, endAtMs);
        return "resumed";
      }
      await this.#setEnd(box, Math.max(box.record.endAtMs, endAtMs));
      return "running";
    });
  }

  setTimeout(box: Box, lifeMs: number): Promise<void> {
    return this.#whileThere(box, () => this.#setEnd(box, Date.now() + lifeMs));
  }

  pause(box: Box, keep: "memory" | "files"): Promise<void> {
    return this.#whileThere(box, async () => {
      clearTimeout(box.timer);
      await pauseBox(this.#host, box, keep);
    });
  }

  setNetwork(box: Box, rules: Pick<SandboxRecord, "network" | "allowsInternet">): Promise<void> {
    return this.#whileThere(box, async () => {
      // Closed before it is written down: a crash in between leaves nothing open that was to be closed.
      box.egress?.setNetwork(rulesOf({ ...box.record, ...rules }));
      await update(this.#host, box, rules);
    });
  }

  end(box: Box): Promise<void> {
    return inTurn(box, async () => {
      if (!this.#boxes.has(box.record.id)) return;
      await halt(box, box.record.phase);
      await this.#forget(box);
    });
  }

  async close({ keepSandboxes }: { readonly keepSandboxes: boolean }): Promise<void> {
    clearInterval(this.#watch);
    const boxes = this.all();
    for (const box of boxes) clearTimeout(box.timer);
    if (keepSandboxes) await Promise.all(boxes.map((box) => inTurn(box, () => letGo(box))));
    else await Promise.all(boxes.map((box) => this.end(box)));
    await Promise.all(this.#removals);
  }

  /** In its turn, and only if an earlier turn has not ended it. */
  #whileThere<T>(box: Box, act: () => Promise<T>): Promise<T> {
    return inTurn(box, async () => {
      if (!this.#boxes.has(box.record.id)) throw notFound(box.record.id);
      return act();
    });
  }

  async #setEnd(box: Box, endAtMs: number): Promise<void> {
    await update(this.#host, box, { endAtMs });
    this.#arm(box);
  }

  #arm(box: Box): void {
    clearTimeout(box.timer);
    if (box.record.phase.name !== "running") return;
    const leftMs = Math.max(0, box.record.endAtMs - Date.now());
    box.timer = setTimeout(() => void this.#timeOut(box).catch(() => undefined), leftMs);
  }

  async #timeOut(box: Box): Promise<void> {
    const { phase, endAtMs, onTimeout } = box.record;
    if (phase.name !== "running") return;
    // The clock was set back, or the life was prolonged in the meantime.
    if (endAtMs > Date.now()) this.#arm(box);
    else if (onTimeout === "kill") await this.end(box);
    else await this.pause(box, onTimeout === "pause" ? "memory" : "files");
  }

  #endDead(): void {
    for (const box of this.#boxes.values()) {
      const { phase } = box.record;
      if (phase.name === "running" && !isAlive(phase.boot.init)) void this.end(box).catch(() => undefined);
    }
  }

  async #forget(box: Box): Promise<void> {
    const { id } = box.record;
    clearTimeout(box.timer);
    this.#boxes.delete(id);
    this.#endedLogs.set(id, box.log.list());
    for (const oldest of this.#endedLogs.keys()) if (this.#endedLogs.size > KEPT_LOGS) this.#endedLogs.delete(oldest);
    box.log.remove();
    await removeRecord(this.#host.state.records, id);
    const removal = (await discard(box.folder, this.#host.state))()
      .catch(() => undefined)
      .finally(() => this.#removals.delete(removal));
    this.#removals.add(removal);
  }
}

/** Leaves it running for the next start of this service. */
async function letGo(box: Box): Promise<void> {
  for (const connection of box.connections) connection.destroy();
  box.agent.destroy();
  await box.egress?.close();
}

/** What an earlier process left: living sandboxes are taken over, the rest is cleared away. */
async function adopt(host: Host): Promise<readonly Box[]> {
  const adopted: Box[] = [];
  for (const record of await loadRecords(host.state.records)) {
    const box = makeBox(host, record);
    if (await isUsable(host, box)) adopted.push(box);
    else await removeRecord(host.state.records, record.id);
  }
  const kept = new Set(adopted.map(({ record }) => record.id));
  const wanted = new Set(
    adopted.filter(({ record }) => "boot" in record.phase).map(({ record }) => `${host.markPrefix}-${record.id}`),
  );
  await killByEnvironment(MARK, (value) => value.startsWith(`${host.markPrefix}-`) && !wanted.has(value));
  for (const name of await readdir(host.state.boxes))
    if (!kept.has(name)) await removeTree(join(host.state.boxes, name));
  for (const name of await readdir(host.state.records))
    if (!kept.has(name.split(".")[0] ?? "")) await removeTree(join(host.state.records, name));
  for (const name of await readdir(host.state.trash)) await removeTree(join(host.state.trash, name));
  await removeOldRuntimes(
    host.state.runtimes,
    new Set([host.runtime.key, ...adopted.map(({ record }) => record.runtimeKey)]),
  );
  return adopted;
}

async function isUsable(host: Host, box: Box): Promise<boolean> {
  const { phase, accessToken } = box.record;
  if (phase.name === "starting") return false;
  if (phase.name === "paused" && (phase.boot === undefined || !isAlive(phase.boot.init))) {
    // The host was restarted: the memory is gone, the files are not.
    await update(host, box, { phase: { name: "paused" } });
    return true;
  }
  if (phase.boot === undefined || !isAlive(phase.boot.init)) return false;
  const socketPath = envdSocket(box.folder);
  const status = await callEnvd({ socketPath, accessToken, path: "/health", method: "GET" }).catch(() => 0);
  if (status !== 204) {
    await endBoot(phase.boot);
    return false;
  }
  await openEgress(host, box);
  return true;
}

function randomName(length: number): string {
  let name = "";
  // Bytes past the largest multiple of the alphabet would make its first letters likelier.
  while (name.length < length)
    for (const byte of randomBytes(length)) if (byte < 252 && name.length < length) name += ALPHABET[byte % 36];
  return name;
}
