// Pull requests and their comments.
import { z } from "zod";
import { diffFiles, diffText, type FileDiff } from "./diff.ts";
import { catchUp } from "./moves.ts";
import { commitsBetween } from "./objects.ts";
import { addComment, editPull, mergePull, openPull, type At } from "./pull-rules.ts";
import { pullRange, pullShape, shortPullShape } from "./pull-shapes.ts";
import { invalid, notFound } from "./refusal.ts";
import {
  created,
  numberParam,
  ok,
  page,
  parseBody,
  repoRoute,
  type Answer,
  type RepoAsk,
  type Route,
} from "./router.ts";
import { commentShape, commitShape, iso, repoUrls } from "./shapes.ts";
import type { Comment, Pull, Repository } from "./state.ts";
import { findPull, type World } from "./world.ts";

const READ = { pull_requests: "read" } as const;
const WRITE = { pull_requests: "write" } as const;
const TALK_READ = { issues: "read", pull_requests: "read" } as const;
const TALK_WRITE = { issues: "write", pull_requests: "write" } as const;

async function wantPull(ask: RepoAsk): Promise<At> {
  await catchUp(ask.world, ask.repo);
  const pull = findPull(ask.repo, numberParam(ask, "number"));
  if (pull === undefined) throw notFound();
  return { repo: ask.repo, pull };
}

const NewPull = z.object({
  title: z.string().optional(),
  head: z.string().optional(),
  base: z.string().optional(),
  body: z.string().nullable().optional(),
  draft: z.boolean().default(false),
  maintainer_can_modify: z.boolean().default(true),
});

async function create(ask: RepoAsk): Promise<Answer> {
  const wish = parseBody(ask, NewPull);
  for (const field of ["title", "head", "base"] as const)
    if (wish[field] === undefined) throw invalid({ resource: "PullRequest", field, code: "missing_field" });
  const head = wish.head ?? "";
  const [owner = "", headRef = ""] = head.includes(":") ? head.split(":", 2) : [ask.repo.owner, head];
  if (owner.toLowerCase() !== ask.repo.owner.toLowerCase())
    throw invalid({ resource: "PullRequest", field: "head", code: "invalid" });
  const pull = await openPull(ask.world, ask.repo, {
    title: wish.title ?? "",
    body: wish.body ?? null,
    headRef,
    baseRef: wish.base ?? "",
    draft: wish.draft,
    maintainerCanModify: wish.maintainer_can_modify,
    by: ask.world.app.bot,
  });
  return created(
    await pullShape(ask.world, ask.repo, pull),
    `${repoUrls(ask.world, ask.repo).api}/pulls/${pull.number}`,
  );
}

async function list(ask: RepoAsk): Promise<Answer> {
  await catchUp(ask.world, ask.repo);
  const { query } = ask;
  const state = query.get("state") ?? "open";
  const base = query.get("base");
  // GitHub looks at `head` only when it names the owner too, and otherwise answers as if it was not there.
  const head = query.get("head");
  const wanted = head?.includes(":") === true ? head : undefined;
  const pulls = ask.repo.pulls.filter(
    (pull) =>
      (state === "all" || pull.state === state) &&
      (base === null || pull.baseRef === base) &&
      (wanted === undefined || `${ask.repo.owner}:${pull.headRef}` === wanted),
  );
  const byUpdate = query.get("sort") === "updated";
  const stamp = (pull: Pull): number => (byUpdate ? pull.updatedAtMs : pull.number);
  pulls.sort((left, right) => stamp(right) - stamp(left));
  if (query.get("direction") === "asc") pulls.reverse();
  return page(
    ask,
    pulls.map((pull) => shortPullShape(ask.world, ask.repo, pull)),
  );
}

async function show(ask: RepoAsk): Promise<Answer> {
  const at = await wantPull(ask);
  if (!/\.diff\b/.test(ask.accept)) return ok(await pullShape(ask.world, at.repo, at.pull));
  const range = await pullRange(ask.git, at.pull);
  const bytes = Buffer.from(await diffText(ask.git, range.from, range.to));
  return { status: 200, raw: { type: "application/vnd.github.diff; charset=utf-8", bytes } };
}

const Patch = z.object({
  title: z.string().optional(),
  body: z.string().nullable().optional(),
  state: z.enum(["open", "closed"]).optional(),
  base: z.string().optional(),
  maintainer_can_modify: z.boolean().optional(),
});

async function patch(ask: RepoAsk): Promise<Answer> {
  const at = await wantPull(ask);
  const { maintainer_can_modify: maintainerCanModify, ...wish } = parseBody(ask, Patch);
  await editPull(ask.world, at, { ...wish, maintainerCanModify, by: ask.world.app.bot });
  return ok(await pullShape(ask.world, at.repo, at.pull));
}

const MAX_FILES = 3000;
const MAX_COMMITS = 250;

