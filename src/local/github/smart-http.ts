// Git over HTTP: git's own http-backend behind a check of the token, in a clean environment, with a wall clock.
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { refMoved } from "./moves.ts";
import { ZERO, listRefs } from "./refs.ts";
import { Refusal } from "./refusal.ts";
import type { Fault } from "./request-log.ts";
import type { Repository, TokenRecord } from "./state.ts";
import { canSee, covers, judgeCaller, type Caller } from "./tokens.ts";
import { findRepository, gitRepo, type World } from "./world.ts";

const SERVICE = /^\/([^/]+)\/([^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/;
const TIMEOUT_MS = 120_000;

export function isGitPath(path: string): boolean {
  return SERVICE.test(path);
}

interface Wire {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly url: URL;
}

interface GitAsk extends Wire {
  readonly repo: Repository;
  readonly token: TokenRecord;
  readonly operation: string;
  readonly writes: boolean;
  readonly fault: Fault | undefined;
}

export async function answerGit(world: World, wire: Wire): Promise<void> {
  const { req, res, url } = wire;
  const fault = world.log.takeFault(req.method ?? "GET", url.pathname);
  if (fault?.delayMs !== undefined) await sleep(fault.delayMs, undefined, { ref: false });
  let caller: Caller = { kind: "none" };
  let status = 200;
  try {
    caller = judgeCaller(world, req.headers.authorization);
    const ask = judgeAsk(world, wire, caller);
    if (fault?.status !== undefined) throw new Refusal(fault.status, "Injected failure");
    status = await serve(world, { ...ask, fault });
  } catch (cause) {
    const refusal = cause instanceof Refusal ? cause : new Refusal(500, "Server Error");
    status = refusal.status;
    refuse(res, refusal);
  }
  world.log.add({
    method: req.method ?? "GET",
    path: `${url.pathname}${url.search}`,
    tokenKind: caller.kind,
    ...(caller.kind === "installation" ? { permissions: caller.token.permissions } : {}),
    ...(caller.kind === "installation" && caller.token.repositoryIds !== undefined
      ? { repositoryIds: caller.token.repositoryIds }
      : {}),
    status,
    atMs: world.nowMs(),
  });
}

function refuse(res: ServerResponse, refusal: Refusal): void {
  if (res.headersSent) {
    res.destroy();
    return;
  }
  res.writeHead(refusal.status, {
    "content-type": "text/plain; charset=utf-8",
    ...(refusal.status === 401 ? { "www-authenticate": 'Basic realm="GitHub"' } : {}),
  });
  res.end(`${refusal.message}\n`);
}

function judgeAsk(world: World, wire: Wire, caller: Caller): Omit<GitAsk, "fault"> {
  const [, owner = "", name = "", operation = ""] = SERVICE.exec(wire.url.pathname) ?? [];
  if (caller.kind !== "installation") throw new Refusal(401, "No anonymous access.");
  const { token } = caller;
  const repo = findRepository(world, decodeURIComponent(owner), decodeURIComponent(name));
  if (repo === undefined || !canSee(token, repo) || !covers(token.permissions["contents"], "read"))
    throw new Refusal(404, "Repository not found.");
  const service = operation === "info/refs" ? (wire.url.searchParams.get("service") ?? "") : operation;
  if (service !== "git-upload-pack" && service !== "git-receive-pack")
    throw new Refusal(403, "Please upgrade your git client. The dumb protocol is not served.");
  const method = operation === "info/refs" ? "GET" : "POST";
  if (wire.req.method !== method) throw new Refusal(405, "Method Not Allowed");
  const writes = service === "git-receive-pack";
  if (writes && !covers(token.permissions["contents"], "write"))
    throw new Refusal(403, "Write access to repository not granted.");
  return { ...wire, repo, token, operation, writes };
}

async function serve(world: World, ask: GitAsk): Promise<number> {
  if (!ask.writes || ask.operation === "info/refs") return runBackend(world, ask);
  return world.alone(ask.repo, async () => {
    const git = gitRepo(world, ask.repo);
    const before = new Map((await listRefs(git, "refs/")).map((ref) => [ref.name, ref.sha]));
    try {
      return await runBackend(world, ask);
    } finally {
      await followPush(world, ask.repo, before);
    }
  });
}

async function followPush(world: World, repo: Repository, before: ReadonlyMap<string, string>): Promise<void> {
  const after = new Map((await listRefs(gitRepo(world, repo), "refs/")).map((ref) => [ref.name, ref.sha]));
  const sender = world.app.bot;
  for (const ref of new Set([...before.keys(), ...after.keys()])) {
    const move = { ref, before: before.get(ref) ?? ZERO, after: after.get(ref) ?? ZERO, sender };
    if (move.before !== move.after) await refMoved(world, repo, move);
  }
  await world.file.save();
}

function backendEnv(world: World, ask: GitAsk): Record<string, string> {
  const { req, url, repo, token, operation } = ask;
  const header = (name: string): string => {
    const value = req.headers[name];
    return typeof value === "string" ? value : "";
  };
  const length = header("content-length");
  return {
    ...world.home.env,
    GIT_PROJECT_ROOT: world.reposDir,
    GIT_HTTP_EXPORT_ALL: "1",
    PATH_INFO: `/${repo.id}.git/${operation}`,
    REQUEST_METHOD: req.method ?? "GET",
    QUERY_STRING: url.search.slice(1),
    CONTENT_TYPE: header("content-type"),
    ...(length === "" ? {} : { CONTENT_LENGTH: length }),
    HTTP_CONTENT_ENCODING: header("content-encoding"),
    GIT_PROTOCOL: header("git-protocol"),
    REMOTE_USER: world.app.bot.login,
    REMOTE_ADDR: "127.0.0.1",
    LOCAL_GITHUB_WORKFLOWS: token.permissions["workflows"] ?? "",
  };
}

/** Resolves with the status sent, once git has ended. */
function runBackend(world: World, ask: GitAsk): Promise<number> {
  return new Promise((resolve, reject) => {
    // A group of its own, so that a stopped request takes git's own children with it.
    const child = spawn("git", ["http-backend"], { env: backendEnv(world, ask), detached: true });
    const stop = (): void => {
      if (child.pid === undefined || child.exitCode !== null) return;
      try {
        process.kill(-child.pid, "SIGKILL");
      } catch {
        child.kill("SIGKILL");
      }
    };
    const timer = setTimeout(stop, TIMEOUT_MS);
    ask.res.on("close", () => {
      if (!ask.res.writableEnded) stop();
    });
    ask.req.pipe(child.stdin);
    child.stdin.on("error", () => {});
    child.stderr.resume();
    const status = relay(child, ask);
    child.on("error", reject);
    child.on("close", () => {
      clearTimeout(timer);
      if (ask.fault?.dropResponse === true) ask.req.socket.destroy();
      else if (status.sent) ask.res.end();
      else reject(new Refusal(500, "git did not answer"));
      resolve(status.code);
    });
  });
}

interface Relayed {
  sent: boolean;
  code: number;
}

/** Turns the backend's CGI headers into the answer's and passes the rest on as it comes. */
function relay(child: ChildProcessWithoutNullStreams, ask: GitAsk): Relayed {
  const relayed: Relayed = { sent: false, code: 200 };
  const silent = ask.fault?.dropResponse === true;
  let head = Buffer.alloc(0);
  child.stdout.on("data", (chunk: Buffer) => {
    if (silent) {
      relayed.sent = true;
      return;
    }
    let body = chunk;
    if (!relayed.sent) {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf("\r\n\r\n");
      if (end === -1) return;
      relayed.code = sendHead(ask.res, head.toString("latin1", 0, end));
      relayed.sent = true;
      body = head.subarray(end + 4);
    }
    if (!ask.res.write(body)) {
      child.stdout.pause();
      ask.res.once("drain", () => child.stdout.resume());
    }
  });
  return relayed;
}

function sendHead(res: ServerResponse, head: string): number {
  let code = 200;
  for (const line of head.split("\r\n")) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === "status") code = Number(value.split(" ")[0]);
    else res.setHeader(name, value);
  }
  res.writeHead(code);
  return code;
}
