// Who is who. Authority is read anew every time; names for words may be minutes old.
import type { WebClient } from "@slack/web-api";
import type { VoterFacts } from "../core/approval.ts";
import { cleanText, clip } from "../core/text.ts";
import type { Clock, Log } from "../ports.ts";
import { errorName } from "./api-problem.ts";

export interface DirectoryPorts {
  readonly client: WebClient;
  readonly clock: Clock;
  readonly log: Log;
}

type Profile = VoterFacts & { readonly name: string };

export interface Directory {
  /** Uncached; throws when Slack cannot be asked. */
  readPerson(personId: string): Promise<Profile>;
  /** Uncached; whoever has this address confirmed. Throws when Slack cannot be asked. */
  findByEmail(email: string): Promise<Profile | undefined>;
  /** Uncached; undefined where the group is disabled, unknown or unreadable. */
  readGroup(groupId: string): Promise<ReadonlySet<string> | undefined>;
  /** For marking who said something, never for authority: as read in the last ten minutes. */
  readKnown(personId: string): Promise<Profile | undefined>;
  /** For words only: as read in the last ten minutes. */
  nameOf(personId: string): Promise<string | undefined>;
  /** For words only: `@handle` as read in the last minute. */
  handleOf(groupId: string): Promise<string | undefined>;
  /** For deciding whom a card wakes, never for a vote. */
  membersOf(groupId: string): Promise<ReadonlySet<string> | undefined>;
}

const NAME_LIFE_MS = 600_000;
const HANDLES_LIFE_MS = 60_000;
const REMEMBERED = 5000;
const PREFIX = "slack:";

export function userIdOf(personId: string): string {
  return personId.startsWith(PREFIX) ? personId.slice(PREFIX.length) : personId;
}

interface Kept<T> {
  readonly value: T;
  readonly untilMs: number;
}

export function createDirectory(ports: DirectoryPorts): Directory {
  const { clock, log } = ports;
  const profiles = new Map<string, Kept<Profile>>();
  const members = new Map<string, Kept<ReadonlySet<string> | undefined>>();
  let handles: Kept<ReadonlyMap<string, string>> | undefined;
  const home: { team?: string } = {};

  async function readPerson(personId: string): Promise<Profile> {
    const profile = await readProfile(ports.client, home, personId);
    keep(profiles, personId, { value: profile, untilMs: clock.nowMs() + NAME_LIFE_MS });
    return profile;
  }

  async function readKnown(personId: string): Promise<Profile | undefined> {
    const kept = profiles.get(personId);
    if (kept !== undefined && kept.untilMs > clock.nowMs()) return kept.value;
    try {
      return await readPerson(personId);
    } catch (cause) {
      log.warn({ error: String(cause) }, "slack profile could not be read");
      return kept?.value;
    }
  }

  return {
    readPerson,
    findByEmail: async (email) => {
      const profile = await findByEmail(ports.client, home, email);
      if (profile !== undefined) keep(profiles, profile.id, { value: profile, untilMs: clock.nowMs() + NAME_LIFE_MS });
      return profile;
    },
    readGroup: (groupId) => readGroup(ports, groupId),
    readKnown,
    nameOf: async (personId) => (await readKnown(personId))?.name,
    handleOf: async (groupId) => {
      if (handles === undefined || handles.untilMs <= clock.nowMs()) {
        const value = (await readHandles(ports)) ?? handles?.value ?? new Map<string, string>();
        handles = { value, untilMs: clock.nowMs() + HANDLES_LIFE_MS };
      }
      return handles.value.get(groupId);
    },
    membersOf: async (groupId) => {
      const kept = members.get(groupId);
      if (kept !== undefined && kept.untilMs > clock.nowMs()) return kept.value;
      const value = await readGroup(ports, groupId);
      keep(members, groupId, { value, untilMs: clock.nowMs() + HANDLES_LIFE_MS });
      return value;
    },
  };
}

