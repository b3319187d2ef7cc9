// Which team and which repository a request is for, and whether it may start at all. Facts in, decision out.
import type { PersonKind } from "./approval.ts";
import type { IssueFacts } from "./issue.ts";
import { resolveRules, type Policy, type RunRules } from "./policy.ts";
import type { TeamFile } from "./policy-schema.ts";

/** Who is in a user group, as read from the chat service just now. */
type GroupMembers = ReadonlyMap<string, ReadonlySet<string>>;

interface RequesterFacts {
  readonly id: string;
  /** Guests, bots and people of other organisations are never members or owners. `automation`: nobody answers for it. */
  readonly kind: PersonKind | "automation";
  /** Keys of the tracker's teams this person is in. */
  readonly linearTeams?: readonly string[];
}

/** Other work on the same issue: what it is, and where to see it. */
export interface OtherWork {
  readonly says: string;
  readonly url?: string | undefined;
}

export interface RoutingFacts {
  readonly requester: RequesterFacts;
  readonly channel: string;
  readonly text: string;
  readonly team?: string;
  readonly repository?: string;
  readonly groups: GroupMembers;
  /** The issue the request is about; `teamKey` picks the team where it was asked on the tracker. */
  readonly issue?: IssueFacts;
  /** Asked on the tracker, where the issue's team is the place. */
  readonly onTracker?: boolean;
  /** The tracker's own guess, best first. */
  readonly suggested?: readonly { readonly name: string; readonly confidence: number }[];
  /** Open runs and pull requests on the same issue. */
  readonly otherWork?: readonly OtherWork[];
  /** A person said to start all the same. */
  readonly goAhead?: boolean;
  /** An owner took over what nobody answered for: owners need not be members. */
  readonly vouched?: boolean;
}

export type Refusal =
  | { readonly kind: "no-policy"; readonly detail: string }
  | { readonly kind: "not-a-person"; readonly who: "guest" | "bot" | "outsider" | "unknown" }
  | { readonly kind: "unmatched" }
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
  | { readonly kind: "agent-unavailable"; readonly detail: string }
  /** Named outright, and not there or not one the team may use. */
  | { readonly kind: "no-issue"; readonly asked: string }
  | { readonly kind: "issue-over"; readonly issue: string };

export type Choice =
  | { readonly kind: "team"; readonly teams: readonly string[] }
  | { readonly kind: "repository"; readonly team: string; readonly repositories: readonly string[] }
  | { readonly kind: "owner"; readonly team: string; readonly ownerGroups: readonly string[] }
  | { readonly kind: "busy"; readonly issue: string; readonly work: readonly OtherWork[] };

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

/** Place picks the team, the person must be in it; text, link, alias or issue picks the repository, else the team's first. */
export function decideRouting(policy: Policy, facts: RoutingFacts): Routing {
  const stranger = judgeRequester(policy, facts.requester);
  if (stranger !== undefined) return stranger;
  if (facts.onTracker === true && facts.issue?.over === true)
    return refuse({ kind: "issue-over", issue: facts.issue.identifier }, "an issue that is over asks for nothing");
  const isAnybodys = facts.requester.kind === "automation" || facts.vouched === true;
  const mine = policy.teams.filter((team) => isAnybodys || isIn(facts, team));
  const team = decideTeam(policy, facts, mine);
  if ("kind" in team) return team;
  return decideRepository(policy, facts, team);
}

function judgeRequester(policy: Policy, { kind }: RequesterFacts): Routing | undefined {
  switch (kind) {
    case "member":
    case "automation":
      return undefined;
    case "unmatched":
      return policy.org.linear?.unmatched === "one-more-owner"
        ? undefined
        : refuse({ kind: "unmatched" }, "org.yaml, linear.unmatched");
    case "guest":
    case "bot":
    case "outsider":
    case "unknown":
      return refuse({ kind: "not-a-person", who: kind }, "guests, bots and outsiders never ask");
    default:
      return kind satisfies never;
  }
}

function isHere(facts: RoutingFacts, team: TeamFile): boolean {
  const { issue } = facts;
  if (facts.onTracker === true) return issue !== undefined && (team.members.linearTeams ?? []).includes(issue.teamKey);
  return team.channels?.requests?.includes(facts.channel) ?? false;
}

