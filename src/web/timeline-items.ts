// One record event in plain words: what happened in bold, the rule or reason small below it.
import { listChoice, wordChoice } from "../core/choice-words.ts";
import { totalsOf } from "../core/change.ts";
import { shortSeal } from "../core/seal.ts";
import { runStateSchema } from "../core/run-state.ts";
import { clip, countOf } from "../core/text.ts";
import type { StoredEvent } from "../ports.ts";
import { dotted, html, type Html, type Piece } from "./html.ts";
import type { IconName } from "./icons.ts";
import { problemList, quote, readCause } from "./parts.ts";
import { readFields, type Fields } from "./payload.ts";
import { wordAsked } from "./place.ts";
import { nameOf, renderLink, short, type Scene } from "./scene.ts";
import { describeNote, describePullRequestEvent, wordVoteRefusal } from "./timeline-small.ts";
import { wordDuration } from "./times.ts";
import { wordRefusal } from "./words.ts";

export interface Item {
  readonly icon: IconName;
  readonly tone?: "run" | "need" | "good" | "bad";
  readonly what: Piece;
  readonly rule?: Piece;
  readonly more?: Html | undefined;
}

interface Told {
  readonly event: StoredEvent;
  readonly fields: Fields;
  readonly scene: Scene;
  readonly by: string;
}

/** Undefined for what only machines care about; it stays in the raw record. */
export function describeEvent(event: StoredEvent, scene: Scene): Item | undefined {
  if (event.payload === undefined) return { icon: "file", what: `${event.kind.replaceAll("_", " ")} (erased)` };
  const fields = readFields(event);
  const person = fields.person("by") ?? { id: fields.text("by") ?? "" };
  const told: Told = { event, fields, scene, by: nameOf(scene.names, person) || "Somebody" };
  return Object.hasOwn(describe, event.kind) ? describe[event.kind]?.(told) : undefined;
}

const describe: Readonly<Partial<Record<string, (told: Told) => Item | undefined>>> = {
  requested: ({ scene }) => ({
    icon: "chat",
    what: `${nameOf(scene.names, scene.view.run.request.requester)} ${wordAsked(scene.view.run)}`,
    more: quote(scene.view.run.request.text),
  }),
  routed: describeRouted,
  refused: describeRefused,
  asked: describeAsked,
  answered_question: describeAnswer,
  queued: () => ({ icon: "clock", what: "Queued" }),
  dispatched: ({ scene }) => ({
    icon: "bolt",
    what: "Started",
    rule:
      scene.view.run.rules === undefined
        ? undefined
        : `${scene.view.run.rules.team} may run ${scene.view.run.rules.atOnce} at once`,
  }),
  claimed: () => undefined,
  sandbox_ready: ({ fields }) => ({
    icon: "box",
    what: "Sandbox ready",
    rule: dotted(["closed: no network until a rule opens it", fields.text("sandbox")]),
  }),
  agent_started: describeAgentStarted,
  agent_ended: describeAgentEnded,
  change_frozen: describeFrozen,
  change_refused: ({ fields }) => ({
    icon: "ban",
    tone: "bad",
    what: "What came out of the sandbox is not accepted",
    more: problemList(fields.raw("problems")),
  }),
  no_change: () => ({ icon: "file", what: "No files were changed" }),
  check_done: describeCheck,
  approval_asked: describeApprovalAsked,
  vote: ({ fields, by }) => ({
    icon: "check",
    tone: "good",
    what: `Approved by ${by}`,
    rule: dotted([
      version(fields),
      html`on seal <code>${shortSeal(fields.text("seal") ?? "")}</code>`,
      "one of the owners when the button was pressed",
    ]),
  }),
  vote_refused: ({ fields, by }) => ({
    icon: "x",
    what: `Not counted: ${by} pressed Approve`,
    rule: wordVoteRefusal(fields.text("why") ?? ""),
  }),
  approved: ({ fields }) => ({
    icon: "shield",
    tone: "good",
    what: "Enough approvals",
    rule: dotted([version(fields), countOf(fields.texts("approvals").length, "vote")]),
  }),
  changes_requested: ({ fields, by }) => ({
    icon: "again",
    tone: "need",
    what: `${by} asked for changes`,
    more: quote(fields.text("text") ?? ""),
  }),
  rejected: ({ fields, by }) => ({
    icon: "x",
    tone: "bad",
    what: `Not approved by ${by}`,
    more: quote(fields.text("reason") ?? ""),
  }),
  expired: () => ({ icon: "clock", what: "Nobody decided in time" }),
  withdrawn: ({ by }) => ({ icon: "stop", what: `Withdrawn by ${by}` }),
  publishing: () => ({ icon: "pr", tone: "run", what: "Publishing" }),
  publish_step: describePublishStep,
  publish_held: ({ fields }) => ({
    icon: "pause",
    tone: "need",
    what: "Publishing waits; the approval is kept",
    rule: fields.text("detail"),
  }),
  pull_request_opened: ({ fields }) => ({
    icon: "pr",
    tone: "good",
    what: html`Pull request ${renderLink(fields.text("url") ?? "", `#${fields.number("number") ?? "?"}`)} is open`,
    rule: dotted([
      html`commit <code>${short(fields.text("headSha") ?? "")}</code>`,
      html`on <code>${short(fields.text("parent") ?? "")}</code>`,
    ]),
  }),
  pull_request_event: ({ fields, by }) => describePullRequestEvent(fields, by),
  approval_void: ({ fields }) => ({
    icon: "warn",
    tone: "need",
    what: "The approval no longer holds",
    rule: fields.text("why"),
  }),
  stopped: ({ by }) => ({ icon: "stop", what: `Stopped by ${by}` }),
  failed: describeFailed,
  retried: ({ fields, by }) =>
    fields.text("step") === "publish"
      ? { icon: "again", what: `${by} asked to publish again` }
      : { icon: "again", what: `${by} asked again`, more: quote(fields.text("text") ?? "") },
  note: ({ fields, scene }) => describeNote(fields, scene),
};

