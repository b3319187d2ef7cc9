// What a person does in the workspace: typing a message or a command.
import type { Slack } from "./context.ts";
import { Refusal } from "./context.ts";
import { addFile, type NewFile } from "./files.ts";
import { commandText, typedText } from "./mentions.ts";
import { postEphemeral, postMessage } from "./messages.ts";
import { applyReply, REPLY_PATH, replyUrl } from "./replies.ts";
import { issueTrigger } from "./tickets.ts";
import { announce, findMessage, handleOf, type Act, type Channel, type World } from "./world.ts";

export type Done = { readonly ok: true } | { readonly ok: false; readonly failed: string };

export interface SlashAct {
  readonly user: string;
  readonly channel: string;
  readonly command: string;
  readonly text: string;
}

export interface SayAct {
  readonly user: string;
  readonly channel: string;
  readonly text: string;
  readonly threadTs?: string | undefined;
  readonly files?: readonly NewFile[];
  /** Files uploaded before. */
  readonly fileIds?: readonly string[] | undefined;
}

export interface Said {
  readonly ts: string;
  /** The app acked every event of it. */
  readonly heard: Promise<boolean>;
}

/** A person must exist and be in the conversation: the client would not let them act otherwise. */
export function roomFor(world: World, user: string, channelId: string): Channel {
  if (!world.people.has(user)) throw new Error(`no person ${user} in this workspace`);
  const channel = world.channels.get(channelId);
  if (channel === undefined) throw new Error(`no channel ${channelId} in this workspace`);
  if (!channel.members.includes(user)) throw new Error(`${user} is not in #${channel.name}`);
  return channel;
}

export function noteAct(world: World, act: Omit<Act, "atMs">): void {
  world.acts.push({ atMs: Date.now(), ...act });
  announce(world);
}

export function say(slack: Slack, act: SayAct): Said {
  const { world } = slack;
  const channel = roomFor(world, act.user, act.channel);
  const root = act.threadTs === undefined ? undefined : findMessage(world, channel.id, act.threadTs);
  if (act.threadTs !== undefined && root === undefined)
    throw new Error(`no message ${act.threadTs} in #${channel.name}`);
  if (root?.threadTs !== undefined) throw new Error(`${root.ts} is a reply; threads hang on their first message`);
  const fresh = (act.files ?? []).map((file) => addFile(world, act.user, file).id);
  const posted = postMessage(slack, {
    channel,
    user: act.user,
    text: typedText(world, act.text),
    files: [...fresh, ...(act.fileIds ?? [])],
    ...(act.threadTs === undefined ? {} : { threadTs: act.threadTs }),
  });
  noteAct(world, { user: act.user, kind: "say", channel: channel.id, label: act.text });
  return { ts: posted.message.ts, heard: posted.heard };
}

export async function slash(slack: Slack, act: SlashAct): Promise<Done> {
  const { world } = slack;
  const channel = roomFor(world, act.user, act.channel);
  if (act.command === "/invite") return invite(slack, channel, act);
  const url = replyUrl(slack, { userId: act.user, channel: channel.id });
  const answered = await slack.courier.sendCommand(commandPayload(slack, channel, { act, url }));
  const label = `${act.command} ${act.text}`.trim();
  if (answered.kind === "acked") {
    noteAct(world, { user: act.user, kind: "command", channel: channel.id, label });
    return answerCommand(slack, { url, payload: answered.payload });
  }
  noteAct(world, { user: act.user, kind: "command", channel: channel.id, label, failed: answered.reason });
  tell(world, act, `${act.command} failed with the error "${answered.reason}"`);
  return { ok: false, failed: answered.reason };
}

function commandPayload(slack: Slack, channel: Channel, how: { readonly act: SlashAct; readonly url: string }) {
  const { team, bot } = slack.world.seed;
  const { act, url } = how;
  const person = slack.world.people.get(act.user);
  return {
    token: "local-verification",
    team_id: team.id,
    team_domain: team.domain,
    channel_id: channel.id,
    channel_name: channel.isPrivate ? "privategroup" : channel.name,
    user_id: act.user,
    user_name: handleOf(person ?? { name: act.user }),
    command: act.command,
    text: commandText(slack.world, act.text.trim()),
    api_app_id: bot.appId,
    is_enterprise_install: "false",
    response_url: url,
    trigger_id: issueTrigger(slack.tickets, { userId: act.user }),
  };
}

// An ack with text or blocks is a message of its own, to the person unless it says in_channel.
function answerCommand(
  slack: Slack,
  answer: { readonly url: string; readonly payload: Readonly<Record<string, unknown>> },
): Done {
  const { payload, url } = answer;
  if (payload["text"] === undefined && payload["blocks"] === undefined) return { ok: true };
  const reply = slack.tickets.replies.get(new URL(url).pathname.slice(REPLY_PATH.length));
  if (reply === undefined) return { ok: true };
  try {
    applyReply(slack, reply, payload);
    return { ok: true };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { ok: false, failed: error.code };
  }
}

// Slack's own command: the app joins and from then on hears the channel.
function invite({ world }: Slack, channel: Channel, act: SlashAct): Done {
  const wanted = act.text.trim().replace(/^@/, "").toLowerCase();
  const { bot } = world.seed;
  const everyone = [{ id: bot.userId, name: bot.name }, ...world.people.values()];
  const found = everyone.find(({ id, name }) =>
    [name.toLowerCase(), handleOf({ name }), `<@${id.toLowerCase()}>`].includes(wanted),
  );
  if (found === undefined) {
    tell(world, act, "Nobody of that name is in this workspace.");
    return { ok: false, failed: "user_not_found" };
  }
  if (!channel.members.includes(found.id)) channel.members.push(found.id);
  tell(world, act, `${found.name} is in #${channel.name}.`);
  return { ok: true };
}

function tell(world: World, to: { readonly user: string; readonly channel: string }, text: string): void {
  postEphemeral(world, { channel: to.channel, to: to.user, from: "slack", text });
}
