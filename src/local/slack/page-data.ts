// What the page of one person shows.
import type { Slack } from "./context.ts";
import { decideGuide, type GuideStep } from "./guide.ts";
import { readable } from "./mentions.ts";
import { snapshot, type LocalSlackState, type MessageState } from "./state.ts";
import type { Ephemeral, World } from "./world.ts";

export interface PageOptions {
  readonly guide?: { readonly command: string };
}

interface Shown {
  readonly ts: string;
  readonly threadTs?: string | undefined;
  readonly user: string;
  readonly author: string;
  readonly from: "person" | "app" | "slack";
  readonly atMs: number;
  readonly text: string;
  /** For announcements: no tokens, no markup. */
  readonly plain: string;
  readonly blocks: MessageState["blocks"];
  readonly private?: true;
  readonly edited?: true;
  readonly wakesMe?: true;
  readonly reactions?: MessageState["reactions"];
  readonly files?: readonly {
    readonly id: string;
    readonly name: string;
    readonly title: string;
    readonly mimetype: string;
    readonly lengthBytes: number;
    readonly text?: string;
  }[];
  readonly stream?: MessageState["stream"];
  readonly replies?: readonly Shown[];
}

export interface PageData {
  readonly me: string;
  readonly channels: readonly {
    readonly id: string;
    readonly name: string;
    readonly topic: string;
    readonly isPrivate: boolean;
    readonly messages: readonly Shown[];
  }[];
  readonly views: LocalSlackState["views"][string];
  readonly working: readonly {
    readonly channel: string;
    readonly threadTs: string;
    readonly text: string;
    readonly canStop: boolean;
  }[];
  readonly guide: readonly GuideStep[];
  readonly connected: boolean;
}

export function pageData(slack: Slack, me: string, options: PageOptions): PageData {
  const state = snapshot(slack);
  const { world } = slack;
  const mine = Object.values(state.channels).filter(
    ({ members, imWith }) => imWith === undefined && members.includes(me),
  );
  const whispers = state.ephemerals[me] ?? [];
  return {
    me,
    channels: mine.map(({ id, name, topic, isPrivate, messages }) => {
      const here = whispers.filter(({ channel }) => channel === id);
      return { id, name, topic, isPrivate, messages: withWhispers(world, { me, messages, whispers: here }) };
    }),
    views: state.views[me] ?? [],
    working: working(state),
    guide: options.guide === undefined ? [] : guide(slack, { state, me, command: options.guide.command }),
    connected: state.sockets > 0,
  };
}

function guide(
  slack: Slack,
  at: { readonly state: LocalSlackState; readonly me: string; readonly command: string },
): readonly GuideStep[] {
  const { world } = slack;
  return decideGuide({
    state: at.state,
    people: [...world.people.values()],
    usergroups: [...world.usergroups.values()],
    command: at.command,
    viewer: at.me,
    channel: guideChannel(world),
  });
}

/** The first channel, after #general, that the app is in. */
function guideChannel(world: World): string {
  const { userId } = world.seed.bot;
  const open = [...world.channels.values()].filter(
    ({ members, imWith }) => imWith === undefined && members.includes(userId),
  );
  return (open.find(({ name }) => name !== "general") ?? open[0])?.id ?? "";
}

interface Room {
  readonly me: string;
  readonly messages: readonly MessageState[];
  readonly whispers: readonly Ephemeral[];
}

function withWhispers(world: World, { me, messages, whispers }: Room): readonly Shown[] {
  const roots = messages.map((message) => {
    const replies = [
      ...message.replies.map((reply) => shown(world, reply, me)),
      ...whispers.filter(({ threadTs }) => threadTs === message.ts).map((each) => whisper(world, each)),
    ];
    return { ...shown(world, message, me), replies: replies.toSorted(byTs) };
  });
  const loose = whispers.filter(({ threadTs }) => threadTs === undefined).map((each) => whisper(world, each));
  const broadcast = messages.flatMap(({ replies }) =>
    replies.filter((reply) => reply.broadcast === true).map((reply) => shown(world, reply, me)),
  );
  return [...roots, ...loose, ...broadcast].toSorted(byTs);
}

function byTs(a: { readonly ts: string }, b: { readonly ts: string }): number {
  return Number(a.ts) - Number(b.ts);
}

function shown(world: World, message: MessageState, me: string): Shown {
  return {
    ts: message.ts,
    threadTs: message.threadTs,
    user: message.user,
    author: message.author,
    from: message.botId === undefined ? "person" : "app",
    atMs: message.atMs,
    text: message.text,
    plain: readable(world, message.text),
    blocks: message.blocks,
    ...(message.edited !== undefined && message.botId === undefined ? { edited: true } : {}),
    ...(message.notified.includes(me) ? { wakesMe: true } : {}),
    reactions: message.reactions,
    files: message.files.map(({ id, name, title, mimetype, lengthBytes, text }) => ({
      id,
      name,
      title,
      mimetype,
      lengthBytes,
      ...(text === undefined ? {} : { text: text.slice(0, 2_000) }),
    })),
    stream: message.stream,
  };
}

function whisper(world: World, { ts, threadTs, from, atMs, text, blocks }: Ephemeral): Shown {
  const { bot } = world.seed;
  const author = from === "app" ? bot.name : "Slack";
  return {
    ts,
    threadTs,
    user: from === "app" ? bot.userId : "",
    author,
    from,
    atMs,
    text,
    plain: readable(world, text),
    blocks,
    private: true,
  };
}

function working(state: LocalSlackState): PageData["working"] {
  const sessions = state.sessions
    .filter(({ status }) => status === "processing")
    .map(({ channel, threadTs }) => ({ channel, threadTs, text: "is working", canStop: true }));
  const statuses = Object.entries(state.statuses).map(([key, text]) => {
    const [channel = "", threadTs = ""] = key.split(":");
    return { channel, threadTs, text, canStop: false };
  });
  return [...sessions, ...statuses];
}
