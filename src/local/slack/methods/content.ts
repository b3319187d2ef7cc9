// What a message may contain: the checks chat methods, response URLs and command answers share.
import type { Args } from "../args.ts";
import { validateBlocks } from "../blocks.ts";
import { Refusal } from "../context.ts";
import { isObject, objectsOf, textOf, type Json } from "../json.ts";
import type { World } from "../world.ts";

const POST_TEXT_MAX = 40_000;
const UPDATE_TEXT_MAX = 4_000;
const MARKDOWN_MAX = 12_000;

export interface Content {
  readonly text: string;
  readonly blocks: readonly Json[];
}

export function readContent(world: World, args: Args, use: "post" | "update"): Content {
  const text = args.text("text") ?? "";
  const markdown = args.text("markdown_text");
  const blocks = readBlocks(world, args.raw("blocks"));
  if (markdown !== undefined && (text !== "" || blocks !== undefined))
    throw new Refusal("invalid_arguments", ["[ERROR] markdown_text cannot be used with text or blocks"]);
  if (text.length > (use === "post" ? POST_TEXT_MAX : UPDATE_TEXT_MAX)) throw new Refusal("msg_too_long");
  if (markdown !== undefined && markdown.length > MARKDOWN_MAX) throw new Refusal("msg_too_long");
  if (markdown !== undefined && markdown !== "")
    return { text: markdown, blocks: [{ type: "markdown", text: markdown }] };
  const attachments = args.raw("attachments");
  if (text.trim() === "" && (blocks ?? []).length === 0 && !(Array.isArray(attachments) && attachments.length > 0))
    throw new Refusal("no_text");
  return { text, blocks: blocks ?? [] };
}

export function readBlocks(world: World, raw: unknown): readonly Json[] | undefined {
  if (raw === undefined || raw === "") return undefined;
  if (!Array.isArray(raw)) throw new Refusal("invalid_blocks_format");
  const problems = [...validateBlocks(raw, "message"), ...missingFiles(world, raw)];
  if (problems.length > 0) throw new Refusal("invalid_blocks", problems);
  return objectsOf(raw);
}

// A picture that names a file must name one that is uploaded and is a picture.
export function missingFiles(world: World, blocks: readonly unknown[], at = "/blocks"): readonly string[] {
  return objectsOf(blocks).flatMap((block, index) => {
    const pictures = [block, block["accessory"], ...objectsOf(block["elements"])].filter(isObject);
    return pictures.flatMap(({ slack_file: named }) => {
      if (!isObject(named)) return [];
      const file = [...world.files.values()].find(
        ({ id }) => id === named["id"] || textOf(named["url"]).includes(`-${id}/`),
      );
      if (file?.complete === true && file.mimetype.startsWith("image/")) return [];
      return [`[ERROR] invalid slack file [json-pointer:${at}/${index}/slack_file]`];
    });
  });
}

export function readMetadata(raw: unknown): Json | undefined {
  if (raw === undefined || raw === "") return undefined;
  if (!isObject(raw)) throw new Refusal("invalid_metadata_format");
  const entitiesOnly = Array.isArray(raw["entities"]) && raw["event_type"] === undefined;
  const complete = typeof raw["event_type"] === "string" && raw["event_type"] !== "" && isObject(raw["event_payload"]);
  if (!complete && !entitiesOnly) throw new Refusal("invalid_metadata_schema");
  if (JSON.stringify(raw).length > 16_000) throw new Refusal("metadata_too_large");
  return raw;
}
