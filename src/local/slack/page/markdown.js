// Standard markdown, as the markdown block and streams carry it. Only what agents write.
import { h } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { link, mention, unescape, usergroup } from "./mrkdwn.js";

export function markdown(text) {
  return text.split(/(^```[^\n]*\n[\s\S]*?(?:^```\s*$|$(?![\s\S])))/m).flatMap((part) => {
    if (part.startsWith("```"))
      return [h("pre", { class: "b-pre", tabindex: "0" }, part.replace(/^```[^\n]*\n/, "").replace(/\n?```\s*$/, ""))];
    return part.split(/\n{2,}/).flatMap(paragraph);
  });
}

function paragraph(text) {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  if (lines.length === 0) return [];
  const heading = /^#{1,6}\s+(.*)$/.exec(lines[0]);
  if (heading !== null)
    return [h("p", { class: "md-h" }, ...spans(heading[1])), ...paragraph(lines.slice(1).join("\n"))];
  if (lines.every((line) => /^\s*[-*+]\s+/.test(line))) return [items("ul", lines, /^\s*[-*+]\s+/)];
  if (lines.every((line) => /^\s*\d+[.)]\s+/.test(line))) return [items("ol", lines, /^\s*\d+[.)]\s+/)];
  if (lines.every((line) => /^\s*>/.test(line)))
    return [h("blockquote", { class: "b-quote" }, ...broken(lines.map((line) => line.replace(/^\s*>\s?/, ""))))];
  return [h("p", {}, ...broken(lines))];
}

function items(tag, lines, bullet) {
  return h(tag, { class: "md-list" }, ...lines.map((line) => h("li", {}, ...spans(line.replace(bullet, "")))));
}

function broken(lines) {
  return lines.flatMap((line, index) => (index === 0 ? spans(line) : [h("br"), ...spans(line)]));
}

const SPAN =
  /`([^`]+)`|\*\*([^*]+)\*\*|__([^_]+)__|\*([^*\s][^*]*)\*|~~([^~]+)~~|\[([^\]]+)\]\((\S+?)\)|<@([A-Z0-9]+)>|<!subteam\^([A-Z0-9]+)[^>]*>/;

function spans(text) {
  const match = SPAN.exec(text);
  if (match === null) return text === "" ? [] : [withEmoji(unescape(text))];
  return [...spans(text.slice(0, match.index)), span(match), ...spans(text.slice(match.index + match[0].length))];
}

function span([, code, bold, strong, italic, gone, label, url, user, group]) {
  if (code !== undefined) return h("code", {}, code);
  if (bold ?? strong) return h("b", {}, ...spans(bold ?? strong));
  if (italic !== undefined) return h("i", {}, ...spans(italic));
  if (gone !== undefined) return h("s", {}, ...spans(gone));
  if (label !== undefined) return link(url, label);
  return user === undefined ? usergroup(group) : mention(user);
}
