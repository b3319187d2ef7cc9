// What people do and see in the local Slack, in the words of a test.
import type { LocalSlackState } from "../src/local/slack/server.ts";
import { FIELDS } from "../src/slack/actions.ts";
import type { TestStage } from "./stage.ts";

export type Message = LocalSlackState["messages"][number];
type Private = LocalSlackState["ephemerals"][string][number];

export const REQUESTER = "U0REQ";
export const OWNER = "U0OWN";
export const SUPPORT = "U0SUP";
export const PLATFORM = "U0PLAT";
export const GUEST = "U0GUEST";
export const MARKETING = "C0MKT";

const PATIENCE_MS = 90_000;

interface From {
  readonly user?: string;
  readonly channel?: string;
}

export interface People {
  /** Types /agent and what follows; answers the run's id once its card is there. */
  ask(text: string, from?: From): Promise<string>;
  /** Types /agent and what follows, without waiting for anything but the acknowledgement. */
  type(text: string, from?: From): Promise<void>;
  /** Mentions the bot; in a thread where one is named. */
  mention(text: string, from?: From & { readonly threadTs?: string }): Promise<string>;
  /** The newest message whose blocks carry this action, once it is there. */
  cardWith(action: string, run?: string): Promise<Message>;
  /** The approval card of a version of a run, open for a decision. */
  cardOf(run: string, version: number): Promise<Message>;
  messageThat(what: string, fits: (message: Message) => boolean): Promise<Message>;
  press(user: string, message: Message, action: string): Promise<void>;
  /** Presses what opens a form, fills its first field, sends it. */
  fillForm(user: string, message: Message, action: string, text: string): Promise<void>;
  /** The newest private message of this person that fits; in the thread of a run where one is named. */
  privately(user: string, fits: RegExp, run?: string): Promise<string>;
  privateNote(user: string, fits: RegExp, run?: string): Promise<Private>;
  pressPrivate(user: string, note: Private, action: string): Promise<void>;
  withdraw(run: string): Promise<void>;
  /** State of a run as the run page's JSON tells it. */
  stateOf(run: string): Promise<Record<string, unknown>>;
  untilPhase(run: string, ...phases: readonly string[]): Promise<Record<string, unknown>>;
}

export function blocksOf(message: { readonly blocks?: unknown }): string {
  return JSON.stringify(message.blocks ?? []);
}

export function runOf(message: { readonly blocks?: unknown }): string | undefined {
  return /run ([0-9A-HJKMNP-TV-Z]{6})/.exec(blocksOf(message))?.[1];
}

export function actionOf(message: { readonly blocks?: unknown; readonly text: string }, action: string): string {
  const found = new RegExp(`"action_id":"(${action}[^"]*)"`).exec(blocksOf(message));
  if (found?.[1] === undefined) throw new Error(`no ${action} on: ${message.text}`);
  return found[1];
}

const has = (message: Message, action: string): boolean => blocksOf(message).includes(`"action_id":"${action}`);

export function peopleOf(stage: TestStage): People {
  const { slack } = stage;
  const wait = { timeoutMs: PATIENCE_MS };
  const looks = lookers(stage);
  /** A person fills in one form at a time, also where tests run side by side. */
  const forms = new Map<string, Promise<void>>();
  const type = async (text: string, from: From = {}): Promise<void> => {
    const { user = REQUESTER, channel = MARKETING } = from;
    must(await slack.slash({ user, channel, command: "/agent", text }));
  };
  const press = async (user: string, message: Message, action: string): Promise<void> => {
    const { channel, ts } = message;
    must(await slack.click({ user, channel, ts, actionId: actionOf(message, action) }));
  };
  return {
    ...looks,
    type,
    press,
    async ask(text, from) {
      const before = new Set(slack.state().messages.map(runOf));
      await type(text, from);
      const named = text.replaceAll(/\s*--(?:team|repo)\s+\S+/g, "").trim();
      const isNew = (message: Message): boolean => {
        const run = runOf(message);
        return run !== undefined && !before.has(run) && saysTitle(message, named);
      };
      const card = await slack.waitFor((state) => state.messages.find(isNew), { ...wait, what: `a card for ${text}` });
      return runOf(card) ?? "";
    },
    async mention(text, { user = REQUESTER, channel = MARKETING, threadTs } = {}) {
      const said = await slack.say({ user, channel, text: `<@U0BOT> ${text}`, threadTs });
      if (said.failed !== undefined) throw new Error(said.failed);
      return said.ts;
    },
    fillForm(user, message, action, text) {
      const fill = async (): Promise<void> => {
        await press(user, message, action);
        await submitForm(stage, user, { [action === "reject" ? FIELDS.reason : FIELDS.text]: text });
      };
      const filled = (forms.get(user) ?? Promise.resolve()).then(fill);
      forms.set(
        user,
        filled.catch(() => undefined),
      );
      return filled;
    },
    async pressPrivate(user, note, action) {
      const { channel, ts } = note;
      must(await slack.click({ user, channel, ts, actionId: actionOf(note, action) }));
    },
    async withdraw(run) {
      const card = await looks.cardWith("request_changes", run);
      const before = slack.state().ephemerals[REQUESTER]?.length ?? 0;
      await press(REQUESTER, card, "approve");
      const note = await slack.waitFor(
        (state) =>
          state.ephemerals[REQUESTER]?.slice(before).find((each) => blocksOf(each).includes(`\\"run\\":\\"${run}`)),
        { ...wait, what: "the way to withdraw" },
      );
      must(await slack.click({ user: REQUESTER, channel: note.channel, ts: note.ts, actionId: "withdraw" }));
      await looks.untilPhase(run, "cancelled");
    },
  };
}

