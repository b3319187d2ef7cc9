// A pressed button or a choice from a list -> an interaction to store, a form to open, or a private answer.
import { z } from "zod";
import { bad, good, type Outcome } from "../core/problem.ts";
import type { Interaction } from "../core/interaction.ts";
import type { Person, Place } from "../core/request.ts";
import { parseActionId, parseValue, type Action, type ActionValue } from "./actions.ts";
import type { ParseProblem } from "./parse.ts";

const pressSchema = z.object({
  type: z.literal("block_actions"),
  trigger_id: z.string().min(1),
  user: z.object({
    id: z.string().min(1),
    name: z.string().optional(),
    username: z.string().optional(),
    team_id: z.string().optional(),
  }),
  team: z.object({ id: z.string() }).nullish(),
  channel: z.object({ id: z.string().min(1) }),
  container: z.object({
    message_ts: z.string().optional(),
    thread_ts: z.string().optional(),
    is_ephemeral: z.boolean().optional(),
  }),
  message: z.looseObject({ ts: z.string().optional(), thread_ts: z.string().optional() }).optional(),
  actions: z
    .array(
      z.object({
        action_id: z.string(),
        value: z.string().optional(),
        selected_option: z.object({ value: z.string() }).nullish(),
      }),
    )
    .min(1),
});
type PressBody = z.infer<typeof pressSchema>;

export type Press =
  | { readonly kind: "interaction"; readonly key: string; readonly interaction: Interaction }
  | {
      readonly kind: "form";
      readonly triggerId: string;
      readonly form: PressedForm;
      readonly place: Place;
      readonly by: Person;
    }
  | { readonly kind: "help"; readonly place: Place; readonly by: Person };

export type PressedForm =
  | { readonly name: "reject" | "request_changes"; readonly run: string; readonly change: number }
  | { readonly name: "ask"; readonly text: string; readonly team?: string; readonly repository?: string };

export function parsePress(body: unknown): Outcome<Press, ParseProblem> {
  const parsed = pressSchema.safeParse(body);
  if (!parsed.success) return bad({ kind: "malformed", detail: z.prettifyError(parsed.error) });
  const [pressed] = parsed.data.actions;
  const action = pressed === undefined ? undefined : parseActionId(pressed.action_id);
  if (pressed === undefined || action === undefined || action === "open_link") return bad({ kind: "ignored" });
  const value = parseValue(pressed.selected_option?.value ?? pressed.value ?? "");
  const press = value === undefined ? undefined : readPress(parsed.data, action, value);
  return press === undefined
    ? bad({ kind: "malformed", detail: `the value of ${action} does not say what it is about` })
    : good(press);
}

function readPress(body: PressBody, action: Exclude<Action, "open_link">, value: ActionValue): Press | undefined {
  const at = { by: personOf(body), place: placeOf(body) };
  const key = `click:${body.trigger_id}`;
  if (action === "help") return { kind: "help", ...at };
  if (action === "reject" || action === "request_changes" || action === "ask_again") {
    const form = readForm(action, value);
    return form === undefined ? undefined : { kind: "form", triggerId: body.trigger_id, form, ...at };
  }
  const interaction = readInteraction(action, at, value);
  return interaction === undefined ? undefined : { kind: "interaction", key, interaction };
}

interface At {
  readonly by: Person;
  readonly place: Place;
}

function readForm(action: "reject" | "request_changes" | "ask_again", value: ActionValue): PressedForm | undefined {
  const { run, change, text, team, repository } = value;
  if (action === "ask_again") {
    if (text === undefined) return undefined;
    return {
      name: "ask",
      text,
      ...(team === undefined ? {} : { team }),
      ...(repository === undefined ? {} : { repository }),
    };
  }
  return run === undefined || change === undefined ? undefined : { name: action, run, change };
}

type StoredAction = Exclude<Action, "open_link" | "help" | "ask_again" | "reject" | "request_changes">;

function readInteraction(action: StoredAction, at: At, value: ActionValue): Interaction | undefined {
  const { run: runId, change, seal, team, repository, mentionKey, choice } = value;
  if (runId === undefined) return undefined;
  const about = { ...at, runId };
  switch (action) {
    case "approve":
      return change === undefined || seal === undefined ? undefined : { kind: action, ...about, change, seal };
    case "send_failure_back":
    case "redo":
    case "full_diff":
      return change === undefined ? undefined : { kind: action, ...about, change };
    case "choose_team":
      return team === undefined ? undefined : { kind: action, ...about, team };
    case "choose_repository":
      return repository === undefined ? undefined : { kind: action, ...about, repository };
    case "mention_choice":
      return mentionKey === undefined || choice === undefined
        ? undefined
        : { kind: action, ...about, mentionKey, choice };
    case "withdraw":
    case "stop":
    case "go_ahead":
    case "try_again":
    case "leave_out":
    case "ask_platform":
    case "show_card":
    case "full_log":
      return { kind: action, ...about };
    default:
      return action satisfies never;
  }
}

function personOf(body: PressBody): Person {
  const { id, name, username } = body.user;
  return { id: `slack:${id}`, name: name ?? username ?? id };
}

/** Where the pressed message stands: its thread only where it is in one, so that answers appear beside it. */
function placeOf(body: PressBody): Place {
  const messageTs = body.container.is_ephemeral === true ? undefined : (body.message?.ts ?? body.container.message_ts);
  const threadTs = body.message?.thread_ts ?? body.container.thread_ts;
  return {
    surface: "slack",
    workspace: body.team?.id ?? body.user.team_id ?? "",
    channel: body.channel.id,
    ...(threadTs === undefined ? {} : { threadTs }),
    ...(messageTs === undefined ? {} : { messageTs }),
  };
}
