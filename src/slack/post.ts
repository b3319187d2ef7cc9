// Posts, edits and private messages. A place that does not take a message hands it to the next best one, never to nobody.
import type { ChatPostMessageArguments, ChatUpdateArguments, WebClient } from "@slack/web-api";
import type { SendResult } from "../ports.ts";
import { errorName, judgeFailure } from "./api-problem.ts";
import { remoteOf, type Body, type Content, type MessageContent } from "./content.ts";
import type { Placements } from "./placements.ts";

export interface PostPorts {
  readonly client: WebClient;
  readonly placements: Placements;
}

export const METADATA_TYPE = "countersign_delivery";
const THREAD_WAIT_MS = 500;
/** The bot cannot write there, whatever it says. */
const CLOSED = new Set([
  "channel_not_found",
  "not_in_channel",
  "is_archived",
  "restricted_action",
  "user_not_in_channel",
  "messages_tab_disabled",
]);

/** Somebody deleted the message the thread hung on: what has to be said is said in the channel. */
const ROOT_GONE = new Set(["thread_not_found", "cannot_reply_to_message"]);

const QUIET = { parse: "none", link_names: false } as const;

export interface Target {
  readonly channel: string;
  readonly threadTs?: string | undefined;
}

export async function postMessage(ports: PostPorts, content: MessageContent): Promise<SendResult> {
  const root = rootOf(ports, content);
  if (content.reply && root?.threadTs === undefined) {
    return { kind: "later", afterMs: THREAD_WAIT_MS, error: "its thread does not stand yet" };
  }
  const target = content.reply && root !== undefined ? root : { channel: content.channel };
  if (content.slot.startsWith("pointer:") && isBesideCard(ports, content)) {
    return { kind: "refused", error: "the card itself stands in this thread" };
  }
  try {
    return await post(ports, content, target);
  } catch (cause) {
    const error = errorName(cause) ?? "";
    const isRootGone = ROOT_GONE.has(error) && target.threadTs !== undefined;
    const channelOnly = isRootGone ? { channel: target.channel } : undefined;
    const other = CLOSED.has(error) ? elsewhere(ports, content) : channelOnly;
    if (other === undefined) return judgeFailure(cause);
    try {
      return await post(ports, content, other);
    } catch (again) {
      return judgeFailure(again);
    }
  }
}

async function post(ports: PostPorts, content: MessageContent, target: Target): Promise<SendResult> {
  const { text, blocks } = content.post;
  const message: ChatPostMessageArguments = {
    channel: target.channel,
    text,
    blocks,
    ...QUIET,
    unfurl_links: false,
    unfurl_media: false,
    metadata: { event_type: METADATA_TYPE, event_payload: { run: content.runId, slot: content.slot } },
  };
  const { channel, ts } = await ports.client.chat.postMessage(
    target.threadTs === undefined ? message : { ...message, thread_ts: target.threadTs },
  );
  if (channel === undefined || ts === undefined) throw new Error("Slack did not say where the message stands");
  ports.placements.learn(content.runId, content.slot, { channel, ts });
  return { kind: "sent", remote: { channel, ts } };
}

/** The thread a reply belongs to: as planned, else under the run's card, which may have been posted a moment ago. */
export function rootOf(
  ports: Pick<PostPorts, "placements">,
  content: { readonly runId: string; readonly channel: string; readonly threadTs?: string | undefined },
): Target | undefined {
  if (content.threadTs !== undefined) return { channel: content.channel, threadTs: content.threadTs };
  const card = ports.placements.find(content.runId, "card");
  return card === undefined ? undefined : { channel: card.channel, threadTs: card.ts };
}

function isBesideCard(ports: PostPorts, content: MessageContent): boolean {
  const approval = ports.placements.find(content.runId, content.slot.replace("pointer:", "approval:"));
  return approval !== undefined && approval.channel === content.channel;
}

function elsewhere(ports: PostPorts, content: MessageContent): Target | undefined {
  switch (content.otherwise) {
    case "thread":
      return rootOf(ports, { runId: content.runId, ...content.home });
    case "direct":
      return content.requester === "" ? undefined : { channel: content.requester };
    case "nowhere":
      return undefined;
    default:
      return content.otherwise satisfies never;
  }
}

export async function editMessage(
  ports: PostPorts,
  edit: { readonly runId: string; readonly slot: string; readonly body: Body },
  remote: Readonly<Record<string, unknown>>,
): Promise<SendResult> {
  const placed = remoteOf(remote);
  if (placed === undefined) return { kind: "refused", error: "it is not known where the message stands" };
  const { channel, ts } = placed;
  ports.placements.learn(edit.runId, edit.slot, placed);
  const change: ChatUpdateArguments = { channel, ts, ...edit.body, ...QUIET };
  try {
    await ports.client.chat.update(change);
    return { kind: "sent", remote };
  } catch (cause) {
    return judgeFailure(cause);
  }
}

/** Shown to one person where they are; where that cannot be, in their direct messages. */
export async function postPrivately(
  client: WebClient,
  content: Extract<Content, { kind: "private" }>,
): Promise<SendResult> {
  const { channel, threadTs, user, post: body } = content;
  const ephemeral = { channel, user, ...body, ...QUIET };
  try {
    const { message_ts: ts } = await client.chat.postEphemeral(
      threadTs === undefined ? ephemeral : { ...ephemeral, thread_ts: threadTs },
    );
    return { kind: "sent", remote: { channel, ts: ts ?? "" } };
  } catch (cause) {
    if (!CLOSED.has(errorName(cause) ?? "")) return judgeFailure(cause);
  }
  try {
    const { ts } = await client.chat.postMessage({ channel: user, ...body, ...QUIET, unfurl_links: false });
    return { kind: "sent", remote: { channel: user, ts: ts ?? "" } };
  } catch (cause) {
    return judgeFailure(cause);
  }
}

export async function postFile(client: WebClient, content: Extract<Content, { kind: "file" }>): Promise<SendResult> {
  const { channel, threadTs, name, title, type } = content;
  const file = {
    content: content.content,
    filename: name,
    title,
    initial_comment: content.comment,
    ...(type === "diff" ? { snippet_type: "diff" } : {}),
  };
  try {
    await client.filesUploadV2(
      threadTs === undefined ? { channel_id: channel, ...file } : { channel_id: channel, thread_ts: threadTs, ...file },
    );
    return { kind: "sent", remote: { channel, ts: "" } };
  } catch (cause) {
    return judgeFailure(cause);
  }
}
