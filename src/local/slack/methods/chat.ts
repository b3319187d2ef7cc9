// chat.*: posts, edits, ephemerals, permalinks.
import type { Args } from "../args.ts";
import { joinedChannel, Refusal, visibleChannel, type Slack } from "../context.ts";
import type { Json } from "../json.ts";
import { deleteMessage, editMessage, postEphemeral, postMessage } from "../messages.ts";
import { messageJson } from "../wire.ts";
import { botIsIn, findMessage, type Channel, type Message, type World } from "../world.ts";
import { readContent, readMetadata } from "./content.ts";
import { openDirect } from "./conversations.ts";
import type { Methods } from "./method.ts";

export const chat: Methods = {
  "chat.postMessage": { scopes: ["chat:write"], run: post },
  "chat.update": { scopes: ["chat:write"], run: update },
  "chat.delete": { scopes: ["chat:write"], run: remove },
  "chat.postEphemeral": { scopes: ["chat:write"], run: whisper },
  "chat.getPermalink": { scopes: [], run: permalink },
};

function post(slack: Slack, args: Args): Json {
  const { world } = slack;
  const channel = postable(world, args.need("channel"));
  const content = readContent(world, args, "post");
  const metadata = readMetadata(args.raw("metadata"));
  const threadTs = readThread(world, channel, args.text("thread_ts"));
  const { message } = postMessage(slack, {
    channel,
    text: content.text,
    blocks: content.blocks,
    ...(threadTs === undefined ? {} : { threadTs }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(threadTs !== undefined && args.flag("reply_broadcast") === true ? { broadcast: true } : {}),
  });
  return { channel: channel.id, ts: message.ts, message: messageJson(world, message, { metadata: true }) };
}

/** Public channels are open to `chat:write.public`; a person's id means the direct message with them. */
export function postable(world: World, id: string): Channel {
  if (world.people.has(id)) return openDirect(world, id);
  const channel = visibleChannel(world, id);
  if (!botIsIn(world, channel) && !world.scopes.includes("chat:write.public")) throw new Refusal("not_in_channel");
  return channel;
}

/** The root of a thread; an empty string is what SDKs send for "none". */
export function readThread(world: World, channel: Channel, ts: string | undefined): string | undefined {
  if (ts === undefined || ts === "") return undefined;
  const root = findMessage(world, channel.id, ts);
  if (root === undefined) throw new Refusal("thread_not_found");
  if (root.threadTs !== undefined) throw new Refusal("cannot_reply_to_message");
  return ts;
}

function update(slack: Slack, args: Args): Json {
  const { world } = slack;
  const message = ownMessage(world, args, "cant_update_message");
  if (message.stream?.state === "in_progress") throw new Refusal("streaming_state_conflict");
  const content = readContent(world, args, "update");
  const metadata = readMetadata(args.raw("metadata"));
  editMessage(slack, message, {
    text: content.text,
    blocks: content.blocks,
    ...(metadata === undefined ? {} : { metadata }),
  });
  return {
    channel: message.channel,
    ts: message.ts,
    text: message.text,
    message: messageJson(world, message, { metadata: true }),
  };
}

function remove(slack: Slack, args: Args): Json {
  const message = ownMessage(slack.world, args, "cant_delete_message");
  deleteMessage(slack, message);
  return { channel: message.channel, ts: message.ts };
}

function ownMessage(world: World, args: Args, refusal: string): Message {
  const channel = visibleChannel(world, args.need("channel"));
  const message = findMessage(world, channel.id, args.need("ts"));
  if (message === undefined) throw new Refusal("message_not_found");
  if (message.botId === undefined) throw new Refusal(refusal);
  return message;
}

function whisper(slack: Slack, args: Args): Json {
  const { world } = slack;
  const channel = joinedChannel(world, args.need("channel"));
  const to = args.need("user");
  if (!channel.members.includes(to)) throw new Refusal("user_not_in_channel");
  const content = readContent(world, args, "post");
  const threadTs = readThread(world, channel, args.text("thread_ts"));
  const ephemeral = postEphemeral(world, {
    channel: channel.id,
    to,
    from: "app",
    text: content.text,
    blocks: content.blocks,
    ...(threadTs === undefined ? {} : { threadTs }),
  });
  return { message_ts: ephemeral.ts };
}

function permalink(slack: Slack, args: Args): Json {
  const { world } = slack;
  const channel = visibleChannel(world, args.need("channel"));
  const message = findMessage(world, channel.id, args.need("message_ts"));
  if (message === undefined) throw new Refusal("message_not_found");
  return { channel: channel.id, permalink: permalinkOf(world, message) };
}

export function permalinkOf(world: World, message: Message): string {
  const link = `${world.origin}/archives/${message.channel}/p${message.ts.replace(".", "")}`;
  return message.threadTs === undefined ? link : `${link}?thread_ts=${message.threadTs}&cid=${message.channel}`;
}
