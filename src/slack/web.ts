// Web API clients with our own limits: the SDK's defaults wait for ever and send a lost post again for half an hour.
import { LogLevel, type Logger } from "@slack/bolt";
import { WebClient, type WebClientOptions } from "@slack/web-api";
import type { Log } from "../ports.ts";

export interface SlackAddress {
  readonly botToken: string;
  /** Base of the Web API with a trailing slash; Slack's own when absent. */
  readonly apiUrl?: string | undefined;
  readonly log: Log;
}

const TIMEOUT_MS = 10_000;

export function clientOptions(address: Pick<SlackAddress, "apiUrl" | "log">): WebClientOptions {
  return {
    ...(address.apiUrl === undefined ? {} : { slackApiUrl: address.apiUrl }),
    timeout: TIMEOUT_MS,
    allowAbsoluteUrls: false,
    // One 429 pauses a client's whole queue: we take it as an answer and come back later ourselves.
    rejectRateLimitedCalls: true,
    retryConfig: { retries: 0 },
    logger: sdkLogger(address.log),
  };
}

export function createWebClient(address: SlackAddress): WebClient {
  return new WebClient(address.botToken, clientOptions(address));
}

/** The SDK's lines at warning and above; it writes whole payloads below that. */
export function sdkLogger(log: Log): Logger {
  const says = (parts: readonly unknown[]): string => parts.map(String).join(" ").slice(0, 500);
  return {
    debug: () => undefined,
    info: () => undefined,
    warn: (...parts) => log.warn({ sdk: says(parts) }, "slack sdk warned"),
    error: (...parts) => log.error({ sdk: says(parts) }, "slack sdk failed"),
    setLevel: () => undefined,
    getLevel: () => LogLevel.WARN,
    setName: () => undefined,
  };
}
