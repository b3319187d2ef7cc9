// The arguments of a Web API call, however they were encoded.
import type { IncomingMessage } from "node:http";
import { Refusal } from "./context.ts";
import { isObject, parseJson, type Json } from "./json.ts";

const STRUCTURED = new Set([
  "attachments",
  "blocks",
  "chunks",
  "files",
  "loading_messages",
  "metadata",
  "prompts",
  "view",
]);

export interface Args {
  /** What the app sent, without its token. */
  readonly all: Json;
  text(key: string): string | undefined;
  need(key: string): string;
  flag(key: string): boolean | undefined;
  whole(key: string): number | undefined;
  raw(key: string): unknown;
}

export interface Sent {
  readonly token: string | undefined;
  readonly args: Args;
}

export function parseArgs(req: IncomingMessage, url: URL, body: string): Sent {
  const given: Record<string, unknown> = { ...Object.fromEntries(url.searchParams), ...parseBody(req, body) };
  for (const key of STRUCTURED) {
    const value = given[key];
    if (typeof value === "string") given[key] = parseJson(value) ?? value;
  }
  const [scheme, bearer] = (req.headers.authorization ?? "").split(/\s+/);
  const fromHeader = scheme?.toLowerCase() === "bearer" && bearer !== "" ? bearer : undefined;
  const { token, ...all } = given;
  return { token: fromHeader ?? (typeof token === "string" && token !== "" ? token : undefined), args: readArgs(all) };
}

function parseBody(req: IncomingMessage, body: string): Json {
  const type = req.headers["content-type"] ?? "";
  if (type.startsWith("application/json")) {
    if (body === "") return {};
    const value = parseJson(body);
    if (!isObject(value)) throw new Refusal(value === undefined ? "invalid_json" : "json_not_object");
    return value;
  }
  return Object.fromEntries(new URLSearchParams(body));
}

function readArgs(all: Json): Args {
  const text = (key: string): string | undefined => {
    const value = all[key];
    if (value === undefined || value === null) return undefined;
    if (typeof value === "string") return value;
    if (typeof value === "number" || typeof value === "boolean") return String(value);
    throw new Refusal("invalid_arguments", [`[ERROR] must be a string [json-pointer:/${key}]`]);
  };
  return {
    all,
    text,
    need: (key) => {
      const value = text(key);
      if (value === undefined || value === "")
        throw new Refusal("invalid_arguments", [`[ERROR] missing required field: ${key}`]);
      return value;
    },
    flag: (key) => {
      const value = all[key];
      if (value === undefined || value === null || value === "") return undefined;
      return value === true || value === "true" || value === "1" || value === 1;
    },
    whole: (key) => {
      const value = text(key);
      if (value === undefined || value === "") return undefined;
      if (!/^\d+$/.test(value))
        throw new Refusal("invalid_arguments", [`[ERROR] must be a number [json-pointer:/${key}]`]);
      return Number(value);
    },
    raw: (key) => all[key] ?? undefined,
  };
}
