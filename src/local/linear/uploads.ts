// Files that issues show: only for whoever may use the API.
import { sendJson } from "../http.ts";
import type { Actor } from "./context.ts";
import type { Exchange } from "./exchange.ts";
import type { World } from "./model.ts";

export const UPLOAD_PATH = "/uploads/";

export function serveUpload(world: World, { req, res, url }: Exchange, actor: Actor | undefined): number {
  const status = (code: number): number => {
    sendJson(res, code, { error: code === 401 ? "Authentication required" : "Not found" });
    return code;
  };
  if (actor === undefined) return status(401);
  const asked = url.pathname.slice(UPLOAD_PATH.length);
  const file = (world.seed.uploads ?? []).find(({ path }) => path === asked || encodeURI(path) === asked);
  if (file === undefined || (req.method !== "GET" && req.method !== "HEAD")) return status(404);
  res.writeHead(200, {
    "content-type": file.contentType,
    "content-length": file.bytes.length,
    "x-content-type-options": "nosniff",
    "content-disposition": "attachment",
    "cache-control": "private",
  });
  res.end(req.method === "HEAD" ? undefined : Buffer.from(file.bytes));
  return 200;
}
