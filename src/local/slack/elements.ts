// Composition objects and interactive elements of Block Kit, with their limits.
import {
  atLeastOne,
  byType,
  exactlyOne,
  flag,
  link,
  list,
  matching,
  may,
  must,
  oneOf,
  say,
  shape,
  text,
  whole,
} from "./checks.ts";
import type { Check, Field } from "./checks.ts";
import { isObject, type Json } from "./json.ts";

const kind = must(text(60));

export function plain(max: number): Check {
  return byType({ plain_text: shape({ type: kind, text: must(text(max)), emoji: may(flag) }) });
}

export function words(max: number): Check {
  return byType({
    plain_text: shape({ type: kind, text: must(text(max)), emoji: may(flag) }),
    mrkdwn: shape({ type: kind, text: must(text(max)), verbatim: may(flag) }),
  });
}

export function mrkdwn(max: number): Check {
  return byType({ mrkdwn: shape({ type: kind, text: must(text(max)), verbatim: may(flag) }) });
}

const confirm = shape({
  title: may(plain(100)),
  text: must(words(300)),
  confirm: may(plain(30)),
  deny: may(plain(30)),
  style: may(oneOf("primary", "danger")),
});

const pickable = {
  value: must(text(150)),
  description: may(plain(75)),
  url: may(link(3000)),
};
const option = shape({ text: must(plain(75)), ...pickable });
const richOption = shape({ text: must(words(75)), ...pickable });
const groups = list(shape({ label: must(plain(75)), options: must(list(option, { min: 1, max: 100 })) }), {
  min: 1,
  max: 100,
});

const slackFile = shape({ id: may(text(255)), url: may(link(3000)) }, exactlyOne("id", "url"));
export const picture = {
  type: kind,
  alt_text: must(text(2000)),
  image_url: may(link(3000)),
  slack_file: may(slackFile),
};
export const image = shape(picture, exactlyOne("image_url", "slack_file"));

const base = { type: kind, action_id: may(text(255)) };
const asked = { confirm: may(confirm) };
const focus = { focus_on_load: may(flag) };
const hint = { placeholder: may(plain(150)) };
const dispatch = {
  dispatch_action_config: may(
    shape({ trigger_actions_on: may(list(oneOf("on_enter_pressed", "on_character_entered"), { min: 1, max: 2 })) }),
  ),
};
const select = { ...base, ...asked, ...focus, ...hint };
const multi = { ...select, max_selected_items: may(whole(1, 1000)) };
const ids = may(list(text(30), { min: 1, max: 100 }));
const filter = may(
  shape(
    {
      include: may(list(oneOf("im", "mpim", "private", "public"), { min: 1, max: 4 })),
      exclude_external_shared_channels: may(flag),
      exclude_bot_users: may(flag),
    },
    atLeastOne("include", "exclude_external_shared_channels", "exclude_bot_users"),
  ),
);
const optionList = may(list(option, { min: 1, max: 100 }));
const date = matching(/^\d{4}-\d{2}-\d{2}$/, "a date like 2026-11-23");
const time = matching(/^([01]\d|2[0-3]):[0-5]\d$/, "a time like 09:30");

function initialIsAnOption(value: Json, at: string, out: string[]): void {
  const offered = new Set<string>();
  const collect = (options: unknown): void => {
    if (Array.isArray(options)) for (const each of options) if (isObject(each)) offered.add(String(each["value"]));
  };
  collect(value["options"]);
  if (Array.isArray(value["option_groups"]))
    for (const group of value["option_groups"]) if (isObject(group)) collect(group["options"]);
  const chosen = value["initial_options"] ?? (value["initial_option"] === undefined ? [] : [value["initial_option"]]);
  if (!Array.isArray(chosen)) return;
  for (const each of chosen)
    if (isObject(each) && !offered.has(String(each["value"])))
      say(out, at, "initial option must be one of the options");
}

function staticSelect(fields: Readonly<Record<string, Field>>): Check {
  return shape({ ...fields, options: optionList, option_groups: may(groups) }, (value, at, out) => {
    exactlyOne("options", "option_groups")(value, at, out);
    initialIsAnOption(value, at, out);
  });
}

export const button = shape({
  ...base,
  ...asked,
  text: must(plain(75)),
  value: may(text(2000, 0)),
  url: may(link(3000)),
  style: may(oneOf("primary", "danger")),
  accessibility_label: may(text(75)),
});

