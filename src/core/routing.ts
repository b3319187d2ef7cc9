// Which team and which repository a request is for, and whether it may start at all. Facts in, decision out.
import { resolveRules, type Policy, type RunRules } from "./policy.ts";
import type { TeamFile } from "./policy-schema.ts";

/** Who is in a user group, as read from the chat service just now. */
type GroupMembers = ReadonlyMap<string, ReadonlySet<string>>;

export interface RequesterFacts {
  readonly id: string;
  /** Guests, bots and people of other organisations are never members or owners. */
  readonly kind: "member" | "guest" | "bot" | "outsider" | "unknown";
}

export interface RoutingFacts {
  readonly requester: RequesterFacts;
  readonly channel: string;
  readonly text: string;
  readonly team?: string;
  readonly repository?: string;
  readonly groups: GroupMembers;
}

export type Refusal =
  | { readonly kind: "no-policy"; readonly detail: string }
  | { readonly kind: "not-a-person"; readonly who: "guest" | "bot" | "outsider" | "unknown" }
  | { readonly kind: "no-team" }
  | { readonly kind: "not-in-team"; readonly team: string }
  | {
      readonly kind: "no-repository";
      readonly team: string;
      readonly asked: string;
      readonly allowed: readonly string[];
    }
  | { readonly kind: "nobody-else"; readonly repository: string }
  | { readonly kind: "no-owners"; readonly repository: string }
  | { readonly kind: "agent-unavailable"; readonly detail: string };

export type Choice =
  | { readonly kind: "team"; readonly teams: readonly string[] }
  | { readonly kind: "repository"; readonly team: string; readonly repositories: readonly string[] };

export type Routing =
  | { readonly kind: "allow"; readonly rules: RunRules; readonly rule: string }
  | { readonly kind: "choose"; readonly choice: Choice }
  | { readonly kind: "refuse"; readonly refusal: Refusal; readonly rule: string };

/** All user groups whose members must be known to route a request under this policy. */
export function groupsToRead(policy: Policy): readonly string[] {
  const groups = new Set<string>(policy.org.admins.slackUsergroups);
  for (const group of policy.org.defaults?.owners?.slackUsergroups ?? []) groups.add(group);
  for (const team of policy.teams) {
    for (const group of [...team.members.slackUsergroups, ...(team.owners?.slackUsergroups ?? [])]) groups.add(group);
  }
  return [...groups];
}

/** Place picks the team, the person must be in it; text, link or alias picks the repository, else the team's first. */
export function decideRouting(policy: Policy, facts: RoutingFacts): Routing {
  if (facts.requester.kind !== "member") {
    return refuse({ kind: "not-a-person", who: facts.requester.kind }, "guests, bots and outsiders never ask");
  }
  const mine = policy.teams.filter((team) => isIn(facts, team.members.slackUsergroups));
  const team = decideTeam(policy, facts, mine);
  if ("kind" in team) return team;
  return decideRepository(policy, facts, team);
}

function decideTeam(policy: Policy, facts: RoutingFacts, mine: readonly TeamFile[]): TeamFile | Routing {
  if (facts.team !== undefined) {
    const named = mine.find((team) => team.team === facts.team);
    return named ?? refuse({ kind: "not-in-team", team: facts.team }, "members");
  }
  const here = policy.teams.filter((team) => team.channels?.requests?.includes(facts.channel));
  const both = here.filter((team) => mine.includes(team));
  const [only] = both;
  if (both.length === 1 && only !== undefined) return only;
  if (both.length > 1) return { kind: "choose", choice: { kind: "team", teams: both.map((team) => team.team) } };
  const [place] = here;
  if (place !== undefined)
    return refuse({ kind: "not-in-team", team: place.team }, `teams/${place.team}.yaml, members`);
  const [first] = mine;
  if (first === undefined) return refuse({ kind: "no-team" }, "members of every team");
  if (mine.length === 1) return first;
  return { kind: "choose", choice: { kind: "team", teams: mine.map((team) => team.team) } };
}

