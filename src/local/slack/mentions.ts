// Slack's mention tokens: how typed text turns into them, and whom a post with them wakes.
import { objectOf, objectsOf, textOf, type Json } from "./json.ts";
import { handleOf, nameOf, type Channel, type World } from "./world.ts";

function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

const PICKED = /<(@[A-Z0-9]+|#[A-Z0-9]+|!subteam\^[A-Z0-9]+)(?:\|[^>]*)?>/g;

interface Name {
  readonly typed: string;
  readonly token: string;
}

/** What typing does in the client: names become mentions, the rest is escaped, addresses become links. */
export function typedText(world: World, typed: string): string {
  return tokenize(world, typed, { names: namesPlain(world), links: true });
}

/** A command's text with `should_escape`: mentions also carry the name. */
export function commandText(world: World, typed: string): string {
  return tokenize(world, typed, { names: namesFull(world), links: false });
}

function namesPlain(world: World): readonly Name[] {
  return longestFirst([
    ...everyone(world).flatMap(({ id, name }) => [
      { typed: `@${name}`, token: `<@${id}>` },
      { typed: `@${handleOf({ name })}`, token: `<@${id}>` },
    ]),
    ...[...world.usergroups.values()].map(({ id, handle }) => ({
      typed: `@${handle}`,
      token: `<!subteam^${id}|@${handle}>`,
    })),
    ...[...world.channels.values()].map(({ id, name }) => ({ typed: `#${name}`, token: `<#${id}|${name}>` })),
    { typed: "@channel", token: "<!channel>" },
    { typed: "@here", token: "<!here>" },
    { typed: "@everyone", token: "<!everyone>" },
  ]);
}

function namesFull(world: World): readonly Name[] {
  const people = new Map(everyone(world).map(({ id, name }) => [`<@${id}>`, `<@${id}|${handleOf({ name })}>`]));
  return namesPlain(world).map(({ typed, token }) => ({ typed, token: people.get(token) ?? token }));
}

function everyone(world: World): readonly { readonly id: string; readonly name: string }[] {
  const { userId, name } = world.seed.bot;
  return [...world.people.values(), { id: userId, name }];
}

function longestFirst(names: readonly Name[]): readonly Name[] {
  return names.filter(({ typed }) => typed.length > 1).toSorted((a, b) => b.typed.length - a.typed.length);
}

function tokenize(
  world: World,
  typed: string,
  how: { readonly names: readonly Name[]; readonly links: boolean },
): string {
  let out = "";
  let rest = typed;
  while (rest !== "") {
    const { token, length } = tokenAt(world, { rest, before: out.at(-1) ?? " " }, how);
    out += token;
    rest = rest.slice(length);
  }
  return out;
}

function tokenAt(
  world: World,
  here: { readonly rest: string; readonly before: string },
  how: { readonly names: readonly Name[]; readonly links: boolean },
): { readonly token: string; readonly length: number } {
  const { rest, before } = here;
  const picked = pickedAt(world, rest, how.names);
  if (picked !== undefined) return picked;
  if (!/[\p{L}\p{N}_]/u.test(before)) {
    const name = how.names.find(
      ({ typed }) =>
        rest.slice(0, typed.length).toLowerCase() === typed.toLowerCase() &&
        !/^[\p{L}\p{N}_-]/u.test(rest.slice(typed.length)),
    );
    if (name !== undefined) return { token: name.token, length: name.typed.length };
    const address = how.links ? /^https?:\/\/[^\s<>]+[^\s<>.,;:!?)"']/.exec(rest)?.[0] : undefined;
    if (address !== undefined) return { token: `<${escapeText(address)}>`, length: address.length };
  }
  const char = String.fromCodePoint(rest.codePointAt(0) ?? 0);
  return { token: escapeText(char), length: char.length };
}

// A name chosen from the client's list arrives as its token, when it names someone who is here.
function pickedAt(
  world: World,
  rest: string,
  names: readonly Name[],
): { readonly token: string; readonly length: number } | undefined {
  const match = new RegExp(PICKED.source, "y").exec(rest);
  if (match === null) return undefined;
  const id = match[1]?.replace(/^(@|#|!subteam\^)/, "") ?? "";
  const known =
    id === world.seed.bot.userId || world.people.has(id) || world.channels.has(id) || world.usergroups.has(id);
  if (!known) return undefined;
  const token = names.find((name) => name.token.startsWith(`<${match[1] ?? ""}`))?.token ?? match[0];
  return { token, length: match[0].length };
}

export interface Mentions {
  readonly users: readonly string[];
  readonly usergroups: readonly string[];
  readonly everyone: boolean;
}

/** Mentions in mrkdwn text, where tokens are parsed. */
export function mentionsInText(text: string): Mentions {
  return {
    users: [...text.matchAll(/<@([A-Z0-9]+)(?:\|[^>]*)?>/g)].map((match) => match[1] ?? ""),
    usergroups: [...text.matchAll(/<!subteam\^([A-Z0-9]+)(?:\|[^>]*)?>/g)].map((match) => match[1] ?? ""),
    everyone: /<!(?:channel|here|everyone)(?:\|[^>]*)?>/.test(text),
  };
}

/** Text of rich_text is never parsed: only its mention elements count. */
export function mentionsInBlocks(blocks: readonly Json[]): Mentions {
  return join(blocks.map(mentionsInBlock));
}

function mentionsInBlock(block: Json): Mentions {
  switch (block["type"]) {
    case "rich_text":
      return join(objectsOf(block["elements"]).map(mentionsInRichText));
    case "markdown":
      return mentionsInText(textOf(block["text"]));
    case "container":
      return mentionsInBlocks(objectsOf(block["child_blocks"]));
    case "carousel":
      return mentionsInBlocks(objectsOf(block["elements"]));
    default:
      return join(
        textObjectsOf(block).map((each) => (each["type"] === "mrkdwn" ? mentionsInText(textOf(each["text"])) : NOBODY)),
      );
  }
}

function textObjectsOf(block: Json): readonly Json[] {
  const single = [block["text"], block["title"], block["subtitle"], block["body"]].map(objectOf);
  const several = block["type"] === "context" ? objectsOf(block["elements"]) : objectsOf(block["fields"]);
  return [...single, ...several];
}

function mentionsInRichText(element: Json): Mentions {
  switch (element["type"]) {
    case "user":
      return { ...NOBODY, users: [textOf(element["user_id"])] };
    case "usergroup":
      return { ...NOBODY, usergroups: [textOf(element["usergroup_id"])] };
    case "broadcast":
      return { ...NOBODY, everyone: true };
    default:
      return join(objectsOf(element["elements"]).map(mentionsInRichText));
  }
}

const NOBODY: Mentions = { users: [], usergroups: [], everyone: false };

function join(all: readonly Mentions[]): Mentions {
  return {
    users: all.flatMap(({ users }) => users),
    usergroups: all.flatMap(({ usergroups }) => usergroups),
    everyone: all.some((each) => each.everyone),
  };
}

/** The members of the channel a post wakes; its author and people outside the channel are not woken. */
export function wokenBy(
  world: World,
  post: { readonly channel: Channel; readonly author: string },
  found: readonly Mentions[],
): string[] {
  const { users, usergroups, everyone: all } = join(found);
  const named = new Set([...users, ...usergroups.flatMap((id) => world.usergroups.get(id)?.members ?? [])]);
  return post.channel.members.filter(
    (member) => member !== post.author && member !== world.seed.bot.userId && (all || named.has(member)),
  );
}

/** Tokens back into what people read. */
export function readable(world: World, text: string): string {
  return text
    .replaceAll(/<@([A-Z0-9]+)(?:\|[^>]*)?>/g, (_whole, id: string) => `@${nameOf(world, id)}`)
    .replaceAll(
      /<!subteam\^([A-Z0-9]+)(?:\|[^>]*)?>/g,
      (_whole, id: string) => `@${world.usergroups.get(id)?.handle ?? id}`,
    )
    .replaceAll(/<!(channel|here|everyone)(?:\|[^>]*)?>/g, "@$1")
    .replaceAll(/<#([A-Z0-9]+)(?:\|[^>]*)?>/g, (_whole, id: string) => `#${world.channels.get(id)?.name ?? id}`)
    .replaceAll(/<([^@#!|>][^|>]*)\|([^>]*)>/g, "$2")
    .replaceAll(/<([^@#!|>][^|>]*)>/g, "$1")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}
