// What leaves over HTTP: every answer carries the same fences, whatever it holds.
import { promises as files } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";

const FENCES = {
  "content-security-policy":
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store",
} as const;

const TYPES = {
  html: "text/html; charset=utf-8",
  json: "application/json; charset=utf-8",
  text: "text/plain; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
} as const;

export interface Answer {
  readonly status: number;
  readonly type: keyof typeof TYPES;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function send(req: IncomingMessage, res: ServerResponse, answer: Answer): void {
  const bytes = Buffer.from(answer.body);
  res.writeHead(answer.status, {
    ...FENCES,
    ...answer.headers,
    "content-type": TYPES[answer.type],
    "content-length": bytes.length,
  });
  res.end(req.method === "HEAD" ? undefined : bytes);
}

const ASSET = /^([a-z][a-z0-9-]*)\.(css|js|svg)$/;

/** A stylesheet, script or picture of `lookDir`, by its bare name; undefined where there is none. */
export async function loadAsset(lookDir: string, name: string): Promise<Answer | undefined> {
  const kind = ASSET.exec(name)?.[2];
  if (kind !== "css" && kind !== "js" && kind !== "svg") return undefined;
  try {
    return { status: 200, type: kind, body: await files.readFile(join(lookDir, name), "utf8") };
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    throw cause;
  }
}
