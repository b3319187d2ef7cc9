// chat.startStream, appendStream, stopStream: text and tasks that arrive in pieces.
import { noteAct, roomFor } from "../acts.ts";
import type { Args } from "../args.ts";
import { Refusal, visibleChannel, type Slack } from "../context.ts";
import { textOf, type Json } from "../json.ts";
import { mentionsInText, wokenBy } from "../mentions.ts";
import { postMessage, tellOfChange, withIds } from "../messages.ts";
import { messageJson } from "../wire.ts";
import { announce, findMessage, type Channel, type Message, type Stream, type World } from "../world.ts";
import { postable, readThread } from "./chat.ts";
import { readBlocks, readMetadata } from "./content.ts";
import { applyChunks, checkChunks, streamBlocks } from "./chunks.ts";
import type { Methods } from "./method.ts";

const MARKDOWN_MAX = 12_000;
const DISPLAY_MODES = ["timeline", "plan", "dense"];

export const streams: Methods = {
  "chat.startStream": { scopes: ["chat:write"], run: start },
  "chat.appendStream": { scopes: ["chat:write"], run: append },
  "chat.stopStream": { scopes: ["chat:write"], run: stop },
};

interface Piece {
  readonly markdown?: string;
  readonly chunks?: readonly Json[];
}

function start(slack: Slack, args: Args): Json {
  const { world } = slack;
  const channel = postable(world, args.need("channel"));
  const threadTs = readThread(world, channel, args.need("thread_ts"));
  const recipient = readRecipient(world, channel, args);
  const displayMode = args.text("task_display_mode") ?? "timeline";
  if (!DISPLAY_MODES.includes(displayMode))
    throw new Refusal("invalid_arguments", [
      `[ERROR] value must be one of: ${DISPLAY_MODES.join(", ")} [json-pointer:/task_display_mode]`,
    ]);
  const piece = readPiece(world, args);
  const stream: Stream = {
    state: "in_progress",
    startedAtMs: Date.now(),
    displayMode,
    ...recipient,
    planTitle: "",
    tasks: [],
    text: "",
    chunkBlocks: [],
    appends: 0,
  };
  const woken = takePiece(world, { stream, channel }, piece);
  const { message } = postMessage(slack, {
    channel,
    text: stream.text,
    stream,
    ...(threadTs === undefined ? {} : { threadTs }),
  });
  message.notified = [...new Set([...message.notified, ...woken])];
  announce(world);
  return { channel: channel.id, ts: message.ts };
}

function readRecipient(
  world: World,
  channel: Channel,
  args: Args,
): Pick<Stream, "recipientUserId" | "recipientTeamId"> {
  const recipientUserId = args.text("recipient_user_id") ?? "";
  const recipientTeamId = args.text("recipient_team_id") ?? "";
  if (channel.imWith === undefined) {
    if (recipientUserId === "") throw new Refusal("missing_recipient_user_id");
    if (recipientTeamId === "") throw new Refusal("missing_recipient_team_id");
  }
  if (recipientUserId !== "" && !world.people.has(recipientUserId)) throw new Refusal("user_not_found");
  if (recipientTeamId !== "" && recipientTeamId !== world.seed.team.id) throw new Refusal("team_not_found");
  return { recipientUserId, recipientTeamId };
}

function readPiece(world: World, args: Args): Piece {
  const markdown = args.text("markdown_text");
  const raw = args.raw("chunks");
  if (markdown !== undefined && raw !== undefined) throw new Refusal("cannot_provide_both_markdown_text_and_chunks");
  if (markdown !== undefined && markdown.length > MARKDOWN_MAX) throw new Refusal("msg_too_long");
  if (raw === undefined) return markdown === undefined ? {} : { markdown };
  return { chunks: checkChunks(world, raw) };
}

