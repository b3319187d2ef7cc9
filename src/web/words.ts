// What pages say of a run's state and of what went wrong. Shape, word and colour in that order of trust.
import type { ChangeProblem, FailureCause } from "../core/problem.ts";
import type { Refusal } from "../core/routing.ts";
import type { Phase } from "../core/run-state.ts";
import { countOf } from "../core/text.ts";
import { html, type Html } from "./html.ts";
import { icon, type IconName } from "./icons.ts";
import { wordDuration } from "./times.ts";

type Tone = "plain" | "run" | "need" | "good" | "done" | "bad";

interface PhaseLook {
  readonly word: string;
  readonly tone: Tone;
  readonly icon: IconName;
}

const LOOKS: Readonly<Record<Phase, PhaseLook>> = {
  received: { word: "Received", tone: "plain", icon: "chat" },
  refused: { word: "Not started", tone: "plain", icon: "ban" },
  needs_input: { word: "Needs an answer", tone: "need", icon: "chat" },
  queued: { word: "Queued", tone: "plain", icon: "clock" },
  dispatched: { word: "Getting ready", tone: "run", icon: "half" },
  provisioning: { word: "Getting ready", tone: "run", icon: "half" },
  working: { word: "Working", tone: "run", icon: "half" },
  checking: { word: "Checking", tone: "run", icon: "half" },
  awaiting_approval: { word: "Ready for approval", tone: "need", icon: "ready" },
  approved: { word: "Approved", tone: "good", icon: "check" },
  publishing: { word: "Approved", tone: "good", icon: "half" },
  pr_open: { word: "Pull request open", tone: "good", icon: "pr" },
  merged: { word: "Merged", tone: "done", icon: "merge" },
  closed: { word: "Closed without merging", tone: "plain", icon: "x" },
  answered: { word: "Answered", tone: "plain", icon: "chat" },
  rejected: { word: "Not approved", tone: "bad", icon: "x" },
  expired: { word: "Nobody decided in time", tone: "plain", icon: "clock" },
  cancelled: { word: "Stopped", tone: "plain", icon: "stop" },
  failed: { word: "Stopped by a problem", tone: "bad", icon: "x" },
  over_budget: { word: "Paused: budget used up", tone: "need", icon: "pause" },
};

const MOVING = new Set<Phase>([
  "received",
  "queued",
  "dispatched",
  "provisioning",
  "working",
  "checking",
  "approved",
  "publishing",
]);
const WAITING = new Set<Phase>(["needs_input", "awaiting_approval", "over_budget"]);

export function isMoving(phase: Phase): boolean {
  return MOVING.has(phase);
}

export function isWaiting(phase: Phase): boolean {
  return WAITING.has(phase);
}

/** True while anything can still change by itself or by a person's act on it. */
export function canChange(phase: Phase): boolean {
  return isMoving(phase) || isWaiting(phase) || phase === "pr_open";
}

export function renderPhase(phase: Phase, size: "normal" | "large" = "normal"): Html {
  const look = LOOKS[phase];
  const spin = look.icon === "half" ? " spin" : "";
  return renderPill(
    { word: look.word, tone: look.tone, icon: look.icon, extra: size === "large" ? " pill-l" : "" },
    spin,
  );
}

export function renderPill(
  pill: { readonly word: string; readonly tone: Tone; readonly icon: IconName; readonly extra?: string },
  iconExtra = "",
): Html {
  const tone = pill.tone === "plain" ? "" : ` pill-${pill.tone}`;
  return html`<span class="pill${tone}${pill.extra ?? ""}">${icon(pill.icon, iconExtra)}${pill.word}</span>`;
}

