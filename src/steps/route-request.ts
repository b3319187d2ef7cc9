// A received request becomes a queued run, a refusal with its rule, or a question back.
import { parseAsk } from "../core/request.ts";
import { decideRouting, groupsToRead, type Refusal, type Routing, type RoutingFacts } from "../core/routing.ts";
import type { Policy } from "../core/policy.ts";
import type { Chat, CodeHost, Commit, Harnesses, Run, Store } from "../ports.ts";

export interface RoutePorts {
  readonly store: Pick<Store, "loadRun" | "loadActivePolicy" | "commit">;
  readonly chat: Pick<Chat, "readPerson" | "readGroup">;
  readonly codeHost: Pick<CodeHost, "findRepository">;
  readonly harnesses: Pick<Harnesses, "forRules" | "secretValues">;
}

/** Does nothing unless the run is still received. */
export async function routeRequest(ports: RoutePorts, runId: string): Promise<void> {
  const run = await ports.store.loadRun(runId);
  if (run === undefined || run.state.phase !== "received") return;
  const policy = await ports.store.loadActivePolicy();
  const requester = await ports.chat.readPerson(run.request.requester.id);
  const routing: Routing =
    policy === undefined
      ? { kind: "refuse", refusal: { kind: "no-policy", detail: "no policy has been loaded" }, rule: "policy" }
      : decideRouting(policy, { ...(await readFacts(ports, policy, run)), requester });
  await ports.store.commit({ ...(await writeRouting(ports, run, routing)), requesterName: requester.name });
}

async function readFacts(ports: RoutePorts, policy: Policy, run: Run): Promise<Omit<RoutingFacts, "requester">> {
  const groups = new Map<string, ReadonlySet<string>>();
  for (const group of groupsToRead(policy)) groups.set(group, (await ports.chat.readGroup(group)) ?? new Set());
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
