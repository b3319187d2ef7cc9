// A small local workspace, our receiver on it, and an intake that remembers what it was given.
import { onTestFinished } from "vitest";
import { startLocalSlack, type LocalSlack, type LocalSlackOptions } from "../../src/local/slack/server.ts";
import type { LocalSlackSeed } from "../../src/local/slack/seed.ts";
import type { Interaction } from "../../src/core/interaction.ts";
import type { NewRequest } from "../../src/core/request.ts";
import type { Accepted, Clock, DeliveryKey, Intake, Log } from "../../src/ports.ts";
import { createSlackReceiver, type SlackReceiver } from "../../src/slack/receive.ts";
import { createSlackChat } from "../../src/slack/send.ts";

import manifest from "../../manifests/slack.json" with { type: "json" };

export const BOT_TOKEN = "xoxb-local-slackbot";
export const APP_TOKEN = "xapp-local-slackbot";
export const TEAM = "T0ACME";
export const BOT = "U0BOT";
export const REQUESTER = "U0REQ";
export const OWNER = "U0OWNER";
export const OTHER = "U0OTHER";
export const MARKETING = "C0MKT";
export const REVIEW = "C0WEBREV";
export const PRIVATE = "G0PRIVATE";
export const OWNERS = "S0WEBOWNERS";

export const seed: LocalSlackSeed = {
  team: { id: TEAM, name: "Acme", domain: "acme" },
  // No more than the manifest asks for: a call that needs another scope fails here as it would in Slack.
  bot: { userId: BOT, botId: "B0BOT", appId: "A0APP", name: "Countersign", scopes: manifest.oauth_config.scopes.bot },
  people: [
    { id: REQUESTER, name: "Marketing requester", title: "Marketing", email: "requester@example.com" },
    { id: OWNER, name: "Web owner", title: "Engineering", email: "owner@example.com" },
    { id: OTHER, name: "Other owner", title: "Engineering", email: "other@example.com" },
    { id: "U0GUEST", name: "Guest", title: "", email: "guest@example.com", isGuest: true },
  ],
  usergroups: [
    { id: OWNERS, handle: "web-owners", members: [OWNER, OTHER] },
    { id: "S0MKT", handle: "marketing", members: [REQUESTER] },
    { id: "S0PLATFORM", handle: "platform", members: [OTHER] },
  ],
  channels: [
    {
      id: MARKETING,
      name: "marketing",
      topic: "",
      members: [REQUESTER, OWNER, OTHER, BOT],
      messages: [{ user: REQUESTER, text: "The price page is out of date.", minutesAgo: 60 }],
    },
    { id: REVIEW, name: "web-review", topic: "", members: [OWNER, OTHER, BOT] },
    { id: PRIVATE, name: "private", topic: "", members: [REQUESTER, OWNER], isPrivate: true },
  ],
};

export const clock: Clock = {
  nowMs: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, ms);
      signal?.addEventListener("abort", () => {
        clearTimeout(timer);
        reject(new Error("aborted"));
      });
    }),
};

export interface Line {
  readonly level: string;
  readonly says: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export function memoryLog(): Log & { readonly lines: Line[] } {
  const lines: Line[] = [];
  const write =
    (level: string) =>
    (fields: Readonly<Record<string, unknown>>, says: string): void => {
      lines.push({ level, says, fields });
    };
  return { lines, info: write("info"), warn: write("warn"), error: write("error") };
}

export interface MemoryIntake extends Intake {
  readonly stored: Map<string, { readonly as: string; readonly value: NewRequest | Interaction }>;
  /** Every call, also of duplicates and failures. */
  readonly calls: string[];
  failures: number;
}

/** Stores by key like the real one: a second delivery changes nothing. `failures` counts down calls that throw. */
export function memoryIntake(): MemoryIntake {
  const intake: MemoryIntake = {
    stored: new Map(),
    calls: [],
    failures: 0,
    acceptRequest: async (key, request) => accept("request", key, request),
    acceptMention: async (key, request) => accept("mention", key, request),
    acceptInteraction: async (key, interaction) => accept("interaction", key, interaction),
    acceptHostEvent: async () => {
      throw new Error("Slack tells nothing of a code host");
    },
    acceptTrackerEvent: async () => {
      throw new Error("Slack tells nothing of a tracker");
    },
  };
  function accept(as: string, { key }: DeliveryKey, value: NewRequest | Interaction): Accepted {
    intake.calls.push(key);
    if (intake.failures > 0) {
      intake.failures -= 1;
      throw new Error("the database is away");
    }
    if (intake.stored.has(key)) return { kind: "duplicate" };
    intake.stored.set(key, { as, value });
    return { kind: "new" };
  }
  return intake;
}

export async function startWorkspace(options: Partial<LocalSlackOptions> = {}): Promise<LocalSlack> {
  const slack = await startLocalSlack({
    port: 0,
    lookDir: new URL("../../src/web/look", import.meta.url).pathname,
    pageToken: "page-token-of-this-test",
    botToken: BOT_TOKEN,
    appToken: APP_TOKEN,
    signingSecret: "local-signing",
    seed,
    commandAckMs: 800,
    retryDelaysMs: [0, 20, 40],
    ...options,
  });
  onTestFinished(() => slack.close());
  return slack;
}

export async function startReceiver(
  slack: LocalSlack,
  intake: Intake,
  options: { readonly sockets?: number; readonly log?: Log } = {},
): Promise<SlackReceiver> {
  const receiver = createSlackReceiver({
    botToken: BOT_TOKEN,
    appToken: APP_TOKEN,
    apiUrl: slack.url,
    intake,
    sockets: options.sockets ?? 1,
    clock,
    log: options.log ?? memoryLog(),
  });
  onTestFinished(() => receiver.stop());
  await receiver.start();
  return receiver;
}

export function startChat(slack: LocalSlack, options: { readonly clock?: Clock; readonly log?: Log } = {}) {
  return createSlackChat({
    botToken: BOT_TOKEN,
    apiUrl: slack.url,
    clock: options.clock ?? clock,
    log: options.log ?? memoryLog(),
  });
}
