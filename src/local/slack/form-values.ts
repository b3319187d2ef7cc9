// What a person's input looks like in Slack's state, and what their client would not let them send.
import { interactiveOf } from "./blocks.ts";
import { objectOf, objectsOf, textOf, type Json } from "./json.ts";

export type FormValues = Readonly<Record<string, Readonly<Record<string, Json>>>>;

/** What a person gives: text, an option's value, or several of them. */
export type Given = string | readonly string[] | null;

interface Slot {
  /** The key Slack keeps the value under. */
  readonly key: string;
  readonly initial: string;
  readonly many: boolean;
  readonly options: boolean;
}

const SLOTS: Readonly<Record<string, Slot>> = {
  plain_text_input: { key: "value", initial: "initial_value", many: false, options: false },
  email_text_input: { key: "value", initial: "initial_value", many: false, options: false },
  url_text_input: { key: "value", initial: "initial_value", many: false, options: false },
  number_input: { key: "value", initial: "initial_value", many: false, options: false },
  datepicker: { key: "selected_date", initial: "initial_date", many: false, options: false },
  timepicker: { key: "selected_time", initial: "initial_time", many: false, options: false },
  static_select: { key: "selected_option", initial: "initial_option", many: false, options: true },
  radio_buttons: { key: "selected_option", initial: "initial_option", many: false, options: true },
  multi_static_select: { key: "selected_options", initial: "initial_options", many: true, options: true },
  checkboxes: { key: "selected_options", initial: "initial_options", many: true, options: true },
  users_select: { key: "selected_user", initial: "initial_user", many: false, options: false },
  channels_select: { key: "selected_channel", initial: "initial_channel", many: false, options: false },
  conversations_select: { key: "selected_conversation", initial: "initial_conversation", many: false, options: false },
  multi_users_select: { key: "selected_users", initial: "initial_users", many: true, options: false },
  multi_channels_select: { key: "selected_channels", initial: "initial_channels", many: true, options: false },
  multi_conversations_select: {
    key: "selected_conversations",
    initial: "initial_conversations",
    many: true,
    options: false,
  },
};

/** State for every element that keeps one; what was filled in before stays where ids and type are the same. */
export function formValues(blocks: readonly Json[], before: FormValues = {}): FormValues {
  const values: Record<string, Record<string, Json>> = {};
  for (const block of blocks) {
    const blockId = textOf(block["block_id"]);
    for (const element of interactiveOf(block)) {
      const slot = SLOTS[textOf(element["type"])];
      if (slot === undefined) continue;
      const actionId = textOf(element["action_id"]);
      const old = before[blockId]?.[actionId];
      const kept = old !== undefined && old["type"] === element["type"];
      (values[blockId] ??= {})[actionId] = kept ? old : initialValue(element, slot);
    }
  }
  return values;
}

function initialValue(element: Json, slot: Slot): Json {
  return { type: element["type"], [slot.key]: element[slot.initial] ?? (slot.many ? [] : null) };
}

/** The input as Slack's state; undefined when the element does not offer it. */
export function givenValue(element: Json, given: Given): Json | undefined {
  const slot = SLOTS[textOf(element["type"])];
  if (slot === undefined) return undefined;
  const { type } = element;
  const wanted = typeof given === "string" ? (given === "" ? [] : [given]) : (given ?? []);
  if (!slot.options) return { type, [slot.key]: slot.many ? wanted : (wanted[0] ?? null) };
  const chosen = wanted.map((value) => optionsOf(element).find((option) => option["value"] === value));
  if (chosen.includes(undefined)) return undefined;
  return { type, [slot.key]: slot.many ? chosen : (chosen[0] ?? null) };
}

function optionsOf(element: Json): readonly Json[] {
  return [
    ...objectsOf(element["options"]),
    ...objectsOf(element["option_groups"]).flatMap((group) => objectsOf(group["options"])),
  ];
}

/** What the client says under an input instead of sending it. */
export function clientProblem(block: Json, value: Json | undefined): string | undefined {
  const element = objectOf(block["element"]);
  const slot = SLOTS[textOf(element["type"])];
  if (slot === undefined || value === undefined) return undefined;
  const held = value[slot.key];
  const empty = held === null || held === undefined || held === "" || (Array.isArray(held) && held.length === 0);
  if (empty) return block["optional"] === true ? undefined : "Please complete this required field.";
  if (typeof held !== "string") return undefined;
  const min = element["min_length"];
  const max = element["max_length"] ?? 3000;
  if (typeof min === "number" && held.length < min) return `Please enter at least ${min} characters.`;
  if (typeof max === "number" && held.length > max) return `Please enter no more than ${max} characters.`;
  return typedProblem(textOf(element["type"]), held);
}

function typedProblem(type: string, held: string): string | undefined {
  if (type === "email_text_input" && !/^\S+@\S+\.\S+$/.test(held)) return "Please enter a valid email address.";
  if (type === "url_text_input" && !/^[a-z][a-z0-9+.-]*:\/\/\S+$/i.test(held)) return "Please enter a valid URL.";
  if (type === "number_input" && !Number.isFinite(Number(held))) return "Please enter a number.";
  return undefined;
}

/** The parts of an action that say what was chosen. */
export function chosenIn(value: Json): Json {
  const { type: _type, ...rest } = value;
  return rest;
}
