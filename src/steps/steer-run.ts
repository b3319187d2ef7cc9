// Everything else people do about a run: mentions in its thread, choices, trying again, asking the platform team, looking closer.
import type { Interaction, TrackerEvent } from "../core/interaction.ts";
import { note, type NoteContent } from "../core/notes.ts";
import { sortMention } from "../core/request.ts";
import { turnOf } from "../core/run-moves.ts";
import type { Chat, Chosen, Clock, Commit, InboxItem, Intake, Run, Store, Turn } from "../ports.ts";
import { answerOnly, isAllowed, readStanding, type Actor, type Standing, type StandingPorts } from "./answer-person.ts";
import { commitFresh } from "./commit-run.ts";
import { personOf, readWho } from "./read-person.ts";

export interface SteerPorts extends StandingPorts {
  readonly store: Pick<Store, "loadRun" | "loadTurn" | "commit" | "loadInbox" | "loadActivePolicy" | "listDeliveries">;
  readonly chat: StandingPorts["chat"] & Pick<Chat, "react">;
  readonly intake: Pick<Intake, "acceptRequest">;
  readonly clock: Pick<Clock, "nowMs">;
}

type Steering = Extract<
  Interaction,
  {
    kind:
      | "try_again"
      | "leave_out"
      | "choose_team"
      | "choose_repository"
      | "go_ahead"
      | "ask_platform"
      | "show_card"
      | "full_diff"
      | "full_log"
      | "mention"
      | "mention_choice";
  }
>;
type Of<K extends Steering["kind"]> = Extract<Steering, { kind: K }>;

interface Steer {
  readonly ports: SteerPorts;
  readonly run: Run;
  readonly actor: Actor;
  readonly standing: Standing;
}

export async function steerRun(
  ports: SteerPorts,
  given: { readonly inboxId: string; readonly interaction: Steering },
): Promise<void> {
  const { interaction, inboxId } = given;
  const actor: Actor = { inboxId, by: interaction.by, place: interaction.place };
  const isThanks = interaction.kind === "mention" && sortMention(interaction.text) === "thanks";
  if (isThanks && interaction.place.surface === "slack") {
    await ports.chat.react(interaction.place, "+1");
    return;
  }
  const chosen = interaction.kind === "mention_choice" ? await findMention(ports, interaction) : undefined;
  await commitFresh(ports.store, interaction.runId, async (run) => {
    const standing = await readStanding(ports, run, actor.by);
    return decideSteer({ ports, run, actor, standing }, interaction, chosen);
  });
}

async function decideSteer(
  at: Steer,
  interaction: Steering,
  chosen: Of<"mention"> | undefined,
): Promise<Commit | undefined> {
  switch (interaction.kind) {
    case "mention":
      return hearMention(at, interaction);
    case "mention_choice":
      return chooseMention(at, { interaction, mention: chosen });
    case "try_again":
      return tryAgain(at, await lastAsked(at));
    case "leave_out":
      return leaveOut(at);
    case "choose_team":
    case "choose_repository":
    case "go_ahead":
      return choose(at, interaction);
    case "ask_platform":
      return askPlatform(at);
    case "show_card":
      return look(at, { kind: "card_link", change: "change" in at.run.state ? (at.run.state.change ?? 1) : 1 });
    case "full_diff":
      return look(at, { kind: "full_diff", change: interaction.change });
    case "full_log":
      return look(at, { kind: "full_log" });
    default:
      return interaction satisfies never;
  }
}

function hearMention(at: Steer, mention: Of<"mention">): Commit {
  const { run, actor, standing } = at;
  if (!isAllowed("prompt", standing, run)) return notYours(at, "prompt");
  if (sortMention(mention.text) === "question") {
    return answerOnly(run, actor, { content: { kind: "question_not_yet", mentionKey: actor.inboxId } });
  }
  if (run.state.phase === "awaiting_approval") {
    return answerOnly(run, actor, { content: { kind: "mention_waiting", mentionKey: actor.inboxId } });
  }
  return followUp(at, mention);
}

