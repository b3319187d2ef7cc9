// Who somebody is: one person over chat and tracker, tied by a verified email. Read when asked, never cached.
import type { VoterFacts } from "../core/approval.ts";
import type { Person } from "../core/request.ts";
import type { Chat, Tracker } from "../ports.ts";

export interface PeoplePorts {
  readonly chat: Pick<Chat, "readPerson" | "findPersonByEmail">;
  /** Absent where no tracker is connected. */
  readonly tracker?: Pick<Tracker, "readPerson"> | undefined;
}

export interface Who extends VoterFacts {
  readonly name: string;
  /** The tracker's account they acted from. */
  readonly account?: string;
  readonly linearTeams?: readonly string[];
}

/** `id` of the answer is the chat's where there is one: the same person is never two. Throws where a service cannot be asked. */
export async function readWho(ports: PeoplePorts, person: Pick<Person, "id" | "account">): Promise<Who> {
  const account = person.id.startsWith("linear:") ? person.id : person.account;
  if (account === undefined || ports.tracker === undefined) return ports.chat.readPerson(person.id);
  const there = await ports.tracker.readPerson(account);
  const { name, email, linearTeams } = there;
  // Guests and bots of the tracker stay what they are, whoever has the same address elsewhere.
  if (there.kind !== "member") return { id: account, kind: there.kind, name, account };
  const here =
    person.id === account
      ? email === undefined
        ? undefined
        : await ports.chat.findPersonByEmail(email)
      : await ports.chat.readPerson(person.id);
  return here === undefined
    ? { id: account, kind: "unmatched", name, account, linearTeams }
    : { ...here, account, linearTeams };
}

export function personOf(who: Who): Person {
  const { id, name, account } = who;
  return { id, name, ...(account === undefined ? {} : { account }) };
}
