// E2B as our Sandboxes port: found by tag, made sealed, killed. The only folder that knows the SDK.
import { ALL_TRAFFIC, E2B, type Sandbox, type SandboxInfo } from "@e2b/sdk";
import { z } from "zod";
import { bad, good, type Outcome } from "../core/problem.ts";
import type { Clock, Log, Sandboxes, SandboxProblem, SandboxSession, SandboxTag } from "../ports.ts";
import type { Link } from "./link.ts";
import { isGone, toProblem, wordCause } from "./problem.ts";
import { createSession } from "./session.ts";

export interface SandboxesOptions {
  readonly apiKey: string;
  readonly apiUrl?: string | undefined;
  readonly sandboxUrl?: string | undefined;
  /** Tells this installation's sandboxes from those of another that shares the account: only its own are listed. */
  readonly installation?: string | undefined;
  /** The template sandboxes are made from. */
  readonly template?: string | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

interface Service extends SandboxesOptions {
  readonly client: E2B;
}

const APP = "countersign";
const tagSchema = z.object({
  runId: z.string().min(1),
  generation: z.coerce.number().int(),
  purpose: z.enum(["agent", "checks", "base-checks"]),
});

export function createSandboxes(options: SandboxesOptions): Sandboxes {
  const { apiKey, apiUrl, sandboxUrl } = options;
  const client = new E2B({
    apiKey,
    ...(apiUrl === undefined ? {} : { apiUrl }),
    ...(sandboxUrl === undefined ? {} : { sandboxUrl }),
  });
  const service: Service = { ...options, client };
  return {
    // What this adapter makes use of; a policy that asks for more is refused when it is loaded.
    abilities: { inject: false, methods: false, egressEvidence: false },
    adoptOrCreate: (tag, timeoutMs) => adoptOrCreate(service, tag, timeoutMs),
    connect: (id, timeoutMs) => connect(service, id, timeoutMs),
    list: () => list(service, ownMetadata(service)),
    kill: (id) => kill(service, id),
  };
}

/** Whoever finds it too looks again after creating: of two made at the same time the oldest stays, for both. */
async function adoptOrCreate(
  service: Service,
  tag: SandboxTag,
  timeoutMs: number,
): Promise<Outcome<SandboxSession, SandboxProblem>> {
  try {
    const adopted = await adoptOldest(service, tag, timeoutMs);
    if (adopted !== undefined) return good(adopted);
    const made = await create(service, tag, timeoutMs);
    const agreed = await adoptOldest(service, tag, timeoutMs);
    return good(agreed ?? createSession(linkTo(service, made, timeoutMs)));
  } catch (cause) {
    service.log.warn({ ...tag, cause: wordCause(cause) }, "no sandbox was given");
    return bad(toProblem(cause));
  }
}

async function adoptOldest(service: Service, tag: SandboxTag, timeoutMs: number): Promise<SandboxSession | undefined> {
  const found = await list(service, metadataOf(service, tag));
  const byAge = [...found].sort((a, b) => a.startedAtMs - b.startedAtMs || (a.id < b.id ? -1 : 1));
  let adopted: SandboxSession | undefined;
  for (const each of byAge) {
    if (adopted === undefined) adopted = await tryConnect(service, each.id, timeoutMs);
    else await kill(service, each.id);
  }
  return adopted;
}

async function tryConnect(service: Service, id: string, timeoutMs: number): Promise<SandboxSession | undefined> {
  const connected = await connect(service, id, timeoutMs);
  if (connected.ok) return connected.value;
  if (connected.problem.kind === "gone") return undefined;
  throw new Error(connected.problem.detail);
}

/** Killed at its time: a dead control plane frees it, and a turn whose sandbox is gone starts again in a new one. */
async function create(service: Service, tag: SandboxTag, timeoutMs: number): Promise<Sandbox> {
  return service.client.Sandbox.create(service.template ?? "base", {
    timeoutMs,
    metadata: metadataOf(service, tag),
    network: { denyOut: [ALL_TRAFFIC] },
    lifecycle: { onTimeout: "kill" },
  });
}

async function connect(
  service: Service,
  id: string,
  timeoutMs: number,
): Promise<Outcome<SandboxSession, SandboxProblem>> {
  try {
    const sandbox = await service.client.Sandbox.connect(id, { timeoutMs });
    return good(createSession(linkTo(service, sandbox, timeoutMs)));
  } catch (cause) {
    return bad(toProblem(cause));
  }
}

function linkTo(service: Service, opened: Sandbox, timeoutMs: number): Link {
  let sandbox = opened;
  const id = opened.sandboxId;
  return {
    id,
    timeoutMs,
    clock: service.clock,
    log: service.log,
    current: () => sandbox,
    reopen: async () => {
      sandbox = await service.client.Sandbox.connect(id, { timeoutMs });
    },
  };
}

async function list(service: Service, metadata: Readonly<Record<string, string>>) {
  const pages = service.client.Sandbox.list({
    query: { metadata: { ...metadata }, state: ["running", "paused"] },
    limit: 100,
  });
  const found: { readonly id: string; readonly tag: SandboxTag; readonly startedAtMs: number }[] = [];
  while (pages.hasNext) {
    for (const info of await pages.nextItems()) {
      const tag = tagOf(info);
      if (tag !== undefined) found.push({ id: info.sandboxId, tag, startedAtMs: info.startedAt.getTime() });
    }
  }
  return found;
}

function ownMetadata(service: Service): Record<string, string> {
  return { app: APP, installation: service.installation ?? "default" };
}

function metadataOf(service: Service, tag: SandboxTag): Record<string, string> {
  const { runId, generation, purpose } = tag;
  return { ...ownMetadata(service), runId, generation: String(generation), purpose };
}

function tagOf(info: SandboxInfo): SandboxTag | undefined {
  return tagSchema.safeParse(info.metadata).data;
}

async function kill(service: Service, id: string): Promise<void> {
  try {
    await service.client.Sandbox.kill(id);
  } catch (cause) {
    if (!isGone(cause)) throw new Error(`kill sandbox ${id}: ${wordCause(cause)}`, { cause });
  }
}