/** Whom the new text woke. */
function takePiece(
  world: World,
  to: { readonly stream: Stream; readonly channel: Channel },
  piece: Piece,
): readonly string[] {
  const { stream, channel } = to;
  const mode =
    piece.markdown !== undefined
      ? "markdown_text"
      : piece.chunks !== undefined && piece.chunks.length > 0
        ? "chunks"
        : undefined;
  if (mode === undefined) return [];
  if (stream.mode !== undefined && stream.mode !== mode) throw new Refusal("streaming_mode_mismatch");
  const texts = piece.markdown === undefined ? applyChunks(stream, piece.chunks ?? []) : [piece.markdown];
  stream.mode = mode;
  if (piece.markdown !== undefined) stream.text += piece.markdown;
  return wokenBy(world, { channel, author: world.seed.bot.userId }, texts.map(mentionsInText));
}

interface Live {
  readonly channel: Channel;
  readonly message: Message;
  readonly stream: Stream;
}

function liveStream(world: World, args: Args): Live {
  const channel = visibleChannel(world, args.need("channel"));
  const message = findMessage(world, channel.id, args.need("ts"));
  if (message === undefined) throw new Refusal("message_not_found");
  if (message.botId === undefined) throw new Refusal("message_not_owned_by_app");
  const { stream } = message;
  if (stream?.state === "stopped_by_user") throw new Refusal("stopped_by_user");
  if (stream?.state !== "in_progress") throw new Refusal("message_not_in_streaming_state");
  return { channel, message, stream };
}

function append(slack: Slack, args: Args): Json {
  const { world } = slack;
  const live = liveStream(world, args);
  const piece = readPiece(world, args);
  if ((piece.markdown ?? "") === "" && (piece.chunks ?? []).length === 0)
    throw new Refusal("invalid_arguments", ["[ERROR] missing required field: markdown_text or chunks"]);
  grow(world, live, piece);
  live.stream.appends += 1;
  announce(world);
  return { channel: live.channel.id, ts: live.message.ts };
}

function grow(world: World, { channel, message, stream }: Live, piece: Piece): void {
  const woken = takePiece(world, { stream, channel }, piece);
  message.text = stream.text;
  message.notified = [...new Set([...message.notified, ...woken])];
}

const SESSION_STATUSES = ["processing", "active", "suspended", "closed"];

function stop(slack: Slack, args: Args): Json {
  const { world } = slack;
  const live = liveStream(world, args);
  const piece = readPiece(world, args);
  const blocks = readBlocks(world, args.raw("blocks")) ?? [];
  const metadata = readMetadata(args.raw("metadata"));
  const status = args.text("session_status") ?? "active";
  if (!SESSION_STATUSES.includes(status))
    throw new Refusal("invalid_arguments", ["[ERROR] unknown status [json-pointer:/session_status]"]);
  const { message, stream } = live;
  const before = messageJson(world, message);
  grow(world, live, piece);
  stream.state = "completed";
  message.blocks = withIds([...streamBlocks(stream), ...blocks]);
  if (metadata !== undefined) message.metadata = metadata;
  const session = world.sessions.get(`${live.channel.id}:${message.threadTs ?? ""}`);
  if (session !== undefined) session.status = status;
  announce(world);
  tellOfChange(slack, message, before);
  return { channel: live.channel.id, ts: message.ts, message: messageJson(world, message, { metadata: true }) };
}

export interface StopAct {
  readonly user: string;
  readonly channel: string;
  readonly threadTs: string;
}

/** The native Stop button: Slack ends the streams of the thread itself and tells the app who pressed it. */
export function stopByPerson(slack: Slack, act: StopAct): Promise<boolean> {
  const { world } = slack;
  roomFor(world, act.user, act.channel);
  noteAct(world, { user: act.user, kind: "stop", channel: act.channel, label: "Stop" });
  const streaming = (world.messages.get(act.channel) ?? []).filter(
    ({ threadTs, stream }) => threadTs === act.threadTs && stream?.state === "in_progress",
  );
  for (const message of streaming) {
    if (message.stream === undefined) continue;
    message.stream.state = "stopped_by_user";
    message.blocks = withIds(streamBlocks(message.stream));
  }
  announce(world);
  return slack.courier.sendEvent({
    type: "agent_session_stopped",
    channel: act.channel,
    user: act.user,
    thread_ts: act.threadTs,
    streaming_message_ts: streaming.map(({ ts }) => ts),
    event_ts: textOf(streaming.at(-1)?.ts ?? act.threadTs),
  });
}
