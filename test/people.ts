// What people do and see in the local Slack, in the words of a test.
import type { LocalSlackState } from "../src/local/slack/server.ts";
import type { TestStage } from "./stage.ts";

export type Message = LocalSlackState["messages"][number];

export const REQUESTER = "U0REQ";
export const OWNER = "U0OWN";
export const SUPPORT = "U0SUP";
export const PLATFORM = "U0PLAT";
export const GUEST = "U0GUEST";
export const MARKETING = "C0MKT";

const PATIENCE_MS = 60_000;

export interface People {
  ask(text: string, from?: { readonly user?: string; readonly channel?: string }): Promise<string>;
  /** The newest message whose blocks carry this action, once it is there. */
  cardWith(action: string, run?: string): Promise<Message>;
  messageThat(what: string, fits: (message: Message) => boolean): Promise<Message>;
  press(user: string, message: Message, action: string): Promise<void>;
  /** The newest private message of this person that fits. */
  privately(user: string, fits: RegExp): Promise<string>;
  /** State of a run as the run page's JSON tells it. */
  stateOf(run: string): Promise<Record<string, unknown>>;
  untilPhase(run: string, phase: string): Promise<Record<string, unknown>>;
}

export function blocksOf(message: { readonly blocks?: unknown }): string {
  return JSON.stringify(message.blocks ?? []);
}

function runOf(message: { readonly blocks?: unknown }): string | undefined {
  return /run ([0-9A-HJKMNP-TV-Z]{6})/.exec(blocksOf(message))?.[1];
}

export function actionOf(message: Message, action: string): string {
  const found = new RegExp(`"action_id":"(${action}[^"]*)"`).exec(blocksOf(message));
  if (found?.[1] === undefined) throw new Error(`no ${action} on: ${message.text}`);
  return found[1];
}

export function peopleOf(stage: TestStage): People {
  const { slack, bot } = stage;
  const wait = { timeoutMs: PATIENCE_MS };
  const stateOf = async (run: string): Promise<Record<string, unknown>> => {
    const answer = await fetch(`${bot?.runUrl(run)}.json`);
    const body = (await answer.json()) as { run: { state: Record<string, unknown> } };
    return body.run.state;
  };
  return {
    async ask(text, from = {}) {
      const before = new Set(slack.state().messages.map(runOf));
      const done = await slack.slash({
        user: from.user ?? REQUESTER,
        channel: from.channel ?? MARKETING,
        command: "/agent",
        text,
      });
      if (!done.ok) throw new Error(done.failed);
      const card = await slack.waitFor(
        (state) => state.messages.find((message) => runOf(message) !== undefined && !before.has(runOf(message))),
        {
          ...wait,
          what: `a card for ${text}`,
        },
      );
      return runOf(card) ?? "";
    },
    async cardWith(action, run) {
      return slack.waitFor(
        (state) =>
          state.messages.findLast(
            (message) =>
              blocksOf(message).includes(`"action_id":"${action}`) && (run === undefined || runOf(message) === run),
          ),
        { ...wait, what: `a card with ${action}` },
      );
    },
    messageThat: async (what, fits) => slack.waitFor((state) => state.messages.findLast(fits), { ...wait, what }),
    async press(user, message, action) {
      const done = await slack.click({
        user,
        channel: message.channel,
        ts: message.ts,
        actionId: actionOf(message, action),
      });
      if (!done.ok) throw new Error(done.failed);
    },
    async privately(user, fits) {
      const found = await slack.waitFor((state) => state.ephemerals[user]?.findLast((each) => fits.test(each.text)), {
        ...wait,
        what: `a private message like ${String(fits)}`,
      });
      return found.text;
    },
    stateOf,
    async untilPhase(run, phase) {
      const until = Date.now() + PATIENCE_MS;
      for (;;) {
        const state = await stateOf(run);
        if (state["phase"] === phase) return state;
        if (Date.now() > until)
          throw new Error(`run ${run} is ${String(state["phase"])}, not ${phase}: ${JSON.stringify(state)}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
  };
}