export function fileShape(
  world: World,
  at: { readonly repo: Repository; readonly commit: string },
  file: FileDiff,
): Record<string, unknown> {
  const { api, html } = repoUrls(world, at.repo);
  const path = file.path.split("/").map(encodeURIComponent).join("/");
  return {
    sha: file.sha,
    filename: file.path,
    status: file.status,
    additions: file.additions ?? 0,
    deletions: file.deletions ?? 0,
    changes: (file.additions ?? 0) + (file.deletions ?? 0),
    blob_url: `${html}/blob/${at.commit}/${path}`,
    raw_url: `${html}/raw/${at.commit}/${path}`,
    contents_url: `${api}/contents/${path}?ref=${at.commit}`,
    ...(file.patch === undefined ? {} : { patch: file.patch }),
    ...(file.previousPath === undefined ? {} : { previous_filename: file.previousPath }),
  };
}

async function files(ask: RepoAsk): Promise<Answer> {
  const at = await wantPull(ask);
  const range = await pullRange(ask.git, at.pull);
  const diffs = (await diffFiles(ask.git, range.from, range.to)).slice(0, MAX_FILES);
  return page(
    ask,
    diffs.map((file) => fileShape(ask.world, { repo: ask.repo, commit: range.to }, file)),
  );
}

async function commits(ask: RepoAsk): Promise<Answer> {
  const at = await wantPull(ask);
  const found = await commitsBetween(ask.git, await pullRange(ask.git, at.pull), MAX_COMMITS);
  return page(
    ask,
    found.map((commit) => commitShape(ask.world, ask.repo, commit)),
  );
}

const MergeBody = z.object({
  sha: z.string().optional(),
  merge_method: z.enum(["merge", "squash", "rebase"]).default("merge"),
  commit_title: z.string().optional(),
  commit_message: z.string().optional(),
});

async function merge(ask: RepoAsk): Promise<Answer> {
  const at = await wantPull(ask);
  const wish = parseBody(ask, MergeBody);
  const sha = await mergePull(ask.world, at, {
    sha: wish.sha,
    method: wish.merge_method,
    title: wish.commit_title,
    message: wish.commit_message,
    by: ask.world.app.bot,
  });
  return ok({ sha, merged: true, message: "Pull Request successfully merged" });
}

async function isMerged(ask: RepoAsk): Promise<Answer> {
  const { pull } = await wantPull(ask);
  if (pull.merge === undefined) throw notFound();
  return { status: 204 };
}

const CommentBody = z.object({ body: z.string() });

async function postComment(ask: RepoAsk): Promise<Answer> {
  const at = await wantPull(ask);
  const comment = addComment(ask.world, at, { body: parseBody(ask, CommentBody).body, by: ask.world.app.bot });
  return created(commentShape(ask.world, ask.repo, comment));
}

async function listComments(ask: RepoAsk): Promise<Answer> {
  const { pull } = await wantPull(ask);
  const said = ask.repo.comments.filter((comment) => comment.number === pull.number);
  return page(
    ask,
    said.map((comment) => commentShape(ask.world, ask.repo, comment)),
  );
}

function wantComment(ask: RepoAsk): Comment {
  const id = numberParam(ask, "id");
  const comment = ask.repo.comments.find((one) => one.id === id);
  if (comment === undefined) throw notFound();
  return comment;
}

async function patchComment(ask: RepoAsk): Promise<Answer> {
  const comment = wantComment(ask);
  comment.body = parseBody(ask, CommentBody).body;
  comment.updatedAtMs = ask.world.nowMs();
  return ok(commentShape(ask.world, ask.repo, comment));
}

async function deleteComment(ask: RepoAsk): Promise<Answer> {
  ask.repo.comments.splice(ask.repo.comments.indexOf(wantComment(ask)), 1);
  return { status: 204 };
}

/** A pull request seen as the issue it also is. */
async function issue(ask: RepoAsk): Promise<Answer> {
  const { pull } = await wantPull(ask);
  const { head: _head, base: _base, ...shared } = shortPullShape(ask.world, ask.repo, pull);
  const merged = pull.merge === undefined ? null : iso(pull.merge.atMs);
  return ok({ ...shared, pull_request: { url: shared["url"], html_url: shared["html_url"], merged_at: merged } });
}

export const pullRoutes: readonly Route[] = [
  repoRoute(["POST", "/pulls", WRITE], create),
  repoRoute(["GET", "/pulls", READ], list),
  repoRoute(["GET", "/pulls/:number", READ], show),
  repoRoute(["PATCH", "/pulls/:number", WRITE], patch),
  repoRoute(["GET", "/pulls/:number/files", READ], files),
  repoRoute(["GET", "/pulls/:number/commits", READ], commits),
  repoRoute(["PUT", "/pulls/:number/merge", { contents: "write" }], merge),
  repoRoute(["GET", "/pulls/:number/merge", READ], isMerged),
  repoRoute(["GET", "/issues/:number", TALK_READ], issue),
  repoRoute(["POST", "/issues/:number/comments", TALK_WRITE], postComment),
  repoRoute(["GET", "/issues/:number/comments", TALK_READ], listComments),
  repoRoute(["GET", "/issues/comments/:id", TALK_READ], async (ask) =>
    ok(commentShape(ask.world, ask.repo, wantComment(ask))),
  ),
  repoRoute(["PATCH", "/issues/comments/:id", TALK_WRITE], patchComment),
  repoRoute(["DELETE", "/issues/comments/:id", TALK_WRITE], deleteComment),
];
