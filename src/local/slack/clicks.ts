// A person presses a button or picks an option, in a message, an ephemeral or a modal.
import { interactiveOf } from "./blocks.ts";
import { noteAct, roomFor, type Done } from "./acts.ts";
import type { Slack } from "./context.ts";
import { chosenIn, formValues, givenValue, type FormValues, type Given } from "./form-values.ts";
import { objectOf, objectsOf, textOf, type Json } from "./json.ts";
import { postEphemeral } from "./messages.ts";
import { replyUrl } from "./replies.ts";
import { issueTrigger } from "./tickets.ts";
import { messageJson, viewJson } from "./wire.ts";
import {
  announce,
  findEphemeral,
  findMessage,
  handleOf,
  nextTs,
  type Ephemeral,
  type Message,
  type World,
} from "./world.ts";

export interface ClickAct {
  readonly user: string;
  readonly channel: string;
  readonly ts: string;
  readonly actionId: string;
  readonly blockId?: string | undefined;
  /** Among elements of one action id: the one with this value. */
  readonly value?: string | undefined;
  /** For selects: the chosen option's value, or several. */
  readonly selected?: string | readonly string[] | undefined;
}

interface Found {
  readonly block: Json;
  readonly element: Json;
}

export async function click(slack: Slack, act: ClickAct): Promise<Done> {
  const { world } = slack;
  const channel = roomFor(world, act.user, act.channel);
  const message = findMessage(world, channel.id, act.ts);
  const ephemeral = message === undefined ? findEphemeral(world, channel.id, act.ts) : undefined;
  const on = message ?? (ephemeral?.to === act.user ? ephemeral : undefined);
  if (on === undefined) throw new Error(`${act.user} sees no message ${act.ts} in #${channel.name}`);
  const found = findElement(on.blocks, act);
  const action = actionOf(world, found, act);
  const payload = {
    ...interaction(slack, act.user, { type: "block_actions" }),
    container: {
      type: "message",
      message_ts: on.ts,
      channel_id: channel.id,
      is_ephemeral: ephemeral !== undefined,
      ...(on.threadTs === undefined ? {} : { thread_ts: on.threadTs }),
    },
    channel: { id: channel.id, name: channel.isPrivate ? "privategroup" : channel.name },
    // Slack keeps no ephemerals: their clicks carry no message.
    ...(message === undefined ? {} : { message: messageJson(world, message) }),
    state: { values: stateWith(formValues(on.blocks), found, action) },
    response_url: replyUrl(slack, {
      userId: act.user,
      channel: channel.id,
      originalTs: on.ts,
      ...(on.threadTs === undefined ? {} : { threadTs: on.threadTs }),
    }),
    actions: [action],
  };
  return sendClick(slack, { act: { user: act.user, channel: channel.id, label: labelOf(found.element) }, on, payload });
}

interface Sending {
  readonly act: { readonly user: string; readonly channel: string; readonly label: string };
  readonly on: Message | Ephemeral;
  readonly payload: Json;
}

async function sendClick(slack: Slack, { act, on, payload }: Sending): Promise<Done> {
  const answered = await slack.courier.sendInteraction(payload);
  const thread = on.threadTs === undefined ? {} : { threadTs: on.threadTs };
  if (answered.kind === "acked") {
    noteAct(slack.world, { ...act, ts: on.ts, kind: "click" });
    return { ok: true };
  }
  noteAct(slack.world, { ...act, ts: on.ts, kind: "click", failed: answered.reason });
  const text = `"${act.label}" did not work: ${slack.world.seed.bot.name} did not answer in time. Nothing was changed.`;
  postEphemeral(slack.world, { channel: act.channel, to: act.user, from: "slack", text, ...thread });
  return { ok: false, failed: answered.reason };
}

export interface ViewClickAct {
  readonly user: string;
  readonly viewId: string;
  readonly actionId: string;
  readonly blockId?: string | undefined;
  readonly value?: string | undefined;
  readonly selected?: string | readonly string[] | undefined;
}

