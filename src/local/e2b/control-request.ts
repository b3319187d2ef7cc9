// What clients of the control API send, parsed once. What this service cannot do is refused here, never ignored.
import type { IncomingMessage } from "node:http";
import { z } from "zod";
import { readBody } from "../http.ts";
import { isAddressRange } from "./addresses.ts";
import { ApiProblem, notHere } from "./api-problem.ts";
import { ALL_TRAFFIC } from "./egress-rules.ts";
import type { NewSandbox } from "./fleet.ts";
import type { SandboxRecord } from "./record.ts";

const MAX_BODY_BYTES = 1024 * 1024;
const DEFAULT_LIFE_S = 300;
const MAX_LIFE_S = 24 * 60 * 60;

const lifeSchema = z.number().min(0).max(MAX_LIFE_S);
const textsSchema = z.record(z.string(), z.string());

const networkSchema = z.looseObject({
  allowOut: z.array(z.string()).nullish(),
  denyOut: z.array(z.string()).nullish(),
  rules: z.unknown().optional(),
  egressProxy: z.unknown().optional(),
});

const createSchema = z.looseObject({
  templateID: z.string().min(1).default("base"),
  timeout: lifeSchema.default(DEFAULT_LIFE_S),
  metadata: textsSchema.default({}),
  envVars: textsSchema.default({}),
  allow_internet_access: z.boolean().nullish(),
  network: networkSchema.nullish(),
  autoPause: z.boolean().default(false),
  autoPauseMemory: z.boolean().default(true),
  autoResume: z.object({ enabled: z.boolean() }).nullish(),
  iam: z.unknown().optional(),
  mcp: z.unknown().optional(),
  volumeMounts: z.array(z.unknown()).nullish(),
});

const updateSchema = networkSchema.extend({ allow_internet_access: z.boolean().nullish() });
const connectSchema = z.object({ timeout: lifeSchema.default(DEFAULT_LIFE_S), memory: z.boolean().default(true) });
const timeoutSchema = z.object({ timeout: lifeSchema });
const pauseSchema = z.object({ memory: z.boolean().default(true) });

export async function parseCreate(req: IncomingMessage): Promise<NewSandbox> {
  const body = await parse(createSchema, req);
  if (body.iam !== undefined && body.iam !== null) throw notHere("iam");
  if (body.mcp !== undefined && body.mcp !== null) throw notHere("mcp");
  if ((body.volumeMounts ?? []).length > 0) throw notHere("mounting volumes");
  const autoResume = body.autoResume?.enabled ?? false;
  if (autoResume && !(body.autoPause && body.autoPauseMemory))
    throw new ApiProblem(400, "autoResume needs a timeout that pauses with memory");
  const pause = body.autoPauseMemory ? "pause" : "pause-files";
  return {
    templateId: body.templateID,
    metadata: body.metadata,
    envs: body.envVars,
    ...toNetwork(body.network ?? {}, body.allow_internet_access ?? undefined),
    onTimeout: body.autoPause ? pause : "kill",
    resumesByTraffic: autoResume,
    lifeMs: body.timeout * 1000,
  };
}

export async function parseNetworkUpdate(
  req: IncomingMessage,
): Promise<Pick<SandboxRecord, "network" | "allowsInternet">> {
  const { allow_internet_access: allows, ...network } = await parse(updateSchema, req);
  return toNetwork(network, allows ?? undefined);
}

export async function parseConnect(req: IncomingMessage): Promise<{ lifeMs: number; how: "restore" | "reboot" }> {
  const { timeout, memory } = await parse(connectSchema, req);
  return { lifeMs: timeout * 1000, how: memory ? "restore" : "reboot" };
}

export async function parseTimeout(req: IncomingMessage): Promise<number> {
  return (await parse(timeoutSchema, req)).timeout * 1000;
}

export async function parsePause(req: IncomingMessage): Promise<"memory" | "files"> {
  return (await parse(pauseSchema, req)).memory ? "memory" : "files";
}

type Network = z.infer<typeof networkSchema>;

function toNetwork(
  given: Partial<Network>,
  allows: boolean | undefined,
): Pick<SandboxRecord, "network" | "allowsInternet"> {
  const { rules, egressProxy, ...rest } = given;
  if (rules !== undefined && rules !== null)
    throw new ApiProblem(400, "Network transform rules are not available on the local E2B service.");
  if (egressProxy !== undefined && egressProxy !== null) throw notHere("an egress proxy of your own");
  const network = { ...rest, allowOut: given.allowOut ?? [], denyOut: given.denyOut ?? [] };
  const deniedName = network.denyOut.find((each) => !isAddressRange(each));
  if (deniedName !== undefined)
    throw new ApiProblem(400, `invalid denied address "${deniedName}": only addresses and ranges can be denied`);
  const namesHosts = network.allowOut.some((each) => !isAddressRange(each));
  if (namesHosts && allows !== false && !network.denyOut.includes(ALL_TRAFFIC))
    throw new ApiProblem(
      400,
      "When specifying allowed domains in allow out, you must include 'ALL_TRAFFIC' in deny out to block all other traffic.",
    );
  return { network, allowsInternet: allows };
}

async function parse<T>(schema: z.ZodType<T>, req: IncomingMessage): Promise<T> {
  const bytes = await readBody(req, MAX_BODY_BYTES).catch((cause: unknown) => {
    if (cause instanceof RangeError) throw new ApiProblem(413, "the request body is too large");
    throw cause;
  });
  const parsed = schema.safeParse(parseJson(bytes.toString("utf8")));
  if (!parsed.success) throw new ApiProblem(400, z.prettifyError(parsed.error));
  return parsed.data;
}

function parseJson(text: string): unknown {
  if (text.trim() === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiProblem(400, "the request body is not JSON");
  }
}
