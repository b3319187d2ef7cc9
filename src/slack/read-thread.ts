// What was said in a thread before the run was asked for: data for the agent, with author and time, outsiders marked.
import type { WebClient } from "@slack/web-api";
import { z } from "zod";
import { cleanText } from "../core/text.ts";
import type { Place } from "../core/request.ts";
import type { ContextMessage } from "../ports.ts";
import type { Directory } from "./directory.ts";
import { plainText } from "./plain-text.ts";

const messageSchema = z.looseObject({
  ts: z.string(),
  user: z.string().optional(),
  bot_id: z.string().optional(),
  username: z.string().optional(),
  subtype: z.string().optional(),
  text: z.string().default(""),
});
type ThreadMessage = z.infer<typeof messageSchema>;

const PAGE = 200;
const PAGES = 15;

export interface ThreadPorts {
  readonly client: WebClient;
  readonly directory: Directory;
}

/** Root and the last messages up to, not with, the one that asked; our own posts left out. */
export async function readThread(
  ports: ThreadPorts,
  place: Place,
  range: { readonly limit: number; readonly sinceMs?: number },
): Promise<readonly ContextMessage[]> {
  const { channel, threadTs, messageTs } = place;
  if (threadTs === undefined || threadTs === messageTs) return [];
  const self = await ports.client.auth.test();
  const all = await readAll(ports.client, { channel, threadTs, ...(messageTs === undefined ? {} : { messageTs }) });
  const told = all.filter(
    (message) =>
      message.user !== self.user_id &&
      message.bot_id !== self.bot_id &&
      (message.subtype === undefined || message.subtype === "file_share" || message.subtype === "thread_broadcast") &&
      atMsOf(message) > (range.sinceMs ?? 0),
  );
  const root = told.find((message) => message.ts === threadTs);
  const replies = told.filter((message) => message.ts !== threadTs).slice(-range.limit);
  const chosen = root === undefined ? replies : [root, ...replies];
  return Promise.all(chosen.map((message) => readOne(ports.directory, message)));
}

async function readAll(
  client: WebClient,
  at: { readonly channel: string; readonly threadTs: string; readonly messageTs?: string },
): Promise<readonly ThreadMessage[]> {
  const found: ThreadMessage[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < PAGES; page += 1) {
    const answer = await client.conversations.replies({
      channel: at.channel,
      ts: at.threadTs,
      limit: PAGE,
      ...(at.messageTs === undefined ? {} : { latest: at.messageTs, inclusive: false }),
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const message of answer.messages ?? []) {
      const parsed = messageSchema.safeParse(message);
      if (parsed.success && parsed.data.ts !== at.messageTs) found.push(parsed.data);
    }
    cursor = answer.response_metadata?.next_cursor;
    if (cursor === undefined || cursor === "") break;
  }
  // Slack may give the root with every page.
  return [...new Map(found.map((message) => [message.ts, message])).values()].sort((a, b) => atMsOf(a) - atMsOf(b));
}

async function readOne(directory: Directory, message: ThreadMessage): Promise<ContextMessage> {
  const id = message.user === undefined ? undefined : `slack:${message.user}`;
  const profile = id === undefined ? undefined : await directory.readKnown(id);
  const people = await namesIn(directory, message.text);
  return {
    author: profile?.name ?? message.username ?? "an app",
    atMs: atMsOf(message),
    text: cleanText(plainText(message.text, { person: (user) => people.get(user) })),
    outsider: profile === undefined || profile.kind !== "member",
  };
}

async function namesIn(directory: Directory, text: string): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  for (const [, user = ""] of text.matchAll(/<@([A-Z0-9]+)>/g)) {
    const name = await directory.nameOf(`slack:${user}`);
    if (name !== undefined) names.set(user, name);
  }
  return names;
}

function atMsOf(message: { readonly ts: string }): number {
  return Math.floor(Number(message.ts) * 1000);
}
