// Response URLs and what an app answers to a command: messages that need no token.
import type { IncomingMessage, ServerResponse } from "node:http";
import { readBody, sendJson } from "../http.ts";
import { Refusal, type Slack } from "./context.ts";
import { isObject, parseJson, textOf, type Json } from "./json.ts";
import { deleteMessage, dropEphemeral, editMessage, postEphemeral, postMessage, withIds } from "./messages.ts";
import { readBlocks } from "./methods/content.ts";
import { issueReply, redeemReply, type Reply } from "./tickets.ts";
import { announce, findEphemeral, findMessage } from "./world.ts";

const BODY_LIMIT_BYTES = 200_000;
export const REPLY_PATH = "/hooks/";

export function replyUrl(slack: Slack, to: Omit<Reply, "untilMs" | "usesLeft">): string {
  return `${slack.world.origin}${REPLY_PATH}${issueReply(slack.tickets, to)}`;
}

export async function serveReply(
  slack: Slack,
  http: { readonly req: IncomingMessage; readonly res: ServerResponse; readonly url: URL },
): Promise<void> {
  const { req, res, url } = http;
  const body = parseJson((await readBody(req, BODY_LIMIT_BYTES)).toString("utf8"));
  const reply = redeemReply(slack.tickets, url.pathname.slice(REPLY_PATH.length), Date.now());
  if (typeof reply === "string") {
    sendJson(res, 404, { ok: false, error: reply });
    return;
  }
  try {
    if (!isObject(body)) throw new Refusal("invalid_payload");
    applyReply(slack, reply, body);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    sendJson(res, error.code === "no_text" ? 500 : 400, {
      ok: false,
      error: error.code,
      response_metadata: { messages: error.problems },
    });
    return;
  }
  res.writeHead(200, { "content-type": "text/plain" });
  res.end("ok");
}

/** Also what `ack(...)` of a command carries. */
export function applyReply(slack: Slack, to: Reply, body: Json): void {
  if (body["delete_original"] === true || body["delete_original"] === "true") {
    removeOriginal(slack, to);
    return;
  }
  const text = textOf(body["text"]);
  const blocks = readBlocks(slack.world, body["blocks"]) ?? [];
  if (text.trim() === "" && blocks.length === 0) throw new Refusal("no_text");
  const content = { text, blocks };
  if (body["replace_original"] === true || body["replace_original"] === "true") {
    replaceOriginal(slack, to, content);
    return;
  }
  const threadTs = textOf(body["thread_ts"]) === "" ? to.threadTs : textOf(body["thread_ts"]);
  const thread = threadTs === undefined ? {} : { threadTs };
  const channel = slack.world.channels.get(to.channel);
  if (channel === undefined) throw new Refusal("channel_not_found");
  if (body["response_type"] === "in_channel") postMessage(slack, { channel, ...content, ...thread });
  else postEphemeral(slack.world, { channel: channel.id, to: to.userId, from: "app", ...content, ...thread });
}

function removeOriginal(slack: Slack, { channel, originalTs }: Reply): void {
  if (originalTs === undefined) return;
  const ephemeral = findEphemeral(slack.world, channel, originalTs);
  const message = findMessage(slack.world, channel, originalTs);
  if (ephemeral !== undefined) dropEphemeral(slack.world, ephemeral);
  else if (message !== undefined) deleteMessage(slack, message);
}

function replaceOriginal(
  slack: Slack,
  { channel, originalTs }: Reply,
  content: { readonly text: string; readonly blocks: readonly Json[] },
): void {
  if (originalTs === undefined) return;
  const ephemeral = findEphemeral(slack.world, channel, originalTs);
  const message = findMessage(slack.world, channel, originalTs);
  if (ephemeral !== undefined) {
    ephemeral.text = content.text;
    ephemeral.blocks = withIds(content.blocks);
    announce(slack.world);
  } else if (message !== undefined) editMessage(slack, message, content);
}
