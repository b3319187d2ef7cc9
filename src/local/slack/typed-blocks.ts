// The rich_text Slack's own composer makes of what a person typed.
import type { Json } from "./json.ts";

const TOKEN = /<([^<>]+)>/g;

export function typedBlocks(text: string): readonly Json[] {
  if (text === "") return [];
  const elements: Json[] = [];
  let from = 0;
  for (const match of text.matchAll(TOKEN)) {
    elements.push(...plain(text.slice(from, match.index)), token(match[1] ?? ""));
    from = match.index + match[0].length;
  }
  elements.push(...plain(text.slice(from)));
  return [{ type: "rich_text", block_id: "typed", elements: [{ type: "rich_text_section", elements }] }];
}

function plain(text: string): readonly Json[] {
  return text === "" ? [] : [{ type: "text", text: unescape(text) }];
}

function token(inner: string): Json {
  const [target = ""] = inner.split("|");
  if (target.startsWith("@")) return { type: "user", user_id: target.slice(1) };
  if (target.startsWith("#")) return { type: "channel", channel_id: target.slice(1) };
  if (target.startsWith("!subteam^")) return { type: "usergroup", usergroup_id: target.slice("!subteam^".length) };
  if (target.startsWith("!")) return { type: "broadcast", range: target.slice(1) };
  return { type: "link", url: unescape(target) };
}

function unescape(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