/** The first lines of a card hold the title, which is the request's first line. */
function saysTitle(message: Message, asked: string): boolean {
  const first = (asked.split("\n")[0] ?? "").slice(1, 40);
  return blocksOf(message).includes(JSON.stringify(first).slice(1, -1));
}

function lookers(stage: TestStage) {
  const { slack } = stage;
  const wait = { timeoutMs: PATIENCE_MS };
  const messageThat: People["messageThat"] = async (what, fits) =>
    slack.waitFor((state) => state.messages.findLast(fits), { ...wait, what });
  const isOf = (message: Message, run?: string): boolean => run === undefined || runOf(message) === run;
  const stateOf = (run: string) => readState(stage, run);
  const privateNote: People["privateNote"] = async (user, fits, run) => {
    const thread = run === undefined ? undefined : threadOf(stage, run);
    return slack.waitFor(
      (state) =>
        state.ephemerals[user]?.findLast(
          (each) => fits.test(each.text) && (thread === undefined || each.threadTs === thread),
        ),
      { ...wait, what: `a private message like ${String(fits)}` },
    );
  };
  return {
    messageThat,
    stateOf,
    privateNote,
    privately: async (user: string, fits: RegExp, run?: string) => (await privateNote(user, fits, run)).text,
    cardWith: (action: string, run?: string) =>
      messageThat(`a card with ${action}`, (message) => has(message, action) && isOf(message, run)),
    cardOf: (run: string, version: number) =>
      messageThat(`the card of version ${version}`, (message) => {
        const decided = has(message, "approve") || has(message, "send_failure_back") || has(message, "redo");
        return decided && isOf(message, run) && blocksOf(message).includes(`· version ${version}"`);
      }),
    async untilPhase(run: string, ...phases: readonly string[]) {
      const until = Date.now() + PATIENCE_MS;
      for (;;) {
        const state = await stateOf(run);
        if (phases.includes(String(state["phase"]))) return state;
        if (Date.now() > until) throw new Error(`run ${run} is not ${phases.join(" or ")}: ${JSON.stringify(state)}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
  };
}

/** The thread a run lives in: under its card, or where it was asked for. */
export function threadOf(stage: TestStage, run: string): string {
  const card = stage.slack.state().messages.find((each) => runOf(each) === run);
  const ts = card?.threadTs ?? card?.ts;
  if (ts === undefined) throw new Error(`run ${run} has no card`);
  return ts;
}

export interface RunEvent {
  readonly kind: string;
  readonly payload: Record<string, unknown>;
}

/** What the record of a run says, in order. */
export async function eventsOf(stage: TestStage, run: string, kind?: string): Promise<readonly RunEvent[]> {
  const { rows } = await stage.query<RunEvent & { kind: string }>(
    "select kind, payload from events join event_payloads using (run_id, seq) where run_id = $1 order by seq",
    [run],
  );
  return kind === undefined ? rows : rows.filter((row) => row.kind === kind);
}

/** A click on an approval card as it stood before: somebody's screen was old. */
export async function approveLate(stage: TestStage, user: string, about: { run: string; change: number }) {
  const { run: runId, change } = about;
  const { rows } = await stage.query<{ seal: string }>("select seal from changes where run_id = $1 and number = $2", [
    runId,
    change,
  ]);
  const place = {
    surface: "slack",
    workspace: "T0ACME",
    channel: MARKETING,
    threadTs: threadOf(stage, runId),
  } as const;
  const by = { id: `slack:${user}`, name: user };
  return stage.intake.acceptInteraction(
    { source: "slack", key: `late:${user}:${runId}:${change}` },
    { kind: "approve", by, place, runId, change, seal: rows[0]?.seal ?? "" },
  );
}

async function readState(stage: TestStage, run: string): Promise<Record<string, unknown>> {
  const { rows } = await stage.query<{ state: Record<string, unknown> }>("select state from runs where id = $1", [run]);
  return rows[0]?.state ?? {};
}

/** Fills the form this person has open and sends it. */
export async function submitForm(
  stage: TestStage,
  user: string,
  fields: Readonly<Record<string, string>>,
): Promise<void> {
  const what = `a form for ${user}`;
  const view = await stage.slack.waitFor((state) => state.views[user]?.at(-1), { timeoutMs: PATIENCE_MS, what });
  const values = Object.fromEntries(Object.entries(fields).map(([field, text]) => [field, { [field]: text }]));
  must(await stage.slack.submit({ user, viewId: view.id, values }));
}

function must(done: { readonly ok: true } | { readonly ok: false }): void {
  if (!done.ok) throw new Error(`Slack says: ${JSON.stringify(done)}`);
}
