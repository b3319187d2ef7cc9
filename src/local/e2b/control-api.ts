// The control API: sandboxes made, listed, connected, timed, paused, closed off and ended.
import type { IncomingMessage, ServerResponse } from "node:http";
import { availableParallelism, totalmem } from "node:os";
import { equalSecrets, sendJson } from "../http.ts";
import { ApiProblem, notFound, notHere } from "./api-problem.ts";
import type { Box } from "./box.ts";
import { listPage } from "./control-list.ts";
import { parseConnect, parseCreate, parseNetworkUpdate, parsePause, parseTimeout } from "./control-request.ts";
import type { Fleet } from "./fleet.ts";
import type { SandboxRecord } from "./record.ts";

const ENVD_VERSION = "0.6.13";

interface Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly url: URL;
}

const NOT_HERE: readonly (readonly [RegExp, string])[] = [
  [/^\/(sandboxes\/[^/]+\/)?snapshots$/, "taking and listing snapshots"],
  [/^\/templates(\/|$)/, "building and deleting templates"],
  [/^\/sandboxes\/[^/]+\/fork$/, "forking a sandbox"],
  [/^\/sandboxes\/[^/]+\/metrics$/, "measuring a sandbox"],
  [/^\/volumes(\/|$)/, "volumes"],
  [/^\/secrets(\/|$)/, "stored secrets"],
];

export async function answerControl(fleet: Fleet, apiKey: string, { req, res, url }: Exchange): Promise<void> {
  const given = req.headers["x-api-key"];
  if (typeof given !== "string" || !equalSecrets(given, apiKey))
    throw new ApiProblem(401, "Invalid API key, please visit https://e2b.dev/docs/api-key for more information.");
  // Newer clients put a version in front; the calls are the same.
  const path = url.pathname.replace(/^\/v[123](?=\/)/, "");
  const route = `${req.method} ${path}`;
  if (route === "POST /sandboxes") {
    sendJson(res, 201, renderHandle((await fleet.create(await parseCreate(req))).record));
    return;
  }
  if (route === "GET /sandboxes") {
    const page = listPage(
      fleet.all().map(({ record }) => record),
      url.searchParams,
    );
    if (page.nextToken !== undefined) res.setHeader("x-next-token", page.nextToken);
    sendJson(res, 200, page.records.map(renderDetail));
    return;
  }
  for (const [pattern, what] of NOT_HERE) if (pattern.test(path)) throw notHere(what);
  const [, id, action = ""] = /^\/sandboxes\/([^/]+)(?:\/([a-z]+))?$/.exec(path) ?? [];
  if (id === undefined) throw new ApiProblem(404, `no such call: ${route}`);
  const box = fleet.find(id);
  if (box === undefined) throw notFound(id);
  await answerOne(fleet, box, { req, res, call: `${req.method} ${action}` });
}

interface OneCall {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly call: string;
}

async function answerOne(fleet: Fleet, box: Box, { req, res, call }: OneCall): Promise<void> {
  switch (call) {
    case "GET ":
      return sendJson(res, 200, renderDetail(box.record));
    case "DELETE ":
      await fleet.end(box);
      return sendNothing(res);
    case "POST connect":
    case "POST resume": {
      const was = await fleet.connect(box, await parseConnect(req));
      return sendJson(res, was === "resumed" ? 201 : 200, renderHandle(box.record));
    }
    case "POST timeout":
      await fleet.setTimeout(box, await parseTimeout(req));
      return sendNothing(res);
    case "POST pause": {
      const keep = await parsePause(req);
      if (box.record.phase.name === "paused") throw new ApiProblem(409, `sandbox "${box.record.id}" is already paused`);
      await fleet.pause(box, keep);
      return sendNothing(res);
    }
    case "PUT network":
      await fleet.setNetwork(box, await parseNetworkUpdate(req));
      return sendNothing(res);
    case "GET egress":
      return sendJson(res, 200, box.log.list());
    default:
      throw new ApiProblem(404, `no such call: ${call}`);
  }
}

function sendNothing(res: ServerResponse): void {
  res.writeHead(204).end();
}

function renderHandle(record: SandboxRecord) {
  return {
    sandboxID: record.id,
    templateID: record.templateId,
    alias: record.templateId,
    clientID: "local",
    envdVersion: ENVD_VERSION,
    envdAccessToken: record.accessToken,
    domain: null,
  };
}

/** Without the token: listing sandboxes hands out no access to them. */
function renderDetail(record: SandboxRecord) {
  const { envdAccessToken: _, ...handle } = renderHandle(record);
  return {
    ...handle,
    startedAt: new Date(record.startedAtMs).toISOString(),
    endAt: new Date(record.endAtMs).toISOString(),
    state: record.phase.name === "paused" ? "paused" : "running",
    cpuCount: availableParallelism(),
    memoryMB: Math.floor(totalmem() / (1024 * 1024)),
    diskSizeMB: 0,
    metadata: record.metadata,
    network: record.network,
    allowInternetAccess: record.allowsInternet ?? null,
    lifecycle: {
      onTimeout: record.onTimeout === "kill" ? "kill" : "pause",
      autoResume: record.resumesByTraffic,
    },
    volumeMounts: [],
  };
}