function version(fields: Fields): string | undefined {
  const number = fields.number("change");
  return number === undefined ? undefined : `version ${number}`;
}

function describeRouted({ fields }: Told): Item {
  const write = fields.texts("write");
  return {
    icon: "shield",
    tone: "good",
    what: "Allowed",
    rule: dotted([
      fields.text("repository"),
      write.length === 0 ? "" : `may change ${write.join(", ")}`,
      fields.text("rule") === undefined ? "" : `rule: ${fields.text("rule")}`,
      html`rules version <code>${short(fields.text("policyVersion") ?? "")}</code>`,
    ]),
  };
}

function describeRefused({ fields }: Told): Item {
  const parsed = runStateSchema.safeParse({
    phase: "refused",
    refusal: fields.raw("refusal"),
    rule: fields.text("rule") ?? "",
  });
  const says = parsed.success && parsed.data.phase === "refused" ? wordRefusal(parsed.data.refusal) : undefined;
  return {
    icon: "ban",
    tone: "bad",
    what: "Not started",
    rule: dotted([says, `rule: ${fields.text("rule") ?? "unknown"}`]),
  };
}

function describeAsked({ fields }: Told): Item {
  const parsed = runStateSchema.safeParse({ phase: "needs_input", choice: fields.raw("choice") });
  const choice = parsed.success && parsed.data.phase === "needs_input" ? parsed.data.choice : undefined;
  return {
    icon: "chat",
    tone: "need",
    what: choice === undefined ? "Asked back" : `Asked back: ${wordChoice(choice)}`,
    rule: choice === undefined ? "" : listChoice(choice).join(" · "),
  };
}

function describeAnswer({ fields, by }: Told): Item {
  const chosen: unknown = fields.raw("chosen");
  const values = typeof chosen === "object" && chosen !== null ? Object.values(chosen) : [];
  const words = [...values, fields.text("repository")].filter((value) => typeof value === "string");
  return { icon: "chat", what: `${by} answered: ${words.join(", ")}` };
}

