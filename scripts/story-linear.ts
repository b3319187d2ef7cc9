// The second story without a browser: an issue handed over in Linear, its repository chosen there, its change approved there.
import type { LocalLinearState } from "../src/local/linear/server.ts";
import { LINEAR_PEOPLE } from "./seed-linear.ts";
import type { Stage } from "./stage.ts";
import { readEnd, type Say, type StoryEnd } from "./story.ts";

type Activity = LocalLinearState["sessions"][number]["activities"][number];

const PATIENCE_MS = 90_000;
const ISSUE = "MKT-130";

export async function playLinearStory(stage: Stage, repository: string, say: Say): Promise<StoryEnd> {
  const { linear, github } = stage;
  const stop = transcribe(stage, say);
  try {
    say(`Linear      Marketing requester hands ${ISSUE} over to Countersign`);
    const { session } = await linear.delegate({ user: LINEAR_PEOPLE.requester, issue: ISSUE });
    if (session === undefined) throw new Error("the delegation opened no session");
    await untilOffered(stage, session, repository);
    say(`Linear      Marketing requester chooses ${repository}`);
    await linear.choose({ user: LINEAR_PEOPLE.requester, session, value: repository });
    const approve = await untilOffered(stage, session, "Approve version 1");
    say(`Linear      Marketing requester chooses “${approve}”`);
    await linear.choose({ user: LINEAR_PEOPLE.requester, session, value: approve });
    await untilSaid(stage, session, /someone else approves/);
    say(`Linear      Web owner chooses “${approve}”`);
    await linear.choose({ user: LINEAR_PEOPLE.owner, session, value: approve });
    const opened = await untilSaid(stage, session, /^\[Pull request #(\d+)\].* is open/);
    const number = Number(/#(\d+)/.exec(opened)?.[1]);
    say(`GitHub      Web owner marks #${number} ready and merges it`);
    await github.markReady({ repo: repository, number, by: "web-owner" });
    await github.merge({ repo: repository, number, by: "web-owner" });
    const merged = await untilSaid(stage, session, /^Merged/);
    const run = runOf(stage, session);
    if (run === undefined) throw new Error(`no run is linked to the session: ${merged}`);
    return await readEnd(stage, run, number);
  } finally {
    stop();
  }
}

function sessionOf(state: LocalLinearState, session: string) {
  const found = state.sessions.find((each) => each.id === session);
  if (found?.status === "error") throw new Error(`the session ended: ${textOf(found.activities.at(-1))}`);
  return found;
}

/** The whole choice that begins so, once it is offered. */
function untilOffered(stage: Stage, session: string, begins: string): Promise<string> {
  return stage.linear.waitFor((state) => sessionOf(state, session)?.options.find((each) => each.startsWith(begins)), {
    timeoutMs: PATIENCE_MS,
    what: `the choice ${begins}`,
  });
}

function untilSaid(stage: Stage, session: string, words: RegExp): Promise<string> {
  const find = (state: LocalLinearState): string | undefined =>
    sessionOf(state, session)
      ?.activities.map(textOf)
      .find((text) => words.test(text));
  return stage.linear.waitFor(find, { timeoutMs: PATIENCE_MS, what: `words like ${String(words)}` });
}

function textOf(activity: Activity | undefined): string {
  const { content } = activity ?? {};
  const { body, action, parameter } = { body: "", action: "", parameter: "", ...content };
  return body === "" ? `${action} ${parameter}` : body;
}

function runOf(stage: Stage, session: string): string | undefined {
  const links = sessionOf(stage.linear.state(), session)?.externalUrls ?? [];
  return links.map(({ url }) => /\/runs\/([0-9A-HJKMNP-TV-Z]{6})$/.exec(url)?.[1]).find((run) => run !== undefined);
}

/** Prints every lasting activity of Countersign once. */
function transcribe(stage: Stage, say: Say): () => void {
  const seen = new Set<string>();
  const look = (): void => {
    for (const { activities, identifier } of stage.linear.state().sessions) {
      for (const activity of activities) {
        if (seen.has(activity.id) || activity.ephemeral || activity.author !== "Countersign") continue;
        seen.add(activity.id);
        const [first = ""] = textOf(activity).split("\n");
        say(`${identifier.padEnd(11)} Countersign: ${first}`);
      }
    }
  };
  const timer = setInterval(look, 100);
  return () => {
    clearInterval(timer);
    look();
  };
}