function keep<T>(kept: Map<string, Kept<T>>, key: string, value: Kept<T>): void {
  kept.delete(key);
  kept.set(key, value);
  const [oldest] = kept.keys();
  if (kept.size > REMEMBERED && oldest !== undefined) kept.delete(oldest);
}

/** Guests, bots, deactivated people and people of other organisations are told apart from members. */
async function readProfile(client: WebClient, home: { team?: string }, personId: string): Promise<Profile> {
  const id = personId.startsWith(PREFIX) ? personId : `${PREFIX}${personId}`;
  if (!personId.startsWith(PREFIX)) return { id, name: personId, kind: "unknown" };
  try {
    home.team ??= (await client.auth.test()).team_id ?? "";
    const { user } = await client.users.info({ user: userIdOf(personId) });
    if (user === undefined) return { id, name: personId, kind: "unknown" };
    const name = displayName(user.profile?.real_name ?? user.real_name ?? user.name ?? personId);
    return { id, name, kind: kindOf(user, home.team) };
  } catch (cause) {
    const error = errorName(cause);
    if (error === "user_not_found" || error === "user_not_visible") return { id, name: personId, kind: "unknown" };
    throw cause;
  }
}

/** Slack sends a link before an address counts; an account that says it is not confirmed yet is nobody's proof. */
async function findByEmail(client: WebClient, home: { team?: string }, email: string): Promise<Profile | undefined> {
  try {
    home.team ??= (await client.auth.test()).team_id ?? "";
    const { user } = await client.users.lookupByEmail({ email });
    if (user?.id === undefined || user.is_email_confirmed === false) return undefined;
    const name = displayName(user.profile?.real_name ?? user.real_name ?? user.name ?? user.id);
    return { id: `${PREFIX}${user.id}`, name, kind: kindOf(user, home.team) };
  } catch (cause) {
    if (errorName(cause) === "users_not_found") return undefined;
    throw cause;
  }
}

interface SlackUser {
  readonly id?: string;
  readonly team_id?: string;
  readonly deleted?: boolean;
  readonly is_bot?: boolean;
  readonly is_app_user?: boolean;
  readonly is_restricted?: boolean;
  readonly is_ultra_restricted?: boolean;
  readonly is_stranger?: boolean;
  readonly is_workflow_bot?: boolean;
  readonly enterprise_user?: { readonly teams?: readonly string[] };
}

function kindOf(user: SlackUser, homeTeam: string): VoterFacts["kind"] {
  if (user.deleted === true) return "unknown";
  if (user.is_bot === true || user.is_workflow_bot === true || user.id === "USLACKBOT") return "bot";
  const teams = user.enterprise_user?.teams ?? [];
  const isOurs = user.team_id === homeTeam || teams.includes(homeTeam);
  if (user.is_stranger === true || !isOurs) return "outsider";
  if (user.is_restricted === true || user.is_ultra_restricted === true) return "guest";
  return "member";
}

function displayName(name: string): string {
  const clean = clip(cleanText(name).replace(/\s+/g, " ").trim(), 60);
  return clean === "" ? "somebody" : clean;
}

async function readGroup(ports: DirectoryPorts, groupId: string): Promise<ReadonlySet<string> | undefined> {
  try {
    // A disabled group is an unreadable one: whoever disabled it took its authority away.
    const { users } = await ports.client.usergroups.users.list({ usergroup: groupId, include_disabled: false });
    return users === undefined ? undefined : new Set(users.map((user) => `${PREFIX}${user}`));
  } catch (cause) {
    ports.log.warn({ group: groupId, error: errorName(cause) ?? String(cause) }, "slack group could not be read");
    return undefined;
  }
}

async function readHandles(ports: DirectoryPorts): Promise<ReadonlyMap<string, string> | undefined> {
  try {
    const { usergroups = [] } = await ports.client.usergroups.list({});
    return new Map(
      usergroups.flatMap(({ id, handle }) => (id === undefined || handle === undefined ? [] : [[id, `@${handle}`]])),
    );
  } catch (cause) {
    ports.log.warn({ error: errorName(cause) ?? String(cause) }, "slack group names could not be read");
    return undefined;
  }
}
