// Text as Slack sends it, with tokens and escapes, into what the person typed and read.

const TOKEN = /<([^<>]*)>/g;

/** Names for ids where they are known; the id itself otherwise. */
export interface TokenNames {
  readonly person?: (userId: string) => string | undefined;
  readonly group?: (groupId: string) => string | undefined;
}

/** A link whose label shows something else than its address is written out, so that nobody is misled by it. */
export function plainText(text: string, names: TokenNames = {}): string {
  return unescapeText(text.replace(TOKEN, (whole, inside: string) => readToken(inside, names) ?? whole));
}

/** The text without the bot's own mention, wherever it stands. */
export function withoutMention(text: string, botUserId: string): string {
  return text.replaceAll(new RegExp(`<@${botUserId}(?:\\|[^>]*)?>`, "g"), " ").trim();
}

export function mentions(text: string, userId: string): boolean {
  return new RegExp(`<@${userId}(?:\\|[^>]*)?>`).test(text);
}

/** For text objects that Slack parses: nothing in it can become a mention, a link or a token. */
export function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function unescapeText(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

function readToken(inside: string, names: TokenNames): string | undefined {
  const bar = inside.indexOf("|");
  const target = bar === -1 ? inside : inside.slice(0, bar);
  const label = bar === -1 ? "" : inside.slice(bar + 1);
  if (target.startsWith("@")) return at(label === "" ? (names.person?.(target.slice(1)) ?? target.slice(1)) : label);
  if (target.startsWith("#")) return `#${label === "" ? target.slice(1) : label}`;
  if (target.startsWith("!subteam^")) {
    const id = target.slice("!subteam^".length);
    return at(label === "" ? (names.group?.(id) ?? id) : label);
  }
  if (target.startsWith("!date^")) return label;
  if (target.startsWith("!")) return at(target.slice(1));
  if (/^[a-z][a-z0-9+.-]*:/i.test(target))
    return label === "" || sameAddress(label, target) ? target : `${label} (${target})`;
  return undefined;
}

function at(name: string): string {
  return name.startsWith("@") ? name : `@${name}`;
}

function sameAddress(label: string, target: string): boolean {
  const bare = (text: string): string => text.replace(/^[a-z][a-z0-9+.-]*:(?:\/\/)?/i, "").replace(/\/$/, "");
  return bare(label) === bare(target);
}
