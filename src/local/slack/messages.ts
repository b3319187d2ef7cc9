// Posting, changing and removing messages, and the events the app hears of it.
import { randomBytes } from "node:crypto";
import { interactiveOf } from "./blocks.ts";
import type { Slack } from "./context.ts";
import { isObject, objectsOf, type Json } from "./json.ts";
import { mentionsInBlocks, mentionsInText, wokenBy } from "./mentions.ts";
import { messageJson } from "./wire.ts";
import {
  announce,
  blankMessage,
  botIsIn,
  byTs,
  nextId,
  nextTs,
  type Channel,
  type Ephemeral,
  type Message,
  type Stream,
  type World,
} from "./world.ts";

export interface Draft {
  readonly channel: Channel;
  /** A person's id; absent: the app posts. */
  readonly user?: string;
  readonly text: string;
  readonly blocks?: readonly Json[];
  readonly threadTs?: string;
  readonly metadata?: Json;
  readonly files?: readonly string[];
  readonly broadcast?: boolean;
  readonly stream?: Stream;
}

export interface Posted {
  readonly message: Message;
  /** Every event of this post has been acked by the app. */
  readonly heard: Promise<boolean>;
}

export function postMessage(slack: Slack, draft: Draft): Posted {
  const { world } = slack;
  const { bot } = world.seed;
  const author = draft.user ?? bot.userId;
  const blocks = withIds(draft.blocks ?? []);
  const found = [mentionsInText(draft.text), mentionsInBlocks(blocks)];
  const message = blankMessage({
    channel: draft.channel.id,
    ts: nextTs(world),
    user: author,
    ...(draft.user === undefined ? { botId: bot.botId } : {}),
    atMs: Date.now(),
    text: draft.text,
    blocks,
    notified: wokenBy(world, { channel: draft.channel, author }, found),
    ...(draft.threadTs === undefined ? {} : { threadTs: draft.threadTs }),
    ...(draft.metadata === undefined ? {} : { metadata: draft.metadata }),
    ...(draft.files === undefined ? {} : { files: draft.files }),
    ...(draft.broadcast === true ? { broadcast: true } : {}),
    ...(draft.stream === undefined ? {} : { stream: draft.stream }),
  });
  addMessage(world, message);
  shareFiles(world, message);
  // What the app says in a thread replaces its "is …" line there.
  if (draft.user === undefined) world.statuses.delete(`${message.channel}:${message.threadTs ?? ""}`);
  announce(world);
  const mentioned = draft.user !== undefined && found.some(({ users }) => users.includes(bot.userId));
  return { message, heard: tellOfPost(slack, draft.channel, { message, mentioned }) };
}

function addMessage(world: World, message: Message): void {
  const all = world.messages.get(message.channel) ?? [];
  all.push(message);
  all.sort(byTs);
  world.messages.set(message.channel, all);
}

function shareFiles(world: World, message: Message): void {
  for (const id of message.files) world.files.get(id)?.shares.push({ channel: message.channel, ts: message.ts });
}

// One post is two events for an app it mentions: app_mention and message.
async function tellOfPost(
  slack: Slack,
  channel: Channel,
  post: { readonly message: Message; readonly mentioned: boolean },
): Promise<boolean> {
  if (!botIsIn(slack.world, channel)) return true;
  const wire = messageJson(slack.world, post.message);
  const common = { channel: channel.id, event_ts: post.message.ts };
  const events: Json[] = [{ ...wire, ...common, channel_type: channelType(channel) }];
  if (post.mentioned) events.unshift({ ...wire, ...common, type: "app_mention" });
  const heard = await Promise.all(events.map((event) => slack.courier.sendEvent(event)));
  return heard.every(Boolean);
}

function channelType(channel: Channel): string {
  if (channel.imWith !== undefined) return "im";
  return channel.isPrivate ? "group" : "channel";
}

export interface Change {
  readonly text: string;
  readonly blocks: readonly Json[];
  readonly metadata?: Json;
}

export function editMessage(slack: Slack, message: Message, change: Change): void {
  const { world } = slack;
  const before = messageJson(world, message);
  message.text = change.text;
  message.blocks = withIds(change.blocks);
  if (change.metadata !== undefined) message.metadata = change.metadata;
  message.edits += 1;
  message.edited = { user: message.user, ts: nextTs(world) };
  announce(world);
  tellOfChange(slack, message, before);
}

export function tellOfChange(slack: Slack, message: Message, before: Json): void {
  const channel = slack.world.channels.get(message.channel);
  if (channel === undefined || !botIsIn(slack.world, channel)) return;
  const ts = nextTs(slack.world);
  void slack.courier.sendEvent({
    type: "message",
    subtype: "message_changed",
    hidden: true,
    channel: channel.id,
    channel_type: channelType(channel),
    ts,
    event_ts: ts,
    message: messageJson(slack.world, message),
    previous_message: before,
  });
}

export function deleteMessage(slack: Slack, message: Message): void {
  const { world } = slack;
  const before = messageJson(world, message);
  const left = (world.messages.get(message.channel) ?? []).filter((each) => each !== message);
  world.messages.set(message.channel, left);
  announce(world);
  const channel = world.channels.get(message.channel);
  if (channel === undefined || !botIsIn(world, channel)) return;
  const ts = nextTs(world);
  void slack.courier.sendEvent({
    type: "message",
    subtype: "message_deleted",
    hidden: true,
    channel: channel.id,
    channel_type: channelType(channel),
    ts,
    event_ts: ts,
    deleted_ts: message.ts,
    previous_message: before,
  });
}

export interface Whisper {
  readonly channel: string;
  readonly to: string;
  readonly from: "app" | "slack";
  readonly text: string;
  readonly blocks?: readonly Json[];
  readonly threadTs?: string;
}

export function postEphemeral(world: World, { channel, to, from, text, blocks, threadTs }: Whisper): Ephemeral {
  const ephemeral: Ephemeral = {
    id: nextId(world, "Eph"),
    channel,
    ts: nextTs(world),
    to,
    from,
    atMs: Date.now(),
    text,
    blocks: withIds(blocks ?? []),
    ...(threadTs === undefined ? {} : { threadTs }),
  };
  world.ephemerals.push(ephemeral);
  announce(world);
  return ephemeral;
}

export function dropEphemeral(world: World, ephemeral: Ephemeral): void {
  world.ephemerals.splice(world.ephemerals.indexOf(ephemeral), 1);
  announce(world);
}

// Slack names what the app left unnamed; a click then says which block and action it was.
export function withIds(blocks: readonly Json[]): readonly Json[] {
  return blocks.map((block) => {
    const named: Record<string, unknown> = { ...block };
    named["block_id"] ??= randomBytes(4).toString("base64url").slice(0, 5);
    if (interactiveOf(block).length === 0) return named;
    if (isObject(block["element"])) named["element"] = named1(block["element"]);
    if (isObject(block["accessory"])) named["accessory"] = named1(block["accessory"]);
    for (const key of ["elements", "actions"])
      if (Array.isArray(block[key])) named[key] = objectsOf(block[key]).map(named1);
    return named;
  });
}

function named1(element: Json): Json {
  if (element["type"] === "image" || element["type"] === "card") return element;
  return { ...element, action_id: element["action_id"] ?? randomBytes(4).toString("base64url").slice(0, 5) };
}
