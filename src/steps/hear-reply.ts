// Words in the session of a run. Exactly an offered choice is that act; all else is sorted as a mention in Slack is, by fixed rules.
import type { NoteContent } from "../core/notes.ts";
import { resolveRules } from "../core/policy.ts";
import { readOffer, toInteraction, TRY_AGAIN, wereOffered } from "../core/offer.ts";
import { sortMention, type NewRequest, type Person, type Place } from "../core/request.ts";
import type { Phase } from "../core/run-state.ts";
import type { Commit, Intake, Run, Tracker } from "../ports.ts";
import { answerOnly, readStanding, type Actor } from "./answer-person.ts";
import { applyInteraction, type InteractionPorts } from "./apply-interaction.ts";
import { commitFresh } from "./commit-run.ts";
import { haltRun } from "./halt-run.ts";
import { personOf, readWho } from "./read-person.ts";

export type ReplyPorts = InteractionPorts & {
  readonly intake: Pick<Intake, "acceptRequest">;
  readonly tracker?: Pick<Tracker, "readPerson"> | undefined;
};

interface Reply {
  readonly inboxId: string;
  readonly runId: string;
  /** The words, who wrote them where, and what they become where the run takes no more. */
  readonly request: NewRequest;
}

/** A run that takes no further turn: words after it ask anew, in the same session. */
const CLOSED_PHASES: readonly Phase[] = ["refused", "rejected", "expired", "merged", "closed"];

const STOP = /^stop[.!]*$/i;

export async function hearReply(ports: ReplyPorts, reply: Reply): Promise<void> {
  const { inboxId, runId, request } = reply;
  const run = await ports.store.loadRun(runId);
  if (run === undefined) return;
  const by = personOf(await readWho(ports, request.requester));
  const { place, text, files } = request;
  const anew = asksAnew(run, request);
  if (anew !== undefined) {
    await ports.intake.acceptRequest({ source: "linear", key: `reply:${inboxId}` }, anew);
    return;
  }
  const act = readOffer(run.state, text);
  if (act?.kind === "vouch") return vouch(ports, reply, by);
  if (act?.kind === "stop" || STOP.test(text.trim()))
    return haltRun(ports, runId, { inboxId, by, why: "stop_signal", place });
  if (act !== undefined) {
    const interaction = toInteraction(act, { by, place, runId });
    return applyInteraction(ports, { inboxId, interaction });
  }
  const said = sortAside(run, text);
  if (said !== undefined) return answer(ports, { reply, by, content: said });
  return applyInteraction(ports, { inboxId, interaction: { kind: "mention", by, place, runId, text, files } });
}

/** What words become a request of their own: where the run takes no turn any more, or never got as far as its rules. */
function asksAnew(run: Run, request: NewRequest): NewRequest | undefined {
  const { phase } = run.state;
  const neverBegan = run.rules === undefined && (phase === "cancelled" || phase === "failed");
  if (neverBegan && request.text.trim() === TRY_AGAIN)
    return { ...run.request, requester: request.requester, place: request.place };
  if (!neverBegan && !CLOSED_PHASES.includes(phase)) return undefined;
  const isAside = sortMention(request.text) === "thanks" || STOP.test(request.text.trim()) || wereOffered(request.text);
  return isAside ? undefined : request;
}

/** Words that are no prompt, whatever they are read as otherwise. */
function sortAside(run: Run, text: string): NoteContent | undefined {
  if (sortMention(text) === "thanks") return { kind: "thanks" };
  if (run.state.phase === "needs_input") return { kind: "choose_one" };
  return wereOffered(text) ? { kind: "not_now" } : undefined;
}

async function answer(
  ports: ReplyPorts,
  at: { readonly reply: Reply; readonly by: Person; readonly content: NoteContent },
): Promise<void> {
  const { reply, by, content } = at;
  const actor = actorOf(reply, by);
  await commitFresh(ports.store, reply.runId, async (run) => answerOnly(run, actor, { content }));
}

function actorOf({ inboxId, request }: Reply, by: Person): Actor {
  const place: Place = request.place;
  return { inboxId, by, place };
}

/** An owner takes over a request that nobody answered for: from then on it is theirs, and somebody else approves it. */
async function vouch(ports: ReplyPorts, reply: Reply, by: Person): Promise<void> {
  const actor = actorOf(reply, by);
  await commitFresh(ports.store, reply.runId, (run) => decideVouch(ports, run, actor));
}

async function decideVouch(ports: ReplyPorts, run: Run, actor: Actor): Promise<Commit> {
  const { state } = run;
  if (state.phase !== "needs_input" || state.choice.kind !== "owner")
    return answerOnly(run, actor, { content: { kind: "not_now" } });
  const { team, ownerGroups } = state.choice;
  const { who } = await readStanding(ports, run, actor.by);
  const groups = await ownersStill(ports, team, ownerGroups);
  const isOwner = who.kind === "member" && (await isInOne(ports, groups, who.id));
  if (!isOwner)
    return answerOnly(run, actor, { content: { kind: "not_yours", act: "choose", askGroups: ownerGroups } });
  const chosen = { ...run.chosen, team, vouched: true };
  return {
    run,
    events: [{ type: "answered" }],
    record: [{ kind: "answered_question", payload: { by: actor.by, vouched: true } }],
    requester: actor.by,
    chosen,
    jobs: [{ name: "route", runId: run.id }],
    inboxId: actor.inboxId,
  };
}

/** The question may be weeks old: owners are those whom the policy of today names as well. */
async function ownersStill(ports: ReplyPorts, team: string, asked: readonly string[]): Promise<readonly string[]> {
  const policy = await ports.store.loadActivePolicy();
  const repositories = policy?.teams.find((each) => each.team === team)?.repositories ?? [];
  if (policy === undefined) return [];
  const now = repositories.flatMap(({ repo }) => resolveRules(policy, team, repo)?.ownerGroups ?? []);
  return asked.filter((group) => now.includes(group));
}

async function isInOne(ports: ReplyPorts, groups: readonly string[], id: string): Promise<boolean> {
  for (const group of groups) if ((await ports.chat.readGroup(group))?.has(id) === true) return true;
  return false;
}