function chooseMention(
  at: Steer,
  given: { readonly interaction: Of<"mention_choice">; readonly mention: Of<"mention"> | undefined },
): Commit | undefined {
  const { run, actor, standing } = at;
  if (given.interaction.choice === "never_mind")
    return answerOnly(run, actor, { content: { kind: "mention_dropped" } });
  // Only who wrote the mention may turn it into a version.
  if (given.mention === undefined || given.mention.by.id !== actor.by.id) return notYours(at, "choose");
  if (!isAllowed("prompt", standing, run)) return notYours(at, "prompt");
  return followUp(at, given.mention);
}

async function findMention(ports: SteerPorts, choice: Of<"mention_choice">): Promise<Of<"mention"> | undefined> {
  const item: InboxItem | undefined = await ports.store.loadInbox(choice.mentionKey);
  if (item?.content.kind === "tracker_event") return findReply(ports, item.content.event, choice);
  if (item?.content.kind !== "interaction" || item.content.interaction.kind !== "mention") return undefined;
  return item.content.interaction.runId === choice.runId ? item.content.interaction : undefined;
}

/** The same words written on the tracker. */
async function findReply(
  ports: SteerPorts,
  event: TrackerEvent,
  choice: Of<"mention_choice">,
): Promise<Of<"mention"> | undefined> {
  const run = await ports.store.loadRun(choice.runId);
  if (event.kind !== "reply" || event.session !== run?.session) return undefined;
  const { place, text, files, requester } = event.request;
  const by = personOf(await readWho(ports, requester));
  return { kind: "mention", by, place, runId: choice.runId, text, files };
}

/** A change asked for in the thread becomes the next turn, where the run can take one. */
function followUp(at: Steer, mention: Of<"mention">): Commit {
  const { run, actor } = at;
  switch (run.state.phase) {
    case "awaiting_approval":
    case "pr_open":
    case "answered":
    case "cancelled":
    case "failed":
      return nextTurn(at, { kind: "follow_up", prompt: mention.text, files: mention.files });
    case "refused":
    case "rejected":
    case "expired":
    case "merged":
    case "closed":
      return answerOnly(run, actor, { content: { kind: "run_over" } });
    default:
      return answerOnly(run, actor, { content: { kind: "busy" } });
  }
}

type Ask = Pick<Turn, "kind" | "prompt" | "files">;

/** The turn that ended is asked again as it was: what came before it stays where it is, the first one starts anew. */
async function lastAsked({ ports, run }: Steer): Promise<Ask> {
  const last = await ports.store.loadTurn(run.id, turnOf(run.state));
  if (last === undefined) return { kind: "retry", prompt: run.request.text, files: run.request.files };
  const { prompt, files } = last;
  const goesOn = last.turn > 1 && last.kind !== "retry";
  return { kind: goesOn ? "follow_up" : "retry", prompt, files };
}

function tryAgain(at: Steer, given: Ask): Commit {
  const { run, actor, standing } = at;
  if (!isAllowed("prompt", standing, run)) return notYours(at, "try_again");
  if (run.state.phase === "approved") {
    // Held by the code host: the approval is kept, publishing is tried again.
    return {
      run,
      events: [],
      record: [{ kind: "retried", payload: { by: actor.by, step: "publish" } }],
      jobs: [{ name: "publish", runId: run.id }],
      inboxId: actor.inboxId,
    };
  }
  if (run.state.phase === "refused") return answerOnly(run, actor, { content: { kind: "run_over" } });
  if (run.state.phase !== "failed" && run.state.phase !== "cancelled" && run.state.phase !== "answered") {
    return answerOnly(run, actor, { content: { kind: "not_now" } });
  }
  return nextTurn(at, given);
}

function leaveOut(at: Steer): Commit {
  const { run } = at;
  const cause = run.state.phase === "failed" ? run.state.cause : undefined;
  const problems = cause?.kind === "change-not-allowed" ? cause.problems : [];
  const paths = problems.flatMap((problem) => ("path" in problem ? [problem.path] : []));
  const list = paths
    .slice(0, 50)
    .map((path) => `- ${path}`)
    .join("\n");
  const prompt = `Leave these files as they are in the base, and do the rest of the change:\n${list}`;
  return tryAgain(at, { kind: "follow_up", prompt, files: [] });
}