function decideTeam(policy: Policy, facts: RoutingFacts, mine: readonly TeamFile[]): TeamFile | Routing {
  if (facts.team !== undefined) {
    const named = mine.find((team) => team.team === facts.team);
    return named ?? refuse({ kind: "not-in-team", team: facts.team }, "members");
  }
  const here = policy.teams.filter((team) => isHere(facts, team));
  const both = here.filter((team) => mine.includes(team));
  const [only] = both;
  if (both.length === 1 && only !== undefined) return only;
  if (both.length > 1) return { kind: "choose", choice: { kind: "team", teams: both.map((team) => team.team) } };
  const [place] = here;
  if (place !== undefined)
    return refuse({ kind: "not-in-team", team: place.team }, `teams/${place.team}.yaml, members`);
  const [first] = mine;
  if (first === undefined || facts.requester.kind === "automation")
    return refuse({ kind: "no-team" }, "members of every team");
  if (mine.length === 1) return first;
  return { kind: "choose", choice: { kind: "team", teams: mine.map((team) => team.team) } };
}

/** Good enough to go without asking: well ahead of the next one, and likely by itself. */
const SURE = 0.8;
const AHEAD = 0.2;

function decideRepository(policy: Policy, facts: RoutingFacts, team: TeamFile): Routing {
  const names = team.repositories.map((each) => each.repo);
  const rule = `teams/${team.team}.yaml, repositories`;
  const named = facts.repository === undefined ? nameIn(facts.text, team) : findNamed(team, facts.repository);
  const found = named.kind === "none" && facts.onTracker === true ? mapIssue(facts, team) : named;
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

/** Team, project or label of the issue as policy maps them; else the tracker's guess where it is sure; else the person chooses. */
function mapIssue({ issue, suggested = [] }: RoutingFacts, team: TeamFile): Named {
  const names = team.repositories.map((each) => each.repo);
  const mapped = team.repositories.filter(({ linear }) => {
    if (linear === undefined || issue === undefined) return false;
    const has = (list: readonly string[] | undefined, value: string | undefined): boolean =>
      value !== undefined && (list ?? []).some((each) => each.toLowerCase() === value.toLowerCase());
    return (
      has(linear.teams, issue.teamKey) ||
      has(linear.projects, issue.project) ||
      issue.labels.some((label) => has(linear.labels, label))
    );
  });
  if (mapped.length > 0) return several(mapped.map((each) => each.repo));
  if (names.length === 1) return several(names);
  const known = suggested.filter((each) => names.includes(each.name)).toSorted((a, b) => b.confidence - a.confidence);
  const [best, next] = known;
  const isSure = best !== undefined && best.confidence >= SURE && best.confidence - (next?.confidence ?? 0) >= AHEAD;
  if (isSure) return { kind: "one", name: best.name };
  const likely = known.map((each) => each.name);
  return { kind: "several", names: [...likely, ...names.filter((name) => !likely.includes(name))] };
}

/** If nobody but the requester could approve, that is said before anything is spent. */
function decideApprovers(facts: RoutingFacts, resolved: RunRules, rule: string): Routing {
  // Who asked cannot be told apart from the owners: one of them more has to agree.
  const extra = facts.requester.kind === "unmatched" ? 1 : 0;
  const rules = { ...resolved, votesRequired: resolved.votesRequired + extra };
  const owners = new Set(rules.ownerGroups.flatMap((group) => [...(facts.groups.get(group) ?? [])]));
  if (owners.size === 0)
    return refuse({ kind: "no-owners", repository: rules.repository }, `teams/${rules.team}.yaml, owners`);
  owners.delete(facts.requester.id);
  if (owners.size < rules.votesRequired) {
    return refuse({ kind: "nobody-else", repository: rules.repository }, `teams/${rules.team}.yaml, owners`);
  }
  if (facts.requester.kind === "automation") {
    return { kind: "choose", choice: { kind: "owner", team: rules.team, ownerGroups: rules.ownerGroups } };
  }
  const work = facts.otherWork ?? [];
  if (work.length > 0 && facts.goAhead !== true)
    return { kind: "choose", choice: { kind: "busy", issue: facts.issue?.identifier ?? "", work } };
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

function isIn({ groups, requester }: RoutingFacts, { members }: TeamFile): boolean {
  const theirs = requester.linearTeams ?? [];
  return (
    members.slackUsergroups.some((group) => groups.get(group)?.has(requester.id)) ||
    (members.linearTeams ?? []).some((key) => theirs.includes(key))
  );
}

function refuse(refusal: Refusal, rule: string): Routing {
  return { kind: "refuse", refusal, rule };
}
