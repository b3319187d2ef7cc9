// What every part of the stand-in works on, and how a method refuses.
import type { Json } from "./json.ts";
import type { Courier } from "./delivery.ts";
import type { Sockets } from "./sockets.ts";
import type { Tickets } from "./tickets.ts";
import type { Channel, World } from "./world.ts";
import { botIsIn } from "./world.ts";

export interface Slack {
  readonly world: World;
  readonly courier: Courier;
  readonly sockets: Sockets;
  readonly tickets: Tickets;
  /** Runs after the answer is out, as Slack's background work does. */
  later(work: () => void): void;
}

/** Thrown by a Web API method: becomes `{ok: false, error}`. */
export class Refusal extends Error {
  readonly code: string;
  readonly problems: readonly string[];
  readonly extra: Json;
  constructor(code: string, problems: readonly string[] = [], extra: Json = {}) {
    super(code);
    this.code = code;
    this.problems = problems;
    this.extra = extra;
  }
}

/** A conversation the app can see at all: a private one it is not in does not exist for it. */
export function visibleChannel(world: World, id: string): Channel {
  const channel = world.channels.get(id);
  if (channel === undefined || (channel.isPrivate && !botIsIn(world, channel))) throw new Refusal("channel_not_found");
  return channel;
}

/** A conversation the app reads or acts in as a member. */
export function joinedChannel(world: World, id: string): Channel {
  const channel = visibleChannel(world, id);
  if (!botIsIn(world, channel)) throw new Refusal("not_in_channel");
  return channel;
}
