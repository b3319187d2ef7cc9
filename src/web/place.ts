// Where a run was asked for, in words.
import type { Run } from "../ports.ts";

export function wherePlace({ request, issue }: Pick<Run, "request" | "issue">): string {
  if (request.place.surface === "slack") return "in Slack";
  return issue === undefined ? "in Linear" : `in Linear on ${issue.identifier}`;
}

/** What they did there, after their name. */
export function wordAsked({ request, issue }: Pick<Run, "request" | "issue">): string {
  if (request.kind === "issue" && issue !== undefined) return `handed ${issue.identifier} over in Linear`;
  return `asked ${wherePlace({ request, ...(issue === undefined ? {} : { issue }) })}`;
}
