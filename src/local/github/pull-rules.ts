// What can be done to a pull request, by whomever: the API, a person on the page, a test. Refusals are GitHub's.
import { writeCommit, type Person } from "./objects.ts";
import { closePull, refMoved } from "./moves.ts";
import { tellPull } from "./events.ts";
import { tryMerge } from "./pull-shapes.ts";
import { countBetween, mergeBase, moveRef, readBranch, writeRef } from "./refs.ts";
import { Refusal, invalid, type FieldError } from "./refusal.ts";
import { noReply } from "./shapes.ts";
import type { Actor, Comment, Pull, Repository } from "./state.ts";
import { gitRepo, takeId, type World } from "./world.ts";

export interface At {
  readonly repo: Repository;
  readonly pull: Pull;
}

export interface NewPull {
  readonly title: string;
  readonly body: string | null;
  readonly headRef: string;
  readonly baseRef: string;
  readonly draft: boolean;
  readonly maintainerCanModify: boolean;
  readonly by: Actor;
}

const MAX_TITLE = 256;
const MAX_BODY = 65_536;

function pullError(error: Omit<FieldError, "resource">): Refusal {
  return invalid({ resource: "PullRequest", ...error });
}

function judgeTexts(texts: { readonly title?: string | undefined; readonly body?: string | null | undefined }): void {
  if (texts.title !== undefined && texts.title.trim() === "")
    throw pullError({ field: "title", code: "missing_field" });
  if ((texts.title?.length ?? 0) > MAX_TITLE)
    throw pullError({
      field: "title",
      code: "custom",
      message: `title is too long (maximum is ${MAX_TITLE} characters)`,
    });
  if ((texts.body?.length ?? 0) > MAX_BODY)
    throw pullError({ field: "body", code: "custom", message: `body is too long (maximum is ${MAX_BODY} characters)` });
}

export function openPull(world: World, repo: Repository, wish: NewPull): Promise<Pull> {
  judgeTexts(wish);
  return world.alone(repo, async () => {
    const git = gitRepo(world, repo);
    const head = await readBranch(git, wish.headRef);
    const base = await readBranch(git, wish.baseRef);
    if (head === undefined) throw pullError({ field: "head", code: "invalid" });
    if (base === undefined) throw pullError({ field: "base", code: "invalid" });
    refuseTwin(repo, wish);
    if ((await mergeBase(git, base.sha, head.sha)) === undefined)
      throw pullError({
        code: "custom",
        message: `The ${wish.headRef} branch has no history in common with ${wish.baseRef}`,
      });
    if ((await countBetween(git, base.sha, head.sha)) === 0)
      throw pullError({ code: "custom", message: `No commits between ${wish.baseRef} and ${wish.headRef}` });
    const now = world.nowMs();
    const { by, ...texts } = wish;
    const stamps = { createdAtMs: now, updatedAtMs: now };
    const number = repo.nextNumber;
    repo.nextNumber += 1;
    const shas = { headSha: head.sha, baseSha: base.sha };
    const pull: Pull = { ...texts, ...stamps, ...shas, id: takeId(world), number, state: "open", user: by };
    repo.pulls.push(pull);
    await writeRef(git, `refs/pull/${number}/head`, head.sha);
    await tellPull(world, { repo, pull }, { action: "opened", sender: by });
    return pull;
  });
}

function refuseTwin(repo: Repository, wish: Pick<NewPull, "headRef" | "baseRef">, self?: Pull): void {
  const twin = repo.pulls.find(
    (one) => one !== self && one.state === "open" && one.headRef === wish.headRef && one.baseRef === wish.baseRef,
  );
  if (twin === undefined) return;
  throw pullError({ code: "custom", message: `A pull request already exists for ${repo.owner}:${wish.headRef}.` });
}

