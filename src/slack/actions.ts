// Names of buttons and forms, and what their values carry. Written by the renderer, read back by the parser.
import { z } from "zod";

/** Slack wants every action id of a message once; what follows the colon only tells two apart. */
const ACTIONS = [
  "approve",
  "reject",
  "request_changes",
  "withdraw",
  "stop",
  "try_again",
  "send_failure_back",
  "redo",
  "leave_out",
  "choose_team",
  "choose_repository",
  "go_ahead",
  "ask_platform",
  "show_card",
  "full_diff",
  "full_log",
  "mention_choice",
  "ask_again",
  "help",
  "open_link",
] as const;
export type Action = (typeof ACTIONS)[number];

/** The action of an action id, or undefined where it is none of ours. */
export function parseActionId(actionId: string): Action | undefined {
  const [name] = actionId.split(":");
  return ACTIONS.find((action) => action === name);
}

/** Ids only, besides what a person asked in their own words: a value is no authority, which is read when it is pressed. */
const valueSchema = z.object({
  run: z.string().optional(),
  change: z.int().min(1).optional(),
  seal: z.string().optional(),
  team: z.string().optional(),
  repository: z.string().optional(),
  mentionKey: z.string().optional(),
  choice: z.enum(["change", "never_mind"]).optional(),
  text: z.string().optional(),
});
export type ActionValue = z.infer<typeof valueSchema>;

const BUTTON_VALUE_LIMIT = 2000;
const OPTION_VALUE_LIMIT = 150;

/** The value as Slack carries it, or undefined where it would not fit. */
export function writeValue(value: ActionValue, where: "button" | "option" = "button"): string | undefined {
  const text = JSON.stringify(value);
  return text.length <= (where === "button" ? BUTTON_VALUE_LIMIT : OPTION_VALUE_LIMIT) ? text : undefined;
}

export function parseValue(text: string): ActionValue | undefined {
  try {
    const parsed = valueSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

export const FORMS = ["ask", "reject", "request_changes"] as const;
export type Form = (typeof FORMS)[number];

/** Block and action ids of the forms' fields: block id = action id = field. */
export const FIELDS = { text: "text", team: "team", repository: "repository", reason: "reason" } as const;

/** What a form needs to know when it comes back. People cannot change it, and it decides nothing. */
const formDataSchema = z.object({
  channel: z.string(),
  threadTs: z.string().optional(),
  messageTs: z.string().optional(),
  run: z.string().optional(),
  change: z.int().min(1).optional(),
});
export type FormData = z.infer<typeof formDataSchema>;

export function parseFormData(text: string): FormData | undefined {
  try {
    const parsed = formDataSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
