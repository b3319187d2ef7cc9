// Decisions about a change that waits: approve, reject, request changes, withdraw, send back. The first valid one wins.
import { castVote, type Ballot, type VoteRefusal } from "../core/approval.ts";
import type { Interaction } from "../core/interaction.ts";
import type { NoteContent } from "../core/notes.ts";
import { resolveRules, votesNeeded } from "../core/policy.ts";
import type { RunState } from "../core/run-state.ts";
import { judgeChecks } from "../core/verification.ts";
import type { Clock, Commit, NewTurn, Run, Store, Turn } from "../ports.ts";
import {
  answerOnly,
  isAllowed,
  privately,
  readStanding,
  type Actor,
  type Standing,
  type StandingPorts,
} from "./answer-person.ts";
import { commitFresh } from "./commit-run.ts";
import { personOf } from "./read-person.ts";

export interface DecidePorts extends StandingPorts {
  readonly store: Pick<Store, "loadRun" | "commit" | "listVotes" | "loadView" | "loadChange" | "loadActivePolicy">;
  readonly clock: Clock;
}

type Decision = Extract<
  Interaction,
  { kind: "approve" | "reject" | "request_changes" | "withdraw" | "send_failure_back" | "redo" }
>;

export async function decideChange(
  ports: DecidePorts,
  given: { readonly inboxId: string; readonly interaction: Decision },
): Promise<void> {
  const { interaction, inboxId } = given;
  const actor: Actor = { inboxId, by: interaction.by, place: interaction.place };
  await commitFresh(ports.store, interaction.runId, async (run) => {
    const standing = await readStanding(ports, run, actor.by);
    const decide = { ports, run, actor, standing };
    switch (interaction.kind) {
      case "approve":
        return approve(decide, interaction);
      case "reject":
        return reject(decide, interaction);
      case "withdraw":
        return withdraw(decide);
      case "request_changes":
        return requestChanges(decide, { change: interaction.change, text: interaction.text });
      case "send_failure_back":
        return sendFailureBack(decide, interaction.change);
      case "redo":
        return redo(decide, interaction.change);
      default:
        return interaction satisfies never;
    }
  });
}

interface Decide {
  readonly ports: DecidePorts;
  readonly run: Run;
  readonly actor: Actor;
  readonly standing: Standing;
}

async function approve(at: Decide, vote: Extract<Decision, { kind: "approve" }>): Promise<Commit> {
  const { run, actor, standing, ports } = at;
  const { state } = run;
  if (state.phase !== "awaiting_approval") return refuseVote(at, vote.change, gone(state, vote.change));
  const required = await votesRequired(ports, run);
  const ballot = await readBallot(ports, run, required);
  const ballotNow = { authority: standing.authority, nowMs: ports.clock.nowMs() };
  const decided = castVote(ballot, { voter: standing.who, change: vote.change, seal: vote.seal }, ballotNow);
  if (decided.kind === "already")
    return answerOnly(run, actor, { content: { kind: "already_voted", change: state.change } });
  if (decided.kind === "refused") return refuseVote(at, vote.change, await wordRefusal(at, vote.change, decided.why));
  const membership = run.rules?.ownerGroups ?? [];
  const person = personOf(standing.who);
  const { change } = state;
  const counted: NoteContent = { kind: "vote_counted", change, approvals: decided.approvals.length, required };
  return {
    run,
    events: [{ type: "voted", approvals: decided.approvals, enough: decided.enough }],
    record: [
      {
        kind: "vote",
        payload: { change: state.change, seal: state.seal, by: person, groups: membership, verdict: "approve" },
      },
      ...(decided.enough
        ? [{ kind: "approved" as const, payload: { change: state.change, approvals: decided.approvals } }]
        : []),
    ],
    vote: { change: state.change, person, verdict: "approve", seal: state.seal, atMs: ports.clock.nowMs(), membership },
    ...(decided.enough ? { jobs: [{ name: "publish", runId: run.id }] } : { notes: [privately(actor, counted)] }),
    inboxId: actor.inboxId,
  };
}

async function votesRequired(ports: DecidePorts, run: Run): Promise<number> {
  const { rules } = run;
  if (rules === undefined) return Number.POSITIVE_INFINITY;
  const policy = await ports.store.loadActivePolicy();
  const current = policy === undefined ? undefined : resolveRules(policy, rules.team, rules.repository);
  return current === undefined ? Number.POSITIVE_INFINITY : votesNeeded(rules, current, run.request.requester.id);
}