function nextTurn(at: Steer, given: Ask): Commit {
  const { run, actor, standing } = at;
  // Stopped before its rules were found: there is nothing a turn of it could run under.
  if (run.rules === undefined) return answerOnly(run, actor, { content: { kind: "run_over" } });
  const turn = turnOf(run.state) + 1;
  return {
    run,
    events: [{ type: "follow_up" }],
    record: [{ kind: "retried", payload: { turn, kind: given.kind, by: actor.by, text: given.prompt } }],
    turn: { turn, ...given, author: personOf(standing.who), authorMayVote: false },
    raiseGeneration: true,
    inboxId: actor.inboxId,
  };
}

/** The requester answers which team or repository was meant; the request is then routed anew. */
async function choose(at: Steer, given: Of<"choose_team" | "choose_repository" | "go_ahead">): Promise<Commit> {
  const { run, actor } = at;
  if (actor.by.id !== run.request.requester.id) return notYours(at, "choose");
  if (run.state.phase === "refused" && given.kind === "choose_repository") return askAnew(at, given.repository);
  if (run.state.phase !== "needs_input") return answerOnly(run, actor, { content: { kind: "not_now" } });
  const chosen = { ...run.chosen, ...chosenBy(given) };
  return {
    run,
    events: [{ type: "answered" }],
    record: [{ kind: "answered_question", payload: { by: actor.by, chosen } }],
    chosen,
    jobs: [{ name: "route", runId: run.id }],
    inboxId: actor.inboxId,
  };
}

function chosenBy(given: Of<"choose_team" | "choose_repository" | "go_ahead">): Chosen {
  if (given.kind === "go_ahead") return { goAhead: true };
  return given.kind === "choose_team" ? { team: given.team } : { repository: given.repository };
}

/** "Use acme/website" on a refusal: a refused run never starts, so the same words are asked again as a new request. */
async function askAnew(at: Steer, repository: string): Promise<Commit> {
  const { run, actor } = at;
  await at.ports.intake.acceptRequest(
    { source: "slack", key: `again:${actor.inboxId}` },
    { ...run.request, repository },
  );
  return {
    run,
    events: [],
    record: [{ kind: "answered_question", payload: { by: actor.by, repository } }],
    inboxId: actor.inboxId,
  };
}

const ONE_DAY_MS = 86_400_000;

/** Tells the admins who asked, which rule refused and what was wanted: once a day for the same run. */
async function askPlatform(at: Steer): Promise<Commit> {
  const { run, actor, ports } = at;
  const channel = run.rules?.adminsChannel ?? at.standing.adminsChannel;
  if (channel === undefined) return answerOnly(run, actor, { content: { kind: "ask_platform_nobody" } });
  const key = `platform:${Math.floor(ports.clock.nowMs() / ONE_DAY_MS)}`;
  const asked = (await ports.store.listDeliveries(run.id, "slack")).some((each) => each.note?.key === key);
  const answer = answerOnly(run, actor, { content: { kind: "ask_platform_posted", channel, again: asked } });
  const place = { surface: "slack" as const, workspace: actor.place.workspace, channel };
  const by = { id: actor.by.id, name: at.standing.who.name };
  const post = note({ key, place }, { kind: "platform_request", by });
  return { ...answer, notes: [...(answer.notes ?? []), post] };
}

function look(at: Steer, content: NoteContent): Commit {
  const { run, actor, standing } = at;
  const mayLook = isAllowed("stop", standing, run);
  return mayLook ? answerOnly(run, actor, { content }) : notYours(at, "see");
}

function notYours(at: Steer, act: "prompt" | "try_again" | "choose" | "see"): Commit {
  const { run, actor } = at;
  const askGroups = act === "choose" ? [] : [...(run.rules?.memberGroups ?? []), ...(run.rules?.ownerGroups ?? [])];
  return answerOnly(run, actor, { content: { kind: "not_yours", act, askGroups } });
}
