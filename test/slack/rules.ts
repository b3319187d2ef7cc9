// The rules every message of ours keeps, as one function: an empty list means it keeps them.
import { validateBlocks } from "../../src/local/slack/blocks.ts";

type Json = Readonly<Record<string, unknown>>;

export interface Shown {
  readonly text: string;
  readonly blocks: readonly unknown[];
}

export type Role = "card" | "private" | "plan";

const ALLOWED: Readonly<Record<Role, readonly string[]>> = {
  card: ["section", "context", "rich_text", "image", "actions"],
  private: ["section", "context", "rich_text", "image", "actions"],
  plan: ["plan"],
};
const INNER_WORDS = /\b(?:tree|ref|bundle|quarantine|epoch|surface|dispatch(?:ed)?)\b/i;
const TOKEN = /<([^<>]*)>/g;

function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function all(value: unknown): Json[] {
  if (Array.isArray(value)) return value.flatMap(all);
  return isJson(value) ? [value, ...Object.values(value).flatMap(all)] : [];
}

export function unescape(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

/** Whom a message would wake: mention elements, and tokens in text that Slack parses. */
export function mentionsOf(shown: Shown): readonly string[] {
  const objects = all(shown.blocks);
  const elements = objects.flatMap((each) =>
    each["type"] === "user" || each["type"] === "usergroup" || each["type"] === "broadcast"
      ? [String(each["user_id"] ?? each["usergroup_id"] ?? each["range"])]
      : [],
  );
  const parsed = [shown.text, ...objects.flatMap((each) => (each["type"] === "mrkdwn" ? [String(each["text"])] : []))];
  const tokens = parsed.flatMap((text) =>
    [...text.matchAll(/<(@[^>]*|!(?!date\^)[^>]*)>/g)].map((match) => match[1] ?? ""),
  );
  return [...elements, ...tokens];
}

export function judgeMessage(shown: Shown, role: Role): readonly string[] {
  const blocks = shown.blocks.filter(isJson);
  return [
    ...validateBlocks(shown.blocks, "message"),
    ...judgeText(shown.text),
    ...judgeShape(blocks, role),
    ...judgeParsed(shown),
    ...judgeWords(blocks),
    ...(role === "card" ? judgeHeadline(blocks) : []),
  ];
}

function judgeText(text: string): readonly string[] {
  const read = unescape(text);
  return [
    ...(read.trim() === "" ? ["text is empty"] : []),
    ...(read.length > 110 ? [`text has ${read.length} characters`] : []),
    ...(/[\n*_]{2}|\n/.test(read) ? ["text has more than one line"] : []),
  ];
}

function judgeShape(blocks: readonly Json[], role: Role): readonly string[] {
  const problems: string[] = [];
  if (blocks.length > 12) problems.push(`${blocks.length} blocks`);
  for (const block of blocks) {
    if (!ALLOWED[role].includes(String(block["type"]))) problems.push(`block ${String(block["type"])}`);
    const elements =
      block["type"] === "actions" ? all(block["elements"]).filter((each) => each["type"] === "button") : [];
    if (elements.length > 4) problems.push(`${elements.length} buttons`);
    for (const each of elements) {
      const label = isJson(each["text"]) ? String(each["text"]["text"]) : "";
      if (label.length > 24) problems.push(`button of ${label.length} characters: ${label}`);
    }
  }
  return problems;
}

/** What Slack parses holds our own words, dates and links only, and leaves plain names alone. */
function judgeParsed(shown: Shown): readonly string[] {
  const problems: string[] = [];
  for (const each of all(shown.blocks)) {
    if (each["type"] !== "mrkdwn") continue;
    if (each["verbatim"] !== true) problems.push("mrkdwn without verbatim");
    for (const [, token = ""] of String(each["text"]).matchAll(TOKEN)) {
      if (!/^(?:!date\^\d+\^|https?:\/\/|#[CG][A-Z0-9]+$)/.test(token)) problems.push(`token <${token}>`);
    }
  }
  for (const [, token = ""] of shown.text.matchAll(TOKEN)) problems.push(`token in text <${token}>`);
  return problems;
}

/** Our own words: sections, contexts and buttons, not what people or agents said. */
function judgeWords(blocks: readonly Json[]): readonly string[] {
  const own = blocks
    .filter((block) => block["type"] === "section" || block["type"] === "context" || block["type"] === "actions")
    .flatMap((block) => all(block))
    .filter((each) => each["type"] === "mrkdwn" || each["type"] === "plain_text")
    .map((each) => String(each["text"]).replace(/<[^>|]*\|/g, ""));
  const text = own.join("\n").replaceAll("<!date", "");
  return [
    ...(text.includes("!") ? ["an exclamation mark"] : []),
    ...(/\b(?:oops|sorry|apolog)/i.test(text) ? ["an apology"] : []),
    ...(INNER_WORDS.test(text) ? [`inner word ${INNER_WORDS.exec(text)?.[0] ?? ""}`] : []),
    ...(/[✓✗⚠](?!\s?[\p{L}\p{N}]|\uFE0F|$|\s·)/mu.test(text) ? ["an icon without a word"] : []),
    ...(/\p{Extended_Pictographic}/u.test(text.replace(/[✓✗⚠]/g, "")) ? ["another icon"] : []),
    ...((text.match(/\bseal [0-9a-f]{7}/g) ?? []).length > 1 ? ["the seal twice"] : []),
  ];
}

function judgeHeadline(blocks: readonly Json[]): readonly string[] {
  const [first] = all(blocks[0]?.["elements"]).filter((each) => each["type"] === "text");
  const style = first?.["style"];
  return isJson(style) && style["bold"] === true ? [] : ["the first words are not the state in bold"];
}
