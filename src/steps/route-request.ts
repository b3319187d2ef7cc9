// A received request becomes a queued run, a refusal with its rule, or a question back.
import type { Issue, IssueFacts } from "../core/issue.ts";
import type { Policy, RunRules } from "../core/policy.ts";
import { AUTOMATION_ID, parseAsk } from "../core/request.ts";
import { decideRouting, groupsToRead, type Refusal, type Routing, type RoutingFacts } from "../core/routing.ts";
import type { Chat, Clock, CodeHost, Commit, Harnesses, Repository, Run, Store } from "../ports.ts";
import { findNamedIssue, listOtherWork, readIssueOf, suggestRepositories, type IssuePorts } from "./find-issue.ts";
import { personOf, readWho, type PeoplePorts } from "./read-person.ts";

export interface RoutePorts extends IssuePorts, PeoplePorts {
  readonly store: Pick<Store, "loadRun" | "loadActivePolicy" | "commit" | "listRunsOnIssue">;
  readonly chat: PeoplePorts["chat"] & Pick<Chat, "readGroup">;
  readonly codeHost: Pick<CodeHost, "findRepository" | "listPullRequestsNaming">;
  readonly harnesses: Pick<Harnesses, "forRules" | "secretValues">;
  readonly tracker?: (IssuePorts["tracker"] & PeoplePorts["tracker"]) | undefined;
  readonly clock: Pick<Clock, "nowMs" | "sleep">;
}

/** How long a group that cannot be read is asked for again before somebody is refused for it. */
const GROUP_PATIENCE_MS = 60_000;

/** Does nothing unless the run is still received. */
export async function routeRequest(ports: RoutePorts, runId: string): Promise<void> {
  const stored = await ports.store.loadRun(runId);
  if (stored === undefined || stored.state.phase !== "received") return;
  const policy = await ports.store.loadActivePolicy();
  const nobody = stored.request.requester.id === AUTOMATION_ID;
  const who = nobody ? undefined : await readWho(ports, stored.request.requester);
  // From here on the requester is the person, whatever account they came from.
  const run = who === undefined ? stored : { ...stored, request: { ...stored.request, requester: personOf(who) } };
  const requester: RoutingFacts["requester"] = who ?? { id: AUTOMATION_ID, kind: "automation" };
  const routed = policy === undefined ? { routing: NO_POLICY } : await routeUnder(ports, policy, { run, requester });
  await ports.store.commit({
    ...(await writeRouting(ports, run, routed)),
    ...(who === undefined ? {} : { requester: run.request.requester }),
  });
}

const NO_POLICY: Routing = {
  kind: "refuse",
  refusal: { kind: "no-policy", detail: "no policy has been loaded" },
  rule: "policy",
};

interface Routed {
  readonly routing: Routing;
  /** Allowed: where it goes, and what it is about. */
  readonly repository?: Repository;
  readonly issue?: Issue;
}

async function routeUnder(
  ports: RoutePorts,
  policy: Policy,
  at: { readonly run: Run; readonly requester: RoutingFacts["requester"] },
): Promise<Routed> {
  const facts = { ...(await readFacts(ports, policy, at.run)), requester: at.requester };
  const routing = await decideWithGuess(ports, policy, { run: at.run, facts });
  const unread = groupsToRead(policy).find((group) => !facts.groups.has(group));
  const young = ports.clock.nowMs() - at.run.createdAtMs < GROUP_PATIENCE_MS;
  // A group that was deleted stays unreadable and counts as empty; an outage must not refuse anybody.
  if (routing.kind === "refuse" && unread !== undefined && young)
    throw new Error(`group ${unread} cannot be read right now`);
  return routing.kind === "allow" ? settle(ports, policy, { run: at.run, facts, routing }) : { routing };
}

/** The tracker is asked which repository is likely only where policy leaves it open. */
async function decideWithGuess(
  ports: RoutePorts,
  policy: Policy,
  at: { readonly run: Run; readonly facts: RoutingFacts },
): Promise<Routing> {
  const routing = decideRouting(policy, at.facts);
  const isOpen = routing.kind === "choose" && routing.choice.kind === "repository";
  if (!isOpen || at.facts.onTracker !== true) return routing;
  const suggested = await suggestRepositories(ports, at.run, routing.choice.repositories);
  return suggested.length === 0 ? routing : decideRouting(policy, { ...at.facts, suggested });
}

interface Allowed {
  readonly run: Run;
  readonly facts: RoutingFacts;
  readonly routing: Extract<Routing, { kind: "allow" }>;
}

