// Who may decide, read from the chat service just now and never cached. What cannot be read lets nobody pass.
import type { Authority } from "../core/approval.ts";
import { resolveRules, type RunRules } from "../core/policy.ts";
import type { Chat, Run, Store } from "../ports.ts";

export interface AuthorityPorts {
  readonly store: Pick<Store, "loadActivePolicy">;
  readonly chat: Pick<Chat, "readGroup">;
}

/** Authority must hold under the pinned and the current policy: owners are those whom both name. */
export async function readAuthority(ports: AuthorityPorts, run: Run): Promise<Authority> {
  const { rules } = run;
  if (rules === undefined) return { owners: undefined, members: undefined, admins: undefined };
  const policy = await ports.store.loadActivePolicy();
  const current = policy === undefined ? undefined : resolveRules(policy, rules.team, rules.repository);
  const none: ReadonlySet<string> = new Set();
  const read = async (groupsOf: (each: RunRules) => readonly string[]): Promise<ReadonlySet<string> | undefined> => {
    const pinned = await readGroups(ports, groupsOf(rules));
    if (current === undefined) return policy === undefined ? pinned : none;
    const now = await readGroups(ports, groupsOf(current));
    return pinned === undefined || now === undefined ? undefined : new Set([...pinned].filter((id) => now.has(id)));
  };
  return {
    owners: await read((each) => each.ownerGroups),
    members: await read((each) => each.memberGroups),
    admins: await read((each) => each.adminGroups),
  };
}

async function readGroups(ports: AuthorityPorts, groups: readonly string[]): Promise<ReadonlySet<string> | undefined> {
  const members = new Set<string>();
  for (const group of groups) {
    const read = await ports.chat.readGroup(group);
    if (read === undefined) return undefined;
    for (const id of read) members.add(id);
  }
  return members;
}
