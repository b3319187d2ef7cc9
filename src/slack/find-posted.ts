// After a send whose answer was lost: the message that carries our key, looked for in Slack itself.
import type { WebClient } from "@slack/web-api";
import { z } from "zod";
import type { Log } from "../ports.ts";
import { rootOf, METADATA_TYPE } from "./post.ts";
import type { Content } from "./content.ts";
import type { Placements } from "./placements.ts";

const messageSchema = z.looseObject({
  ts: z.string(),
  bot_id: z.string().optional(),
  user: z.string().optional(),
  streaming_state: z.string().optional(),
  metadata: z
    .looseObject({ event_type: z.string(), event_payload: z.looseObject({ run: z.unknown(), slot: z.unknown() }) })
    .optional(),
});
type Found = z.infer<typeof messageSchema>;

export interface FindPorts {
  readonly client: WebClient;
  readonly placements: Placements;
  readonly log: Log;
}

const PAGE = 200;

/** Undefined where nothing with this key stands, and for what cannot be looked for (private answers, files). */
export async function findPosted(
  ports: FindPorts,
  content: Content,
  key: { readonly runId: string; readonly slot: string },
): Promise<Readonly<Record<string, unknown>> | undefined> {
  if (content.kind === "private" || content.kind === "file") return undefined;
  const isReply = content.kind === "stream" || content.reply;
  const target = isReply ? rootOf(ports, content) : { channel: content.channel };
  if (target === undefined) return undefined;
  const self = await ports.client.auth.test();
  const messages = await readMessages(ports, target);
  const mine = messages.filter((message) => message.user === self.user_id || message.bot_id === self.bot_id);
  const found = mine.find((message) => carries(message, key)) ?? (content.kind === "stream" ? orphan(mine) : undefined);
  if (found === undefined) return undefined;
  ports.placements.learn(key.runId, key.slot, { channel: target.channel, ts: found.ts });
  const at = { channel: target.channel, ts: found.ts };
  if (content.kind === "message") return at;
  // How long it has run is unknown, so it is closed at the next chance and edited from then on.
  const stopped = found.streaming_state !== "in_progress";
  return { ...at, stream: { startedAtMs: 0, stopped, tasks: [], title: "" } };
}

function carries(message: Found, key: { readonly runId: string; readonly slot: string }): boolean {
  const { metadata } = message;
  if (metadata?.event_type !== METADATA_TYPE) return false;
  return metadata.event_payload["run"] === key.runId && metadata.event_payload["slot"] === key.slot;
}

/** A live stream carries no metadata; one that is still open in this run's thread is this run's. */
function orphan(mine: readonly Found[]): Found | undefined {
  return mine.findLast((message) => message.streaming_state === "in_progress" && message.metadata === undefined);
}

async function readMessages(
  ports: FindPorts,
  target: { readonly channel: string; readonly threadTs?: string | undefined },
): Promise<readonly Found[]> {
  const { channel, threadTs } = target;
  const { client } = ports;
  const { messages } =
    threadTs === undefined
      ? await client.conversations.history({ channel, limit: PAGE, include_all_metadata: true })
      : await client.conversations.replies({ channel, ts: threadTs, limit: PAGE, include_all_metadata: true });
  return (messages ?? []).flatMap((message) => {
    const parsed = messageSchema.safeParse(message);
    return parsed.success ? [parsed.data] : [];
  });
}