/** What only an allowed request is looked up for: its repository, its issue, and whether somebody works on that already. */
async function settle(ports: RoutePorts, policy: Policy, { run, facts, routing }: Allowed): Promise<Routed> {
  const { rules, rule } = routing;
  const repository = await ports.codeHost.findRepository(rules.repository);
  if (repository === undefined) {
    return refuse({ kind: "no-repository", team: rules.team, asked: rules.repository, allowed: [] }, rule);
  }
  const named = await issueOf(ports, run, { facts, rules });
  if (named.kind === "missing")
    return refuse({ kind: "no-issue", asked: named.asked }, `teams/${rules.team}.yaml, members.linearTeams`);
  if (named.kind === "none") return { routing, repository };
  const { issue } = named;
  const otherWork = run.chosen.goAhead === true ? [] : await listOtherWork(ports, run, { issue, repository });
  const { id, identifier, title, url, teamId, teamKey } = issue;
  return {
    routing: decideRouting(policy, { ...facts, issue, otherWork, repository: rules.repository, team: rules.team }),
    repository,
    issue: { id, identifier, title, url, teamId, teamKey },
  };
}

async function issueOf(
  ports: RoutePorts,
  run: Run,
  at: { readonly facts: RoutingFacts; readonly rules: RunRules },
): Promise<{ kind: "none" } | { kind: "found"; issue: IssueFacts } | { kind: "missing"; asked: string }> {
  if (at.facts.issue !== undefined) return { kind: "found", issue: at.facts.issue };
  return findNamedIssue(ports, run, { ask: parseAsk(run.request.text), linearTeams: at.rules.linearTeams });
}

async function readFacts(ports: RoutePorts, policy: Policy, run: Run): Promise<Omit<RoutingFacts, "requester">> {
  const groups = new Map<string, ReadonlySet<string>>();
  for (const group of groupsToRead(policy)) {
    const members = await ports.chat.readGroup(group);
    if (members !== undefined) groups.set(group, members);
  }
  const { request, chosen } = run;
  const asked = parseAsk(request.text);
  const team = chosen.team ?? request.team ?? asked.team;
  const repository = chosen.repository ?? request.repository ?? asked.repository;
  const onTracker = request.place.surface === "linear";
  const issue = await readIssueOf(ports, run);
  return {
    channel: request.place.channel,
    // What an issue is called may name a repository of the team; it opens nothing.
    text: onTracker && issue !== undefined ? `${asked.text}\n${issue.title}` : asked.text,
    groups,
    onTracker,
    ...(issue === undefined ? {} : { issue }),
    ...(team === undefined ? {} : { team }),
    ...(repository === undefined ? {} : { repository }),
    ...(chosen.goAhead === undefined ? {} : { goAhead: chosen.goAhead }),
    ...(chosen.vouched === undefined ? {} : { vouched: chosen.vouched }),
  };
}

async function writeRouting(ports: RoutePorts, run: Run, routed: Routed): Promise<Commit> {
  const { routing, repository, issue } = routed;
  if (routing.kind === "choose") {
    const { choice } = routing;
    return { run, events: [{ type: "asked", choice }], record: [{ kind: "asked", payload: { choice } }] };
  }
  if (routing.kind === "refuse") return writeRefusal(run, routing);
  const { rules } = routing;
  const harness = ports.harnesses.forRules(rules);
  const missing = harness.secretNames.filter((name) => !ports.harnesses.secretValues([name]).has(name));
  if (missing.length > 0) {
    const detail = `${harness.label} needs ${missing.join(" and ")}, which is not set here`;
    return writeRefusal(run, {
      refusal: { kind: "agent-unavailable", detail },
      rule: `teams/${rules.team}.yaml, agent`,
    });
  }
  if (repository === undefined) throw new Error(`run ${run.id} was allowed without a repository`);
  return { ...writeAllowed(run, routing, repository), ...(issue === undefined ? {} : { issue }) };
}

function writeAllowed(run: Run, routing: Allowed["routing"], repository: Repository): Commit {
  const { rules, rule } = routing;
  const { team, policyVersion, write, limits } = rules;
  const ask = parseAsk(run.request.text);
  const where = { team, repository: rules.repository, repositoryId: repository.id };
  return {
    run,
    events: [{ type: "allowed" }],
    record: [{ kind: "routed", payload: { ...where, policyVersion, rule, write, limits } }],
    rules,
    repository,
    turn: {
      turn: 1,
      kind: "request",
      prompt: ask.text === "" ? run.request.text : ask.text,
      author: run.request.requester,
      authorMayVote: false,
      files: run.request.files,
    },
  };
}

function refuse(refusal: Refusal, rule: string): Routed {
  return { routing: { kind: "refuse", refusal, rule } };
}

function writeRefusal(run: Run, { refusal, rule }: { readonly refusal: Refusal; readonly rule: string }): Commit {
  return {
    run,
    events: [{ type: "refused", refusal, rule }],
    record: [{ kind: "refused", payload: { refusal, rule } }],
  };
}