export function wordRefusal(refusal: Refusal): string {
  switch (refusal.kind) {
    case "no-policy":
      return `There are no rules to decide by: ${refusal.detail}.`;
    case "not-a-person":
      return "Guests, bots and people of other organisations may not ask.";
    case "no-team":
      return "The requester is in no team that may ask for changes.";
    case "not-in-team":
      return `The requester is not in ${refusal.team}, or there is no such team.`;
    case "no-repository": {
      const allowed = refusal.allowed.length === 0 ? "" : ` It may change: ${refusal.allowed.join(", ")}.`;
      return `${refusal.team} has no repository called ${refusal.asked}.${allowed}`;
    }
    case "nobody-else":
      return `Nobody but the requester may approve changes to ${refusal.repository}; their own request needs somebody else.`;
    case "no-owners":
      return `Nobody may approve changes to ${refusal.repository}: its owners are not set, or could not be read.`;
    case "agent-unavailable":
      return `The agent cannot be started: ${refusal.detail}.`;
    case "unmatched":
      return "The requester's account on the tracker is tied to nobody in Slack by a verified email.";
    case "issue-over":
      return `${refusal.issue} is canceled or deleted.`;
    case "no-issue":
      return `There is no issue ${refusal.asked} that the team works with.`;
    default:
      return refusal satisfies never;
  }
}

export interface CauseWords {
  readonly says: string;
  /** The last lines of what was printed, where there are any. */
  readonly output?: string;
  readonly problems?: readonly ChangeProblem[];
}

export function wordCause(cause: FailureCause): CauseWords {
  switch (cause.kind) {
    case "setup-failed":
      return { says: `Setting up failed: ${cause.command} ended with code ${cause.exitCode}.`, output: cause.output };
    case "sandbox-unavailable":
      return { says: `The sandbox service gave no sandbox: ${cause.detail}` };
    case "agent-missing":
      return { says: `The agent is not installed in the sandbox: ${cause.program} was not found.` };
    case "agent-ended-badly":
      return { says: `${cause.agent} ended unexpectedly: ${cause.detail}`, output: cause.output };
    case "agent-silent":
      return { says: `${cause.agent} said nothing for ${wordDuration(cause.silentMs)}.` };
    case "time-used-up":
      return { says: `The time was used up: ${wordDuration(cause.limitMs)}.` };
    case "model-refused":
      return { says: `The model account refused ${cause.secret} (${cause.status}).` };
    case "tampered":
      return { says: `What the agent printed was changed afterwards: ${cause.detail}.` };
    case "change-not-allowed":
      return { says: "The rules do not allow this change.", problems: cause.problems };
    case "code-host-refused":
      return { says: `GitHub refused: ${cause.detail}` };
    case "gave-up":
      return { says: `The run was given up: ${cause.detail}` };
    default:
      return cause satisfies never;
  }
}

export function wordProblem(problem: ChangeProblem): string {
  switch (problem.kind) {
    case "path-denied":
      return `${problem.path} is never to be changed (rule ${problem.rule})`;
    case "path-read-only":
      return `${problem.path} is outside what the team may change`;
    case "unsafe-path":
      return `${problem.path} is not a safe path: ${problem.why}`;
    case "submodule":
      return `${problem.path} is a submodule`;
    case "symlink-escapes":
      return `${problem.path} is a link that leads out of the repository`;
    case "too-many-entries":
      return `it has more than ${problem.limit} entries`;
    case "too-big":
      return `it is bigger than ${Math.floor(problem.limitBytes / 1024 / 1024)} MB`;
    case "too-many-files":
      return `it has ${countOf(problem.files, "file")}; the rules allow ${problem.limit}`;
    case "too-many-lines":
      return `it has ${countOf(problem.lines, "line")}; the rules allow ${problem.limit}`;
    case "too-many-blobs":
      return `it has ${problem.blobs} new contents; ${problem.limit} can be published`;
    case "contains-secret":
      return `${problem.path} contains the value of ${problem.name}`;
    case "not-a-change":
      return `what came out of the sandbox is no change: ${problem.why}`;
    default:
      return problem satisfies never;
  }
}
