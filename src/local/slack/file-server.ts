// Bytes of files over HTTP: uploads to a one-time address, downloads with the app's token.
import type { IncomingMessage, ServerResponse } from "node:http";
import busboy from "busboy";
import { equalSecrets, readBody, sendJson } from "../http.ts";
import type { Slack } from "./context.ts";
import { UPLOAD_PATH } from "./methods/files.ts";
import { announce, type SlackFile } from "./world.ts";

const UPLOAD_LIMIT_BYTES = 50_000_000;
export const DOWNLOAD_PATH = "/files-pri/";

export interface Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly url: URL;
}

export async function serveUpload(slack: Slack, { req, res, url }: Exchange): Promise<void> {
  const file = slack.world.files.get(url.pathname.slice(UPLOAD_PATH.length));
  if (file === undefined || file.bytes !== undefined) {
    sendJson(res, 404, { ok: false, error: "file_not_found" });
    return;
  }
  const bytes = await uploadedBytes(req);
  if (bytes.length !== file.lengthBytes) {
    sendJson(res, 400, { ok: false, error: "length_mismatch" });
    return;
  }
  file.bytes = bytes;
  announce(slack.world);
  res.writeHead(200, { "content-type": "text/plain" });
  res.end(`OK - ${bytes.length}`);
}

async function uploadedBytes(req: IncomingMessage): Promise<Buffer> {
  if ((req.headers["content-type"] ?? "").startsWith("multipart/form-data")) return firstPart(req);
  return readBody(req, UPLOAD_LIMIT_BYTES);
}

/** The bytes of the first file of a form. */
function firstPart(req: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const form = busboy({ headers: req.headers, limits: { files: 1, fileSize: UPLOAD_LIMIT_BYTES } });
    const chunks: Buffer[] = [];
    form.on("file", (_field, stream) => {
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("limit", () => reject(new RangeError(`file over ${UPLOAD_LIMIT_BYTES} bytes`)));
    });
    form.on("close", () => resolve(Buffer.concat(chunks)));
    form.on("error", reject);
    req.pipe(form);
  });
}

// Without a good token Slack sends the browser to its sign-in page, with 200 at the end: a client that
// does not look gets HTML for a file.
export function serveDownload(slack: Slack, exchange: Exchange, botToken: string): void {
  const { req, res, url } = exchange;
  const file = fileAt(slack, url.pathname);
  const given = (req.headers.authorization ?? "").replace(/^bearer\s+/i, "");
  if (!equalSecrets(given, botToken) || !slack.world.scopes.includes("files:read")) {
    res.writeHead(302, { location: "/signin" });
    res.end();
    return;
  }
  if (file?.bytes === undefined || !file.complete) {
    sendJson(res, 404, { ok: false, error: "file_not_found" });
    return;
  }
  sendBytes(res, file, file.bytes);
}

function fileAt(slack: Slack, pathname: string): SlackFile | undefined {
  const [folder = ""] = pathname.slice(DOWNLOAD_PATH.length).split("/");
  return slack.world.files.get(folder.split("-").at(-1) ?? "");
}

/** Pictures may show themselves; all else is saved, never run, in the page's origin. */
export function sendBytes(res: ServerResponse, file: SlackFile, bytes: Buffer): void {
  const shown = /^image\/(png|jpeg|gif|webp)$/.test(file.mimetype);
  res.writeHead(200, {
    "content-type": shown || file.mimetype === "text/plain" ? file.mimetype : "application/octet-stream",
    "content-length": bytes.length,
    "content-disposition": `${shown ? "inline" : "attachment"}; filename*=UTF-8''${encodeURIComponent(file.name)}`,
    "content-security-policy": "default-src 'none'; sandbox",
    "x-content-type-options": "nosniff",
  });
  res.end(bytes);
}

export function serveSignIn(res: ServerResponse): void {
  res.writeHead(200, { "content-type": "text/html; charset=utf-8" });
  res.end("<!doctype html><title>Sign in</title><p>Sign in to see this file.");
}
