// The workspace as tests and the page may look at it: copies, never the thing itself.
import type { Delivery } from "./delivery.ts";
import type { Slack } from "./context.ts";
import type { Json } from "./json.ts";
import { permalinkOf } from "./methods/chat.ts";
import { openViews } from "./views.ts";
import {
  channelMessages,
  nameOf,
  type Act,
  type Channel,
  type Ephemeral,
  type Message,
  type Session,
  type SlackFile,
  type World,
} from "./world.ts";

export interface MessageState extends Omit<Message, "files"> {
  readonly author: string;
  readonly permalink: string;
  readonly files: readonly FileState[];
  /** Replies of a thread, oldest first; empty for a reply. */
  readonly replies: readonly MessageState[];
}

type FileState = Omit<SlackFile, "bytes"> & { readonly text?: string };

interface ViewState {
  readonly id: string;
  readonly title: string;
  readonly body: Json;
  readonly values: Json;
  readonly errors: Readonly<Record<string, string>>;
  readonly problem: string;
}

interface ChannelState extends Channel {
  /** Messages of the channel, oldest first, each with its thread. */
  readonly messages: readonly MessageState[];
}

export interface LocalSlackState {
  readonly channels: Readonly<Record<string, ChannelState>>;
  /** Every message and reply, oldest first. */
  readonly messages: readonly MessageState[];
  /** By the person who alone sees them. */
  readonly ephemerals: Readonly<Record<string, readonly Ephemeral[]>>;
  /** Open modals by person, the top one last. */
  readonly views: Readonly<Record<string, readonly ViewState[]>>;
  readonly homes: Readonly<Record<string, Json>>;
  readonly files: readonly FileState[];
  readonly sessions: readonly Session[];
  readonly statuses: Readonly<Record<string, string>>;
  readonly acts: readonly Act[];
  readonly deliveries: readonly Delivery[];
  readonly sockets: number;
}

export function snapshot(slack: Slack): LocalSlackState {
  const { world } = slack;
  const people = [...world.people.keys()];
  const channels = [...world.channels.values()].map((channel) => [channel.id, channelState(world, channel)] as const);
  return structuredClone({
    channels: Object.fromEntries(channels),
    messages: channels
      .flatMap(([, { messages }]) => messages.flatMap((root) => [root, ...root.replies]))
      .toSorted((a, b) => Number(a.ts) - Number(b.ts)),
    ephemerals: Object.fromEntries(people.map((id) => [id, world.ephemerals.filter(({ to }) => to === id)])),
    views: Object.fromEntries(people.map((id) => [id, viewStates(world, id)])),
    homes: Object.fromEntries(world.homes),
    files: [...world.files.values()].map(fileState),
    sessions: [...world.sessions.values()],
    statuses: Object.fromEntries(world.statuses),
    acts: world.acts,
    deliveries: slack.courier.deliveries(),
    sockets: slack.sockets.count(),
  });
}

function channelState(world: World, channel: Channel): ChannelState {
  const all = channelMessages(world, channel.id);
  const roots = all.filter(({ threadTs }) => threadTs === undefined);
  return {
    ...channel,
    messages: roots.map((root) =>
      messageState(
        world,
        root,
        all.filter(({ threadTs }) => threadTs === root.ts),
      ),
    ),
  };
}

function messageState(world: World, message: Message, replies: readonly Message[]): MessageState {
  return {
    ...message,
    author: nameOf(world, message.user),
    permalink: permalinkOf(world, message),
    files: message.files.flatMap((id) => {
      const file = world.files.get(id);
      return file === undefined ? [] : [fileState(file)];
    }),
    replies: replies.map((reply) => messageState(world, reply, [])),
  };
}

function fileState({ bytes, ...file }: SlackFile): FileState {
  const readable = bytes !== undefined && !file.mimetype.startsWith("image/") && bytes.length <= 100_000;
  return readable ? { ...file, text: bytes.toString("utf8") } : file;
}

function viewStates(world: World, userId: string): readonly ViewState[] {
  return openViews(world, userId).map(({ id, body, values, errors, problem }) => {
    const title = body["title"];
    const text = typeof title === "object" && title !== null && "text" in title ? String(title.text) : "";
    return { id, title: text, body, values, errors, problem };
  });
}

export interface WaitOptions {
  readonly timeoutMs?: number;
  /** What is waited for, in words: it is all a failing test says. */
  readonly what: string;
}

export type Found<T> = Exclude<T, undefined | null | false | 0 | "">;

/** The first truthy value that `look` finds in the workspace. */
export function waitFor<T>(slack: Slack, look: (state: LocalSlackState) => T, options: WaitOptions): Promise<Found<T>> {
  const { world } = slack;
  const timeoutMs = options.timeoutMs ?? 5_000;
  return new Promise((resolve, reject) => {
    const done = (): void => {
      clearTimeout(timer);
      world.listeners.delete(check);
    };
    const check = (): void => {
      try {
        const found = look(snapshot(slack));
        if (!isFound(found)) return;
        done();
        resolve(found);
      } catch (error) {
        done();
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    };
    const timer = setTimeout(() => {
      done();
      reject(new Error(`waited ${timeoutMs} ms for ${options.what}`));
    }, timeoutMs);
    world.listeners.add(check);
    check();
  });
}

function isFound<T>(value: T): value is Found<T> {
  return Boolean(value);
}
