// The Chat port over Slack's Web API.
import type { Chat, Clock, Log } from "../ports.ts";

export interface SlackChatOptions {
  readonly botToken: string;
  /** Base of the Web API with a trailing slash; Slack's own when absent. */
  readonly apiUrl?: string | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

export function createSlackChat(options: SlackChatOptions): Chat {
  throw new Error(`not connected to ${options.apiUrl ?? "Slack"}`);
}
