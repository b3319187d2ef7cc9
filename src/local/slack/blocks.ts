// What Slack accepts as blocks on a surface. Answers in Slack's own form; an empty list means accepted.
import {
  atLeastOne,
  byType,
  exactlyOne,
  flag,
  link,
  list,
  may,
  must,
  oneOf,
  say,
  shape,
  text,
  whole,
} from "./checks.ts";
import type { Check } from "./checks.ts";
import {
  accessories,
  actionElements,
  button,
  contextActionElements,
  image,
  inputElements,
  mrkdwn,
  picture,
  plain,
  richTextInput,
  words,
} from "./elements.ts";
import { isObject, objectsOf, textOf, type Json } from "./json.ts";
import { richTextElements } from "./rich-text.ts";

export type Surface = "message" | "modal" | "home";

const base = { type: must(text(60)), block_id: may(text(255)) };

const richText = shape({ ...base, elements: must(list(richTextElements, { min: 1, max: 1000 })) });
const richBlock = byType({ rich_text: richText });
const cell = byType({
  rich_text: richText,
  raw_text: shape({ type: must(text(60)), text: must(text(3000)) }),
  raw_number: shape({ type: must(text(60)), value: must(number), text: must(text(255)) }),
});
const source = shape({ type: must(oneOf("url")), url: must(link(3000)), text: must(text(256)) });

function number(value: unknown, at: string, out: string[]): void {
  if (typeof value !== "number" || !Number.isFinite(value)) say(out, at, "must be a number");
}

const editor = { rich_text_input: richTextInput(richBlock) };
const everywhere: Readonly<Record<string, Check>> = {
  section: shape(
    {
      ...base,
      text: may(words(3000)),
      fields: may(list(words(2000), { min: 1, max: 10 })),
      accessory: may(byType(accessories)),
      expand: may(flag),
    },
    atLeastOne("text", "fields"),
  ),
  context: shape({
    ...base,
    elements: must(list(byType({ image, plain_text: words(3000), mrkdwn: words(3000) }), { min: 1, max: 10 })),
  }),
  actions: shape({ ...base, elements: must(list(byType({ ...actionElements, ...editor }), { min: 1, max: 25 })) }),
  divider: shape(base),
  header: shape({ ...base, text: must(plain(150)), level: may(whole(1, 4)) }),
  image: shape({ ...base, ...picture, title: may(plain(2000)) }, exactlyOne("image_url", "slack_file")),
  rich_text: richText,
  input: shape({
    ...base,
    label: must(plain(2000)),
    hint: may(plain(2000)),
    optional: may(flag),
    dispatch_action: may(flag),
    element: must(byType({ ...inputElements, ...editor })),
  }),
  video: shape({
    ...base,
    video_url: must(link(3000)),
    thumbnail_url: must(link(3000)),
    alt_text: must(text(2000)),
    title: must(plain(199)),
    title_url: may(link(3000)),
    author_name: may(text(49)),
    provider_name: may(text(255)),
    provider_icon_url: may(link(3000)),
    description: may(plain(2000)),
  }),
};

const taskCard = shape({
  ...base,
  task_id: must(text(255)),
  title: must(text(256)),
  status: must(oneOf("pending", "in_progress", "complete", "error")),
  details: may(richBlock),
  output: may(richBlock),
  sources: may(list(source, { min: 0, max: 50 })),
});
const card = shape(
  {
    ...base,
    hero_image: may(image),
    icon: may(image),
    title: may(mrkdwn(150)),
    subtitle: may(mrkdwn(150)),
    body: may(mrkdwn(200)),
    actions: may(list(byType({ button }), { min: 1, max: 3 })),
  },
  atLeastOne("hero_image", "title", "body", "actions"),
);
const rows = list(list(cell, { min: 1, max: 20 }), { min: 1, max: 100 });

