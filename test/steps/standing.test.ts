// What somebody unmatched may still do about their run: what the policy of today lets them, whatever it was at the start.
import { expect, it } from "vitest";
import type { Act } from "../../src/core/approval.ts";
import type { Policy } from "../../src/core/policy.ts";
import { isAllowed, readStanding, type StandingPorts } from "../../src/steps/answer-person.ts";
import { ORG, POLICY, rules } from "../core/fixtures.ts";
import { runOf } from "./runs.ts";

const ANN = { id: "linear:ann", name: "Ann" };
const letting = (unmatched: "refuse" | "one-more-owner"): Policy => ({
  ...POLICY,
  org: { ...ORG, linear: { unmatched } },
});
const { request } = runOf({ phase: "received" });
const run = runOf(
  { phase: "answered", turn: 1, text: "x" },
  { rules: rules(), request: { ...request, requester: ANN } },
);
const ACTS: readonly Act[] = ["prompt", "stop", "request_changes", "withdraw", "reject"];

async function allowed(policy: Policy | undefined): Promise<readonly Act[]> {
  const ports: StandingPorts = {
    store: { loadActivePolicy: async () => policy },
    tracker: { readPerson: async () => ({ name: "Ann", kind: "member", linearTeams: [] }) },
    chat: {
      readPerson: () => Promise.reject(new Error("nobody asks")),
      findPersonByEmail: async () => undefined,
      readGroup: async () => new Set<string>(),
    },
  };
  const standing = await readStanding(ports, run, ANN);
  return ACTS.filter((act) => isAllowed(act, standing, run));
}

it("they steer what they started, and never decide", async () => {
  expect(await allowed(letting("one-more-owner"))).toEqual(["prompt", "stop", "request_changes", "withdraw"]);
});

it.each([
  ["refuses them", letting("refuse")],
  ["says nothing of them", POLICY],
  ["is not there", undefined],
])("they do nothing more where policy %s by now", async (_how, policy) => {
  expect(await allowed(policy)).toEqual([]);
});
