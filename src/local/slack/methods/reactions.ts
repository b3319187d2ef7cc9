// reactions.*, agent sessions and thread statuses: small marks on messages.
import type { Args } from "../args.ts";
import { joinedChannel, Refusal, visibleChannel, type Slack } from "../context.ts";
import type { Json } from "../json.ts";
import { announce, findMessage, type Message, type World } from "../world.ts";
import type { Methods } from "./method.ts";

export const marks: Methods = {
  "reactions.add": { scopes: ["reactions:write"], run: add },
  "reactions.remove": { scopes: ["reactions:write"], run: remove },
  "agents.sessions.setStatus": { scopes: ["assistant:write"], run: setSession },
  "assistant.threads.setStatus": { scopes: ["assistant:write", "chat:write"], run: setStatus },
};

function target(world: World, args: Args): { readonly message: Message; readonly name: string } {
  const name = args.need("name").replaceAll(":", "");
  if (!/^[a-z0-9_+'-]+$/.test(name)) throw new Refusal("invalid_name");
  const channel = joinedChannel(world, args.need("channel"));
  const message = findMessage(world, channel.id, args.need("timestamp"));
  if (message === undefined) throw new Refusal("message_not_found");
  return { message, name };
}

function add({ world }: Slack, args: Args): Json {
  const { message, name } = target(world, args);
  const me = world.seed.bot.userId;
  const there = message.reactions.find((each) => each.name === name);
  if (there?.users.includes(me) === true) throw new Refusal("already_reacted");
  if (there === undefined) message.reactions.push({ name, users: [me] });
  else there.users.push(me);
  announce(world);
  return {};
}

function remove({ world }: Slack, args: Args): Json {
  const { message, name } = target(world, args);
  const me = world.seed.bot.userId;
  const there = message.reactions.find((each) => each.name === name && each.users.includes(me));
  if (there === undefined) throw new Refusal("no_reaction");
  there.users.splice(there.users.indexOf(me), 1);
  if (there.users.length === 0) message.reactions.splice(message.reactions.indexOf(there), 1);
  announce(world);
  return {};
}

const SESSION_STATUSES = ["processing", "active", "suspended", "closed"];

function setSession({ world }: Slack, args: Args): Json {
  const channel = visibleChannel(world, args.need("channel_id"));
  if (!channel.members.includes(world.seed.bot.userId)) throw new Refusal("not_authorized");
  const status = args.need("status");
  if (!SESSION_STATUSES.includes(status))
    throw new Refusal("invalid_arguments", ["[ERROR] unknown status [json-pointer:/status]"]);
  const threadTs = args.text("thread_ts");
  if (threadTs === undefined || threadTs === "") throw new Refusal("thread_ts_required");
  if (findMessage(world, channel.id, threadTs) === undefined) throw new Refusal("thread_not_found");
  const title = args.text("title") ?? "";
  if (title.length > 200)
    throw new Refusal("invalid_arguments", ["[ERROR] must be less than 201 characters [json-pointer:/title]"]);
  const initiator = args.text("initiator_user_id") ?? "";
  const key = `${channel.id}:${threadTs}`;
  const session = world.sessions.get(key);
  // Title and initiator belong to the creation; later calls move the status only.
  if (session === undefined) world.sessions.set(key, { channel: channel.id, threadTs, status, title, initiator });
  else session.status = status;
  announce(world);
  return {};
}

function setStatus({ world }: Slack, args: Args): Json {
  const channel = joinedChannel(world, args.need("channel_id"));
  const threadTs = args.need("thread_ts");
  if (findMessage(world, channel.id, threadTs) === undefined) throw new Refusal("thread_not_found");
  const status = args.text("status");
  if (status === undefined) throw new Refusal("invalid_arguments", ["[ERROR] missing required field: status"]);
  const messages = args.raw("loading_messages");
  if (Array.isArray(messages) && messages.length > 10)
    throw new Refusal("invalid_arguments", ["[ERROR] no more than 10 items allowed [json-pointer:/loading_messages]"]);
  const key = `${channel.id}:${threadTs}`;
  if (status === "") world.statuses.delete(key);
  else world.statuses.set(key, status);
  announce(world);
  return {};
}