export interface PullEdit {
  readonly title?: string | undefined;
  readonly body?: string | null | undefined;
  readonly state?: "open" | "closed" | undefined;
  readonly base?: string | undefined;
  readonly maintainerCanModify?: boolean | undefined;
  readonly by: Actor;
}

export function editPull(world: World, at: At, edit: PullEdit): Promise<void> {
  judgeTexts(edit);
  return world.alone(at.repo, async () => {
    const { pull } = at;
    await rename(world, at, edit);
    if (edit.base !== undefined && edit.base !== pull.baseRef) await rebase(world, at, edit);
    if (edit.maintainerCanModify !== undefined) pull.maintainerCanModify = edit.maintainerCanModify;
    if (edit.state === "closed" && pull.state === "open") await closePull(world, at, edit.by);
    if (edit.state === "open" && pull.state === "closed") await reopen(world, at, edit.by);
  });
}

async function rename(world: World, at: At, edit: PullEdit): Promise<void> {
  const { pull } = at;
  const changes: Record<string, { from: string | null }> = {};
  if (edit.title !== undefined && edit.title !== pull.title) {
    changes["title"] = { from: pull.title };
    pull.title = edit.title;
  }
  if (edit.body !== undefined && edit.body !== pull.body) {
    changes["body"] = { from: pull.body };
    pull.body = edit.body;
  }
  if (Object.keys(changes).length === 0) return;
  pull.updatedAtMs = world.nowMs();
  await tellPull(world, at, { action: "edited", sender: edit.by, more: { changes } });
}

async function rebase(world: World, at: At, edit: PullEdit): Promise<void> {
  const { repo, pull } = at;
  const git = gitRepo(world, repo);
  const baseRef = edit.base ?? pull.baseRef;
  const base = await readBranch(git, baseRef);
  if (base === undefined) throw pullError({ field: "base", code: "invalid" });
  if (pull.state === "closed")
    throw pullError({
      field: "base",
      code: "custom",
      message: "Cannot change the base branch of a closed pull request.",
    });
  refuseTwin(repo, { headRef: pull.headRef, baseRef }, pull);
  if ((await countBetween(git, base.sha, pull.headSha)) === 0)
    throw pullError({
      field: "base",
      code: "custom",
      message: `There are no new commits between base branch '${baseRef}' and head branch '${pull.headRef}'`,
    });
  const changes = { base: { ref: { from: pull.baseRef }, sha: { from: pull.baseSha } } };
  pull.baseRef = baseRef;
  pull.baseSha = base.sha;
  pull.updatedAtMs = world.nowMs();
  await tellPull(world, at, { action: "edited", sender: edit.by, more: { changes } });
}

async function reopen(world: World, at: At, by: Actor): Promise<void> {
  const { repo, pull } = at;
  const cannot = (why: string): Refusal =>
    pullError({ field: "state", code: "invalid", message: `state cannot be changed. ${why}` });
  if (pull.merge !== undefined) throw cannot("The pull request cannot be reopened.");
  const head = await readBranch(gitRepo(world, repo), pull.headRef);
  if (head === undefined) throw cannot(`The ${pull.headRef} branch has been deleted.`);
  if (head.sha !== pull.headSha) throw cannot(`The ${pull.headRef} branch was force-pushed or recreated.`);
  refuseTwin(repo, pull, pull);
  pull.state = "open";
  delete pull.closedAtMs;
  delete pull.closedBy;
  pull.updatedAtMs = world.nowMs();
  await tellPull(world, at, { action: "reopened", sender: by });
}

export function setDraft(world: World, at: At, to: { readonly draft: boolean; readonly by: Actor }): Promise<void> {
  return world.alone(at.repo, async () => {
    const { pull } = at;
    if (pull.state === "closed") throw new Refusal(422, "Pull request is closed");
    if (pull.draft === to.draft) return;
    pull.draft = to.draft;
    pull.updatedAtMs = world.nowMs();
    await tellPull(world, at, { action: to.draft ? "converted_to_draft" : "ready_for_review", sender: to.by });
  });
}

