import { describe, expect, it, test } from "vitest";
import { validateBlocks, type Surface } from "../../../src/local/slack/blocks.ts";

import {
  actions,
  button,
  input,
  line,
  long,
  many,
  mrkdwn,
  option,
  plain,
  rich,
  section,
  select,
} from "./block-parts.ts";

describe("refused blocks", () => {
  test.each<[string, Surface, unknown, string]>([
    ["no list", "message", {}, "must be an array [json-pointer:/blocks]"],
    [
      "51 blocks",
      "message",
      many(51, () => ({ type: "divider" })),
      "no more than 50 items allowed [json-pointer:/blocks]",
    ],
    [
      "101 blocks in a modal",
      "modal",
      many(101, () => ({ type: "divider" })),
      "no more than 100 items allowed [json-pointer:/blocks]",
    ],
    ["an unknown type", "message", [{ type: "fancy" }], "unsupported type: fancy [json-pointer:/blocks/0]"],
    ["no type", "message", [{}], "missing required field: type [json-pointer:/blocks/0]"],
    [
      "a type of the prototype",
      "message",
      [{ type: "constructor" }],
      "unsupported type: constructor [json-pointer:/blocks/0]",
    ],
    [
      "a field nobody knows",
      "message",
      [{ type: "divider", text: "x" }],
      "invalid additional property: text [json-pointer:/blocks/0]",
    ],
    [
      "a section without words",
      "message",
      [{ type: "section" }],
      "missing required field: text or fields [json-pointer:/blocks/0]",
    ],
    ["an empty section", "message", [section("")], "must be more than 0 characters [json-pointer:/blocks/0/text/text]"],
    [
      "a section of 3001",
      "message",
      [section(long(3001))],
      "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
    ],
    [
      "11 fields",
      "message",
      [{ type: "section", fields: many(11, () => mrkdwn("a")) }],
      "no more than 10 items allowed [json-pointer:/blocks/0/fields]",
    ],
    [
      "a field of 2001",
      "message",
      [{ type: "section", fields: [mrkdwn(long(2001))] }],
      "must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]",
    ],
    [
      "a header in mrkdwn",
      "message",
      [{ type: "header", text: mrkdwn("a") }],
      "unsupported type: mrkdwn [json-pointer:/blocks/0/text]",
    ],
    [
      "a header of 151",
      "message",
      [{ type: "header", text: plain(long(151)) }],
      "must be less than 151 characters [json-pointer:/blocks/0/text/text]",
    ],
    [
      "11 context elements",
      "message",
      [{ type: "context", elements: many(11, () => mrkdwn("a")) }],
      "no more than 10 items allowed [json-pointer:/blocks/0/elements]",
    ],
    [
      "a button in a context",
      "message",
      [{ type: "context", elements: [button()] }],
      "unsupported type: button [json-pointer:/blocks/0/elements/0]",
    ],
    ["no elements", "message", [actions()], "no less than 1 items allowed [json-pointer:/blocks/0/elements]"],
    [
      "26 buttons",
      "message",
      [actions(...many(26, (index) => button({ action_id: `b${index}` })))],
      "no more than 25 items allowed [json-pointer:/blocks/0/elements]",
    ],
    [
      "a button of 76",
      "message",
      [actions(button({ text: plain(long(76)) }))],
      "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]",
    ],
    [
      "a button value of 2001",
      "message",
      [actions(button({ value: long(2001) }))],
      "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]",
    ],
    [
      "a button url of 3001",
      "message",
      [actions(button({ url: `https://e.example/${long(3000)}` }))],
      "must be less than 3001 characters [json-pointer:/blocks/0/elements/0/url]",
    ],
    [
      "a button url that is none",
      "message",
      [actions(button({ url: "pricing page" }))],
      "must be a valid URL [json-pointer:/blocks/0/elements/0/url]",
    ],
    [
      "a green button",
      "message",
      [actions(button({ style: "green" }))],
      "value must be one of: primary, danger [json-pointer:/blocks/0/elements/0/style]",
    ],
    [
      "an action id of 256",
      "message",
      [actions(button({ action_id: long(256) }))],
      "must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]",
    ],
    [
      "a confirm title of 101",
      "message",
      [actions(button({ confirm: { title: plain(long(101)), text: plain("a") } }))],
      "must be less than 101 characters [json-pointer:/blocks/0/elements/0/confirm/title/text]",
    ],
    [
      "a confirm text of 301",
      "message",
      [actions(button({ confirm: { text: plain(long(301)) } }))],
      "must be less than 301 characters [json-pointer:/blocks/0/elements/0/confirm/text/text]",
    ],
    [
      "a confirm button of 31",
      "message",
      [actions(button({ confirm: { text: plain("a"), confirm: plain(long(31)) } }))],
      "must be less than 31 characters [json-pointer:/blocks/0/elements/0/confirm/confirm/text]",
    ],
    [
      "one action id twice in a block",
      "message",
      [actions(button(), button())],
      'action_id "stop" already exists [json-pointer:/blocks/0]',
    ],
    [
      "one block id twice",
      "message",
      [section("a", { block_id: "b" }), section("b", { block_id: "b" })],
      'block_id "b" already exists [json-pointer:/blocks/1/block_id]',
    ],
    [
      "101 options",
      "message",
      [actions(select({ options: many(101, (index) => option(`${index}`)) }))],
      "no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]",
    ],
    [
      "an option value of 151",
      "message",
      [actions(select({ options: [option("a"), { text: plain("x"), value: long(151) }] }))],
      "must be less than 151 characters [json-pointer:/blocks/0/elements/0/options/1/value]",
    ],
    [
      "options and groups",
      "message",
      [actions(select({ option_groups: [{ label: plain("g"), options: [option("a")] }] }))],
      "only one of options, option_groups allowed [json-pointer:/blocks/0/elements/0]",
    ],
    [
      "an initial option not offered",
      "modal",
      [input(select({ initial_option: option("z") }))],
      "initial option must be one of the options [json-pointer:/blocks/0/element]",
    ],
    [
      "11 checkboxes",
      "modal",
      [input({ type: "checkboxes", options: many(11, (index) => option(`${index}`)) })],
      "no more than 10 items allowed [json-pointer:/blocks/0/element/options]",
    ],
    ["a button as input", "modal", [input(button())], "unsupported type: button [json-pointer:/blocks/0/element]"],
    [
      "an input label of 2001",
      "modal",
      [input(select(), { label: plain(long(2001)) })],
      "must be less than 2001 characters [json-pointer:/blocks/0/label/text]",
    ],
    [
      "an image without alt text",
      "message",
      [{ type: "image", image_url: "https://example.com/a.png" }],
      "missing required field: alt_text [json-pointer:/blocks/0]",
    ],
    [
      "an image without a source",
      "message",
      [{ type: "image", alt_text: "a" }],
      "missing required field: image_url or slack_file [json-pointer:/blocks/0]",
    ],
    [
      "rich text with empty text",
      "message",
      [rich(line({ type: "text", text: "" }))],
      "must be more than 0 characters [json-pointer:/blocks/0/elements/0/elements/0/text]",
    ],
    [
      "rich text with bare text",
      "message",
      [rich({ type: "text", text: "a" })],
      "unsupported type: text [json-pointer:/blocks/0/elements/0]",
    ],
    [
      "a mention in preformatted",
      "message",
      [rich({ type: "rich_text_preformatted", elements: [{ type: "user", user_id: "U1" }] })],
      "unsupported type: user [json-pointer:/blocks/0/elements/0/elements/0]",
    ],
    [
      "a list without a style",
      "message",
      [rich({ type: "rich_text_list", elements: [line({ type: "text", text: "a" })] })],
      "missing required field: style [json-pointer:/blocks/0/elements/0]",
    ],
    [
      "markdown of 12001",
      "message",
      [{ type: "markdown", text: long(12_001) }],
      "must be less than 12001 characters [json-pointer:/blocks/0/text]",
    ],
    [
      "markdown over two blocks",
      "message",
      [
        { type: "markdown", text: long(7000) },
        { type: "markdown", text: long(7000) },
      ],
      "markdown blocks must be less than 12001 characters together [json-pointer:/blocks]",
    ],
    ["a plan in a modal", "modal", [{ type: "plan", title: "a" }], "unsupported type: plan [json-pointer:/blocks/0]"],
    [
      "a task without a status",
      "message",
      [{ type: "task_card", task_id: "1", title: "a" }],
      "missing required field: status [json-pointer:/blocks/0]",
    ],
    [
      "a file block",
      "message",
      [{ type: "file", source: "remote", external_id: "1" }],
      "unsupported type: file [json-pointer:/blocks/0]",
    ],
    [
      "a card with 4 buttons",
      "message",
      [{ type: "card", title: mrkdwn("a"), actions: many(4, (index) => button({ action_id: `b${index}` })) }],
      "no more than 3 items allowed [json-pointer:/blocks/0/actions]",
    ],
  ])("%s", (_says, surface, blocks, problem) => {
    expect(validateBlocks(blocks, surface)).toContain(`[ERROR] ${problem}`);
  });

  it("names every problem, not only the first", () => {
    expect(validateBlocks([section(""), { type: "divider", x: 1 }], "message")).toHaveLength(2);
  });
});
