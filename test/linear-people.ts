// What people do and see in the local Linear, in the words of a test.
import { LINEAR_PEOPLE } from "../scripts/seed-linear.ts";
import type { LocalLinearState } from "../src/local/linear/server.ts";
import type { TestStage } from "./stage.ts";

export type Session = LocalLinearState["sessions"][number];
type Activity = Session["activities"][number];

export const {
  requester: ASKER,
  owner: DECIDER,
  support: COLLEAGUE,

  contractor: STRANGER,
} = LINEAR_PEOPLE;

const PATIENCE_MS = Number(process.env["TEST_PATIENCE_MS"] ?? 90_000);
let issues = 900;

export interface Tracked {
  /** A new issue whose description tells the demo agent what to do; answers its identifier. */
  issue(
    description: string,
    more?: { title?: string; team?: string; labels?: readonly string[]; user?: string },
  ): Promise<string>;
  /** Handed over; answers the session. */
  delegate(issue: string, user?: string): Promise<string>;
  sessionOf(session: string): Session;
  /** The newest session on an issue, once there is one. */
  sessionOn(issue: string): Promise<string>;
  /** The whole choice that begins so, once it is offered. */
  offered(session: string, begins: string): Promise<string>;
  /** The text of the newest lasting activity like this, once it is there. */
  said(session: string, words: RegExp): Promise<string>;
  choose(session: string, value: string, user?: string): Promise<void>;
  reply(session: string, body: string, user?: string): Promise<void>;
  untilStatus(session: string, status: string): Promise<Session>;
  /** The run that a session links to. */
  runOf(session: string): Promise<string>;
  issueOf(identifier: string): LocalLinearState["issues"][number];
}

function textOf(activity: Activity): string {
  const { body, action, parameter, result } = { body: "", action: "", parameter: "", result: "", ...activity.content };
  return body === "" ? [action, parameter, result].join(" ").trim() : body;
}

/** Lasting words of ours, oldest first. */
export function linesOf(session: Session): readonly string[] {
  return session.activities
    .filter((each) => !each.ephemeral && each.author === "Countersign")
    .map((each) => `${each.content.type}: ${textOf(each)}`);
}

export function trackerOf(stage: TestStage): Tracked {
  const { linear } = stage;
  const wait = { timeoutMs: PATIENCE_MS };
  const sessionOf = (session: string): Session => {
    const found = linear.state().sessions.find((each) => each.id === session);
    if (found === undefined) throw new Error(`there is no session ${session}`);
    return found;
  };
  const issueOf: Tracked["issueOf"] = (identifier) => {
    const found = linear.state().issues.find((each) => each.identifier === identifier);
    if (found === undefined) throw new Error(`there is no issue ${identifier}`);
    return found;
  };
  return {
    sessionOf,
    issueOf,
    async issue(description, { title = "Something to do", team = "MKT", labels = ["website"], user = ASKER } = {}) {
      issues += 1;
      const number = issues;
      const { issue } = await linear.createIssue({ user, team, number, title, description, labels });
      const made = linear.state().issues.find((each) => each.id === issue);
      return made?.identifier ?? "";
    },
    async delegate(issue, user = ASKER) {
      const { session } = await linear.delegate({ user, issue });
      if (session === undefined) throw new Error(`delegating ${issue} opened no session`);
      return session;
    },
    sessionOn: (issue) =>
      linear.waitFor((state) => state.sessions.findLast((each) => each.identifier === issue)?.id, {
        ...wait,
        what: `a session on ${issue}`,
      }),
    offered: (session, begins) =>
      linear.waitFor(
        (state) => state.sessions.find((each) => each.id === session)?.options.find((each) => each.startsWith(begins)),
        { ...wait, what: `the choice ${begins}` },
      ),
    said: (session, words) =>
      linear.waitFor(
        (state) =>
          state.sessions
            .find((each) => each.id === session)
            ?.activities.filter((each) => !each.ephemeral && each.author === "Countersign")
            .map(textOf)
            .findLast((text) => words.test(text)),
        { ...wait, what: `words like ${String(words)}` },
      ),
    async choose(session, value, user = ASKER) {
      await linear.choose({ user, session, value });
    },
    async reply(session, body, user = ASKER) {
      await linear.prompt({ user, session, body });
    },
    untilStatus: (session, status) =>
      linear.waitFor((state) => state.sessions.find((each) => each.id === session && each.status === status), {
        ...wait,
        what: `session ${status}`,
      }),
    runOf: (session) =>
      linear.waitFor(
        (state) =>
          state.sessions
            .find((each) => each.id === session)
            ?.externalUrls.map(({ url }) => /\/runs\/([0-9A-Z]{6})$/.exec(url)?.[1])
            .find((run) => run !== undefined),
        { ...wait, what: "a link to the run" },
      ),
  };
}
