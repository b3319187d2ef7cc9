// A local E2B service and a small repository on the host, for tests of the real adapter.
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { probeSandboxHost } from "../../src/local/e2b/probe.ts";
import { startLocalE2b, type LocalE2b } from "../../src/local/e2b/server.ts";
import type { BasePack, Clock, Log, Sandboxes, SandboxSession } from "../../src/ports.ts";
import { createSandboxes } from "../../src/sandbox/sandboxes.ts";

export const API_KEY = "e2b_0123456789abcdef0123456789abcdef01234567";
export const LIFE_MS = 120_000;

export const realClock: Clock = {
  nowMs: () => Date.now(),
  sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
};

export const quietLog: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Why no sandbox can be started on this machine, or undefined. */
export async function reasonToSkip(): Promise<string | undefined> {
  const probe = await probeSandboxHost();
  if (probe.ok) return undefined;
  const reason = `${probe.message}; ${probe.fix}`;
  console.warn(`skipped: no sandbox can be started here: ${reason}`);
  return reason;
}

export interface Bench {
  readonly service: LocalE2b;
  readonly sandboxes: Sandboxes;
  readonly folder: string;
  close(): Promise<void>;
}

export async function openBench(bindReadOnly: Readonly<Record<string, string>> = {}): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), "countersign-sandbox-"));
  // Sandboxes run as a user of their own, who must be able to enter.
  chmodSync(folder, 0o711);
  const service = await startLocalE2b({ port: 0, stateDir: join(folder, "e2b"), apiKey: API_KEY, bindReadOnly });
  const sandboxes = createSandboxes({
    apiKey: API_KEY,
    apiUrl: service.url,
    sandboxUrl: service.url,
    clock: realClock,
    log: quietLog,
  });
  return {
    service,
    sandboxes,
    folder,
    close: async () => {
      await service.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

let runs = 0;

/** A fresh sandbox, or the reason the service gives for none. */
export async function openSession(sandboxes: Sandboxes): Promise<SandboxSession> {
  runs += 1;
  const made = await sandboxes.adoptOrCreate({ runId: `run-${runs}`, generation: 1, purpose: "agent" }, LIFE_MS);
  if (!made.ok) throw new Error(JSON.stringify(made.problem));
  return made.value;
}

export interface HostRepository {
  readonly dir: string;
  git(...args: readonly string[]): string;
  write(files: Readonly<Record<string, string | Buffer>>): void;
  commit(message: string): string;
  /** History to `depth` commits, as the code host's mirror hands it out. */
  pack(commit: string, depth?: number): BasePack;
  /** The new objects of a tree on top of a base, whole: as a stored change has them. */
  packTree(tree: string, base: string): Uint8Array;
  /** Takes a bundle in and answers its commit's tree and parents. */
  take(bundle: Uint8Array): { readonly tree: string; readonly parents: string };
  list(tree: string): readonly string[];
  show(tree: string, path: string): string;
}

const GIT_ENV = {
  PATH: process.env["PATH"] ?? "",
  HOME: "/nonexistent",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_AUTHOR_NAME: "Web owner",
  GIT_AUTHOR_EMAIL: "owner@example.com",
  GIT_AUTHOR_DATE: "2026-01-01T00:00:00Z",
  GIT_COMMITTER_NAME: "Web owner",
  GIT_COMMITTER_EMAIL: "owner@example.com",
  GIT_COMMITTER_DATE: "2026-01-01T00:00:00Z",
};

export function makeRepository(folder: string, files: Readonly<Record<string, string | Buffer>>): HostRepository {
  const dir = mkdtempSync(join(folder, "repository-"));
  const run = (args: readonly string[], input?: string | Uint8Array): Buffer =>
    execFileSync("git", args, { cwd: dir, env: GIT_ENV, input, maxBuffer: 256 * 1024 * 1024 });
  const git = (...args: readonly string[]): string => run(args).toString().trim();
  git("init", "-q", "-b", "main");
  const write: HostRepository["write"] = (given) => {
    for (const [path, content] of Object.entries(given)) {
      mkdirSync(dirname(join(dir, path)), { recursive: true });
      writeFileSync(join(dir, path), content);
    }
  };
  const commit = (message: string): string => {
    git("add", "-A");
    git("commit", "-q", "--allow-empty", "-m", message);
    return git("rev-parse", "HEAD");
  };
  write(files);
  commit("first");
  return {
    dir,
    git,
    write,
    commit,
    pack(of, depth = 50) {
      const all = git("rev-list", of).split("\n");
      const commits = all.slice(0, depth);
      const objects = commits.flatMap((each) => [
        each,
        ...git("ls-tree", "-r", "-t", each)
          .split("\n")
          .filter((line) => !line.includes(" commit "))
          .map((line) => line.split(/\s/)[2] ?? ""),
        git("rev-parse", `${each}^{tree}`),
      ]);
      const wanted = [...new Set(objects)].filter((id) => id !== "").join("\n");
      return {
        commit: of,
        tree: git("rev-parse", `${of}^{tree}`),
        pack: run(["pack-objects", "--stdout", "-q"], `${wanted}\n`),
        shallow: all.length > depth ? commits.slice(-1) : [],
      };
    },
    packTree(tree, base) {
      return run(["pack-objects", "--stdout", "-q", "--revs"], `${tree}\n^${base}\n`);
    },
    take(bundle) {
      writeFileSync(join(dir, ".git/result.bundle"), bundle);
      const fetched = spawnSync("git", ["fetch", "-q", ".git/result.bundle", "refs/countersign/result:refs/result"], {
        cwd: dir,
        env: GIT_ENV,
      });
      if (fetched.status !== 0) throw new Error(fetched.stderr.toString());
      const taken = {
        tree: git("rev-parse", "refs/result^{tree}"),
        parents: git("log", "-1", "--format=%P", "refs/result"),
      };
      git("update-ref", "-d", "refs/result");
      return taken;
    },
    list: (tree) => git("ls-tree", "-r", "--name-only", tree).split("\n"),
    show: (tree, path) => run(["cat-file", "blob", `${tree}:${path}`]).toString(),
  };
}
