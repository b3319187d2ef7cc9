// The workspace itself: plain data, one clock, one list of listeners. Nothing here knows HTTP.
import { randomBytes } from "node:crypto";
import type { Json } from "./json.ts";
import type { LocalSlackSeed, SeedPerson, SeedUsergroup } from "./seed.ts";
import { USUAL_SCOPES } from "./seed.ts";

export interface Task {
  readonly id: string;
  title: string;
  status: string;
  details: string;
  output: string;
  sources: readonly Json[];
}

export interface Stream {
  state: "in_progress" | "completed" | "stopped_by_user";
  readonly startedAtMs: number;
  readonly displayMode: string;
  readonly recipientUserId: string;
  readonly recipientTeamId: string;
  /** Which of the two ways to send text this stream began with; the other is refused from then on. */
  mode?: "chunks" | "markdown_text" | undefined;
  planTitle: string;
  readonly tasks: Task[];
  text: string;
  chunkBlocks: readonly Json[];
  appends: number;
}

export interface Message {
  readonly channel: string;
  readonly ts: string;
  readonly threadTs?: string | undefined;
  readonly user: string;
  readonly botId?: string | undefined;
  readonly atMs: number;
  text: string;
  blocks: readonly Json[];
  metadata?: Json | undefined;
  edited?: { readonly user: string; readonly ts: string } | undefined;
  edits: number;
  readonly reactions: { readonly name: string; readonly users: string[] }[];
  files: readonly string[];
  /** Whom this post woke by a mention; edits wake nobody. */
  notified: readonly string[];
  broadcast?: boolean | undefined;
  stream?: Stream | undefined;
}

export interface Ephemeral {
  readonly id: string;
  readonly channel: string;
  readonly ts: string;
  readonly threadTs?: string;
  readonly to: string;
  /** "app", or "slack" for what the service itself tells a person. */
  readonly from: "app" | "slack";
  readonly atMs: number;
  text: string;
  blocks: readonly Json[];
}

export interface View {
  readonly id: string;
  readonly userId: string;
  readonly rootId: string;
  readonly previousId?: string;
  externalId?: string;
  body: Json;
  hash: string;
  /** What the person has filled in so far: block id, action id, value in Slack's form. */
  values: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  errors: Readonly<Record<string, string>>;
  problem: string;
}

export interface SlackFile {
  readonly id: string;
  readonly name: string;
  readonly mimetype: string;
  readonly snippetType: string;
  readonly altText: string;
  readonly user: string;
  readonly atMs: number;
  readonly lengthBytes: number;
  title: string;
  bytes?: Buffer;
  /** Uploaded and completed; before this nobody can use it. */
  complete: boolean;
  readonly shares: { readonly channel: string; readonly ts: string }[];
}

export interface Session {
  readonly channel: string;
  readonly threadTs: string;
  status: string;
  title: string;
  initiator: string;
}

export interface Channel {
  readonly id: string;
  readonly name: string;
  readonly topic: string;
  readonly isPrivate: boolean;
  /** The person on the other side of a direct message. */
  readonly imWith?: string;
  readonly members: string[];
}

/** What people did here, in order: the guide and transcripts read it. */
export interface Act {
  readonly atMs: number;
  readonly user: string;
  readonly kind: "command" | "say" | "click" | "submit" | "close" | "stop";
  readonly channel: string;
  readonly label: string;
  /** The message that was clicked. */
  readonly ts?: string;
  readonly failed?: string;
}

export interface World {
  readonly seed: LocalSlackSeed;
  /** `http://127.0.0.1:PORT`, known once the service listens. */
  origin: string;
  readonly scopes: readonly string[];
  readonly people: Map<string, SeedPerson>;
  readonly usergroups: Map<string, SeedUsergroup>;
  readonly channels: Map<string, Channel>;
  readonly messages: Map<string, Message[]>;
  readonly ephemerals: Ephemeral[];
  readonly views: Map<string, View>;
  /** Open modals of a person, the top one last. */
  readonly stacks: Map<string, string[]>;
  readonly homes: Map<string, Json>;
  readonly files: Map<string, SlackFile>;
  readonly sessions: Map<string, Session>;
  readonly statuses: Map<string, string>;
  readonly acts: Act[];
  readonly listeners: Set<() => void>;
  lastTsMicros: number;
  lastId: number;
}

