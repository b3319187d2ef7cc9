// An approved change becomes a pull request: authority, policy and seal are judged again, then each write looks first.
import { standingVotes } from "../core/approval.ts";
import { judgeUnderBoth } from "../core/change.ts";
import { resolveRules, votesNeeded } from "../core/policy.ts";
import { pullRequestBody } from "../core/pull-request.ts";
import type { InPhase } from "../core/run-state.ts";
import { sealDigest, shortSeal, type Sha256 } from "../core/seal.ts";
import type {
  Chat,
  Change,
  Clock,
  CodeHost,
  Log,
  PublishProblem,
  PublishSession,
  Publisher,
  Repository,
  Run,
  Store,
} from "../ports.ts";
import { commitOrLose } from "./commit-run.ts";
import { readAuthority } from "./read-authority.ts";
import { reportMovedHead } from "./report-head.ts";

export interface PublishPorts {
  readonly store: Pick<
    Store,
    "claim" | "commit" | "loadRun" | "loadChange" | "loadPack" | "listVotes" | "loadActivePolicy" | "loadView"
  >;
  readonly chat: Pick<Chat, "readGroup">;
  readonly codeHost: Pick<CodeHost, "compareBase">;
  readonly publisher: Publisher;
  readonly sha256: Sha256;
  readonly clock: Clock;
  readonly log: Log;
}

interface Held {
  readonly run: Run;
  readonly state: InPhase<"publishing">;
  readonly change: Change;
  readonly repository: Repository;
}

/**
 * Claims the run from approved, or from a publisher that died, and carries it to `pr_open` or back with the reason.
 * One that is open already has its check brought up to what its head is now.
 */
export async function publishChange(ports: PublishPorts, runId: string): Promise<void> {
  const run = await ports.store.claim(runId, { phases: ["approved", "publishing"] });
  if (run?.state.phase !== "publishing") {
    await reportMovedHead(ports, runId);
    return;
  }
  const change = await ports.store.loadChange(run.id, run.state.change);
  if (change === undefined || run.repository === undefined) throw new Error(`run ${run.id} has nothing to publish`);
  const held: Held = { run, state: run.state, change, repository: run.repository };
  const lapsed = await judgeStanding(ports, held);
  if (lapsed !== undefined) {
    await voidApproval(ports, held, lapsed);
    return;
  }
  const record = change.sealed;
  if (record === undefined) throw new Error(`change ${change.number} of run ${run.id} was never sealed`);
  const begun = await ports.publisher.begin(held.repository, {
    record,
    digest: held.state.seal,
    approvals: held.state.approvals,
  });
  if (!begun.ok) {
    await hold(ports, held, begun.problem);
    return;
  }
  try {
    await publishWith(ports, held, begun.value);
  } finally {
    await begun.value.end();
  }
}

interface Lapse {
  readonly note: string;
  readonly conflict: boolean;
}

/** Why the approval no longer holds, or undefined. Unreadable authority means wait: the job is tried again. */
async function judgeStanding(ports: PublishPorts, held: Held): Promise<Lapse | undefined> {
  const { run, state, change } = held;
  const { rules } = run;
  if (rules === undefined) return { note: "the run has no rules", conflict: true };
  if (
    change.sealed === undefined ||
    sealDigest(change.sealed, ports.sha256) !== state.seal ||
    change.seal !== state.seal
  ) {
    return { note: "the seal does not match the stored change", conflict: true };
  }
  const policy = await ports.store.loadActivePolicy();
  const current = policy === undefined ? undefined : resolveRules(policy, rules.team, rules.repository);
  if (current === undefined)
    return { note: `the rules no longer let ${rules.team} change ${rules.repository}`, conflict: true };
  if (judgeUnderBoth(change.files, rules, current).length > 0) {
    return { note: `the rules of ${rules.team} changed and no longer allow this change`, conflict: true };
  }
  const authority = await readAuthority(ports, run);
  if (authority.owners === undefined) throw new Error(`the owners of run ${run.id} cannot be read right now`);
  const view = await ports.store.loadView(run.id);
  const promptAuthorIds = (view?.turns ?? []).filter((turn) => !turn.authorMayVote).map((turn) => turn.author.id);
  const votes = (await ports.store.listVotes(run.id, change.number)).filter(
    (vote) => vote.verdict === "approve" && vote.seal === state.seal,
  );
  const ballot = {
    approvals: votes.map((vote) => vote.person.id),
    requesterId: run.request.requester.id,
    promptAuthorIds,
  };
  const standing = standingVotes(ballot, authority.owners);
  if (standing.length < votesNeeded(rules, current, ballot.requesterId)) {
    return { note: "who approved it is no longer an owner here", conflict: false };
  }
  return judgeBase(ports, held);
}

async function judgeBase(ports: PublishPorts, held: Held): Promise<Lapse | undefined> {
  const { run, change, repository } = held;
  if (run.pullRequest !== undefined) return undefined;
  const pack = await ports.store.loadPack(run.id, change.number);
  const paths = change.files.map((file) => file.path);
  const { baseBranch: branch, baseCommit: from, resultTree: tree } = change;
  const compared = await ports.codeHost.compareBase({ repository, branch, from, paths, change: { pack, tree } });
  if (!compared.conflict) return undefined;
  return { note: `${branch} changed the same lines since this was approved`, conflict: true };
}

