// Short ways to the states that tests of the store start from.
import type { RunRules } from "../../src/core/policy.ts";
import type { Policy } from "../../src/core/policy.ts";
import type { NewRequest } from "../../src/core/request.ts";
import type { RunEvent } from "../../src/core/run-event.ts";
import type { SealedRecord } from "../../src/core/seal.ts";
import type { Commit, Committed, NewChange, NewTurn, Repository, Run } from "../../src/ports.ts";
import type { TestStore } from "../setup/store.ts";

const REPOSITORY: Repository = { id: 77, fullName: "acme/site", defaultBranch: "main" };

export function policyOf(version: string, teams: Readonly<Record<string, number>>): Policy {
  return {
    version,
    org: { admins: { slackUsergroups: ["SADM"] } },
    teams: Object.entries(teams).map(([team, atOnce]) => ({
      team,
      members: { slackUsergroups: ["SMEM"] },
      may: ["change" as const],
      repositories: [{ repo: "acme/site", paths: { write: ["**"] } }],
      owners: { slackUsergroups: ["SOWN"] },
      limits: { atOnce },
    })),
  };
}

function rulesOf(team: string, policyVersion = "p1", atOnce = 2): RunRules {
  return {
    team,
    policyVersion,
    repository: "acme/site",
    historyDepth: 50,
    draft: true,
    write: ["**"],
    never: [],
    checks: [],
    ownerGroups: ["SOWN"],
    votesRequired: 1,
    expiresMs: 86_400_000,
    memberGroups: ["SMEM"],
    linearTeams: [],
    adminGroups: ["SADM"],
    agent: { use: "command", command: ["agent"] },
    network: { setup: [], agent: [] },
    limits: { timeMs: 1000, files: 5, lines: 50 },
    atOnce,
  };
}

let posts = 0;

export function requestOf(text = "change the title of the page", more: Partial<NewRequest> = {}): NewRequest {
  return {
    kind: "command",
    requester: { id: "slack:U1", name: "Ann" },
    place: { surface: "slack", workspace: "T1", channel: "C1" },
    text,
    files: [],
    ...more,
  };
}

export function newKey(): { readonly source: "slack"; readonly key: string } {
  posts += 1;
  return { source: "slack", key: `post-${process.pid}-${posts}` };
}

/** A received run. */
export async function ask(it: TestStore, text?: string, more?: Partial<NewRequest>): Promise<Run> {
  const accepted = await it.store.acceptRequest(newKey(), requestOf(text, more));
  return loaded(it, accepted.runId ?? "");
}

export async function loaded(it: TestStore, id: string): Promise<Run> {
  const run = await it.store.loadRun(id);
  if (run === undefined) throw new Error(`no run ${id}`);
  return run;
}

/** Routed: queued, or dispatched where the team has a free place. */
export async function route(it: TestStore, run: Run, team: string): Promise<Run> {
  const rules = rulesOf(team);
  const turn: NewTurn = {
    turn: 1,
    kind: "request",
    prompt: run.request.text,
    author: run.request.requester,
    authorMayVote: false,
    files: [],
  };
  const done = await it.store.commit({
    run,
    events: [{ type: "allowed" }],
    record: [{ kind: "routed", payload: { team } }],
    rules,
    repository: REPOSITORY,
    turn,
  });
  return committed(done);
}

export function committed(done: Committed): Run {
  if (done.kind !== "committed") throw new Error(`not committed: ${JSON.stringify(done)}`);
  return done.run;
}

export async function move(it: TestStore, run: Run, ...events: readonly RunEvent[]): Promise<Run> {
  return committed(await it.store.commit(moving(run, ...events)));
}

export function moving(run: Run, ...events: readonly RunEvent[]): Commit {
  return { run, events, record: events.map((event) => ({ kind: "note", payload: { event: event.type } })) };
}

export function changeOf(number: number, turn = 1): NewChange {
  return {
    number,
    turn,
    said: "Done.",
    baseBranch: "main",
    baseCommit: "b".repeat(40),
    baseTree: "c".repeat(40),
    resultTree: "d".repeat(40),
    headBranch: "agent/marketing/x",
    commitMessage: "Change the title",
    title: "Change the title",
    files: [
      {
        path: "index.html",
        status: "modified",
        oldMode: "100644",
        newMode: "100644",
        oldId: "1".repeat(40),
        newId: "2".repeat(40),
        added: 1,
        removed: 1,
        bytes: 12,
      },
    ],
    diff: "--- a\n+++ b\n",
    diffCut: false,
    problems: [],
    pack: new Uint8Array([80, 65, 67, 75, 0, 255]),
  };
}

export function sealedOf(run: Run, change: number): SealedRecord {
  return {
    v: 1,
    run: run.id,
    change,
    repositoryId: REPOSITORY.id,
    baseBranch: "main",
    baseCommit: "b".repeat(40),
    baseTree: "c".repeat(40),
    resultTree: "d".repeat(40),
    headBranch: "agent/marketing/x",
    commitMessage: "Change the title",
    title: "Change the title",
    checksDigest: "e".repeat(64),
    policyVersion: "p1",
  };
}

export const SEAL = "5".repeat(64);

/** From dispatched to a card that waits for votes. */
export async function toApproval(it: TestStore, dispatched: Run): Promise<Run> {
  const claimed = await it.store.claim(dispatched.id, { phases: ["dispatched"], turn: 1 });
  if (claimed === undefined) throw new Error("not claimed");
  const working = await move(it, claimed, { type: "agent_started", sandboxId: "sb1", pid: 7 });
  const checking = committed(
    await it.store.commit({ ...moving(working, { type: "change_frozen", change: 1 }), change: changeOf(1) }),
  );
  return committed(
    await it.store.commit({
      ...moving(checking, {
        type: "checked",
        seal: SEAL,
        expiresAtMs: it.clock.nowMs() + 86_400_000,
        approvable: true,
      }),
      seal: { change: 1, digest: SEAL, record: sealedOf(checking, 1) },
    }),
  );
}
