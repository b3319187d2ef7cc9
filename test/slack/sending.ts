// Small helpers for tests that post to the local Slack.
import type { Chat, Planned, RunView, SendResult } from "../../src/ports.ts";
import type { LocalSlack } from "../../src/local/slack/server.ts";
import { MARKETING } from "./workspace.ts";

export const RUN = "7KQ2ZZ";

export function sentAt(result: SendResult): { readonly channel: string; readonly ts: string } {
  if (result.kind !== "sent") throw new Error(`not sent: ${JSON.stringify(result)}`);
  const { channel, ts } = result.remote;
  return { channel: String(channel), ts: String(ts) };
}

/** As a run of a command before its card stands. */
export function fresh(given: RunView): RunView {
  const { thread: _none, ...run } = given.run;
  return { ...given, run };
}

export async function plannedFor(chat: Chat, given: RunView, slot: string): Promise<Planned> {
  const planned = (await chat.planRun(given)).find((each) => each.slot === slot);
  if (planned === undefined) throw new Error(`no ${slot} planned`);
  return planned;
}

export function messageAt(slack: LocalSlack, at: { readonly channel: string; readonly ts: string }) {
  const found = slack.state().messages.find(({ channel, ts }) => channel === at.channel && ts === at.ts);
  if (found === undefined) throw new Error(`no message ${at.ts} in ${at.channel}`);
  return found;
}

/** What stood in the channel before the app spoke. */
export function firstPost(slack: LocalSlack) {
  return slack.state().channels[MARKETING]!.messages[0]!;
}

export function ours(slack: LocalSlack) {
  return slack.state().messages.filter(({ botId }) => botId !== undefined);
}
