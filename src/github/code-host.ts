// The code host as the steps see it, and the one place where tokens are minted.
import { createHash } from "node:crypto";
import { App, Octokit } from "octokit";
import { z } from "zod";
import { bad, good, type Outcome } from "../core/problem.ts";
import { sealDigest } from "../core/seal.ts";
import type { CodeHost, Repository, SealedApproval } from "../ports.ts";
import { openBase } from "./base-store.ts";
import { compareBase } from "./compare.ts";
import { createGit, gitHomeDir, type Git } from "./git.ts";
import { callHost, clientDefaults, type Client, type HostProblem } from "./host-call.ts";
import { createMirror, type Mirror, type MirrorOptions } from "./mirror.ts";
import { readCommit } from "./objects.ts";
import { RETRY_DELAYS_MS, type GithubOptions } from "./options.ts";
import { listNaming } from "./list-naming.ts";
import { readPullRequest } from "./pulls.ts";
import { freezeBundle } from "./quarantine.ts";

type Area = "contents" | "pull_requests" | "checks";
type Named = Pick<Repository, "fullName"> & { readonly id: number | undefined };

export type TokenWish =
  | { readonly repository: Named; readonly permissions: Readonly<Partial<Record<Area, "read">>> }
  | {
      readonly repository: Repository;
      readonly permissions: Readonly<Partial<Record<Area, "read" | "write">>>;
      readonly approval: SealedApproval;
    };

export type MintProblem = HostProblem | { readonly kind: "not_sealed"; readonly detail: string };

/** A client that can do what its token says, on one repository. */
export interface Minted extends Client {
  readonly token: string;
}

const idSchema = z.object({ id: z.number().int() });
const tokenSchema = z.object({
  token: z.string().min(20),
  permissions: z.record(z.string(), z.string()),
  repositories: z.array(idSchema).length(1),
});
const repositorySchema = z.object({ id: z.number().int(), full_name: z.string(), default_branch: z.string() });

/** Why this approval does not allow writing to the repository, or undefined. The seal is computed anew. */
function judgeApproval(repositoryId: number, { record, digest, approvals }: SealedApproval): string | undefined {
  const sha256 = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex");
  if (sealDigest(record, sha256) !== digest) return "the sealed record was altered after it was approved";
  if (record.repositoryId !== repositoryId) return "the approval is for another repository";
  if (approvals.length === 0) return "nobody approved it";
  return undefined;
}

function judgeWish(wish: TokenWish): string | undefined {
  if (!Object.values(wish.permissions).includes("write")) return undefined;
  if (!("approval" in wish)) return "writing needs a sealed approval";
  return judgeApproval(wish.repository.id, wish.approval);
}

/** A token for one repository, and only what was asked for. Whoever wants to write shows a sealed approval. */
export async function mintToken(
  host: Pick<Host, "app" | "options">,
  wish: TokenWish,
): Promise<Outcome<Minted, MintProblem>> {
  const why = judgeWish(wish);
  if (why !== undefined) return bad({ kind: "not_sealed", detail: why });
  const { id, fullName } = wish.repository;
  const [owner = "", repo = ""] = fullName.split("/");
  const installation = await callHost(host.app, {
    schema: idSchema,
    tries: "repeat",
    send: (octokit) => octokit.rest.apps.getRepoInstallation({ owner, repo }),
  });
  if (!installation.ok) return installation;
  const minted = await callHost(host.app, {
    schema: tokenSchema,
    tries: "repeat",
    send: (octokit) =>
      octokit.rest.apps.createInstallationAccessToken({
        installation_id: installation.value.id,
        ...(id === undefined ? { repositories: [repo] } : { repository_ids: [id] }),
        permissions: { metadata: "read", ...wish.permissions },
      }),
  });
  if (!minted.ok) return minted;
  const excess = judgeToken(minted.value, wish);
  if (excess !== undefined) throw new Error(`the code host gave a token that ${excess}`);
  const { token } = minted.value;
  const octokit = new Octokit({ ...clientDefaults(host.options.apiUrl), auth: token });
  return good({ ...host.app, octokit, token, mintedAtMs: host.options.clock.nowMs() });
}

function judgeToken({ permissions, repositories }: z.infer<typeof tokenSchema>, wish: TokenWish): string | undefined {
  const wanted = new Map<string, string>([["metadata", "read"], ...Object.entries(wish.permissions)]);
  if (Object.entries(permissions).some(([area, level]) => wanted.get(area) !== level)) return "may do more than asked";
  if (wish.repository.id !== undefined && repositories[0]?.id !== wish.repository.id)
    return "is for another repository";
  return undefined;
}

interface Reader {
  readonly client: Minted;
  /** Its name today: names change, its number does not. */
  readonly fullName: string;
}

