// The two shapes in which envd says no: a Connect code for calls, an HTTP status for /files.
import type { ServerResponse } from "node:http";

const STATUS_OF = {
  canceled: 499,
  invalid_argument: 400,
  unauthenticated: 401,
  permission_denied: 403,
  not_found: 404,
  already_exists: 409,
  failed_precondition: 400,
  resource_exhausted: 429,
  deadline_exceeded: 504,
  unimplemented: 501,
  internal: 500,
} as const;

type RpcCode = keyof typeof STATUS_OF;

/** Thrown by a call, answered to the client as a Connect error. */
export class RpcProblem extends Error {
  readonly code: RpcCode;
  constructor(code: RpcCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Thrown while serving /files, answered with this status. */
export class HttpProblem extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export function toRpcProblem(cause: unknown): RpcProblem {
  if (cause instanceof RpcProblem) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  const codes: Readonly<Record<string, RpcCode>> = {
    ENOENT: "not_found",
    EACCES: "permission_denied",
    EPERM: "permission_denied",
    EROFS: "permission_denied",
    ENOSPC: "resource_exhausted",
    EAGAIN: "resource_exhausted",
    ENOTDIR: "invalid_argument",
    EINVAL: "invalid_argument",
    ENAMETOOLONG: "invalid_argument",
  };
  return new RpcProblem(codes[errorCode(cause)] ?? "internal", message);
}

export function toHttpProblem(cause: unknown): HttpProblem {
  if (cause instanceof HttpProblem) return cause;
  if (cause instanceof RpcProblem) return new HttpProblem(STATUS_OF[cause.code], cause.message);
  const message = cause instanceof Error ? cause.message : String(cause);
  const statuses: Readonly<Record<string, number>> = {
    ENOSPC: 507,
    EDQUOT: 507,
    EFBIG: 507,
    ENOENT: 404,
    ENOTDIR: 400,
    EISDIR: 400,
    EINVAL: 400,
    ENAMETOOLONG: 400,
    EACCES: 403,
    EPERM: 403,
    EROFS: 403,
  };
  return new HttpProblem(statuses[errorCode(cause)] ?? 500, message);
}

export function errorCode(cause: unknown): string {
  if (typeof cause === "object" && cause !== null && "code" in cause && typeof cause.code === "string")
    return cause.code;
  return "";
}

export function sendRpcProblem(res: ServerResponse, problem: RpcProblem): void {
  sendBody(res, STATUS_OF[problem.code], { code: problem.code, message: problem.message });
}

export function sendHttpProblem(res: ServerResponse, problem: HttpProblem): void {
  sendBody(res, problem.status, { code: problem.status, message: problem.message });
}

export function sendBody(res: ServerResponse, status: number, body: unknown): void {
  if (res.headersSent) {
    res.destroy();
    return;
  }
  res.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
