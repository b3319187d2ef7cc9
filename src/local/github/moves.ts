// What a moved ref means for pull requests: heads follow their branch, and what the base already holds is merged.
import { tellPull, tellPush, type RefMove } from "./events.ts";
import { ZERO, isAncestor, listRefs, mergeBase, readBranch, writeRef } from "./refs.ts";
import type { Actor, Pull, Repository } from "./state.ts";
import { gitRepo, type World } from "./world.ts";

/** GitHub's own stand-in for an account it cannot name. */
export const GHOST: Actor = { id: 10_137, login: "ghost", type: "User" };

/** Call inside `world.alone`, after the ref moved. */
export async function refMoved(world: World, repo: Repository, move: RefMove): Promise<void> {
  if (!move.ref.startsWith("refs/heads/") && !move.ref.startsWith("refs/tags/")) return;
  repo.pushedAtMs = world.nowMs();
  await tellPush(world, repo, move);
  if (!move.ref.startsWith("refs/heads/")) return;
  const branch = move.ref.slice("refs/heads/".length);
  for (const pull of repo.pulls.filter((one) => one.state === "open")) {
    if (pull.headRef === branch) await headMoved(world, { repo, pull }, move);
    else if (pull.baseRef === branch) await baseMoved(world, { repo, pull }, move);
  }
}

interface At {
  readonly repo: Repository;
  readonly pull: Pull;
}

async function headMoved(world: World, at: At, move: RefMove): Promise<void> {
  const { repo, pull } = at;
  if (move.after === ZERO) {
    await closePull(world, at, move.sender);
    return;
  }
  if (pull.headSha === move.after) return;
  const before = pull.headSha;
  const git = gitRepo(world, repo);
  const base = (await readBranch(git, pull.baseRef))?.sha;
  pull.headSha = move.after;
  if (base !== undefined && (await mergeBase(git, base, move.after)) !== undefined) pull.baseSha = base;
  pull.updatedAtMs = world.nowMs();
  await writeRef(git, `refs/pull/${pull.number}/head`, move.after);
  await tellPull(world, at, { action: "synchronize", sender: move.sender, more: { before, after: move.after } });
}

async function baseMoved(world: World, at: At, move: RefMove): Promise<void> {
  if (move.after === ZERO) {
    await closePull(world, at, move.sender);
    return;
  }
  if (!(await isAncestor(gitRepo(world, at.repo), at.pull.headSha, move.after))) return;
  at.pull.merge = { atMs: world.nowMs(), by: move.sender, sha: move.after };
  await closePull(world, at, move.sender);
}

export async function closePull(world: World, at: At, by: Actor): Promise<void> {
  at.pull.state = "closed";
  at.pull.closedAtMs = world.nowMs();
  at.pull.closedBy = by;
  at.pull.updatedAtMs = world.nowMs();
  await tellPull(world, at, { action: "closed", sender: by });
}

/** Catches up with refs that moved while nobody told us: a push straight into the folder, or one cut short by a crash. */
export async function catchUp(world: World, repo: Repository): Promise<void> {
  if ((await staleHeads(world, repo)).length === 0) return;
  await world.alone(repo, async () => {
    for (const { pull, tip } of await staleHeads(world, repo)) {
      const ref = `refs/heads/${pull.headRef}`;
      await refMoved(world, repo, { ref, before: pull.headSha, after: tip, sender: GHOST });
    }
    await world.file.save();
  });
}

/** A merge moves the base first and is remembered after; one that was cut short in between is remembered now. */
export async function settleAfterCrash(world: World, repo: Repository): Promise<void> {
  await catchUp(world, repo);
  const git = gitRepo(world, repo);
  await world.alone(repo, async () => {
    for (const pull of repo.pulls.filter((one) => one.state === "open")) {
      const after = (await readBranch(git, pull.baseRef))?.sha ?? ZERO;
      const ref = `refs/heads/${pull.baseRef}`;
      await baseMoved(world, { repo, pull }, { ref, before: pull.baseSha, after, sender: GHOST });
    }
    await world.file.save();
  });
}

async function staleHeads(world: World, repo: Repository): Promise<readonly { pull: Pull; tip: string }[]> {
  const open = repo.pulls.filter((pull) => pull.state === "open");
  if (open.length === 0) return [];
  const tips = new Map((await listRefs(gitRepo(world, repo), "refs/heads/")).map((ref) => [ref.name, ref.sha]));
  return open
    .map((pull) => ({ pull, tip: tips.get(`refs/heads/${pull.headRef}`) ?? ZERO }))
    .filter(({ pull, tip }) => pull.headSha !== tip);
}
