// GET and POST /files: whole files and ranges out, raw, gzipped or multipart bodies in.
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, stat } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { basename, dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { metadataOfHeaders, type FileMetadata, type MetadataStore } from "./envd-metadata.ts";
import { boundaryOf, readParts } from "./envd-multipart.ts";
import { errorCode, HttpProblem, sendBody } from "./envd-problem.ts";
import { findUser, resolvePath } from "./envd-user.ts";

export interface FileExchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly query: URLSearchParams;
}

type ByteRange = { readonly kind: "whole" } | { readonly kind: "part"; readonly first: number; readonly last: number };

export async function sendFile({ req, res, query }: FileExchange): Promise<void> {
  const path = resolvePath(query.get("path") ?? "", findUser(query.get("username") ?? ""));
  const found = await stat(path).catch((cause: unknown) => {
    if (["ENOENT", "ENOTDIR"].includes(errorCode(cause))) throw new HttpProblem(404, `path '${path}' does not exist`);
    throw cause;
  });
  if (found.isDirectory()) throw new HttpProblem(400, `path '${path}' is a directory`);
  if (!found.isFile()) throw new HttpProblem(400, `path '${path}' is not a regular file`);
  const head = {
    "content-type": "application/octet-stream",
    "accept-ranges": "bytes",
    vary: "Accept-Encoding",
    "last-modified": found.mtime.toUTCString(),
  };
  const range = parseRange(req.headers.range ?? "", found.size);
  if (range === undefined) {
    res.writeHead(416, { "content-range": `bytes */${found.size}` }).end();
  } else if (range.kind === "whole" && wantsGzip(req.headers["accept-encoding"] ?? "")) {
    res.writeHead(200, { ...head, "content-encoding": "gzip" });
    await pipeline(createReadStream(path), createGzip({ level: 1 }), res).catch(() => res.destroy());
  } else {
    const first = range.kind === "part" ? range.first : 0;
    const count = range.kind === "part" ? range.last - range.first + 1 : found.size;
    const length = { "content-length": count };
    if (range.kind === "whole") res.writeHead(200, { ...head, ...length });
    else res.writeHead(206, { ...head, ...length, "content-range": `bytes ${first}-${range.last}/${found.size}` });
    if (count === 0) res.end();
    else await pipeline(readExactly(path, first, count), res).catch(() => res.destroy());
  }
}

/** A file that grows meanwhile is cut at the announced length; one that shrank breaks off, for the reader would wait. */
async function* readExactly(path: string, first: number, count: number): AsyncGenerator<Buffer> {
  let left = count;
  for await (const chunk of createReadStream(path, { start: first, end: first + count - 1 })) {
    const bytes = Buffer.from(chunk);
    left -= bytes.length;
    yield bytes;
  }
  if (left > 0) throw new Error(`${path} became shorter while it was read`);
}

/** Undefined when the range begins past the end; anything we cannot read is the whole file, as HTTP has it. */
function parseRange(header: string, sizeBytes: number): ByteRange | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header.trim());
  const [, from = "", to = ""] = match ?? [];
  if (match === null || (from === "" && to === "")) return { kind: "whole" };
  if (from === "") {
    const count = Math.min(Number(to), sizeBytes);
    return count === 0 ? undefined : { kind: "part", first: sizeBytes - count, last: sizeBytes - 1 };
  }
  const first = Number(from);
  const last = to === "" ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1);
  if (first >= sizeBytes) return undefined;
  return last < first ? { kind: "whole" } : { kind: "part", first, last };
}

function wantsGzip(acceptEncoding: string): boolean {
  const names = acceptEncoding.split(",").map((each) => each.trim().split(";")[0] ?? "");
  // Browsers' and fetch's standing offer lists more; only a client that asks for gzip alone wants the file packed.
  return names.length === 1 && names[0] === "gzip";
}

export async function receiveFiles(exchange: FileExchange, metadata: MetadataStore): Promise<void> {
  const { req, res, query } = exchange;
  const user = findUser(query.get("username") ?? "");
  const given = query.get("path");
  const attached = metadataOfHeaders(req.headers);
  const type = req.headers["content-type"] ?? "";
  const body = req.headers["content-encoding"] === "gzip" ? req.pipe(createGunzip()) : req;
  const written: object[] = [];
  const store = async (path: string, bytes: AsyncIterable<Buffer>): Promise<void> => {
    written.push(await writeOne(resolvePath(path, user), { bytes, attached, metadata }));
  };
  if (type.startsWith("application/octet-stream")) {
    if (given === null) throw new HttpProblem(400, "path query parameter is required for raw body upload");
    await store(given, body);
  } else if (type.startsWith("multipart/form-data")) {
    const boundary = boundaryOf(type);
    if (boundary === undefined) throw new HttpProblem(400, "the multipart body names no boundary");
    for await (const part of readParts(body, boundary)) {
      if (part.name !== "file") continue;
      const path = given ?? part.filename;
      if (path === undefined) throw new HttpProblem(400, "a part has no file name");
      await store(path, part.bytes);
    }
  } else throw new HttpProblem(400, `unsupported content type: ${type}`);
  sendBody(res, 200, written);
}

interface Upload {
  readonly bytes: AsyncIterable<Buffer>;
  readonly attached: FileMetadata | undefined;
  readonly metadata: MetadataStore;
}

async function writeOne(path: string, { bytes, attached, metadata }: Upload): Promise<object> {
  const there = await stat(path).catch(() => undefined);
  if (there?.isDirectory()) throw new HttpProblem(400, `path is a directory: ${path}`);
  await mkdir(dirname(path), { recursive: true });
  await pipeline(bytes, createWriteStream(path));
  metadata.set(path, attached);
  return { path, name: basename(path), type: "file", ...(attached === undefined ? {} : { metadata: attached }) };
}