export interface MergeWish {
  readonly sha?: string | undefined;
  readonly method: "merge" | "squash" | "rebase";
  readonly title?: string | undefined;
  readonly message?: string | undefined;
  readonly by: Actor;
}

const NOT_MERGEABLE = "Pull Request is not mergeable";

/** The sha of the commit that landed on the base. */
export function mergePull(world: World, at: At, wish: MergeWish): Promise<string> {
  return world.alone(at.repo, async () => {
    const { repo, pull } = at;
    if (pull.state === "closed") throw new Refusal(405, NOT_MERGEABLE);
    if (wish.method === "rebase") throw new Refusal(405, "Rebase merges are not allowed on this repository.");
    const git = gitRepo(world, repo);
    const head = await readBranch(git, pull.headRef);
    if (head === undefined || head.sha !== pull.headSha || (wish.sha !== undefined && wish.sha !== head.sha))
      throw new Refusal(409, "Head branch was modified. Review and try the merge again.");
    if (pull.draft) throw new Refusal(405, "Pull Request is still a draft");
    const base = await readBranch(git, pull.baseRef);
    if (base === undefined) throw new Refusal(405, NOT_MERGEABLE);
    const merge = await tryMerge(git, base.sha, head.sha);
    if (merge.kind === "conflict") throw new Refusal(405, NOT_MERGEABLE);
    const sha = await writeCommit(git, mergeCommit(world, at, { wish, base: base.sha, tree: merge.tree }));
    const ref = `refs/heads/${pull.baseRef}`;
    if (!(await moveRef(git, ref, { from: base.sha, to: sha })))
      throw new Refusal(405, "Base branch was modified. Review and try the merge again.");
    repo.verified.push(sha);
    const now = world.nowMs();
    pull.merge = { atMs: now, by: wish.by, sha };
    pull.baseSha = base.sha;
    pull.state = "closed";
    await refMoved(world, repo, { ref, before: base.sha, after: sha, sender: wish.by });
    await closePull(world, at, wish.by);
    return sha;
  });
}

interface Landing {
  readonly wish: MergeWish;
  readonly base: string;
  readonly tree: string;
}

function mergeCommit(world: World, at: At, landing: Landing): Parameters<typeof writeCommit>[1] {
  const { repo, pull } = at;
  const { wish, base, tree } = landing;
  const at1 = { atSeconds: Math.floor(world.nowMs() / 1000), zone: "+0000" };
  const author: Person = { name: wish.by.name ?? wish.by.login, email: noReply(wish.by), ...at1 };
  const committer: Person = { name: "GitHub", email: "noreply@github.com", ...at1 };
  const squash = wish.method === "squash";
  const title =
    wish.title ??
    (squash
      ? `${pull.title} (#${pull.number})`
      : `Merge pull request #${pull.number} from ${repo.owner}/${pull.headRef}`);
  const text = wish.message ?? (squash ? "" : pull.title);
  const message = text === "" ? title : `${title}\n\n${text}`;
  return { tree, parents: squash ? [base] : [base, pull.headSha], author, committer, message };
}

export function addComment(world: World, at: At, said: { readonly body: string; readonly by: Actor }): Comment {
  if (said.body.trim() === "") throw invalid({ resource: "IssueComment", field: "body", code: "missing_field" });
  if (said.body.length > MAX_BODY)
    throw invalid({
      resource: "IssueComment",
      field: "body",
      code: "custom",
      message: `body is too long (maximum is ${MAX_BODY} characters)`,
    });
  const now = world.nowMs();
  const comment: Comment = {
    id: takeId(world),
    number: at.pull.number,
    user: said.by,
    body: said.body,
    createdAtMs: now,
    updatedAtMs: now,
  };
  at.repo.comments.push(comment);
  at.pull.updatedAtMs = now;
  return comment;
}
