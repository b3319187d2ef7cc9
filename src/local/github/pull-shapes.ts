// GitHub's JSON shape of a pull request, and what git says about it: range, size, whether it merges.
import { diffFiles, type FileDiff } from "./diff.ts";
import type { GitRepo } from "./git.ts";
import { tryGit } from "./git.ts";
import { countBetween, mergeBase, readBranch } from "./refs.ts";
import { iso, nodeId, ownerShape, repoShape, repoUrls, userShape } from "./shapes.ts";
import type { Pull, Repository } from "./state.ts";
import { fullName, gitRepo, type World } from "./world.ts";

type Json = Record<string, unknown>;

/** The shape lists use. */
export function shortPullShape(world: World, repo: Repository, pull: Pull): Json {
  const { api, html } = repoUrls(world, repo);
  const url = `${api}/pulls/${pull.number}`;
  const side = (ref: string, sha: string): Json => ({
    label: `${repo.owner}:${ref}`,
    ref,
    sha,
    user: ownerShape(world, repo),
    repo: repoShape(world, repo),
  });
  return {
    id: pull.id,
    node_id: nodeId("PR", pull.id),
    url,
    html_url: `${html}/pull/${pull.number}`,
    diff_url: `${html}/pull/${pull.number}.diff`,
    patch_url: `${html}/pull/${pull.number}.patch`,
    issue_url: `${api}/issues/${pull.number}`,
    commits_url: `${url}/commits`,
    comments_url: `${api}/issues/${pull.number}/comments`,
    statuses_url: `${api}/statuses/${pull.headSha}`,
    number: pull.number,
    state: pull.state,
    locked: false,
    title: pull.title,
    user: userShape(world, pull.user),
    body: pull.body,
    created_at: iso(pull.createdAtMs),
    updated_at: iso(pull.updatedAtMs),
    closed_at: pull.closedAtMs === undefined ? null : iso(pull.closedAtMs),
    merged_at: pull.merge === undefined ? null : iso(pull.merge.atMs),
    merge_commit_sha: pull.merge?.sha ?? null,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    labels: [],
    milestone: null,
    draft: pull.draft,
    head: side(pull.headRef, pull.headSha),
    base: side(pull.baseRef, pull.baseSha),
    author_association: pull.user.type === "Bot" ? "NONE" : "MEMBER",
    auto_merge: null,
    active_lock_reason: null,
  };
}

export function pullShape(world: World, repo: Repository, pull: Pull): Promise<Json> {
  return fullPullShape(world, { repo, pull }, () => peekMergeable(world, repo, pull));
}

/** As an event carries it: it leaves before GitHub knows whether the head merges. */
export function eventPullShape(world: World, at: { readonly repo: Repository; readonly pull: Pull }): Promise<Json> {
  return fullPullShape(world, at, () => Promise.resolve(null));
}

async function fullPullShape(
  world: World,
  at: { readonly repo: Repository; readonly pull: Pull },
  askMergeable: () => Promise<boolean | null>,
): Promise<Json> {
  const { repo, pull } = at;
  const git = gitRepo(world, repo);
  const range = await pullRange(git, pull);
  const files = await diffFiles(git, range.from, range.to);
  const sum = (pick: (file: FileDiff) => number | undefined): number =>
    files.reduce((total, file) => total + (pick(file) ?? 0), 0);
  const { api } = repoUrls(world, repo);
  const mergeable = pull.state === "open" ? await askMergeable() : null;
  return {
    ...shortPullShape(world, repo, pull),
    merged: pull.merge !== undefined,
    merged_by: pull.merge === undefined ? null : userShape(world, pull.merge.by),
    mergeable,
    rebaseable: mergeable,
    mergeable_state: mergeableState(pull, mergeable),
    comments: repo.comments.filter((comment) => comment.number === pull.number).length,
    review_comments: 0,
    commits: await countBetween(git, range.from, range.to),
    additions: sum((file) => file.additions),
    deletions: sum((file) => file.deletions),
    changed_files: files.length,
    maintainer_can_modify: pull.maintainerCanModify,
    _links: {
      self: { href: `${api}/pulls/${pull.number}` },
      html: { href: `${world.origin()}/${fullName(repo)}/pull/${pull.number}` },
    },
  };
}

function mergeableState(pull: Pull, mergeable: boolean | null): string {
  if (mergeable === null) return "unknown";
  if (!mergeable) return "dirty";
  return pull.draft ? "draft" : "clean";
}

/** The two commits whose difference the pull request shows: from where its branch left the base, to its head. */
export async function pullRange(git: GitRepo, pull: Pull): Promise<{ readonly from: string; readonly to: string }> {
  // Once merged, the base holds the head: only the base as it was still tells them apart.
  const tip = pull.state === "open" ? (await readBranch(git, pull.baseRef))?.sha : undefined;
  const from = await mergeBase(git, tip ?? pull.baseSha, pull.headSha);
  return { from: from ?? pull.baseSha, to: pull.headSha };
}

export type Merge = { readonly kind: "clean"; readonly tree: string } | { readonly kind: "conflict" };

export async function tryMerge(git: GitRepo, base: string, head: string): Promise<Merge> {
  const out = await tryGit(git, ["merge-tree", "--write-tree", "--no-messages", base, head]);
  if (out.code > 1) throw new Error(`git merge-tree ended with ${out.code}: ${out.stderr.slice(0, 300)}`);
  const [tree = ""] = out.stdout.toString("utf8").split("\n");
  return out.code === 0 ? { kind: "clean", tree } : { kind: "conflict" };
}

const known = new WeakMap<World, Map<string, boolean>>();

/** Null on the first question about a pair of commits, as on GitHub, which works the answer out in the background. */
async function peekMergeable(world: World, repo: Repository, pull: Pull): Promise<boolean | null> {
  const git = gitRepo(world, repo);
  const base = await readBranch(git, pull.baseRef);
  if (base === undefined) return false;
  const answers = known.get(world) ?? new Map<string, boolean>();
  known.set(world, answers);
  const key = `${repo.id} ${base.sha} ${pull.headSha}`;
  const answer = answers.get(key);
  if (answer !== undefined) return answer;
  const merge = await tryMerge(git, base.sha, pull.headSha);
  answers.set(key, merge.kind === "clean");
  return null;
}
