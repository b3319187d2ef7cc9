// The story without a browser: the same acts a person would do on the page, and what the thread said.
import type { LocalSlackState } from "../src/local/slack/server.ts";
import { SEED } from "./seed.ts";
import type { Stage } from "./stage.ts";

export interface StoryEnd {
  readonly run: string;
  readonly phase: string;
  readonly pullRequest: number;
  readonly tree: string;
}

type Message = LocalSlackState["messages"][number];
export type Say = (line: string) => void;

const REQUESTER = "U0REQ";
const OWNER = "U0OWN";
const CHANNEL = "C0MKT";
const PATIENCE_MS = 90_000;

export async function playStory(stage: Stage, repository: string, say: Say): Promise<StoryEnd> {
  const { slack, github } = stage;
  const stop = transcribe(stage, say);
  try {
    say(`#marketing  Marketing requester types: /agent fix the failing test`);
    const typed = await slack.slash({
      user: REQUESTER,
      channel: CHANNEL,
      command: "/agent",
      text: "fix the failing test",
    });
    if (!typed.ok) throw new Error(`the command was not taken: ${typed.failed}`);
    const card = await findCard(stage, "an approval card", (message) => has(message, "approve"));
    const approve = buttonOf(card, "approve");
    say("thread      Marketing requester presses Approve");
    await slack.click({ user: REQUESTER, channel: card.channel, ts: card.ts, actionId: approve });
    await slack.waitFor(
      (state) => state.ephemerals[REQUESTER]?.find((each) => /someone else approves/.test(each.text)),
      {
        timeoutMs: PATIENCE_MS,
        what: "the requester's refusal",
      },
    );
    say("thread      Web owner presses Approve");
    await slack.click({ user: OWNER, channel: card.channel, ts: card.ts, actionId: approve });
    const opened = await findCard(stage, "an open pull request", (message) =>
      /^Pull request #\d+ is open/.test(message.text),
    );
    const number = Number(/#(\d+)/.exec(opened.text)?.[1]);
    say(`GitHub      Web owner marks #${number} ready and merges it`);
    await github.markReady({ repo: repository, number, by: "web-owner" });
    await github.merge({ repo: repository, number, by: "web-owner" });
    await findCard(stage, "the merged card", (message) => message.text.startsWith("Merged"));
    return await readEnd(stage, runIn(stage), number);
  } finally {
    stop();
  }
}

async function findCard(stage: Stage, what: string, fits: (message: Message) => boolean): Promise<Message> {
  const fail = (message: Message): boolean => /^(?:Stopped|Not started)/.test(message.text);
  return stage.slack.waitFor(
    (state) => {
      const broken = state.messages.find(fail);
      if (broken !== undefined) throw new Error(`the run ended: ${broken.text}`);
      return state.messages.findLast(fits);
    },
    { timeoutMs: PATIENCE_MS, what },
  );
}

function has(message: Message, actionPart: string): boolean {
  return JSON.stringify(message.blocks ?? []).includes(`"action_id":"${actionPart}`);
}

function buttonOf(message: Message, actionPart: string): string {
  const found = new RegExp(`"action_id":"(${actionPart}[^"]*)"`).exec(JSON.stringify(message.blocks ?? []));
  if (found?.[1] === undefined) throw new Error(`no button ${actionPart} on: ${message.text}`);
  return found[1];
}

/** Prints every new or changed line of the channel once. */
function transcribe(stage: Stage, say: Say): () => void {
  const seen = new Set<string>();
  const names = new Map(SEED.people.map((person) => [person.id, person.name]));
  const look = (): void => {
    const state = stage.slack.state();
    for (const message of state.messages)
      tell(
        `${message.ts}:${message.text}`,
        `${message.threadTs === undefined ? "#marketing " : "thread     "} Countersign: ${message.text}`,
        message.author,
      );
    for (const [to, private_] of Object.entries(state.ephemerals)) {
      for (const each of private_)
        tell(`${each.ts}:${each.text}`, `only ${names.get(to) ?? to} sees: ${each.text}`, "Countersign");
    }
  };
  const tell = (key: string, line: string, author: string): void => {
    if (seen.has(key) || author !== "Countersign" || line.endsWith(": ")) return;
    seen.add(key);
    say(line);
  };
  for (const message of stage.slack.state().messages) seen.add(`${message.ts}:${message.text}`);
  const timer = setInterval(look, 100);
  return () => {
    clearInterval(timer);
    look();
  };
}

function runIn(stage: Stage): string {
  const text = stage.slack
    .state()
    .messages.map((message) => JSON.stringify(message.blocks ?? []))
    .join("");
  return /run ([0-9A-HJKMNP-TV-Z]{6})/.exec(text)?.[1] ?? "";
}

export async function readEnd(stage: Stage, run: string, pullRequest: number): Promise<StoryEnd> {
  const { bot } = stage;
  if (bot === undefined) throw new Error("the story needs the bot in this process");
  const answer = await fetch(`${bot.runUrl(run)}.json`);
  const shown: unknown = await answer.json();
  const state = Object(Reflect.get(Object(Reflect.get(Object(shown), "run")), "state"));
  return { run, phase: String(Reflect.get(state, "phase")), pullRequest, tree: String(Reflect.get(state, "tree")) };
}
