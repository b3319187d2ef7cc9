// A workspace with few people, and a real Bolt app on it.
import { App, LogLevel, SocketModeReceiver, type AppOptions } from "@slack/bolt";
import { WebClient } from "@slack/web-api";
import { onTestFinished } from "vitest";
import { startLocalSlack, type LocalSlack, type LocalSlackOptions } from "../../../src/local/slack/server.ts";
import type { LocalSlackSeed } from "../../../src/local/slack/seed.ts";

export const BOT_TOKEN = "xoxb-local-test";
export const APP_TOKEN = "xapp-local-test";
export const MKT = "C0MKT";
export const REVIEW = "C0WEBREV";
export const SECRET = "G0SECRET";
export const ANNA = "U0ANNA";
export const OWEN = "U0OWEN";
export const GUEST = "U0GUEST";
export const BOT = "U0BOT";

export const seed: LocalSlackSeed = {
  team: { id: "T0ACME", name: "Acme", domain: "acme" },
  bot: { userId: BOT, botId: "B0BOT", appId: "A0APP", name: "Countersign" },
  people: [
    { id: ANNA, name: "Anna Ask", title: "asks for changes", email: "anna@example.com" },
    { id: OWEN, name: "Owen Own", title: "approves changes", email: "owen@example.com" },
    { id: GUEST, name: "Gus Guest", title: "in no team", email: "gus@example.com", isGuest: true },
  ],
  usergroups: [{ id: "S0WEB", handle: "web-owners", members: [OWEN] }],
  channels: [
    {
      id: MKT,
      name: "marketing",
      topic: "Prices",
      members: [ANNA, OWEN, BOT],
      messages: [{ user: OWEN, text: "Good morning.", minutesAgo: 90 }],
    },
    { id: REVIEW, name: "web-review", topic: "", members: [ANNA, OWEN] },
    { id: SECRET, name: "secret", topic: "", members: [OWEN], isPrivate: true },
  ],
};

export async function startSlack(options: Partial<LocalSlackOptions> = {}): Promise<LocalSlack> {
  const slack = await startLocalSlack({
    port: 0,
    lookDir: new URL("../../../src/web/look", import.meta.url).pathname,
    pageToken: "page-token-of-this-test",
    botToken: BOT_TOKEN,
    appToken: APP_TOKEN,
    signingSecret: "local-signing",
    seed,
    commandAckMs: 1_000,
    retryDelaysMs: [0, 20, 40],
    ...options,
  });
  onTestFinished(() => slack.close());
  return slack;
}

export function webClient(slack: LocalSlack, token = BOT_TOKEN): WebClient {
  return new WebClient(token, {
    slackApiUrl: slack.url,
    logLevel: LogLevel.ERROR,
    logger: silent,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
  });
}

/** Connected over Socket Mode once this resolves. */
export async function startApp(
  slack: LocalSlack,
  listen: (app: App) => void,
  more: Partial<AppOptions> = {},
): Promise<App> {
  const clientOptions = { slackApiUrl: slack.url };
  const receiver = new SocketModeReceiver({
    appToken: APP_TOKEN,
    logger: silent,
    installerOptions: { clientOptions },
    clientPingTimeout: 200,
  });
  const options: AppOptions = { token: BOT_TOKEN, receiver, clientOptions, logger: silent, ...more };
  const app = new App(options);
  listen(app);
  await app.start();
  onTestFinished(async () => {
    await app.stop();
  });
  return app;
}

export const silent = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  setLevel: () => {},
  getLevel: () => LogLevel.ERROR,
  setName: () => {},
};

/** The error Slack named, or undefined when the call went through. */
export async function errorOf(call: Promise<unknown>): Promise<string | undefined> {
  return call.then(
    () => undefined,
    (error: { readonly data?: { readonly error?: string }; readonly message: string }) =>
      error.data?.error ?? error.message,
  );
}
