// What every part of the local GitHub works on: its state, its repositories, its app, its clock and its webhooks.
import { join } from "node:path";
import type { GitHome, GitRepo } from "./git.ts";
import type { Hooks } from "./hooks.ts";
import type { RequestLog } from "./request-log.ts";
import type { Actor, Data, JsonFile, Pull, Repository } from "./state.ts";

export interface AppIdentity {
  readonly id: number;
  readonly slug: string;
  readonly name: string;
  readonly installationId: number;
  readonly bot: Actor;
  readonly permissions: Readonly<Record<string, string>>;
  readonly publicKeyPem: string;
}

export interface World {
  readonly file: JsonFile<Data>;
  readonly home: GitHome;
  readonly reposDir: string;
  readonly app: AppIdentity;
  readonly people: readonly Actor[];
  readonly hooks: Hooks;
  readonly log: RequestLog;
  readonly nowMs: () => number;
  readonly rateLimitPerHour: number;
  /** `http://127.0.0.1:PORT`; set once the server listens. */
  readonly origin: () => string;
  /** One change at a time to a repository's refs and pull requests. */
  readonly alone: <T>(repo: Repository, work: () => Promise<T>) => Promise<T>;
}

export function apiUrl(world: World): string {
  return `${world.origin()}/api/v3`;
}

export function gitRepo(world: World, repo: Repository): GitRepo {
  return { home: world.home, dir: join(world.reposDir, `${repo.id}.git`) };
}

export function fullName(repo: Repository): string {
  return `${repo.owner}/${repo.name}`;
}

export function findRepository(world: World, owner: string, name: string): Repository | undefined {
  const wanted = `${owner}/${name}`.toLowerCase();
  return world.file.data.repositories.find((repo) => fullName(repo).toLowerCase() === wanted);
}

export function findPull(repo: Repository, number: number): Pull | undefined {
  return repo.pulls.find((pull) => pull.number === number);
}

export function takeId(world: World): number {
  const id = world.file.data.nextId;
  world.file.data.nextId += 1;
  return id;
}

/** Runs the works of one key one after the other; other keys go on beside them. */
export function makeAlone(): World["alone"] {
  const tails = new Map<number, Promise<void>>();
  return async (repo, work) => {
    const before = tails.get(repo.id) ?? Promise.resolve();
    let done = (): void => {};
    const mine = new Promise<void>((resolve) => {
      done = resolve;
    });
    tails.set(
      repo.id,
      before.then(() => mine),
    );
    await before;
    try {
      return await work();
    } finally {
      done();
    }
  };
}
