// The head branch: read before every write, created or fast-forwarded, never forced.
import { z } from "zod";
import { bad, good } from "../core/problem.ts";
import { failed, unsealed, type Desk, type Published } from "./desk.ts";
import { callHost, type HostProblem } from "./host-call.ts";
import { isSealedCommit } from "./publish-commit.ts";
import { pullSchema, readHead, readHostCommit } from "./pulls.ts";

const LOOKS = 3;

/** Brings the head branch to `sha` from `expected`; undefined where the branch must not exist yet. */
export async function publishHead(desk: Desk, sha: string, expected: string | undefined): Promise<Published<"done">> {
  const commit = await readHostCommit(desk.client, desk.place, sha);
  if (!commit.ok) return failed(commit.problem);
  if (!isSealedCommit(commit.value, desk.record)) return unsealed("the commit to publish is not the sealed change");
  let last: HostProblem | undefined;
  for (let look = 0; look < LOOKS; look += 1) {
    const head = await readHead(desk.client, desk.place, desk.record.headBranch);
    if (!head.ok) return failed(head.problem);
    if (head.value === sha) return good("done");
    if (last !== undefined && !mayHaveHappened(last)) return failed(last);
    if (head.value !== expected && !(await clearedOrphan(desk, head.value, expected)))
      return movedAway(desk, head.value);
    const written = await (expected === undefined ? createHead(desk, sha) : forwardHead(desk, sha));
    if (written.ok) return good("done");
    last = written.problem;
  }
  return failed(last ?? { kind: "unavailable", detail: "the head branch does not come to rest" });
}

function movedAway(desk: Desk, head: string | undefined): Published<never> {
  const where = head === undefined ? "is gone" : `is at ${head.slice(0, 7)}`;
  return bad({ kind: "head_moved", detail: `${desk.record.headBranch} ${where}: somebody else changed it` });
}

/** An answer was lost, or somebody wrote between our look and our write: the next look tells what came of it. */
function mayHaveHappened(problem: HostProblem): boolean {
  if (problem.kind === "unavailable") return problem.retryAfterMs === undefined;
  return problem.kind === "refused" && /already exists|not a fast forward|does not exist/i.test(problem.detail);
}

const refSchema = z.object({ ref: z.string() });

function createHead(desk: Desk, sha: string) {
  return callHost(desk.client, {
    schema: refSchema,
    tries: "once",
    send: (octokit) => octokit.rest.git.createRef({ ...desk.place, ref: `refs/heads/${desk.record.headBranch}`, sha }),
  });
}

function forwardHead(desk: Desk, sha: string) {
  const ref = `heads/${desk.record.headBranch}`;
  return callHost(desk.client, {
    schema: refSchema,
    tries: "once",
    send: (octokit) => octokit.rest.git.updateRef({ ...desk.place, ref, sha, force: false }),
  });
}

/**
 * An earlier version of this run may have left its branch without a pull request. Only a branch whose tip says it is this
 * run's, and that no pull request ever used, is taken away.
 */
async function clearedOrphan(desk: Desk, head: string | undefined, expected: string | undefined): Promise<boolean> {
  if (head === undefined || expected !== undefined) return false;
  const commit = await readHostCommit(desk.client, desk.place, head);
  const mine = `Countersign-Run: ${desk.record.run}`;
  if (!commit.ok || commit.value.message.trimEnd().split("\n").at(-1) !== mine) return false;
  const { owner } = desk.place;
  const pulls = await callHost(desk.client, {
    schema: z.array(pullSchema),
    tries: "repeat",
    send: (octokit) =>
      octokit.rest.pulls.list({ ...desk.place, head: `${owner}:${desk.record.headBranch}`, state: "all" }),
  });
  if (!pulls.ok || pulls.value.length > 0) return false;
  const gone = await callHost(desk.client, {
    schema: z.unknown(),
    tries: "once",
    send: (octokit) => octokit.rest.git.deleteRef({ ...desk.place, ref: `heads/${desk.record.headBranch}` }),
  });
  return gone.ok;
}
