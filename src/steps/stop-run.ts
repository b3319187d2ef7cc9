// Stop: the run ends at once on the row, then its sandbox goes, with the work so far kept as a change to look at.
import type { Interaction } from "../core/interaction.ts";
import type { NoteContent } from "../core/notes.ts";
import { END_PHASES } from "../core/run.ts";
import type { Chat, Commit, Run, RunSummary, Store } from "../ports.ts";
import { answerOnly, isAllowed, privately, readStanding, type Actor, type StandingPorts } from "./answer-person.ts";
import { commitFresh } from "./commit-run.ts";

export interface StopPorts extends StandingPorts {
  readonly store: Pick<Store, "loadRun" | "commit" | "listRunsOf" | "loadActivePolicy">;
  readonly chat: StandingPorts["chat"] & Pick<Chat, "answer">;
}

type Of<K extends Interaction["kind"]> = Extract<Interaction, { kind: K }>;

export async function stopRun(
  ports: StopPorts,
  given: { readonly inboxId: string; readonly interaction: Of<"stop"> },
): Promise<void> {
  const { interaction, inboxId } = given;
  const actor: Actor = { inboxId, by: interaction.by, place: interaction.place };
  const mine = interaction.runId === undefined ? await ports.store.listRunsOf(actor.by.id) : [];
  const [only] = mine;
  const runId = interaction.runId ?? (mine.length === 1 ? only?.id : undefined);
  if (runId === undefined || (await ports.store.loadRun(runId)) === undefined) {
    const outcome = mine.length > 1 ? "which" : "none";
    await answerAlone(ports, actor, { kind: "stop_answer", outcome, runs: mine.map(lineOf) });
    return;
  }
  await commitFresh(ports.store, runId, (run) => decideStop(ports, run, actor));
}

async function decideStop(ports: StopPorts, run: Run, actor: Actor): Promise<Commit> {
  const standing = await readStanding(ports, run, actor.by);
  if (!isAllowed("stop", standing, run)) {
    const askGroups = [...(run.rules?.ownerGroups ?? []), ...(run.rules?.adminGroups ?? [])];
    return answerOnly(run, actor, { content: { kind: "not_yours", act: "stop", askGroups } });
  }
  // What is being written to the code host right now is either published or comes back; both can be decided about then.
  if (run.state.phase === "publishing") return answerOnly(run, actor, { content: { kind: "not_now" } });
  const over = END_PHASES.some((phase) => phase === run.state.phase) || run.state.phase === "pr_open";
  if (over) return answerOnly(run, actor, { content: { kind: "stop_answer", outcome: "over", runs: [] } });
  const content: NoteContent = { kind: "stop_answer", outcome: "stopped", runs: [] };
  return {
    run,
    events: [{ type: "stopped", by: standing.who.name }],
    record: [{ kind: "stopped", payload: { by: actor.by, phase: run.state.phase } }],
    jobs: [{ name: "clean", runId: run.id }],
    notes: isSeenBy(run, actor) ? [] : [privately(actor, content)],
    inboxId: actor.inboxId,
  };
}

/** Where the run is shown, its end is the answer. */
function isSeenBy(run: Run, { place }: Actor): boolean {
  return place.channel === (place.surface === "linear" ? run.session : run.thread?.channel);
}

export async function tellStatus(
  ports: StopPorts,
  given: { readonly inboxId: string; readonly interaction: Of<"status"> },
): Promise<void> {
  const { interaction, inboxId } = given;
  const actor: Actor = { inboxId, by: interaction.by, place: interaction.place };
  const { runId } = interaction;
  const runs =
    runId === undefined
      ? (await ports.store.listRunsOf(actor.by.id)).map(lineOf)
      : await visibleLine(ports, runId, actor);
  await answerAlone(ports, actor, { kind: "status", runs, ...(runId === undefined ? {} : { asked: runId }) });
}

/** Unknown and forbidden look the same: a run is shown to its requester, its team, its owners and admins only. */
async function visibleLine(ports: StopPorts, runId: string, actor: Actor) {
  const run = await ports.store.loadRun(runId);
  if (run === undefined) return [];
  const standing = await readStanding(ports, run, actor.by);
  if (!isAllowed("stop", standing, run)) return [];
  const { id, title, state, repository } = run;
  return [{ id, title, phase: state.phase, ...(repository === undefined ? {} : { repository: repository.fullName }) }];
}

function lineOf(run: RunSummary) {
  const { id, title, phase, repository } = run;
  return { id, title, phase, ...(repository === undefined ? {} : { repository }) };
}

async function answerAlone(ports: StopPorts, actor: Actor, content: NoteContent): Promise<void> {
  await ports.chat.answer(privately(actor, content));
}
