// What people do in Slack: parse, commit through intake, then acknowledge. Nothing else happens before the acknowledgement.
import { App, type Receiver } from "@slack/bolt";
import type { WebClient } from "@slack/web-api";
import type { Clock, Intake, Log } from "../ports.ts";
import { errorName } from "./api-problem.ts";
import { listen } from "./listeners.ts";
import { createNameBook, type NameBook } from "./name-book.ts";
import type { SlackSelf } from "./parse.ts";
import { createSocketReceiver } from "./sockets.ts";
import { clientOptions, createWebClient, sdkLogger } from "./web.ts";

export interface SlackReceiverOptions {
  readonly botToken: string;
  readonly appToken: string;
  /** Base of the Web API with a trailing slash; Slack's own when absent. */
  readonly apiUrl?: string | undefined;
  readonly intake: Intake;
  /** How many connections to hold; two, so that a refresh of one leaves nobody waiting. */
  readonly sockets: number;
  readonly clock: Clock;
  readonly log: Log;
}

export interface SlackReceiver {
  /** Resolves when the first connection stands; rejects when Slack refuses a token. Keeps trying while Slack is away. */
  start(): Promise<void>;
  /** Lets what is being stored finish, then closes every connection. */
  stop(): Promise<void>;
  /** How many connections stand now. */
  connected(): number;
}

const SELF_RETRY_MS = 5000;

export function createSlackReceiver(options: SlackReceiverOptions): SlackReceiver {
  const receiver = createSocketReceiver(options);
  const client = createWebClient(options);
  const stopping = new AbortController();
  const names = createNameBook(client, options.log);
  let reading = Promise.resolve();
  return {
    start: async () => {
      const self = await readSelf(client, options, stopping.signal);
      if (self === undefined) return;
      reading = names.load(stopping.signal);
      connect({ receiver, client, self, names }, options);
      await receiver.start();
    },
    stop: async () => {
      stopping.abort();
      await receiver.stop();
      await reading;
    },
    connected: () => receiver.connected(),
  };
}

/** Any Bolt receiver that acknowledges after `processEvent` fits here; Socket Mode's is ours. */
function connect(
  parts: {
    readonly receiver: Receiver;
    readonly client: WebClient;
    readonly self: SlackSelf;
    readonly names: NameBook;
  },
  options: SlackReceiverOptions,
): void {
  const { receiver, client, self, names } = parts;
  const app = new App({
    receiver,
    convoStore: false,
    logger: sdkLogger(options.log),
    clientOptions: clientOptions(options),
    authorize: async () => ({
      botToken: options.botToken,
      botId: self.botId,
      botUserId: self.userId,
      teamId: self.teamId,
    }),
  });
  // Without this Bolt logs the whole error, payload and all; the receiver says what happened, once.
  app.error(async (error) => {
    throw error;
  });
  listen(app, { intake: options.intake, client, self, names, log: options.log });
}

/** Who we are in the workspace. Slack being away is waited for; a refused token is not. */
async function readSelf(
  client: WebClient,
  options: SlackReceiverOptions,
  signal: AbortSignal,
): Promise<SlackSelf | undefined> {
  while (!signal.aborted) {
    try {
      const { user_id: userId, bot_id: botId, team_id: teamId } = await client.auth.test();
      if (userId === undefined || botId === undefined || teamId === undefined) {
        throw new Error("SLACK_BOT_TOKEN is not a bot's token");
      }
      return { userId, botId, teamId };
    } catch (cause) {
      const refused = errorName(cause);
      if (refused !== undefined) throw new Error(`Slack refused SLACK_BOT_TOKEN (${refused})`, { cause });
      if (cause instanceof Error && cause.message.startsWith("SLACK_BOT_TOKEN")) throw cause;
      options.log.warn({ error: String(cause) }, "slack could not be reached");
      await options.clock.sleep(SELF_RETRY_MS, signal).catch(() => undefined);
    }
  }
  return undefined;
}