export async function clickInView(slack: Slack, act: ViewClickAct): Promise<Done> {
  const { world } = slack;
  const view = world.views.get(act.viewId);
  if (view?.userId !== act.user) throw new Error(`${act.user} has no view ${act.viewId} open`);
  const found = findElement(objectsOf(view.body["blocks"]), act);
  const action = actionOf(world, found, act);
  view.values = stateWith(view.values, found, action);
  const payload = {
    ...interaction(slack, act.user, { type: "block_actions", viewId: view.id }),
    container: { type: "view", view_id: view.id },
    view: viewJson(world, view),
    actions: [action],
  };
  const answered = await slack.courier.sendInteraction(payload);
  view.problem = answered.kind === "acked" ? "" : "We had some trouble connecting. Try again?";
  announce(world);
  noteAct(world, {
    user: act.user,
    kind: "click",
    channel: "",
    label: labelOf(found.element),
    ...(answered.kind === "acked" ? {} : { failed: answered.reason }),
  });
  return answered.kind === "acked" ? { ok: true } : { ok: false, failed: answered.reason };
}

/** What every interaction payload begins with. */
export function interaction(
  slack: Slack,
  userId: string,
  of: { readonly type: string; readonly viewId?: string },
): Json {
  const { team, bot } = slack.world.seed;
  const person = slack.world.people.get(userId);
  const handle = handleOf(person ?? { name: userId });
  return {
    type: of.type,
    user: { id: userId, username: handle, name: handle, team_id: team.id },
    team: { id: team.id, domain: team.domain },
    api_app_id: bot.appId,
    token: "local-verification",
    enterprise: null,
    is_enterprise_install: false,
    trigger_id: issueTrigger(slack.tickets, { userId, ...(of.viewId === undefined ? {} : { viewId: of.viewId }) }),
  };
}

function findElement(blocks: readonly Json[], act: Omit<ViewClickAct, "user" | "viewId">): Found {
  const all = blocks.flatMap((block) => interactiveOf(block).map((element) => ({ block, element })));
  const found = all.find(
    ({ block, element }) =>
      element["action_id"] === act.actionId &&
      (act.blockId === undefined || block["block_id"] === act.blockId) &&
      (act.value === undefined || element["value"] === act.value),
  );
  const offered = all.map(({ element }) => textOf(element["action_id"])).join(", ");
  if (found === undefined)
    throw new Error(`nothing to press called ${act.actionId}; there is: ${offered === "" ? "nothing" : offered}`);
  return found;
}

function actionOf(world: World, { block, element }: Found, act: Omit<ViewClickAct, "user" | "viewId">): Json {
  const common = { action_id: element["action_id"], block_id: block["block_id"], action_ts: nextTs(world) };
  const { type } = element;
  if (type === "button" || type === "icon_button") {
    const { text, value, url, style, confirm } = element;
    return { ...defined({ type, text, value, url, style, confirm }), ...common };
  }
  if (type === "overflow") return { type, ...common, selected_option: overflowOption(element, act.selected) };
  if (type === "feedback_buttons")
    return { type, ...common, value: act.value ?? objectOf(element["positive_button"])["value"] };
  const given: Given = act.selected ?? act.value ?? null;
  const value = givenValue(element, given);
  if (value === undefined) throw new Error(`${textOf(element["action_id"])} does not offer ${JSON.stringify(given)}`);
  const { placeholder } = element;
  return { ...defined({ placeholder }), ...value, ...common };
}

function overflowOption(element: Json, selected: ClickAct["selected"]): Json {
  const option = objectsOf(element["options"]).find(({ value }) => value === selected);
  if (option === undefined)
    throw new Error(`${textOf(element["action_id"])} does not offer ${JSON.stringify(selected)}`);
  return option;
}

function stateWith(values: FormValues, { block, element }: Found, action: Json): FormValues {
  const blockId = textOf(block["block_id"]);
  const actionId = textOf(element["action_id"]);
  if (values[blockId]?.[actionId] === undefined) return values;
  const { action_id: _a, block_id: _b, action_ts: _t, placeholder: _p, ...value } = action;
  return { ...values, [blockId]: { ...values[blockId], [actionId]: { type: element["type"], ...chosenIn(value) } } };
}

function labelOf(element: Json): string {
  const text = textOf(objectOf(element["text"])["text"]);
  return text === "" ? textOf(element["action_id"]) : text;
}

function defined(value: Json): Json {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined));
}
