// Runs about an issue, in a session of it.
import type { Issue } from "../../src/core/issue.ts";
import type { NewRequest } from "../../src/core/request.ts";
import type { RunState } from "../../src/core/run-state.ts";
import type { RunView } from "../../src/ports.ts";
import { request, view, type ViewFields } from "../slack/views.ts";

export const SESSION = "5e55-1017";

const issue: Issue = {
  id: "issue-1",
  identifier: "ENG-1",
  title: "Raise the monthly price",
  url: "https://linear.app/acme/issue/ENG-1/raise-the-monthly-price",
  teamId: "team-eng",
  teamKey: "ENG",
};

const delegated: NewRequest = {
  ...request,
  kind: "issue",
  place: { surface: "linear", workspace: "org-1", channel: SESSION },
  text: "Resolve the issue ENG-1.",
  issue,
};

/** The same run as asked for on the tracker, with a session. */
export function onIssue({ run, ...rest }: RunView): RunView {
  const { thread: _none, ...ours } = run;
  return {
    detailsUrl: "http://127.0.0.1:3001/runs/7KQ2ZZ",
    ...rest,
    run: { ...ours, request: delegated, issue, session: SESSION },
  };
}

export function sessionView(state: RunState, fields: ViewFields = {}): RunView {
  return onIssue(view(state, fields));
}
