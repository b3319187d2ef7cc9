// Block Kit as nodes. `press(element, block, given)` is what a button or select calls.
import { h, icon } from "./dom.js";
import { markdown } from "./markdown.js";
import { inline as mrkdwnInline, link, mrkdwn, webAddress } from "./mrkdwn.js";
import { withEmoji } from "./emoji.js";
import { planNode, taskNode } from "./plan.js";
import { richText } from "./rich-text.js";
import { confirmFirst } from "./confirm.js";

export function blockNodes(blocks, press) {
  return blocks.flatMap((block) => blockNode(block, press));
}

function blockNode(block, press) {
  switch (block.type) {
    case "section":
      return section(block, press);
    case "context":
      return [h("div", { class: "b-context" }, ...spaced(block.elements.map(contextElement)))];
    case "rich_text":
      return richText(block);
    case "actions":
    case "context_actions":
      return [h("div", { class: "b-actions" }, ...block.elements.flatMap((element) => control(element, block, press)))];
    case "header":
      return [h("p", { class: "b-header" }, withEmoji(block.text.text))];
    case "divider":
      return [h("hr", { class: "b-divider" })];
    case "image":
      return [picture(block)];
    case "markdown":
      return [h("div", { class: "b-md" }, ...markdown(block.text))];
    case "plan":
      return [planNode(block.title, (block.tasks ?? []).map(taskNode))];
    case "task_card":
      return [planNode("", [taskNode(block)])];
    case "alert":
      return [h("p", { class: "note" }, icon("warn"), h("span", {}, ...textNodes(block.text)))];
    case "table":
    case "data_table":
      return [table(block)];
    case "container":
      return [
        h(
          "div",
          { class: "b-box" },
          ...(block.title ? [h("b", {}, block.title.text)] : []),
          ...blockNodes(block.child_blocks, press),
        ),
      ];
    case "card":
      return [card(block, press)];
    case "carousel":
      return [h("div", { class: "b-carousel" }, ...block.elements.map((each) => card(each, press)))];
    default:
      return [h("p", { class: "b-context" }, `(a ${block.type} block)`)];
  }
}

export function textNodes(text) {
  if (text === undefined) return [];
  return text.type === "mrkdwn" ? mrkdwn(text.text) : [withEmoji(text.text)];
}

function section(block, press) {
  const nodes = [];
  if (block.text) nodes.push(h("div", { class: "b-section" }, ...textNodes(block.text)));
  if (block.fields)
    nodes.push(h("div", { class: "b-fields" }, ...block.fields.map((field) => h("div", {}, ...textNodes(field)))));
  if (!block.accessory) return nodes;
  return [h("div", { class: "b-with" }, h("div", {}, ...nodes), ...control(block.accessory, block, press))];
}

function contextElement(element) {
  if (element.type === "image") return h("span", {}, element.alt_text);
  return h("span", {}, ...(element.type === "mrkdwn" ? mrkdwnInline(element.text) : [withEmoji(element.text)]));
}

function spaced(nodes) {
  return nodes.flatMap((node, index) => (index === 0 ? [node] : [" ", node]));
}

// Pictures come from this service only; one that lies elsewhere is a link.
export function picture(block) {
  const id = block.slack_file?.id ?? /-(F[A-Z0-9]+)\//.exec(block.slack_file?.url ?? "")?.[1];
  const caption = block.title ? [h("figcaption", {}, block.title.text)] : [];
  if (id)
    return h(
      "figure",
      { class: "b-image" },
      h("img", { src: `/page/files/${id}`, alt: block.alt_text, loading: "lazy" }),
      ...caption,
    );
  return h("figure", { class: "b-image" }, link(block.image_url ?? "", `Picture: ${block.alt_text}`), ...caption);
}

function card(block, press) {
  return h(
    "div",
    { class: "b-box" },
    ...(block.title ? [h("b", {}, ...textNodes(block.title))] : []),
    ...(block.subtitle ? [h("span", { class: "b-context" }, ...textNodes(block.subtitle))] : []),
    ...(block.body ? [h("div", { class: "b-section" }, ...textNodes(block.body))] : []),
    ...(block.actions
      ? [h("div", { class: "b-actions" }, ...block.actions.flatMap((each) => control(each, block, press)))]
      : []),
  );
}

function table(block) {
  const cell = (each) => (each.type === "rich_text" ? richText(each) : [each.text]);
  const rows = block.rows.map((row) => h("tr", {}, ...row.map((each) => h("td", {}, ...cell(each)))));
  return h("div", { class: "table-x", tabindex: "0" }, h("table", { class: "table" }, h("tbody", {}, ...rows)));
}

function control(element, block, press) {
  switch (element.type) {
    case "button":
      return [button(element, block, press)];
    case "icon_button":
      return [button({ ...element, text: element.text }, block, press)];
    case "feedback_buttons":
      return [element.positive_button, element.negative_button].map((each) =>
        button({ ...each, action_id: element.action_id, type: "feedback_buttons" }, block, press),
      );
    case "static_select":
    case "overflow":
    case "users_select":
    case "channels_select":
      return [select(element, block, press)];
    case "image":
      return [picture(element)];
    default:
      return [h("span", { class: "b-context" }, `(${element.type.replaceAll("_", " ")})`)];
  }
}

const STYLES = { primary: "btn-primary", danger: "btn-danger" };

function button(element, block, press) {
  const label = withEmoji(element.text.text);
  const part = `${block.block_id}/${element.action_id}/${element.value ?? ""}`;
  const className = `btn ${STYLES[element.style] ?? ""}`.trim();
  const run = async (event) => {
    const { currentTarget } = event;
    if (currentTarget.getAttribute("aria-busy") === "true") return;
    if (element.confirm && !(await confirmFirst(element.confirm, element.style))) return;
    currentTarget.setAttribute("aria-busy", "true");
    await press(element, block, {});
    currentTarget.removeAttribute("aria-busy");
  };
  const common = { class: className, "data-part": part, "aria-label": element.accessibility_label, onclick: run };
  if (webAddress(element.url))
    return h("a", { ...common, href: element.url, target: "_blank", rel: "noopener noreferrer" }, label, icon("out"));
  return h("button", { ...common, type: "button" }, label);
}

function select(element, block, press) {
  const options = [...(element.options ?? []), ...(element.option_groups ?? []).flatMap((group) => group.options)];
  const chosen = element.initial_option?.value ?? "";
  const first = element.placeholder?.text ?? (element.type === "overflow" ? "More" : "Choose…");
  return h(
    "select",
    {
      class: "input b-select",
      "aria-label": first,
      "data-part": `${block.block_id}/${element.action_id}`,
      onchange: async (event) => {
        const { currentTarget } = event;
        const { value } = currentTarget;
        if (value === "") return;
        if (element.confirm && !(await confirmFirst(element.confirm, element.style))) {
          currentTarget.value = chosen;
          return;
        }
        await press(element, block, { selected: value });
      },
    },
    h("option", { value: "" }, first),
    ...options.map((option) =>
      h("option", { value: option.value, selected: option.value === chosen }, option.text.text),
    ),
  );
}
