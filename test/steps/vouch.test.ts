// An owner answers for a request nobody made: under the policy of today, however old the question is.
import { expect, it } from "vitest";
import type { Policy } from "../../src/core/policy.ts";
import type { RunState } from "../../src/core/run-state.ts";
import { hearReply, type ReplyPorts } from "../../src/steps/hear-reply.ts";
import { MARKETING, POLICY } from "../core/fixtures.ts";
import { runOf, storeWith } from "./runs.ts";

const OWNER = { id: "linear:owner", name: "Web owner" };
const asking: RunState = {
  phase: "needs_input",
  choice: { kind: "owner", team: "marketing", ownerGroups: ["S0WEBOWNERS"] },
};
const MOVED: Policy = { ...POLICY, teams: [{ ...MARKETING, owners: { slackUsergroups: ["S0NEWOWNERS"] } }] };

async function vouch(policy: Policy | undefined) {
  const { store, commits } = storeWith(runOf(asking));
  const ports = {
    store: { ...store, loadActivePolicy: async () => policy },
    tracker: {
      readPerson: async () => ({
        name: "Web owner",
        email: "owner@acme.test",
        kind: "member" as const,
        linearTeams: [],
      }),
    },
    chat: {
      findPersonByEmail: async () => ({ id: "slack:U0OWN", name: "Web owner", kind: "member" as const }),
      readPerson: async (id: string) => ({ id, name: "Web owner", kind: "member" as const }),
      readGroup: async (group: string) => new Set(group === "S0WEBOWNERS" ? ["slack:U0OWN"] : []),
    },
  } as unknown as ReplyPorts;
  const request = {
    ...runOf(asking).request,
    kind: "reply" as const,
    requester: OWNER,
    text: "Start it, I answer for it",
  };
  await hearReply(ports, { inboxId: "9", runId: "7KQ2AB", request });
  return commits;
}

it("an owner takes it over, and it is theirs from then on", async () => {
  expect(await vouch(POLICY)).toMatchObject([
    {
      events: [{ type: "answered" }],
      requester: { id: "slack:U0OWN", account: "linear:owner" },
      chosen: { vouched: true },
    },
  ]);
});

it.each([
  ["the owners are others by now", MOVED],
  ["the team is gone", { ...POLICY, teams: [] }],
  ["no policy is loaded", undefined],
])("who was an owner when it was asked does not where %s", async (_where, policy) => {
  expect(await vouch(policy)).toMatchObject([{ events: [], notes: [{ kind: "not_yours" }] }]);
});
