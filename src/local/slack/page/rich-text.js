// rich_text: text in it is never parsed.
import { day, h } from "./dom.js";
import { emoji } from "./emoji.js";
import { channelName, link, mention, usergroup } from "./mrkdwn.js";

export function richText(block) {
  return (block.elements ?? []).flatMap((element) => {
    switch (element.type) {
      case "rich_text_section":
        return [h("p", { class: "b-rich" }, ...inline(element.elements))];
      case "rich_text_quote":
        return [h("blockquote", { class: "b-quote" }, ...inline(element.elements))];
      case "rich_text_preformatted":
        return [
          h("pre", { class: "b-pre", tabindex: "0", role: "group", "aria-label": "Code" }, ...inline(element.elements)),
        ];
      case "rich_text_list":
        return [list(element)];
      default:
        return [];
    }
  });
}

function list({ style, elements, indent = 0 }) {
  const tag = style === "ordered" ? "ol" : "ul";
  return h(tag, { class: `md-list in-${indent}` }, ...elements.map((item) => h("li", {}, ...inline(item.elements))));
}

export function inline(elements = []) {
  return elements.flatMap((element) => styled(node(element), element.style));
}

function node(element) {
  switch (element.type) {
    case "text":
      return element.text;
    case "link":
      return link(element.url, element.text ?? element.url);
    case "user":
      return mention(element.user_id);
    case "usergroup":
      return usergroup(element.usergroup_id);
    case "channel":
      return channelName(element.channel_id);
    case "broadcast":
      return h("span", { class: "at at-me" }, `@${element.range}`);
    case "emoji":
      return emoji(element.name);
    case "date":
      return element.fallback ?? day(element.timestamp * 1000);
    case "color":
      return h("code", {}, element.value);
    default:
      return "";
  }
}

const TAGS = [
  ["code", "code"],
  ["bold", "b"],
  ["italic", "i"],
  ["strike", "s"],
  ["underline", "u"],
];

function styled(inner, style = {}) {
  return TAGS.reduce((made, [key, tag]) => (style[key] ? h(tag, {}, made) : made), inner);
}