async function readBallot(ports: DecidePorts, run: Run, required: number): Promise<Ballot> {
  const { state } = run;
  if (state.phase !== "awaiting_approval") throw new Error(`run ${run.id} has no ballot in ${state.phase}`);
  const view = await ports.store.loadView(run.id);
  return {
    change: state.change,
    seal: state.seal,
    approvable: state.approvable,
    required,
    expiresAtMs: state.expiresAtMs,
    approvals: state.approvals,
    requesterId: run.request.requester.id,
    promptAuthorIds: (view?.turns ?? []).filter((turn) => !turn.authorMayVote).map((turn) => turn.author.id),
  };
}

function refuseVote(at: Decide, change: number, content: NoteContent): Commit {
  const record = [{ kind: "vote_refused" as const, payload: { change, by: at.actor.by.id, why: content.kind } }];
  return answerOnly(at.run, at.actor, { content, record });
}

/** Why a change that does not wait any more takes no decision. */
function gone(state: RunState, change: number): NoteContent {
  if (state.phase === "expired") return { kind: "expired", change };
  const current = "change" in state && state.change !== undefined ? state.change : undefined;
  return current === change ? { kind: "already_decided", change } : { kind: "too_late", change };
}

async function wordRefusal(at: Decide, change: number, why: VoteRefusal): Promise<NoteContent> {
  const { run } = at;
  const { state, rules } = run;
  const ownerGroups = rules?.ownerGroups ?? [];
  switch (why) {
    case "too_late":
      return { kind: "too_late", change, ...(state.phase === "awaiting_approval" ? { current: state.change } : {}) };
    case "expired":
      return { kind: "expired", change };
    case "requester":
      return { kind: "requester_cannot", change };
    case "prompt_author":
      return { kind: "prompt_author", change };
    case "not_owner":
      return { kind: "not_owner", repository: rules?.repository ?? "", ownerGroups };
    case "unreadable":
      return { kind: "unreadable_authority", ownerGroups };
    case "not_approvable": {
      const stored = await at.ports.store.loadChange(run.id, change);
      const blocking = judgeChecks(stored?.checks ?? []).blocking.map((check) => check.name);
      return {
        kind: "not_approvable",
        change,
        blocking,
        conflict: state.phase === "awaiting_approval" && state.conflict === true,
      };
    }
    default:
      return why satisfies never;
  }
}

/** Undefined where the change still waits and is the one meant. */
function judgeWaiting(run: Run, change: number): NoteContent | undefined {
  const { state } = run;
  if (state.phase !== "awaiting_approval") return gone(state, change);
  return state.change === change ? undefined : { kind: "too_late", change, current: state.change };
}

async function reject(at: Decide, given: Extract<Decision, { kind: "reject" }>): Promise<Commit> {
  const { run, actor, standing } = at;
  const late = judgeWaiting(run, given.change);
  if (late !== undefined) return answerOnly(run, actor, { content: late });
  if (standing.authority.owners === undefined) return unreadable(at);
  if (!isAllowed("reject", standing, run)) {
    const asRequester = run.request.requester.id === actor.by.id;
    const content: NoteContent = asRequester
      ? { kind: "requester_cannot", change: given.change }
      : { kind: "not_owner", repository: run.rules?.repository ?? "", ownerGroups: run.rules?.ownerGroups ?? [] };
    return answerOnly(run, actor, { content });
  }
  const { seal } = run.state.phase === "awaiting_approval" ? run.state : { seal: "" };
  const person = personOf(standing.who);
  return {
    run,
    events: [{ type: "rejected", by: person.name, reason: given.reason }],
    record: [{ kind: "rejected", payload: { change: given.change, by: person, reason: given.reason } }],
    vote: {
      change: given.change,
      person,
      verdict: "reject",
      seal,
      atMs: at.ports.clock.nowMs(),
      membership: run.rules?.ownerGroups ?? [],
    },
    jobs: [{ name: "clean", runId: run.id }],
    inboxId: actor.inboxId,
  };
}

function withdraw(at: Decide): Commit {
  const { run, actor, standing } = at;
  if (!isAllowed("withdraw", standing, run)) return answerOnly(run, actor, { content: notYours(run, "withdraw") });
  if (run.state.phase !== "awaiting_approval") return answerOnly(run, actor, { content: { kind: "not_now" } });
  return {
    run,
    events: [{ type: "withdrawn", by: standing.who.name }],
    record: [{ kind: "withdrawn", payload: { by: actor.by, change: run.state.change } }],
    jobs: [{ name: "clean", runId: run.id }],
    inboxId: actor.inboxId,
  };
}