function decideRepository(policy: Policy, facts: RoutingFacts, team: TeamFile): Routing {
  const names = team.repositories.map((each) => each.repo);
  const rule = `teams/${team.team}.yaml, repositories`;
  const found = facts.repository === undefined ? nameIn(facts.text, team) : findNamed(team, facts.repository);
  if (found.kind === "several") {
    return { kind: "choose", choice: { kind: "repository", team: team.team, repositories: found.names } };
  }
  if (found.kind === "unknown") {
    return refuse({ kind: "no-repository", team: team.team, asked: found.asked, allowed: names }, rule);
  }
  const [first = ""] = names;
  const rules = resolveRules(policy, team.team, found.kind === "one" ? found.name : first);
  if (rules === undefined)
    return refuse({ kind: "no-repository", team: team.team, asked: first, allowed: names }, rule);
  return decideApprovers(facts, rules, rule);
}

/** If nobody but the requester could approve, that is said before anything is spent. */
function decideApprovers(facts: RoutingFacts, rules: RunRules, rule: string): Routing {
  const owners = new Set(rules.ownerGroups.flatMap((group) => [...(facts.groups.get(group) ?? [])]));
  if (owners.size === 0)
    return refuse({ kind: "no-owners", repository: rules.repository }, `teams/${rules.team}.yaml, owners`);
  owners.delete(facts.requester.id);
  if (owners.size < rules.votesRequired) {
    return refuse({ kind: "nobody-else", repository: rules.repository }, `teams/${rules.team}.yaml, owners`);
  }
  return { kind: "allow", rules, rule };
}

type Named =
  | { readonly kind: "one"; readonly name: string }
  | { readonly kind: "several"; readonly names: readonly string[] }
  | { readonly kind: "unknown"; readonly asked: string }
  | { readonly kind: "none" };

function findNamed(team: TeamFile, asked: string): Named {
  const wanted = asked.toLowerCase();
  const hit = team.repositories.find(
    (each) => each.repo.toLowerCase() === wanted || each.aka?.some((alias) => alias.toLowerCase() === wanted),
  );
  return hit === undefined ? { kind: "unknown", asked } : { kind: "one", name: hit.repo };
}

const LINK =
  /https?:\/\/[^\s|>]+?\/([A-Za-z0-9][\w.-]*\/[\w.-]+?)(?:\.git)?(?:\/(?:tree|blob|pull|issues)\/[^\s|>]*)?(?=[\s|>)]|$)/g;

/** Named in the text, else linked, else an alias as whole words; several different ones: the person chooses. */
function nameIn(text: string, team: TeamFile): Named {
  const lower = text.toLowerCase();
  const named = team.repositories.filter((each) => hasWords(lower, each.repo.toLowerCase()));
  if (named.length > 0) return several(named.map((each) => each.repo));
  const linked = [...text.matchAll(LINK)].map((match) => match[1] ?? "");
  const known = team.repositories.filter((each) =>
    linked.some((link) => link.toLowerCase() === each.repo.toLowerCase()),
  );
  if (known.length > 0) return several(known.map((each) => each.repo));
  const aliased = team.repositories.filter((each) => each.aka?.some((alias) => hasWords(lower, alias.toLowerCase())));
  return aliased.length > 0 ? several(aliased.map((each) => each.repo)) : { kind: "none" };
}

function several(names: readonly string[]): Named {
  const [only] = names;
  return names.length === 1 && only !== undefined ? { kind: "one", name: only } : { kind: "several", names };
}

function hasWords(text: string, words: string): boolean {
  for (let at = text.indexOf(words); at !== -1; at = text.indexOf(words, at + 1)) {
    const before = text[at - 1] ?? " ";
    const after = text[at + words.length] ?? " ";
    if (!/[\w/-]/.test(before) && !/[\w/-]/.test(after)) return true;
  }
  return false;
}

function isIn(facts: RoutingFacts, groups: readonly string[]): boolean {
  return groups.some((group) => facts.groups.get(group)?.has(facts.requester.id));
}

function refuse(refusal: Refusal, rule: string): Routing {
  return { kind: "refuse", refusal, rule };
}
