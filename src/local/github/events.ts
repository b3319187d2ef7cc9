// The events an installation is told about, in the shape of GitHub's webhook payloads.
import type { CheckRun, CheckSuite, Pull, Repository, Actor } from "./state.ts";
import { checkRunShape, checkSuiteShape } from "./check-shapes.ts";
import { commitsBetween, type CommitObject } from "./objects.ts";
import { diffFiles } from "./diff.ts";
import { eventPullShape } from "./pull-shapes.ts";
import { ZERO, isAncestor, objectType } from "./refs.ts";
import { isoOf, ownerActor, repoShape, repoUrls, userShape } from "./shapes.ts";
import { gitRepo, type World } from "./world.ts";

type Json = Record<string, unknown>;

interface Told {
  readonly event: string;
  readonly action: string | null;
  readonly sender: Actor;
  readonly fields: Json;
}

function tell(world: World, repo: Repository, told: Told): void {
  const { event, action, sender, fields } = told;
  world.hooks.send({
    event,
    action,
    repositoryId: repo.id,
    payload: {
      ...(action === null ? {} : { action }),
      ...fields,
      repository: repoShape(world, repo),
      organization: { login: repo.owner, id: ownerActor(repo).id },
      sender: userShape(world, sender),
      installation: { id: world.app.installationId, node_id: `INST_${world.app.installationId}` },
    },
  });
}

export interface PullEvent {
  readonly action:
    "opened" | "edited" | "closed" | "reopened" | "synchronize" | "ready_for_review" | "converted_to_draft";
  readonly sender: Actor;
  readonly more?: Json;
}

export async function tellPull(world: World, at: { repo: Repository; pull: Pull }, event: PullEvent): Promise<void> {
  if (!world.hooks.wanted()) return;
  const shape = await eventPullShape(world, at);
  const fields = { number: at.pull.number, pull_request: shape, ...event.more };
  tell(world, at.repo, { event: "pull_request", action: event.action, sender: event.sender, fields });
}

export function tellCheckRun(world: World, repo: Repository, run: CheckRun): void {
  const sender = run.app.id === world.app.id ? world.app.bot : checkBot(run);
  const fields = { check_run: checkRunShape(world, repo, run) };
  tell(world, repo, { event: "check_run", action: "completed", sender, fields });
}

export function tellCheckSuite(world: World, repo: Repository, suite: CheckSuite): void {
  const sender = suite.app.id === world.app.id ? world.app.bot : checkBot(suite);
  const fields = { check_suite: checkSuiteShape(world, repo, suite) };
  tell(world, repo, { event: "check_suite", action: "completed", sender, fields });
}

function checkBot(from: { readonly app: { readonly id: number; readonly slug: string } }): Actor {
  return { id: 190_000_000 + from.app.id, login: `${from.app.slug}[bot]`, type: "Bot" };
}

export interface RefMove {
  /** In full: `refs/heads/main`. */
  readonly ref: string;
  readonly before: string;
  readonly after: string;
  readonly sender: Actor;
}

export async function tellPush(world: World, repo: Repository, move: RefMove): Promise<void> {
  if (!world.hooks.wanted()) return;
  const created = move.before === ZERO;
  const deleted = move.after === ZERO;
  const git = gitRepo(world, repo);
  const isCommit = !deleted && (await objectType(git, move.after)) === "commit";
  const forced = isCommit && !created && !(await isAncestor(git, move.before, move.after));
  const from = created || forced ? `refs/heads/${repo.defaultBranch}` : move.before;
  const self = move.ref === `refs/heads/${repo.defaultBranch}` && created;
  const commits = isCommit ? await commitsBetween(git, self ? { to: move.after } : { from, to: move.after }, 20) : [];
  const shapes = await Promise.all(commits.map((commit) => pushedCommit(world, repo, commit)));
  const { html } = repoUrls(world, repo);
  tell(world, repo, {
    event: "push",
    action: null,
    sender: move.sender,
    fields: {
      ref: move.ref,
      before: move.before,
      after: move.after,
      created,
      deleted,
      forced,
      base_ref: null,
      compare: `${html}/compare/${move.before.slice(0, 12)}...${move.after.slice(0, 12)}`,
      commits: shapes,
      head_commit: shapes.at(-1) ?? null,
      pusher: { name: move.sender.login, email: null },
    },
  });
}

async function pushedCommit(world: World, repo: Repository, commit: CommitObject): Promise<Json> {
  const files = await diffFiles(gitRepo(world, repo), commit.parents[0] ?? EMPTY_TREE, commit.sha);
  const named = (status: string): string[] => files.filter((file) => file.status === status).map((file) => file.path);
  return {
    id: commit.sha,
    tree_id: commit.tree,
    distinct: true,
    message: commit.message,
    timestamp: isoOf(commit.committer),
    url: `${repoUrls(world, repo).html}/commit/${commit.sha}`,
    author: { name: commit.author.name, email: commit.author.email },
    committer: { name: commit.committer.name, email: commit.committer.email },
    added: named("added"),
    removed: named("removed"),
    modified: [...named("modified"), ...named("changed"), ...named("renamed")],
  };
}

/** Git knows this tree without it being stored. */
export const EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