const messageOnly: Readonly<Record<string, Check>> = {
  markdown: shape({ ...base, text: must(text(12_000)) }),
  plan: shape({
    ...base,
    title: must(text(256)),
    tasks: may(list(byType({ task_card: taskCard }), { min: 0, max: 50 })),
  }),
  task_card: taskCard,
  context_actions: shape({ ...base, elements: must(list(byType(contextActionElements), { min: 1, max: 5 })) }),
  table: shape({
    ...base,
    rows: must(rows),
    column_settings: may(
      list(shape({ align: may(oneOf("left", "center", "right")), is_wrapped: may(flag) }), { min: 0, max: 20 }),
    ),
  }),
  data_table: shape({
    ...base,
    rows: must(rows),
    caption: must(text(255)),
    page_size: may(whole(1, 100)),
    row_header_column_index: may(whole(0, 19)),
  }),
  alert: shape({
    ...base,
    text: must(words(200)),
    level: may(oneOf("default", "info", "warning", "error", "success")),
  }),
  card,
  carousel: shape({ ...base, elements: must(list(byType({ card }), { min: 1, max: 10 })) }),
  container: shape(
    {
      ...base,
      title: may(plain(150)),
      rich_text_title: may(richBlock),
      subtitle: may(words(150)),
      child_blocks: must(list(byType(everywhere), { min: 1, max: 10 })),
      width: may(oneOf("narrow", "standard", "wide", "full")),
      icon: may(image),
      is_collapsible: may(flag),
      default_collapsed: may(flag),
      has_header_divider: may(flag),
    },
    exactlyOne("title", "rich_text_title"),
  ),
};

const SURFACES: Readonly<Record<Surface, { readonly max: number; readonly block: Check }>> = {
  message: { max: 50, block: byType({ ...everywhere, ...messageOnly }) },
  modal: { max: 100, block: byType(everywhere) },
  home: { max: 100, block: byType(everywhere) },
};

/** `at` is where the blocks sit in what was sent: `/blocks`, or `/view/blocks`. */
export function validateBlocks(blocks: unknown, surface: Surface, at = "/blocks"): string[] {
  const out: string[] = [];
  if (!Array.isArray(blocks)) return [`[ERROR] must be an array [json-pointer:${at}]`];
  const rules = SURFACES[surface];
  list(rules.block, { min: 0, max: rules.max })(blocks, at, out);
  checkIds(objectsOf(blocks), at, out);
  checkSums(objectsOf(blocks), { at, surface }, out);
  return out;
}

function checkIds(blocks: readonly Json[], at: string, out: string[]): void {
  const blockIds = new Set<string>();
  blocks.forEach((block, index) => {
    const blockId = block["block_id"];
    if (typeof blockId === "string") {
      if (blockIds.has(blockId)) say(out, `${at}/${index}/block_id`, `block_id "${blockId}" already exists`);
      blockIds.add(blockId);
    }
    // Unique within its block; the same action may stand in several blocks.
    const actionIds = new Set<string>();
    for (const element of interactiveOf(block)) {
      const actionId = element["action_id"];
      if (typeof actionId !== "string") continue;
      if (actionIds.has(actionId)) say(out, `${at}/${index}`, `action_id "${actionId}" already exists`);
      actionIds.add(actionId);
    }
  });
}

function checkSums(
  blocks: readonly Json[],
  where: { readonly at: string; readonly surface: Surface },
  out: string[],
): void {
  const markdown = blocks.filter((block) => block["type"] === "markdown");
  const length = markdown.reduce((sum, block) => sum + textOf(block["text"]).length, 0);
  if (markdown.length > 1 && length > 12_000)
    say(out, where.at, "markdown blocks must be less than 12001 characters together");
  const tables = blocks.filter((block) => block["type"] === "table");
  if (tables.length > 1) say(out, where.at, "only one table allowed");
  const focused = blocks.flatMap(interactiveOf).filter((element) => element["focus_on_load"] === true);
  if (focused.length > 1) say(out, where.at, "only one element may have focus_on_load");
  if (
    where.surface !== "modal" &&
    blocks.some((block) => isObject(block["element"]) && block["element"]["type"] === "file_input")
  )
    say(out, where.at, "file_input is allowed in modals only");
}

/** Every element of a block that a person can act on. */
export function interactiveOf(block: Json): readonly Json[] {
  const { type } = block;
  if (type === "actions" || type === "context_actions") return objectsOf(block["elements"]);
  if (type === "section") return isObject(block["accessory"]) ? [block["accessory"]] : [];
  if (type === "input") return isObject(block["element"]) ? [block["element"]] : [];
  if (type === "card") return objectsOf(block["actions"]);
  if (type === "carousel") return objectsOf(block["elements"]).flatMap(interactiveOf);
  if (type === "container") return objectsOf(block["child_blocks"]).flatMap(interactiveOf);
  return [];
}