function describeAgentStarted({ fields, scene }: Told): Item {
  const secrets = fields.texts("secretsInSandbox");
  const hosts = [...new Set([...fields.texts("hosts"), ...(scene.view.run.rules?.network.agent ?? [])])];
  const turn = fields.number("turn") ?? 1;
  return {
    icon: "term",
    tone: "run",
    what: `${fields.text("agent") || "The agent"} started${turn > 1 ? `, turn ${turn}` : ""}`,
    rule: dotted([
      hosts.length === 0 ? "no network" : `may reach ${hosts.join(", ")}`,
      secrets.length === 0 ? "no secrets in the sandbox" : `secrets in the sandbox: ${secrets.join(", ")}`,
    ]),
  };
}

function describeAgentEnded({ fields }: Told): Item {
  const took = wordDuration(fields.number("usedMs") ?? 0);
  if (fields.truth("ok")) return { icon: "check", tone: "run", what: `The agent finished after ${took}` };
  return {
    icon: "x",
    tone: "bad",
    what: `The agent was ended after ${took}`,
    rule: readCause(fields.raw("cause"))?.says,
  };
}

function describeFailed({ fields }: Told): Item {
  const cause = readCause(fields.raw("cause"));
  return {
    icon: "x",
    tone: "bad",
    what: "Stopped by a problem",
    rule: cause?.says,
    more: problemList(fields.raw("cause")),
  };
}

function describeFrozen({ fields, scene }: Told): Item {
  const number = fields.number("change");
  const change = scene.view.changes.find((each) => each.number === number);
  const totals = change === undefined ? undefined : totalsOf(change.files);
  const size =
    change === undefined || totals === undefined
      ? countOf(fields.number("files") ?? 0, "file")
      : `${countOf(change.files.length, "file")}, +${totals.added} −${totals.removed}`;
  return {
    icon: "file",
    tone: "run",
    what: `Change frozen as version ${number ?? "?"}: ${size}`,
    rule: dotted([
      html`tree <code>${short(fields.text("resultTree") ?? "")}</code> on
        <code>${short(fields.text("baseCommit") ?? "")}</code>`,
      change === undefined || change.said.trim() === "" ? "" : `the agent says: ${clip(change.said.trim(), 300)}`,
    ]),
    more: problemList(fields.raw("problems")),
  };
}

const CHECK_WORDS: ReadonlyMap<string, string> = new Map([
  ["passed", "passed"],
  ["failed", "failed"],
  ["timed_out", "ran out of time"],
  ["could_not_run", "could not run"],
]);

function describeCheck({ fields }: Told): Item {
  const status = fields.text("status") ?? "";
  const passed = status === "passed";
  const before = passed && fields.text("before") === "failed" ? " (failed before)" : "";
  return {
    icon: passed ? "check" : "x",
    tone: passed ? "good" : "bad",
    what: `${fields.text("name") ?? "A check"} ${CHECK_WORDS.get(status) ?? status}, ${wordDuration(fields.number("durationMs") ?? 0)}${before}`,
  };
}

function describeApprovalAsked({ fields, scene }: Told): Item {
  const blocking = fields.texts("blocking");
  const needed = scene.view.run.rules?.votesRequired ?? 1;
  const seal = html`seal <code>${shortSeal(fields.text("seal") ?? "")}</code>`;
  if (!fields.truth("approvable")) {
    return {
      icon: "warn",
      tone: "bad",
      what: `Cannot be approved: ${blocking.join(", ")} must pass`,
      rule: dotted([version(fields), seal]),
    };
  }
  return {
    icon: "ready",
    tone: "need",
    what: "Ready for approval",
    rule: dotted([version(fields), `needs ${countOf(needed, "vote")} of owners`, seal]),
  };
}

function describePublishStep({ fields, scene }: Told): Item {
  const tree = fields.text("tree") ?? "";
  const sealed = scene.view.changes.find((change) => change.sealed?.resultTree === tree);
  const proof =
    sealed === undefined
      ? html`tree <code>${short(tree)}</code>`
      : html`published tree <code>${short(tree)}</code> = sealed tree of version ${sealed.number}`;
  return {
    icon: "shield",
    tone: "good",
    what: "Exactly the approved change was written",
    rule: dotted([proof, html`commit <code>${short(fields.text("sha") ?? "")}</code>`]),
  };
}