const workflow = shape({
  trigger: must(
    shape({
      url: must(link(3000)),
      customizable_input_parameters: may(
        list(shape({ name: must(text(255)), value: must(text(3000)) }), { min: 1, max: 50 }),
      ),
    }),
  ),
});
const conversation = { default_to_current_conversation: may(flag), filter };
const typed = { ...base, ...focus, ...hint, ...dispatch, initial_value: may(text(3000, 0)) };
const choices = { ...base, ...asked, ...focus, options: must(list(richOption, { min: 1, max: 10 })) };

const selects: Readonly<Record<string, Check>> = {
  static_select: staticSelect({ ...select, initial_option: may(option) }),
  external_select: shape({ ...select, initial_option: may(option), min_query_length: may(whole(0, 1000)) }),
  users_select: shape({ ...select, initial_user: may(text(30)) }),
  channels_select: shape({ ...select, initial_channel: may(text(30)), response_url_enabled: may(flag) }),
  conversations_select: shape({
    ...select,
    ...conversation,
    initial_conversation: may(text(30)),
    response_url_enabled: may(flag),
  }),
};

const multiSelects: Readonly<Record<string, Check>> = {
  multi_static_select: staticSelect({ ...multi, initial_options: may(list(option, { min: 1, max: 100 })) }),
  multi_external_select: shape({
    ...multi,
    initial_options: may(list(option, { min: 1, max: 100 })),
    min_query_length: may(whole(0, 1000)),
  }),
  multi_users_select: shape({ ...multi, initial_users: ids }),
  multi_channels_select: shape({ ...multi, initial_channels: ids }),
  multi_conversations_select: shape({ ...multi, ...conversation, initial_conversations: ids }),
};

const pickers: Readonly<Record<string, Check>> = {
  checkboxes: shape({ ...choices, initial_options: may(list(richOption, { min: 1, max: 10 })) }, initialIsAnOption),
  radio_buttons: shape({ ...choices, initial_option: may(richOption) }, initialIsAnOption),
  datepicker: shape({ ...select, initial_date: may(date) }),
  timepicker: shape({ ...select, initial_time: may(time), timezone: may(text(60)) }),
};

const datetime = shape({ ...base, ...asked, ...focus, initial_date_time: may(whole(1_000_000_000, 9_999_999_999)) });
const overflow = shape({ ...base, ...asked, options: must(list(option, { min: 1, max: 5 })) });
const workflowButton = shape({
  ...base,
  text: must(plain(75)),
  workflow: must(workflow),
  style: may(oneOf("primary", "danger")),
  accessibility_label: may(text(75)),
  ...asked,
});

/** A rich text editor holds a whole rich_text block, so its shape comes from the blocks. */
export function richTextInput(richText: Check): Check {
  return shape({
    ...base,
    ...focus,
    ...hint,
    ...dispatch,
    initial_value: may(richText),
    min_lines: may(whole(1, 100)),
    max_lines: may(whole(1, 100)),
  });
}

export const accessories: Readonly<Record<string, Check>> = {
  ...selects,
  ...multiSelects,
  ...pickers,
  button,
  image,
  overflow,
  workflow_button: workflowButton,
};

export const actionElements: Readonly<Record<string, Check>> = {
  ...selects,
  ...multiSelects,
  ...pickers,
  button,
  overflow,
  datetimepicker: datetime,
  workflow_button: workflowButton,
};

export const inputElements: Readonly<Record<string, Check>> = {
  ...selects,
  ...multiSelects,
  ...pickers,
  datetimepicker: datetime,
  plain_text_input: shape({
    ...typed,
    multiline: may(flag),
    min_length: may(whole(0, 3000)),
    max_length: may(whole(1, 3000)),
  }),
  email_text_input: shape(typed),
  url_text_input: shape(typed),
  number_input: shape({
    ...typed,
    is_decimal_allowed: must(flag),
    min_value: may(text(255)),
    max_value: may(text(255)),
  }),
  file_input: shape({ ...base, filetypes: may(list(text(30), { min: 1, max: 100 })), max_files: may(whole(1, 10)) }),
};

const opinion = shape({ text: must(plain(75)), accessibility_label: may(text(75)), value: must(text(2000)) });
export const contextActionElements: Readonly<Record<string, Check>> = {
  feedback_buttons: shape({ ...base, positive_button: must(opinion), negative_button: must(opinion) }),
  icon_button: shape({
    ...base,
    ...asked,
    icon: must(oneOf("trash")),
    text: must(plain(75)),
    accessibility_label: may(text(75)),
    value: may(text(2000)),
    visible_to_user_ids: may(list(text(30), { min: 1, max: 100 })),
  }),
};
