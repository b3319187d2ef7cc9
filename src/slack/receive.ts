// What people do in Slack, over Socket Mode: parse, commit through intake, then acknowledge.
import type { Clock, Intake, Log } from "../ports.ts";

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
  /** Resolves when the first connection stands; rejects when Slack refuses a token. */
  start(): Promise<void>;
  /** Lets what is being stored finish, then closes every connection. */
  stop(): Promise<void>;
  /** How many connections stand now. */
  connected(): number;
}

export function createSlackReceiver(options: SlackReceiverOptions): SlackReceiver {
  throw new Error(`not connected to ${options.apiUrl ?? "Slack"}`);
}
