// What people and other systems do, for the demo's script and for tests: a foreign push, a merge, CI's verdict.
import { join } from "node:path";
import { createCheck, updateCheck } from "./check-rules.ts";
import { GHOST, catchUp, refMoved } from "./moves.ts";
import { addComment, editPull, mergePull, setDraft, type At } from "./pull-rules.ts";
import { isSha, objectType, readBranch } from "./refs.ts";
import { commitFiles, seedRepository, type FileContent, type Files, type SeedSource } from "./seed.ts";
import { noReply } from "./shapes.ts";
import type { Actor, Repository } from "./state.ts";
import { findPull, findRepository, fullName, gitRepo, takeId, type World } from "./world.ts";

export interface NewRepository {
  readonly owner: string;
  readonly name: string;
  readonly from: SeedSource;
  readonly defaultBranch: string;
  /** The number of its first pull request. */
  readonly firstNumber?: number;
}

interface ForeignPush {
  readonly repo: string;
  /** Made from the default branch when it does not exist. */
  readonly branch: string;
  readonly files: Readonly<Record<string, FileContent | null>>;
  readonly author: { readonly name: string; readonly email: string };
  readonly message?: string;
}

interface OnPull {
  readonly repo: string;
  readonly number: number;
  /** A login of `people`. */
  readonly by: string;
}

interface ForeignCheck {
  readonly repo: string;
  readonly sha: string;
  readonly name: string;
  /** Absent: still running. */
  readonly conclusion?: string;
  readonly title?: string;
  /** Goes with a title. */
  readonly summary?: string;
}

export interface Verbs {
  pushTo(push: ForeignPush): Promise<{ readonly sha: string }>;
  merge(wish: OnPull & { readonly method?: "merge" | "squash" }): Promise<{ readonly sha: string }>;
  closePullRequest(wish: OnPull & { readonly comment?: string }): Promise<void>;
  reopenPullRequest(wish: OnPull): Promise<void>;
  markReady(wish: OnPull): Promise<void>;
  setChecks(check: ForeignCheck): Promise<void>;
  /** The commit a branch points to. */
  branchSha(repo: string, branch: string): Promise<string | undefined>;
}

/** The same owner and name again is the same repository: nothing is copied a second time. */
export async function addRepository(world: World, wish: NewRepository): Promise<{ readonly id: number }> {
  const known = findRepository(world, wish.owner, wish.name);
  if (known !== undefined) return { id: known.id };
  if (!/^[A-Za-z0-9-]+$/.test(wish.owner) || !/^[\w.-]+$/.test(wish.name) || /\.git$/i.test(wish.name))
    throw new Error(`${wish.owner}/${wish.name} is not a repository name`);
  const id = takeId(world);
  const { from, defaultBranch } = wish;
  const person = world.people[0] ?? GHOST;
  const by = { ...signature(world, person), atSeconds: Math.floor(world.nowMs() / 1000) };
  await seedRepository(world.home, join(world.reposDir, `${id}.git`), { from, defaultBranch, by });
  const now = world.nowMs();
  const repo: Repository = {
    id,
    owner: wish.owner,
    name: wish.name,
    defaultBranch,
    createdAtMs: now,
    pushedAtMs: now,
    nextNumber: wish.firstNumber ?? 1,
    pulls: [],
    comments: [],
    checkRuns: [],
    checkSuites: [],
    statuses: [],
    verified: [],
  };
  world.file.data.repositories.push(repo);
  await world.file.save();
  return { id };
}

function signature(world: World, actor: Actor): { name: string; email: string; atSeconds: number; zone: string } {
  return {
    name: actor.name ?? actor.login,
    email: noReply(actor),
    atSeconds: Math.floor(world.nowMs() / 1000),
    zone: "+0000",
  };
}

function wantActor(world: World, login: string): Actor {
  const found = world.people.find((person) => person.login === login);
  if (found === undefined) throw new Error(`nobody here is called ${login}`);
  return found;
}

function wantRepository(world: World, name: string): Repository {
  const [owner = "", short = ""] = name.split("/");
  const repo = findRepository(world, owner, short);
  if (repo === undefined) throw new Error(`there is no repository ${name}`);
  return repo;
}

async function wantPull(world: World, wish: { readonly repo: string; readonly number: number }): Promise<At> {
  const repo = wantRepository(world, wish.repo);
  await catchUp(world, repo);
  const pull = findPull(repo, wish.number);
  if (pull === undefined) throw new Error(`${fullName(repo)} has no pull request ${wish.number}`);
  return { repo, pull };
}

async function pushTo(world: World, push: ForeignPush): Promise<{ readonly sha: string }> {
  const repo = wantRepository(world, push.repo);
  const { author, branch } = push;
  const files: Files = push.files;
  const sender = world.people.find((one) => one.name === author.name || one.login === author.name) ?? GHOST;
  return world.alone(repo, async () => {
    const git = gitRepo(world, repo);
    const by = { ...signature(world, sender), name: author.name, email: author.email };
    const base = await readBranch(git, repo.defaultBranch);
    const message = push.message ?? `Change ${Object.keys(files).join(", ")}`;
    const onto = base === undefined ? {} : { onto: base.sha };
    const { before, sha } = await commitFiles(git, { branch, files, by, message, ...onto });
    await refMoved(world, repo, { ref: `refs/heads/${branch}`, before, after: sha, sender });
    await world.file.save();
    return { sha };
  });
}

const CI = { id: 88, slug: "local-ci", name: "Local CI" } as const;

async function setChecks(world: World, check: ForeignCheck): Promise<void> {
  const repo = wantRepository(world, check.repo);
  if (!isSha(check.sha) || (await objectType(gitRepo(world, repo), check.sha)) !== "commit")
    throw new Error(`${fullName(repo)} has no commit ${check.sha}`);
  const wish = {
    status: check.conclusion === undefined ? ("in_progress" as const) : ("completed" as const),
    conclusion: check.conclusion,
    output: check.title === undefined ? undefined : { title: check.title, summary: check.summary ?? "" },
  };
  const same = repo.checkRuns.findLast(
    (run) => run.headSha === check.sha && run.app.id === CI.id && run.name === check.name,
  );
  if (same === undefined) createCheck(world, repo, { app: CI, sha: check.sha, name: check.name, wish });
  else updateCheck(world, { repo, run: same }, wish);
  await world.file.save();
}

export function makeVerbs(world: World): Verbs {
  const on = async (wish: OnPull, act: (at: At, by: Actor) => Promise<void>): Promise<void> => {
    const by = wantActor(world, wish.by);
    await act(await wantPull(world, wish), by);
    await world.file.save();
  };
  return {
    pushTo: (push) => pushTo(world, push),
    async merge(wish) {
      let sha = "";
      await on(wish, async (at, by) => {
        sha = await mergePull(world, at, { method: wish.method ?? "merge", by });
      });
      return { sha };
    },
    closePullRequest: (wish) =>
      on(wish, async (at, by) => {
        if (wish.comment !== undefined && wish.comment !== "") addComment(world, at, { body: wish.comment, by });
        await editPull(world, at, { state: "closed", by });
      }),
    reopenPullRequest: (wish) => on(wish, (at, by) => editPull(world, at, { state: "open", by })),
    markReady: (wish) => on(wish, (at, by) => setDraft(world, at, { draft: false, by })),
    setChecks: (check) => setChecks(world, check),
    async branchSha(name, branch) {
      return (await readBranch(gitRepo(world, wantRepository(world, name)), branch))?.sha;
    },
  };
}
