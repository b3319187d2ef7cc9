import { describe, expect, test } from "vitest";
import { validateBlocks, type Surface } from "../../../src/local/slack/blocks.ts";

import { actions, button, input, line, many, mrkdwn, option, plain, rich, section, select } from "./block-parts.ts";

describe("accepted blocks", () => {
  test.each<[string, Surface, unknown[]]>([
    [
      "the blocks of a card",
      "message",
      [
        rich(
          line(
            { type: "text", text: "Ready for approval", style: { bold: true } },
            { type: "text", text: " · Raise the price" },
          ),
        ),
        rich({ type: "rich_text_quote", elements: [{ type: "text", text: "/agent raise it" }] }),
        rich({ type: "rich_text_preformatted", elements: [{ type: "text", text: "+new\n-old" }], border: 0 }),
        rich({
          type: "rich_text_list",
          style: "bullet",
          elements: [
            line({ type: "user", user_id: "U1" }),
            line({ type: "link", url: "https://example.com", text: "x" }),
          ],
        }),
        {
          type: "context",
          elements: [mrkdwn("run 7KQ2"), { type: "image", image_url: "https://example.com/a.png", alt_text: "a" }],
        },
        section("*2 files*", { fields: [mrkdwn("a")], expand: true }),
        { type: "image", slack_file: { id: "F1" }, alt_text: "before and after", title: plain("Pricing") },
        { type: "divider" },
        { type: "header", text: plain("Title") },
        actions(
          button({
            style: "primary",
            confirm: {
              title: plain("Sure?"),
              text: mrkdwn("⚠ 2 newer commits"),
              confirm: plain("Approve"),
              deny: plain("Back"),
            },
          }),
          button({ action_id: "open", url: "https://example.com" }),
          select(),
        ),
      ],
    ],
    [
      "a plan with tasks",
      "message",
      [
        {
          type: "plan",
          title: "Step 2",
          tasks: [
            {
              type: "task_card",
              task_id: "1",
              title: "Read",
              status: "complete",
              details: rich(line({ type: "text", text: "2 files" })),
            },
          ],
        },
      ],
    ],
    [
      "inputs of a modal",
      "modal",
      [
        input(
          { type: "plain_text_input", action_id: "text", multiline: true, max_length: 3000 },
          { block_id: "b", optional: true, hint: plain("Up to 3,000") },
        ),
        input(select({ initial_option: option("b") })),
      ],
    ],
    ["the same action in two blocks", "message", [actions(button()), actions(button())]],
    ["100 blocks in a modal", "modal", many(100, () => ({ type: "divider" }))],
    ["a markdown block", "message", [{ type: "markdown", text: "**hello**" }]],
    ["an empty list", "message", []],
  ])("%s", (_says, surface, blocks) => {
    expect(validateBlocks(blocks, surface)).toEqual([]);
  });
});