/** The next turn. An owner who asks for changes reviews; anybody else writes a prompt. */
async function requestChanges(at: Decide, given: { readonly change: number; readonly text: string }): Promise<Commit> {
  const { run, actor, standing } = at;
  const late = judgeWaiting(run, given.change);
  if (late !== undefined) return answerOnly(run, actor, { content: late });
  if (!isAllowed("request_changes", standing, run)) {
    if (standing.authority.owners === undefined) return unreadable(at);
    return answerOnly(run, actor, { content: notYours(run, "request_changes") });
  }
  const reviews = (standing.authority.owners?.has(actor.by.id) ?? false) && run.request.requester.id !== actor.by.id;
  return nextTurn(at, { kind: reviews ? "review" : "follow_up", prompt: given.text, authorMayVote: reviews });
}

/** A failing check of the waiting change, or failing CI of the open pull request, becomes the next turn's prompt. */
async function sendFailureBack(at: Decide, change: number): Promise<Commit> {
  const { run, actor, standing } = at;
  if (run.state.phase !== "pr_open") {
    return requestChanges(at, { change, text: await describeFailure(at.ports, run, change) });
  }
  if (!isAllowed("prompt", standing, run)) return answerOnly(run, actor, { content: notYours(run, "request_changes") });
  const failed = Object.entries(run.state.ci).filter(([, conclusion]) => conclusion !== "success");
  const prompt = `CI failed on the pull request: ${failed.map(([name]) => name).join(", ")}. Find out why and mend it.`;
  return { ...nextTurn(at, { kind: "follow_up", prompt, authorMayVote: false }), events: [{ type: "follow_up" }] };
}

async function redo(at: Decide, change: number): Promise<Commit> {
  const { run, actor, standing } = at;
  const late = judgeWaiting(run, change);
  if (late !== undefined) return answerOnly(run, actor, { content: late });
  if (!isAllowed("request_changes", standing, run))
    return answerOnly(run, actor, { content: notYours(run, "request_changes") });
  const reviews = (standing.authority.owners?.has(actor.by.id) ?? false) && run.request.requester.id !== actor.by.id;
  return nextTurn(at, { ...(await askedOnThisBase(at, change)), kind: "retry", authorMayVote: reviews });
}

/** All that was asked since the base was fixed: none of it stands in the base the work starts from now. */
async function askedOnThisBase({ ports, run }: Decide, change: number): Promise<Pick<Turn, "prompt" | "files">> {
  const view = await ports.store.loadView(run.id);
  const base = view?.changes.find((each) => each.number === change)?.baseCommit;
  const turns = (view?.turns ?? []).filter((turn) => turn.baseCommit === base);
  const files = turns.flatMap((turn) => turn.files).slice(0, 5);
  return { prompt: turns.map((turn) => turn.prompt).join("\n\n"), files };
}

function nextTurn(
  at: Decide,
  given: Omit<NewTurn, "turn" | "author" | "files"> & Partial<Pick<NewTurn, "files">>,
): Commit {
  const { run, actor, standing } = at;
  const turn = "turn" in run.state ? run.state.turn + 1 : 1;
  return {
    run,
    events: [{ type: "changes_requested" }],
    record: [{ kind: "changes_requested", payload: { turn, kind: given.kind, by: actor.by, text: given.prompt } }],
    turn: { turn, files: [], ...given, author: personOf(standing.who) },
    raiseGeneration: true,
    inboxId: actor.inboxId,
  };
}

function unreadable(at: Decide): Commit {
  return answerOnly(at.run, at.actor, {
    content: { kind: "unreadable_authority", ownerGroups: at.run.rules?.ownerGroups ?? [] },
  });
}

function notYours(run: Run, act: "withdraw" | "request_changes"): NoteContent {
  return { kind: "not_yours", act, askGroups: run.rules?.ownerGroups ?? [] };
}

async function describeFailure(ports: DecidePorts, run: Run, change: number): Promise<string> {
  const stored = await ports.store.loadChange(run.id, change);
  const { blocking } = judgeChecks(stored?.checks ?? []);
  const parts = blocking.map(
    (check) => `The check ${check.name} (${check.command}) does not pass:\n${check.output.slice(-2000)}`,
  );
  return parts.length === 0
    ? "A check fails. Run the checks and mend what fails."
    : `${parts.join("\n\n")}\n\nMend this.`;
}
