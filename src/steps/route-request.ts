// A received request becomes a queued run, a refusal with its rule, or a question back.
import { parseAsk } from "../core/request.ts";
import {
  decideRouting,
  groupsToRead,
  type Refusal,
  type RequesterFacts,
  type Routing,
  type RoutingFacts,
} from "../core/routing.ts";
import type { Policy } from "../core/policy.ts";
import type { Chat, Clock, CodeHost, Commit, Harnesses, Run, Store } from "../ports.ts";

export interface RoutePorts {
  readonly store: Pick<Store, "loadRun" | "loadActivePolicy" | "commit">;
  readonly chat: Pick<Chat, "readPerson" | "readGroup">;
  readonly codeHost: Pick<CodeHost, "findRepository">;
  readonly harnesses: Pick<Harnesses, "forRules" | "secretValues">;
  readonly clock: Pick<Clock, "nowMs">;
}

/** How long a group that cannot be read is asked for again before somebody is refused for it. */
const GROUP_PATIENCE_MS = 60_000;

/** Does nothing unless the run is still received. */
export async function routeRequest(ports: RoutePorts, runId: string): Promise<void> {
  const run = await ports.store.loadRun(runId);
  if (run === undefined || run.state.phase !== "received") return;
  const policy = await ports.store.loadActivePolicy();
  const requester = await ports.chat.readPerson(run.request.requester.id);
  const routing = policy === undefined ? NO_POLICY : await routeUnder(ports, policy, { run, requester });
  await ports.store.commit({ ...(await writeRouting(ports, run, routing)), requesterName: requester.name });
}

const NO_POLICY: Routing = {
  kind: "refuse",
  refusal: { kind: "no-policy", detail: "no policy has been loaded" },
  rule: "policy",
};

async function routeUnder(
  ports: RoutePorts,
  policy: Policy,
  at: { readonly run: Run; readonly requester: RequesterFacts },
): Promise<Routing> {
  const facts = await readFacts(ports, policy, at.run);
  const routing = decideRouting(policy, { ...facts, requester: at.requester });
  const unread = groupsToRead(policy).find((group) => !facts.groups.has(group));
  const young = ports.clock.nowMs() - at.run.createdAtMs < GROUP_PATIENCE_MS;
  // A group that was deleted stays unreadable and counts as empty; an outage must not refuse anybody.
  if (routing.kind === "refuse" && unread !== undefined && young)
    throw new Error(`group ${unread} cannot be read right now`);
  return routing;
}

async function readFacts(ports: RoutePorts, policy: Policy, run: Run): Promise<Omit<RoutingFacts, "requester">> {
  const groups = new Map<string, ReadonlySet<string>>();
  for (const group of groupsToRead(policy)) {
    const members = await ports.chat.readGroup(group);
    if (members !== undefined) groups.set(group, members);
  }
  const asked = parseAsk(run.request.text);
  const team = run.chosen.team ?? run.request.team ?? asked.team;
  const repository = run.chosen.repository ?? run.request.repository ?? asked.repository;
  return {
    channel: run.request.place.channel,
    text: asked.text,
    groups,
    ...(team === undefined ? {} : { team }),
    ...(repository === undefined ? {} : { repository }),
  };
}

async function writeRouting(ports: RoutePorts, run: Run, routing: Routing): Promise<Commit> {
  if (routing.kind === "choose") {
    return {
      run,
      events: [{ type: "asked", choice: routing.choice }],
      record: [{ kind: "asked", payload: { choice: routing.choice } }],
    };
  }
  if (routing.kind === "refuse") return refuse(run, routing.refusal, routing.rule);
  const { rules, rule } = routing;
  const harness = ports.harnesses.forRules(rules);
  const missing = harness.secretNames.filter((name) => !ports.harnesses.secretValues([name]).has(name));
  if (missing.length > 0) {
    const detail = `${harness.label} needs ${missing.join(" and ")}, which is not set here`;
    return refuse(run, { kind: "agent-unavailable", detail }, `teams/${rules.team}.yaml, agent`);
  }
  const repository = await ports.codeHost.findRepository(rules.repository);
  if (repository === undefined) {
    return refuse(run, { kind: "no-repository", team: rules.team, asked: rules.repository, allowed: [] }, rule);
  }
  const ask = parseAsk(run.request.text);
  return {
    run,
    events: [{ type: "allowed" }],
    record: [
      {
        kind: "routed",
        payload: {
          team: rules.team,
          repository: rules.repository,
          repositoryId: repository.id,
          policyVersion: rules.policyVersion,
          rule,
          write: rules.write,
          limits: rules.limits,
        },
      },
    ],
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

function refuse(run: Run, refusal: Refusal, rule: string): Commit {
  return {
    run,
    events: [{ type: "refused", refusal, rule }],
    record: [{ kind: "refused", payload: { refusal, rule } }],
  };
}
