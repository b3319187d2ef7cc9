// The Markdown that people and agents write here, as elements. Nothing is parsed as HTML, and no address of another
// host is loaded.
import { facts } from "./data.js";
import { h } from "./dom.js";

const FENCE = /^\s{0,3}(```+|~~~+)/;
const BULLET = /^(\s*)[-*+]\s+/;
const NUMBER = /^(\s*)\d{1,9}[.)]\s+/;
const HEADING = /^ {0,3}#{1,6}\s+/;
const QUOTE = /^ {0,3}>\s?/;
const RULE = /^ {0,3}(?:-{3,}|\*{3,}|_{3,})\s*$/;
const MOST_QUOTES = 4;

export function markdown(text, depth = 0) {
  const lines = text.replaceAll("\r\n", "\n").split("\n");
  const made = [];
  for (let at = 0; at < lines.length;) {
    const [node, next] = block(lines, at, depth);
    if (node !== null) made.push(node);
    at = next;
  }
  return made;
}

/** The element that begins at a line, and the line after it. */
function block(lines, at, depth) {
  const line = lines[at];
  if (line.trim() === "") return [null, at + 1];
  if (FENCE.test(line)) return fence(lines, at);
  if (RULE.test(line)) return [h("hr"), at + 1];
  if (HEADING.test(line)) return [h("p", { class: "md-h" }, spans(line.replace(HEADING, "").trim())), at + 1];
  if (QUOTE.test(line) && depth < MOST_QUOTES) {
    const end = runEnd(lines, at, (each) => QUOTE.test(each));
    const inner = lines.slice(at, end).map((each) => each.replace(QUOTE, ""));
    return [h("blockquote", {}, markdown(inner.join("\n"), depth + 1)), end];
  }
  if (BULLET.test(line)) return list("ul", BULLET, lines, at);
  if (NUMBER.test(line)) return list("ol", NUMBER, lines, at);
  const end = runEnd(lines, at, (each, index) => index === at || !startsBlock(each));
  return [h("p", {}, broken(lines.slice(at, end))), end];
}

function runEnd(lines, at, belongs) {
  let end = at;
  while (end < lines.length && belongs(lines[end], end)) end += 1;
  return end;
}

function startsBlock(line) {
  return line.trim() === "" || [FENCE, HEADING, QUOTE, BULLET, NUMBER].some((start) => start.test(line));
}

function fence(lines, at) {
  const [, ticks] = FENCE.exec(lines[at]);
  const end = runEnd(lines, at + 1, (each) => !each.trim().startsWith(ticks));
  return [h("pre", { tabindex: "0" }, h("code", {}, lines.slice(at + 1, end).join("\n"))), end + 1];
}

function list(tag, bullet, lines, at) {
  const [, indent] = bullet.exec(lines[at]);
  const items = [];
  let end = at;
  for (; end < lines.length; end += 1) {
    const line = lines[end];
    const found = bullet.exec(line);
    if (found !== null && found[1].length <= indent.length) items.push([line.replace(bullet, "")]);
    else if (line.trim() !== "" && /^\s/.test(line)) items.at(-1).push(line.trim());
    else break;
  }
  return [h(tag, {}, items.map(listItem)), end];
}

function listItem(lines) {
  const [first, ...more] = lines;
  const box = /^\[([ xX])\]\s+/.exec(first);
  const words = box === null ? first : first.replace(box[0], "");
  const state = box === null ? null : box[1] === " " ? "☐ " : "☑ ";
  const under = more.length > 0 && BULLET.test(more[0]);
  return h("li", {}, state, broken(under ? [words] : [words, ...more]), under ? markdown(more.join("\n")) : null);
}

function broken(lines) {
  return lines.flatMap((line, index) => (index === 0 ? spans(line) : [h("br"), ...spans(line)]));
}

// Each part has a bound, so that no text makes the page slow.
const SPAN = new RegExp(
  [
    "`(?<code>[^`\\n]{1,2000})`",
    "!\\[(?<alt>[^\\]\\[]{0,300})\\]\\((?<src>[^\\s()]{1,2000})\\)",
    "\\[(?<label>[^\\]\\[]{1,500})\\]\\((?<url>[^\\s()]{1,2000})\\)",
    "\\*\\*(?<bold>[^*\\n]{1,2000})\\*\\*",
    "(?<![\\w_])__(?<strong>[^_\\n]{1,2000})__(?!\\w)",
    "\\*(?<italic>[^*\\s][^*\\n]{0,2000})\\*",
    "(?<![\\w_])_(?<slant>[^_\\s][^_\\n]{0,2000})_(?!\\w)",
    "~~(?<gone>[^~\\n]{1,2000})~~",
    "(?<bare>https?://[^\\s<>()\\[\\]\"'`*]{1,2000}[^\\s<>()\\[\\]\"'`*.,;:!?])",
    "(?<![\\w.@])@(?<at>[\\w-]{1,100})",
  ].join("|"),
  "g",
);
const MOST_DEPTH = 3;

/** One line's worth of marks. */
export function spans(text, depth = 0) {
  const made = [];
  let from = 0;
  for (const match of text.matchAll(SPAN)) {
    if (match.index > from) made.push(text.slice(from, match.index));
    made.push(depth < MOST_DEPTH ? span(match, depth) : match[0]);
    from = match.index + match[0].length;
  }
  if (from < text.length) made.push(text.slice(from));
  return made;
}

function span({ 0: whole, groups }, depth) {
  const { code, alt, src, label, url, bold, strong, italic, slant, gone, bare, at } = groups;
  if (code !== undefined) return h("code", {}, code);
  if (src !== undefined) return picture(src, alt);
  if (label !== undefined) return link(url, spans(label, depth + 1), whole);
  if (bold !== undefined || strong !== undefined) return h("b", {}, spans(bold ?? strong, depth + 1));
  if (italic !== undefined || slant !== undefined) return h("i", {}, spans(italic ?? slant, depth + 1));
  if (gone !== undefined) return h("s", {}, spans(gone, depth + 1));
  if (bare !== undefined) return link(bare, bare, bare);
  return h("span", { class: "at" }, `@${at}`);
}

/** What was uploaded here comes through the page, which has no token to show. */
function uploadAt(address) {
  const path = address.startsWith(`${facts.origin}/`) ? address.slice(facts.origin.length) : address;
  return path.startsWith("/uploads/") ? `/page${path}` : undefined;
}

function picture(src, alt) {
  const upload = uploadAt(src);
  return upload === undefined ? link(src, alt || src, src) : h("img", { src: upload, alt, loading: "lazy" });
}

export function link(address, words, instead) {
  const href = uploadAt(address) ?? webAddress(address);
  return href === undefined ? instead : h("a", { href, rel: "noreferrer", target: "_blank" }, words);
}

function webAddress(address) {
  if (!URL.canParse(address)) return undefined;
  return ["http:", "https:", "mailto:"].includes(new URL(address).protocol) ? address : undefined;
}
