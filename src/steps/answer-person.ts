// What the steps that judge people's acts share: facts read just now, and a private answer in one commit with the record.
import { mayAct, type Act, type Authority } from "../core/approval.ts";
import { resolveRules, type Policy } from "../core/policy.ts";
import { note, type NoteContent } from "../core/notes.ts";
import type { RecordEntry } from "../core/record.ts";
import type { Person, Place } from "../core/request.ts";
import type { Chat, Commit, Note, Run } from "../ports.ts";
import { readWho, type PeoplePorts, type Who } from "./read-person.ts";
import { readAuthority, type AuthorityPorts } from "./read-authority.ts";

/** Who does something, where, and the stored delivery that said so. */
export interface Actor {
  readonly inboxId: string;
  readonly by: Person;
  readonly place: Place;
}

export interface Standing {
  readonly who: Who;
  readonly authority: Authority;
  /** Where refusals point, under the policy as it is now. */
  readonly adminsChannel?: string;
}

export interface StandingPorts extends AuthorityPorts, PeoplePorts {
  readonly chat: Pick<Chat, "readGroup" | "readPerson" | "findPersonByEmail">;
}

/** The person and the authority over this run, uncached. */
export async function readStanding(ports: StandingPorts, run: Run, by: Person): Promise<Standing> {
  const policy = await ports.store.loadActivePolicy();
  const adminsChannel = policy?.org.admins.channel;
  const who = underPolicy(await readWho(ports, by), policy);
  const authority = await readAuthority(ports, run);
  return {
    who,
    authority: isInTeam(who, run, policy) ? { ...authority, members: withMember(authority, who.id) } : authority,
    ...(adminsChannel === undefined ? {} : { adminsChannel }),
  };
}

/** Whom nobody is known for may go on with what they started only as long as policy lets them ask. */
function underPolicy(who: Who, policy: Policy | undefined): Who {
  const isLet = who.kind !== "unmatched" || policy?.org.linear?.unmatched === "one-more-owner";
  return isLet ? who : { ...who, kind: "unknown" };
}

/** By the tracker's own teams, where policy names them: under the pinned and the current version. */
function isInTeam({ linearTeams = [] }: Who, { rules }: Run, policy: Policy | undefined): boolean {
  if (rules === undefined || policy === undefined) return false;
  const now = resolveRules(policy, rules.team, rules.repository)?.linearTeams ?? [];
  return linearTeams.some((team) => rules.linearTeams.includes(team) && now.includes(team));
}

function withMember({ members }: Authority, id: string): ReadonlySet<string> {
  return new Set([...(members ?? []), id]);
}

export function isAllowed(act: Act, standing: Standing, run: Run): boolean {
  return mayAct(act, standing.who, { requesterId: run.request.requester.id, authority: standing.authority });
}

/** A note that one person alone sees, where they acted. */
export function privately(actor: Actor, content: NoteContent): Note {
  return note({ key: `answer:${actor.inboxId}`, to: actor.by, place: actor.place }, content);
}

/** A commit that only answers one person and writes down that it did. */
export function answerOnly(
  run: Run,
  actor: Actor,
  answer: { readonly content: NoteContent; readonly record?: readonly RecordEntry[] },
): Commit {
  const { content, record = [] } = answer;
  return {
    run,
    events: [],
    record: record.length > 0 ? record : [{ kind: "note", payload: { says: content.kind, to: actor.by.id } }],
    notes: [privately(actor, content)],
    inboxId: actor.inboxId,
  };
}
