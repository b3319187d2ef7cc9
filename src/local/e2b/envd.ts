// Runs inside the sandbox: commands and files for whoever holds the sandbox's token. Uses node alone.
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { connect, createServer as createTcpServer } from "node:net";
import { assertMayAccessFile, hasToken } from "./envd-access.ts";
import { createEntries } from "./envd-entries.ts";
import { parseFields, textMapOf, textOf, type Fields } from "./envd-fields.ts";
import { receiveFiles, sendFile } from "./envd-files.ts";
import { openMetadata } from "./envd-metadata.ts";
import {
  HttpProblem,
  RpcProblem,
  sendBody,
  sendHttpProblem,
  sendRpcProblem,
  toHttpProblem,
  toRpcProblem,
} from "./envd-problem.ts";
import { Processes } from "./envd-processes.ts";
import { openStream, unframe } from "./envd-stream.ts";
import { userOfHeaders, type User } from "./envd-user.ts";

const SOCKET = "/run/e2b/envd.sock";
const METADATA = "/run/e2b/metadata.json";
const EGRESS_SOCKET = "/run/egress/out.sock";
const EGRESS_PORT = 3128;
const MAX_CALL_BYTES = 64 * 1024 * 1024;

// Over stdin, so that no file in the sandbox ever holds the token.
const config = parseFields(readFileSync(0, "utf8")) ?? {};
const accessToken = textOf(config, "accessToken") ?? "";
if (accessToken === "") throw new Error("envd was started without a token");

const metadata = openMetadata(METADATA);
const entries = createEntries(metadata);
const processes = new Processes(textMapOf(config, "env"));

type Call = (body: Fields, user: User) => object | Promise<object>;

const CALLS = new Map<string, Call>([
  ["/process.Process/List", () => processes.list()],
  ["/process.Process/SendInput", (body) => processes.sendInput(body)],
  ["/process.Process/CloseStdin", (body) => processes.closeStdin(body)],
  ["/process.Process/SendSignal", (body) => processes.sendSignal(body)],
  ["/filesystem.Filesystem/Stat", entries.stat],
  ["/filesystem.Filesystem/MakeDir", entries.makeDir],
  ["/filesystem.Filesystem/Move", entries.move],
  ["/filesystem.Filesystem/ListDir", entries.listDir],
  ["/filesystem.Filesystem/Remove", entries.remove],
]);

const server = createServer((req, res) => {
  void answer(req, res);
});

async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const url = new URL(req.url ?? "/", "http://envd");
  try {
    if (url.pathname === "/files") await answerFiles(req, res, url.searchParams);
    else if (!hasToken(req.headers, accessToken))
      throw new HttpProblem(401, "unauthorized access, please provide a valid access token");
    else if (url.pathname === "/health") res.writeHead(204).end();
    else if (url.pathname.startsWith("/process.Process/") || url.pathname.startsWith("/filesystem.Filesystem/"))
      await answerCall(req, res, url.pathname);
    else if (url.pathname.startsWith("/local/") && req.method === "POST") answerHost(res, url.pathname);
    else throw new HttpProblem(404, "not found");
  } catch (cause) {
    sendHttpProblem(res, toHttpProblem(cause));
  }
}

async function answerFiles(req: IncomingMessage, res: ServerResponse, query: URLSearchParams): Promise<void> {
  const operation = req.method === "GET" ? "read" : "write";
  assertMayAccessFile({ headers: req.headers, query, operation }, accessToken);
  if (req.method === "GET") await sendFile({ req, res, query });
  else if (req.method === "POST") await receiveFiles({ req, res, query }, metadata);
  else throw new HttpProblem(405, "use GET or POST");
}

async function answerCall(req: IncomingMessage, res: ServerResponse, path: string): Promise<void> {
  const isStream = (req.headers["content-type"] ?? "").startsWith("application/connect+json");
  if (isStream) {
    await answerStream(req, res, path);
    return;
  }
  try {
    const call = CALLS.get(path);
    if (call === undefined) throw notSupported(path);
    const body = parseFields((await readCall(req)).toString("utf8"));
    if (body === undefined) throw new RpcProblem("invalid_argument", "the body is not a JSON object");
    sendBody(res, 200, await call(body, userOfHeaders(req.headers)));
  } catch (cause) {
    sendRpcProblem(res, toRpcProblem(cause));
  }
}

async function answerStream(req: IncomingMessage, res: ServerResponse, path: string): Promise<void> {
  const raw = await readCall(req);
  const stream = openStream(req, res);
  try {
    const body = parseFields(unframe(raw) ?? "cut");
    if (body === undefined) throw new RpcProblem("invalid_argument", "the message is not a framed JSON object");
    const caller = { req, user: userOfHeaders(req.headers), stream };
    if (path === "/process.Process/Start") await processes.start(body, caller);
    else if (path === "/process.Process/Connect") processes.connect(body, caller);
    else throw notSupported(path);
  } catch (cause) {
    stream.end(toRpcProblem(cause));
  }
}

function notSupported(path: string): RpcProblem {
  return new RpcProblem("unimplemented", `${path.slice(1)} is not supported by the local E2B service`);
}

/** Pause with memory: every process but this one stops where it is. The gateway never passes these paths on. */
function answerHost(res: ServerResponse, path: string): void {
  if (path === "/local/stop") {
    processes.freeze();
    signalAll("SIGSTOP");
  } else if (path === "/local/continue") {
    signalAll("SIGCONT");
    processes.thaw();
  } else throw new HttpProblem(404, "not found");
  res.writeHead(204).end();
}

function signalAll(signal: "SIGSTOP" | "SIGCONT"): void {
  try {
    process.kill(-1, signal);
  } catch (cause) {
    // Nobody else is running: nothing to stop.
    if (toRpcProblem(cause).message.includes("ESRCH")) return;
    throw cause;
  }
}

async function readCall(req: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > MAX_CALL_BYTES) throw new HttpProblem(413, `a call is limited to ${MAX_CALL_BYTES} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

// The only way out: what comes to this port goes to the host's egress proxy, which decides.
createTcpServer({ allowHalfOpen: true }, (inside) => {
  const outside = connect({ path: EGRESS_SOCKET, allowHalfOpen: true });
  inside.pipe(outside).pipe(inside);
  inside.on("error", () => outside.destroy());
  outside.on("error", () => inside.destroy());
  inside.on("close", () => outside.destroy());
  outside.on("close", () => inside.destroy());
}).listen(EGRESS_PORT, "127.0.0.1");

server.keepAliveTimeout = 0;
server.requestTimeout = 0;
server.headersTimeout = 0;
server.listen(SOCKET);