export function makeWorld(seed: LocalSlackSeed): World {
  const world: World = {
    seed,
    origin: "",
    scopes: seed.bot.scopes ?? USUAL_SCOPES,
    people: new Map(),
    usergroups: new Map(),
    channels: new Map(),
    messages: new Map(),
    ephemerals: [],
    views: new Map(),
    stacks: new Map(),
    homes: new Map(),
    files: new Map(),
    sessions: new Map(),
    statuses: new Map(),
    acts: [],
    listeners: new Set(),
    lastTsMicros: 0,
    lastId: 0,
  };
  sow(world);
  return world;
}

/** Back to the seed; listeners stay. */
export function resetWorld(world: World): void {
  const { people, usergroups, channels, messages, views, stacks, homes, files, sessions, statuses } = world;
  for (const each of [people, usergroups, channels, messages, views, stacks, homes, files, sessions, statuses])
    each.clear();
  world.ephemerals.length = 0;
  world.acts.length = 0;
  sow(world);
  announce(world);
}

function sow(world: World): void {
  const { seed } = world;
  for (const person of seed.people) world.people.set(person.id, person);
  for (const group of seed.usergroups) world.usergroups.set(group.id, group);
  const nowMs = Date.now();
  for (const channel of seed.channels) {
    const { id, name, topic, members } = channel;
    world.channels.set(id, { id, name, topic, isPrivate: channel.isPrivate === true, members: [...members] });
    const first = (channel.messages ?? []).map(({ user, text, minutesAgo }, index) => {
      const atMs = nowMs - (minutesAgo ?? 60) * 60_000 + index;
      return blankMessage({ channel: id, ts: tsAt(atMs), user, text, atMs });
    });
    world.messages.set(id, first.sort(byTs));
  }
}

export function blankMessage(
  given: Pick<Message, "channel" | "ts" | "user" | "text" | "atMs"> & Partial<Message>,
): Message {
  return { blocks: [], edits: 0, reactions: [], files: [], notified: [], ...given };
}

export function byTs(a: { readonly ts: string }, b: { readonly ts: string }): number {
  return Number(a.ts) - Number(b.ts);
}

function tsAt(atMs: number): string {
  return `${Math.floor(atMs / 1000)}.${String(atMs % 1000).padStart(3, "0")}000`;
}

/** Message ids are times; two posts never share one. */
export function nextTs(world: World): string {
  const micros = Math.max(Date.now() * 1000, world.lastTsMicros + 1);
  world.lastTsMicros = micros;
  return `${Math.floor(micros / 1_000_000)}.${String(micros % 1_000_000).padStart(6, "0")}`;
}

export function nextId(world: World, prefix: string): string {
  world.lastId += 1;
  return `${prefix}${world.lastId.toString(36).toUpperCase().padStart(4, "0")}${randomBytes(3).toString("hex").toUpperCase()}`;
}

/** Tells everyone who shows or waits for the workspace that something changed. */
export function announce(world: World): void {
  for (const listener of world.listeners) listener();
}

export function channelMessages(world: World, channel: string): readonly Message[] {
  return world.messages.get(channel) ?? [];
}

export function findMessage(world: World, channel: string, ts: string): Message | undefined {
  return world.messages.get(channel)?.find((message) => message.ts === ts);
}

export function findEphemeral(world: World, channel: string, ts: string): Ephemeral | undefined {
  return world.ephemerals.find((each) => each.channel === channel && each.ts === ts);
}

export function botIsIn(world: World, channel: Channel): boolean {
  return channel.members.includes(world.seed.bot.userId);
}

export function handleOf(person: { readonly name: string }): string {
  return person.name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, ".")
    .replaceAll(/^\.|\.$/g, "");
}

export function nameOf(world: World, userId: string): string {
  if (userId === world.seed.bot.userId) return world.seed.bot.name;
  return world.people.get(userId)?.name ?? userId;
}
