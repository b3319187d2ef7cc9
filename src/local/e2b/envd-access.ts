// Who may call: the sandbox's own token in a header, or a signature made with it for one file.
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { HttpProblem } from "./envd-problem.ts";

export type FileOperation = "read" | "write";

export function equalTexts(left: string, right: string): boolean {
  const a = Buffer.from(left);
  const b = Buffer.from(right);
  return a.length === b.length && timingSafeEqual(a, b);
}

export function hasToken(headers: IncomingHttpHeaders, accessToken: string): boolean {
  const given = headers["x-access-token"];
  return typeof given === "string" && equalTexts(given, accessToken);
}

/** The signature covers the path as the caller wrote it, not as it resolves. */
export function renderSignature(query: URLSearchParams, operation: FileOperation, accessToken: string): string {
  const parts = [query.get("path") ?? "", operation, query.get("username") ?? "", accessToken];
  const expiry = query.get("signature_expiration");
  if (expiry !== null) parts.push(expiry);
  return `v1_${createHash("sha256").update(parts.join(":")).digest("base64").replace(/=+$/, "")}`;
}

interface FileCall {
  readonly headers: IncomingHttpHeaders;
  readonly query: URLSearchParams;
  readonly operation: FileOperation;
}

export function assertMayAccessFile(call: FileCall, accessToken: string): void {
  if (call.headers["x-access-token"] !== undefined) {
    if (hasToken(call.headers, accessToken)) return;
    throw new HttpProblem(401, "access token present in header but does not match");
  }
  const signature = call.query.get("signature");
  if (signature === null) throw new HttpProblem(401, "missing signature query parameter");
  if (!equalTexts(signature, renderSignature(call.query, call.operation, accessToken)))
    throw new HttpProblem(401, "invalid signature");
  const expiry = call.query.get("signature_expiration");
  if (expiry === null) return;
  const expiresAtMs = Number(expiry) * 1000;
  if (!Number.isFinite(expiresAtMs) || expiresAtMs < Date.now())
    throw new HttpProblem(401, "signature is already expired");
}
