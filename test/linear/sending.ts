// Small helpers for tests that send to the local Linear.
import { plannedOf, type ActivityContent } from "../../src/linear/content.ts";
import type { LocalLinear } from "../../src/local/linear/server.ts";
import type { Planned, RunView, SendResult, Tracker } from "../../src/ports.ts";
import { RIVAL, sessionIn } from "../local/linear/fixture.ts";
import { STATES } from "../slack/states.ts";
import { onIssue } from "./views.ts";

export const RUN = "7KQ2ZZ";
export const RIVAL_APP = {
  userId: RIVAL,
  name: "Rival",
  handle: "rival",
  oauthClientId: "oauth-9",
  clientId: "client-9",
  clientSecret: "secret-9",
};

export function say(session: string, slot: string, more: Partial<ActivityContent> = {}): Planned {
  const activity = { type: "thought" as const, body: `words of ${slot}` };
  return plannedOf({ kind: "activity", runId: RUN, slot, session, activity, ephemeral: false, options: [], ...more });
}

export function post(tracker: Tracker, planned: Planned): Promise<SendResult> {
  return tracker.post(planned, { runId: RUN, slot: planned.slot });
}

export function find(tracker: Tracker, planned: Planned) {
  return tracker.findPosted(planned, { runId: RUN, slot: planned.slot });
}

export function saidIn(linear: LocalLinear, session: string) {
  return sessionIn(linear, session).activities.filter(({ author }) => author === "Countersign");
}

export function callsOf(linear: LocalLinear, operation: string): number {
  return linear.calls().filter((call) => call.operation === operation).length;
}

/** A run about this issue, with or without a session yet. */
export function runOn(issueId: string, session?: string, state = "working"): RunView {
  const { run, ...rest } = onIssue(STATES[state]!);
  const { session: _none, ...others } = run;
  const issue = { ...run.issue!, id: issueId };
  return { ...rest, run: { ...others, issue, ...(session === undefined ? {} : { session }) } };
}

export async function plannedFor(tracker: Tracker, view: RunView, slot: string): Promise<Planned> {
  const planned = (await tracker.planRun(view)).find((each) => each.slot === slot);
  if (planned === undefined) throw new Error(`no ${slot} planned`);
  return planned;
}