async function voidApproval(ports: PublishPorts, held: Held, lapse: Lapse): Promise<void> {
  const { rules } = held.run;
  const expiresAtMs = ports.clock.nowMs() + (rules?.expiresMs ?? 0);
  await commitOrLose(ports.store, {
    run: held.run,
    events: [{ type: "approval_void", note: lapse.note, conflict: lapse.conflict, expiresAtMs }],
    record: [{ kind: "approval_void", payload: { change: held.change.number, why: lapse.note } }],
    jobs: [{ name: "expire", runId: held.run.id, change: held.change.number, atMs: expiresAtMs }],
  });
}

async function publishWith(ports: PublishPorts, held: Held, session: PublishSession): Promise<void> {
  const made = await makeCommit(ports, held, session);
  if (made === undefined) return;
  const { run, sha } = made;
  const mine: Held = { ...held, run };
  // A later turn was made on the pull request's head: that sealed base is the only place the branch may move on from.
  const moved = await session.moveHead(sha, run.pullRequest === undefined ? undefined : held.change.baseCommit);
  if (!moved.ok) {
    if (moved.problem.kind === "head_moved" && run.pullRequest !== undefined) {
      await voidApproval(ports, mine, {
        note: "somebody else pushed to its branch since this version",
        conflict: true,
      });
    } else {
      await hold(ports, mine, moved.problem);
    }
    return;
  }
  const opened = await session.openPullRequest({ body: await describe(ports, mine), draft: run.rules?.draft ?? true });
  if (!opened.ok) {
    await hold(ports, mine, opened.problem);
    return;
  }
  const { number, url, draft } = opened.value;
  const done = await commitOrLose(ports.store, {
    run,
    events: [{ type: "pull_request_recorded", number, url, headSha: sha, tree: held.change.resultTree, draft }],
    record: [
      {
        kind: "pull_request_opened",
        payload: { number, url, headSha: sha, tree: held.change.resultTree, parent: held.change.baseCommit },
      },
    ],
  });
  if (done === undefined) return;
  await session.reportApproval(sha, {
    ok: true,
    title: "Countersigned",
    summary: `The head is exactly the change that was approved. Run ${run.id}, seal ${shortSeal(held.state.seal)}.`,
  });
}

/** The sha is on the row before any ref points at it, so that the next publisher goes on with the same commit. */
async function makeCommit(
  ports: PublishPorts,
  held: Held,
  session: PublishSession,
): Promise<{ readonly run: Run; readonly sha: string } | undefined> {
  if (held.state.commitSha !== undefined) return { run: held.run, sha: held.state.commitSha };
  const pack = await ports.store.loadPack(held.run.id, held.change.number);
  const made = await session.createCommit({ files: held.change.files, pack });
  if (!made.ok) {
    await hold(ports, held, made.problem);
    return undefined;
  }
  const run = await commitOrLose(ports.store, {
    run: held.run,
    events: [{ type: "commit_made", sha: made.value }],
    record: [{ kind: "publish_step", payload: { step: "commit", sha: made.value, tree: held.change.resultTree } }],
  });
  return run === undefined ? undefined : { run, sha: made.value };
}

async function describe(ports: PublishPorts, held: Held): Promise<string> {
  const { run, change, state } = held;
  const votes = await ports.store.listVotes(run.id, change.number);
  return pullRequestBody({
    run: run.id,
    requester: run.request.requester.name,
    approvers: votes.filter((vote) => state.approvals.includes(vote.person.id)).map((vote) => vote.person.name),
    asked: run.request.text,
    ...(run.issue === undefined ? {} : { issue: { key: run.issue.identifier, whole: run.request.kind === "issue" } }),
    agentSaid: change.said,
    files: change.files,
    checks: change.checks,
    change: change.number,
    baseBranch: change.baseBranch,
    baseCommit: change.baseCommit,
    resultTree: change.resultTree,
    policyVersion: run.rules?.policyVersion ?? "",
    seal: state.seal,
  });
}

/** The approval is kept, with the reason. What may pass by itself is tried again by the queue; a refusal waits for a person. */
async function hold(ports: PublishPorts, held: Held, problem: PublishProblem): Promise<void> {
  const again = problem.kind === "unavailable";
  const reason = again ? "GitHub is not answering; trying again by itself." : problem.detail;
  const done = await commitOrLose(ports.store, {
    run: held.run,
    events: [{ type: "held", reason }],
    record: [{ kind: "publish_held", payload: { kind: problem.kind, detail: problem.detail } }],
  });
  ports.log.warn({ runId: held.run.id, kind: problem.kind, detail: problem.detail }, "publishing held");
  if (again && done !== undefined) throw new Error(`code host unavailable for run ${held.run.id}: ${problem.detail}`);
}
