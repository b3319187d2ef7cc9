// Things of the workspace as Slack writes them in payloads and answers.
import type { Json } from "./json.ts";
import type { SeedPerson } from "./seed.ts";
import { typedBlocks } from "./typed-blocks.ts";
import {
  botIsIn,
  channelMessages,
  handleOf,
  type Channel,
  type Message,
  type SlackFile,
  type View,
  type World,
} from "./world.ts";

export interface WireOptions {
  readonly metadata?: boolean;
}

export function messageJson(world: World, message: Message, options: WireOptions = {}): Json {
  const { bot, team } = world.seed;
  const blocks = message.botId === undefined ? typedBlocks(message.text) : message.blocks;
  return {
    type: "message",
    ...subtype(message),
    user: message.user,
    ts: message.ts,
    text: message.text,
    team: team.id,
    ...(message.botId === undefined
      ? {}
      : {
          bot_id: message.botId,
          app_id: bot.appId,
          bot_profile: { id: bot.botId, app_id: bot.appId, name: bot.name },
        }),
    ...(message.botId === undefined ? { client_msg_id: `${message.channel}-${message.ts}` } : {}),
    ...(blocks.length === 0 ? {} : { blocks }),
    ...(message.edited === undefined ? {} : { edited: message.edited }),
    ...(message.files.length === 0 ? {} : { files: message.files.flatMap((id) => filesOf(world, id)), upload: false }),
    ...(message.reactions.length === 0
      ? {}
      : { reactions: message.reactions.map(({ name, users }) => ({ name, users, count: users.length })) }),
    ...(options.metadata === true && message.metadata !== undefined ? { metadata: message.metadata } : {}),
    ...(message.stream === undefined
      ? {}
      : { streaming_state: message.stream.state === "in_progress" ? "in_progress" : "completed" }),
    ...threadJson(world, message),
  };
}

function subtype(message: Message): Json {
  if (message.broadcast === true) return { subtype: "thread_broadcast" };
  return message.files.length > 0 && message.botId === undefined ? { subtype: "file_share" } : {};
}

function threadJson(world: World, message: Message): Json {
  const all = channelMessages(world, message.channel);
  if (message.threadTs !== undefined) {
    const root = all.find(({ ts }) => ts === message.threadTs);
    return { thread_ts: message.threadTs, ...(root === undefined ? {} : { parent_user_id: root.user }) };
  }
  const replies = all.filter(({ threadTs }) => threadTs === message.ts);
  const last = replies.at(-1);
  if (last === undefined) return {};
  const users = [...new Set(replies.map(({ user }) => user))];
  return {
    thread_ts: message.ts,
    reply_count: replies.length,
    reply_users_count: users.length,
    reply_users: users,
    latest_reply: last.ts,
  };
}

function filesOf(world: World, id: string): readonly Json[] {
  const file = world.files.get(id);
  return file === undefined ? [] : [fileJson(world, file)];
}

export function fileJson(world: World, file: SlackFile): Json {
  const path = `/files-pri/${world.seed.team.id}-${file.id}`;
  const name = encodeURIComponent(file.name);
  const { origin } = world;
  const shares: Record<string, { ts: string }[]> = {};
  for (const { channel, ts } of file.shares) (shares[channel] ??= []).push({ ts });
  return {
    id: file.id,
    created: Math.floor(file.atMs / 1000),
    timestamp: Math.floor(file.atMs / 1000),
    name: file.name,
    title: file.title,
    mimetype: file.mimetype,
    filetype: file.snippetType === "" ? (file.name.split(".").at(-1) ?? "") : file.snippetType,
    user: file.user,
    user_team: world.seed.team.id,
    size: file.lengthBytes,
    mode: file.snippetType === "" ? "hosted" : "snippet",
    is_external: false,
    is_public: true,
    file_access: "visible",
    alt_txt: file.altText,
    url_private: `${origin}${path}/${name}`,
    url_private_download: `${origin}${path}/download/${name}`,
    permalink: `${origin}/files/${file.user}/${file.id}/${name}`,
    channels: [...new Set(file.shares.map(({ channel }) => channel))],
    shares: { public: shares },
  };
}

export function userJson(world: World, person: SeedPerson): Json {
  const bot = person.isBot === true;
  const profile = {
    real_name: person.name,
    display_name: handleOf(person),
    title: person.title,
    team: world.seed.team.id,
    ...(world.scopes.includes("users:read.email") && !bot ? { email: person.email } : {}),
  };
  return {
    id: person.id,
    team_id: world.seed.team.id,
    name: handleOf(person),
    real_name: person.name,
    deleted: false,
    tz: "Etc/UTC",
    tz_offset: 0,
    profile,
    is_admin: false,
    is_owner: false,
    is_bot: bot,
    is_app_user: false,
    is_restricted: person.isGuest === true,
    is_ultra_restricted: false,
    updated: 0,
  };
}

export function channelJson(world: World, channel: Channel): Json {
  const common = { id: channel.id, created: 0, is_archived: false, is_ext_shared: false, is_org_shared: false };
  if (channel.imWith !== undefined)
    return { ...common, is_im: true, is_channel: false, is_group: false, user: channel.imWith };
  return {
    ...common,
    name: channel.name,
    name_normalized: channel.name,
    is_channel: !channel.isPrivate,
    is_group: channel.isPrivate,
    is_im: false,
    is_mpim: false,
    is_private: channel.isPrivate,
    is_member: botIsIn(world, channel),
    is_general: channel.name === "general",
    is_shared: false,
    context_team_id: world.seed.team.id,
    topic: { value: channel.topic, creator: "", last_set: 0 },
    purpose: { value: "", creator: "", last_set: 0 },
  };
}

export function viewJson(world: World, view: View): Json {
  const { bot, team } = world.seed;
  const { body } = view;
  return {
    id: view.id,
    team_id: team.id,
    type: body["type"],
    blocks: body["blocks"],
    private_metadata: body["private_metadata"] ?? "",
    callback_id: body["callback_id"] ?? "",
    state: { values: view.values },
    hash: view.hash,
    title: body["title"] ?? null,
    clear_on_close: body["clear_on_close"] === true,
    notify_on_close: body["notify_on_close"] === true,
    close: body["close"] ?? null,
    submit: body["submit"] ?? null,
    previous_view_id: view.previousId ?? null,
    root_view_id: view.rootId,
    app_id: bot.appId,
    external_id: view.externalId ?? "",
    app_installed_team_id: team.id,
    bot_id: bot.botId,
  };
}