export interface Host {
  readonly options: GithubOptions;
  /** Speaks as the App: finds installations and mints, nothing else. */
  readonly app: Client;
  readonly git: Git;
  readonly mirror: Mirror;
  /** Reading access to one repository, kept for ten minutes. */
  reader(repository: Repository): Promise<Reader>;
}

const READER_KEPT_MS = 10 * 60_000;

export function openHost(options: GithubOptions): Host {
  const { cacheDir, clock, gitUrl, log } = options;
  const Client = Octokit.defaults(clientDefaults(options.apiUrl));
  const { octokit } = new App({ appId: options.appId, privateKey: options.privateKey, Octokit: Client });
  const app: Client = { octokit, clock, mintedAtMs: 0, delaysMs: options.retryDelaysMs ?? RETRY_DELAYS_MS };
  const git = createGit({ gitUrl, homeDir: gitHomeDir(cacheDir), log });
  const kept = new Map<number, { readonly reader: Promise<Reader>; readonly untilMs: number }>();
  const reader = (repository: Repository): Promise<Reader> => {
    const known = kept.get(repository.id);
    if (known !== undefined && known.untilMs > clock.nowMs()) return known.reader;
    const opened = openReader({ app, options }, repository);
    kept.set(repository.id, { reader: opened, untilMs: clock.nowMs() + READER_KEPT_MS });
    opened.catch(() => kept.delete(repository.id));
    return opened;
  };
  const readAccess: MirrorOptions["readAccess"] = async (repository, how) => {
    if (how === "anew") kept.delete(repository.id);
    const { client, fullName } = await reader(repository);
    return { token: client.token, fullName };
  };
  return { options, app, git, mirror: createMirror({ git, cacheDir, gitUrl, log, readAccess }), reader };
}

async function openReader(host: Pick<Host, "app" | "options">, repository: Repository): Promise<Reader> {
  const client = await mintToken(host, { repository, permissions: { contents: "read", pull_requests: "read" } });
  if (!client.ok) throw new Error(`no reading access to ${repository.fullName}: ${client.problem.detail}`);
  const named = await readName(client.value, repository.id);
  if (!named.ok) throw new Error(`repository ${repository.id} cannot be read: ${named.problem.detail}`);
  return { client: client.value, fullName: named.value };
}

export async function readName(client: Client, repositoryId: number): Promise<Outcome<string, HostProblem>> {
  const found = await callHost(client, {
    schema: repositorySchema,
    tries: "repeat",
    send: (octokit) => octokit.request("GET /repositories/{repository_id}", { repository_id: repositoryId }),
  });
  if (!found.ok) return found;
  if (found.value.id !== repositoryId) throw new Error(`the code host answered another repository for ${repositoryId}`);
  return good(found.value.full_name);
}

async function findRepository(host: Host, fullName: string): Promise<Repository | undefined> {
  if (!/^[A-Za-z0-9][\w.-]*\/[\w.-]+$/.test(fullName)) return undefined;
  const [owner = "", repo = ""] = fullName.split("/");
  const client = await mintToken(host, { repository: { id: undefined, fullName }, permissions: {} });
  if (!client.ok) return unlessGone(client.problem, fullName);
  const found = await callHost(client.value, {
    schema: repositorySchema,
    tries: "repeat",
    send: (octokit) => octokit.rest.repos.get({ owner, repo }),
  });
  if (!found.ok) return unlessGone(found.problem, fullName);
  return { id: found.value.id, fullName: found.value.full_name, defaultBranch: found.value.default_branch };
}

function unlessGone(problem: MintProblem, fullName: string): undefined {
  const gone = problem.kind === "missing" || (problem.kind === "refused" && problem.status === 422);
  if (!gone) throw new Error(`repository ${fullName} cannot be looked up: ${problem.detail}`);
}

export function createCodeHost(options: GithubOptions): CodeHost {
  const host = openHost(options);
  const { git, mirror } = host;
  const { cacheDir, log } = options;
  return {
    findRepository: (fullName) => findRepository(host, fullName),
    readBase: async (repository, branch) => {
      const commit = await mirror.fetchBranch(repository, branch);
      if (commit === undefined) return undefined;
      const { tree } = await readCommit(await mirror.open(repository), commit);
      return { commit, tree };
    },
    packBase: (repository, commit, depth) => mirror.packHistory(repository, commit, depth),
    freezeChange: async ({ repository, baseCommit, bundle, secrets }) => {
      const base = await openBase({ git, mirror, cacheDir }, repository, baseCommit);
      return freezeBundle({ git, cacheDir, log }, { bundle, base, secrets });
    },
    compareBase: (ask) => compareBase({ git, mirror, cacheDir }, ask),
    readPullRequest: async (repository, number) => {
      const { client, fullName } = await host.reader(repository);
      return readPullRequest(client, fullName, number);
    },
    listPullRequestsNaming: async (repository, key) => {
      const { client, fullName } = await host.reader(repository);
      return listNaming(client, fullName, key);
    },
  };
}
