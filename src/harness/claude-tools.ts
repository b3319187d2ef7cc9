// Claude Code's tool calls in a few words: the program run, the file touched.
import { z } from "zod";
import type { JsonObject } from "./json-line.ts";

const SUMMARY_LIMIT = 200;
const FILE_TOOLS: ReadonlySet<string> = new Set(["Edit", "MultiEdit", "Write", "NotebookEdit"]);
/** The one input that says most, in the order to look for it. */
const TELLING = ["command", "file_path", "notebook_path", "path", "pattern", "url", "query", "description", "prompt"];

export function describeTool(name: string, input: JsonObject, repositoryDir: string): string {
  const telling = TELLING.map((key) => textAt(input, key)).find((value) => value !== undefined);
  const words = telling === undefined ? "" : firstLine(shorten(telling, repositoryDir));
  return words === "" ? name : `${name}: ${words}`.slice(0, SUMMARY_LIMIT);
}

/** The file a tool writes, relative to the repository; undefined for other tools and for files beside it. */
export function fileOf(name: string, input: JsonObject, repositoryDir: string): string | undefined {
  if (!FILE_TOOLS.has(name)) return undefined;
  const path = textAt(input, "file_path") ?? textAt(input, "notebook_path");
  if (path === undefined) return undefined;
  const inside = shorten(path, repositoryDir);
  return inside.startsWith("/") ? undefined : inside;
}

export function firstLine(text: string): string {
  const line = text.split("\n").find((each) => each.trim() !== "") ?? "";
  return line.trim().slice(0, SUMMARY_LIMIT);
}

function textAt(input: JsonObject, key: string): string | undefined {
  return z.string().safeParse(input[key]).data;
}

function shorten(text: string, repositoryDir: string): string {
  return repositoryDir === "" ? text : text.replaceAll(`${repositoryDir}/`, "");
}
