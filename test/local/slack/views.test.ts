import { expect, it, test } from "vitest";
import { validateView } from "../../../src/local/slack/views.ts";
import { long, many, plain, section } from "./block-parts.ts";

const input = { type: "input", label: plain("What?"), element: { type: "plain_text_input" } };
const modal = (more: object = {}) => ({
  type: "modal",
  title: plain("Request changes"),
  submit: plain("Send"),
  blocks: [input],
  ...more,
});

it("accepts a modal with all its fields", () => {
  const full = modal({
    close: plain("Back"),
    private_metadata: "A1",
    callback_id: "c",
    external_id: "e",
    clear_on_close: true,
    notify_on_close: false,
  });
  expect(validateView(full, "modal")).toEqual([]);
  expect(validateView({ type: "home", blocks: [section("hello")] }, "home")).toEqual([]);
});

test.each<[string, unknown, string]>([
  ["no view", undefined, "must be an object [json-pointer:/view]"],
  ["a home tab as modal", modal({ type: "home" }), "value must be one of: modal [json-pointer:/view/type]"],
  ["no title", modal({ title: undefined }), "missing required field: title [json-pointer:/view]"],
  [
    "a title of 25",
    modal({ title: plain(long(25)) }),
    "must be less than 25 characters [json-pointer:/view/title/text]",
  ],
  [
    "a submit label of 25",
    modal({ submit: plain(long(25)) }),
    "must be less than 25 characters [json-pointer:/view/submit/text]",
  ],
  [
    "inputs without submit",
    modal({ submit: undefined }),
    "missing required field: submit (the view has input blocks) [json-pointer:/view]",
  ],
  [
    "metadata of 3001",
    modal({ private_metadata: long(3001) }),
    "must be less than 3001 characters [json-pointer:/view/private_metadata]",
  ],
  [
    "101 blocks",
    modal({ blocks: many(101, () => ({ type: "divider" })) }),
    "no more than 100 items allowed [json-pointer:/view/blocks]",
  ],
  ["a field nobody knows", modal({ colour: "red" }), "invalid additional property: colour [json-pointer:/view]"],
  [
    "a bad block",
    modal({ blocks: [section("")] }),
    "must be more than 0 characters [json-pointer:/view/blocks/0/text/text]",
  ],
])("refuses %s", (_says, view, problem) => {
  expect(validateView(view, "modal")).toContain(`[ERROR] ${problem}`);
});
