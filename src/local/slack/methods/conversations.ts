// conversations.*: what an app may list and read.
import type { Args } from "../args.ts";
import { joinedChannel, Refusal, visibleChannel, type Slack } from "../context.ts";
import type { Json } from "../json.ts";
import { channelJson, messageJson } from "../wire.ts";
import {
  announce,
  botIsIn,
  channelMessages,
  findMessage,
  nextId,
  type Channel,
  type Message,
  type World,
} from "../world.ts";
import { page, type Methods } from "./method.ts";

const READ = ["channels:read", "groups:read", "im:read"];
const HISTORY = ["channels:history", "groups:history", "im:history"];

export const conversations: Methods = {
  "conversations.info": { scopes: READ, run: info },
  "conversations.list": { scopes: READ, run: list },
  "conversations.members": { scopes: READ, run: members },
  "conversations.history": { scopes: HISTORY, run: history },
  "conversations.replies": { scopes: HISTORY, run: replies },
  "conversations.join": { scopes: ["channels:join"], run: join },
  "conversations.open": { scopes: ["im:write"], run: open },
};

function info({ world }: Slack, args: Args): Json {
  const channel = visibleChannel(world, args.need("channel"));
  const count = args.flag("include_num_members") === true ? { num_members: channel.members.length } : {};
  return { channel: { ...channelJson(world, channel), ...count } };
}

function list({ world }: Slack, args: Args): Json {
  const types = new Set((args.text("types") ?? "public_channel").split(","));
  const seen = [...world.channels.values()].filter((channel) => {
    if (channel.imWith !== undefined) return types.has("im");
    return channel.isPrivate ? types.has("private_channel") && botIsIn(world, channel) : types.has("public_channel");
  });
  const { items, response_metadata } = page(seen, args, { fallback: 100, max: 1000 });
  return {
    channels: items.map((channel) => ({ ...channelJson(world, channel), num_members: channel.members.length })),
    response_metadata,
  };
}

function members({ world }: Slack, args: Args): Json {
  const channel = visibleChannel(world, args.need("channel"));
  const { items, response_metadata } = page(channel.members, args, { fallback: 100, max: 1000 });
  return { members: items, response_metadata };
}

function within(args: Args, message: Message): boolean {
  const ts = Number(message.ts);
  const inclusive = args.flag("inclusive") === true;
  const oldest = Number(args.text("oldest") ?? "0");
  const latest = Number(args.text("latest") ?? "9999999999");
  return inclusive ? ts >= oldest && ts <= latest : ts > oldest && ts < latest;
}

function history({ world }: Slack, args: Args): Json {
  const channel = joinedChannel(world, args.need("channel"));
  const metadata = args.flag("include_all_metadata") === true;
  const found = channelMessages(world, channel.id)
    .filter((message) => (message.threadTs === undefined || message.broadcast === true) && within(args, message))
    .toReversed();
  const { items, response_metadata, more } = page(found, args, { fallback: 100, max: 999 });
  return {
    messages: items.map((message) => messageJson(world, message, { metadata })),
    has_more: more,
    pin_count: 0,
    ...(more ? { response_metadata } : {}),
  };
}

function replies({ world }: Slack, args: Args): Json {
  const channel = joinedChannel(world, args.need("channel"));
  const metadata = args.flag("include_all_metadata") === true;
  const root = findMessage(world, channel.id, args.need("ts"));
  if (root === undefined) throw new Refusal("thread_not_found");
  const thread = channelMessages(world, channel.id).filter(
    (message) => message === root || (message.threadTs === root.ts && within(args, message)),
  );
  const { items, response_metadata, more } = page(thread, args, { fallback: 1000, max: 1000 });
  return {
    messages: items.map((message) => messageJson(world, message, { metadata })),
    has_more: more,
    ...(more ? { response_metadata } : {}),
  };
}

function join({ world }: Slack, args: Args): Json {
  const channel = visibleChannel(world, args.need("channel"));
  if (channel.isPrivate || channel.imWith !== undefined) throw new Refusal("method_not_supported_for_channel_type");
  const already = botIsIn(world, channel);
  if (!already) {
    channel.members.push(world.seed.bot.userId);
    announce(world);
  }
  return { channel: channelJson(world, channel), ...(already ? { warning: "already_in_channel" } : {}) };
}

function open({ world }: Slack, args: Args): Json {
  const users = args.text("users") ?? "";
  if (users === "") throw new Refusal("users_list_not_supplied");
  if (users.includes(",")) throw new Refusal("method_not_supported_for_channel_type");
  if (!world.people.has(users)) throw new Refusal("user_not_found");
  const { id } = openDirect(world, users);
  return { channel: { id }, no_op: false, already_open: false };
}

/** The direct message between the app and a person, made when first used. */
export function openDirect(world: World, userId: string): Channel {
  const there = [...world.channels.values()].find(({ imWith }) => imWith === userId);
  if (there !== undefined) return there;
  const channel: Channel = {
    id: nextId(world, "D"),
    name: userId,
    topic: "",
    isPrivate: true,
    imWith: userId,
    members: [userId, world.seed.bot.userId],
  };
  world.channels.set(channel.id, channel);
  world.messages.set(channel.id, []);
  return channel;
}
