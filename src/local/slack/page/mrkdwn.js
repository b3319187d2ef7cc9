// Slack's mrkdwn and mention tokens as nodes.
import { h } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { here, nameOf, world } from "./world.js";

export function unescape(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

/** An address a page may open; anything else is shown, not linked. */
export function webAddress(url) {
  return /^(https?:|mailto:)/i.test(url ?? "");
}

/** A link that opens elsewhere; one to a message of this workspace opens here. */
export function link(url, ...label) {
  if (url.startsWith(`${location.origin}/archives/`))
    return h("a", { href: url.slice(location.origin.length), "data-permalink": true }, ...label);
  if (!webAddress(url)) return h("span", {}, ...label);
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, ...label);
}

export function mention(id, label) {
  const me = id === here.me;
  return h("span", { class: me ? "at at-me" : "at" }, `@${label ?? nameOf(id)}`);
}

export function usergroup(id) {
  const group = world.usergroups.find((each) => each.id === id);
  return h("span", { class: "at" }, `@${group?.handle ?? id}`);
}

export function channelName(id) {
  const channel = world.channels.find((each) => each.id === id);
  return channel === undefined ? `#${id}` : h("a", { class: "at", href: `#/${id}` }, `#${channel.name}`);
}

/** Blocks of text: quotes, code fences and lines. */
export function mrkdwn(text) {
  return text.split(/```\n?([\s\S]*?)```/).flatMap((part, index) => {
    if (index % 2 === 1) return [h("pre", { class: "b-pre", tabindex: "0" }, unescape(part.replace(/\n$/, "")))];
    return quoted(part);
  });
}

function quoted(text) {
  const nodes = [];
  let quote = [];
  const flush = () => {
    if (quote.length > 0) nodes.push(h("blockquote", { class: "b-quote" }, ...lines(quote)));
    quote = [];
  };
  let plain = [];
  const flushPlain = () => {
    if (plain.some((line) => line !== "")) nodes.push(...lines(plain));
    plain = [];
  };
  for (const line of text.split("\n")) {
    if (line.startsWith("&gt;") || line.startsWith("> ")) {
      flushPlain();
      quote.push(line.replace(/^(&gt;|>) ?/, ""));
    } else {
      flush();
      plain.push(line);
    }
  }
  flush();
  flushPlain();
  return nodes;
}

function lines(all) {
  return all.flatMap((line, index) => (index === 0 ? inline(line) : [h("br"), ...inline(line)]));
}

const TOKEN = /<([^<>]+)>|`([^`\n]+)`/;
const STYLES = [
  [/(^|[\s(“"'·])\*(\S(?:[^*\n]*\S)?)\*(?=$|[\s).,:;!?”"'·])/, "b"],
  [/(^|[\s(“"'·])_(\S(?:[^_\n]*\S)?)_(?=$|[\s).,:;!?”"'·])/, "i"],
  [/(^|[\s(“"'·])~(\S(?:[^~\n]*\S)?)~(?=$|[\s).,:;!?”"'·])/, "s"],
];

export function inline(text) {
  const styled = STYLES.map(([pattern, tag]) => ({ match: pattern.exec(text), tag })).filter(
    ({ match }) => match !== null,
  );
  const token = TOKEN.exec(text);
  const first = styled.toSorted((a, b) => a.match.index - b.match.index)[0];
  if (token !== null && (first === undefined || token.index <= first.match.index + first.match[1].length))
    return [
      ...inline(text.slice(0, token.index)),
      tokenNode(token),
      ...inline(text.slice(token.index + token[0].length)),
    ];
  if (first !== undefined) {
    const { match, tag } = first;
    const start = match.index + match[1].length;
    return [
      ...plain(text.slice(0, start)),
      h(tag, {}, ...inline(match[2])),
      ...inline(text.slice(match.index + match[0].length)),
    ];
  }
  return plain(text);
}

function plain(text) {
  return text === "" ? [] : [withEmoji(unescape(text))];
}

function tokenNode(token) {
  if (token[2] !== undefined) return h("code", {}, unescape(token[2]));
  const [target, label] = token[1].split("|");
  if (target.startsWith("@")) return mention(target.slice(1), label);
  if (target.startsWith("#")) return channelName(target.slice(1));
  if (target.startsWith("!subteam^")) return usergroup(target.slice("!subteam^".length));
  if (target.startsWith("!date^")) return label ?? "";
  if (target.startsWith("!")) return h("span", { class: "at at-me" }, `@${target.slice(1)}`);
  return link(unescape(target), unescape(label ?? target));
}
