// E2B's error shape: the SDK reads `code` from the body, not the status line.
import type { ServerResponse } from "node:http";
import { sendJson } from "../http.ts";

export class ApiProblem extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export function sendProblem(res: ServerResponse, problem: ApiProblem): void {
  if (res.headersSent) res.destroy();
  else sendJson(res, problem.status, { code: problem.status, message: problem.message });
}

export function notFound(sandboxId: string): ApiProblem {
  return new ApiProblem(404, `sandbox "${sandboxId}" not found`);
}

export function notHere(what: string): ApiProblem {
  return new ApiProblem(501, `${what} is not supported by the local E2B service`);
}
