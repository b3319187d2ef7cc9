// Refs, commits and pull requests as the code host tells them.
import { z } from "zod";
import { good, type Outcome } from "../core/problem.ts";
import type { PullRequest } from "../ports.ts";
import { callHost, type Client, type HostProblem } from "./host-call.ts";

export interface Place {
  readonly owner: string;
  readonly repo: string;
}

export function placeOf(fullName: string): Place {
  const [owner = "", repo = ""] = fullName.split("/");
  return { owner, repo };
}

const sha = z.string().regex(/^[0-9a-f]{40}$/);
export const shaSchema = z.object({ sha });

const refSchema = z.object({ ref: z.string(), object: z.object({ type: z.string(), sha }) });

/** Where a branch is now; `undefined` where there is none. */
export async function readHead(
  client: Client,
  place: Place,
  branch: string,
): Promise<Outcome<string | undefined, HostProblem>> {
  const found = await callHost(client, {
    schema: refSchema,
    tries: "repeat",
    send: (octokit) => octokit.rest.git.getRef({ ...place, ref: `heads/${branch}` }),
  });
  if (found.ok) return good(found.value.object.sha);
  return found.problem.kind === "missing" ? good(undefined) : found;
}

export const commitSchema = z.object({
  sha,
  message: z.string(),
  tree: shaSchema,
  parents: z.array(shaSchema),
});
export type HostCommit = z.infer<typeof commitSchema>;

export async function readHostCommit(
  client: Client,
  place: Place,
  id: string,
): Promise<Outcome<HostCommit, HostProblem>> {
  return callHost(client, {
    schema: commitSchema,
    tries: "repeat",
    send: (octokit) => octokit.rest.git.getCommit({ ...place, commit_sha: id }),
  });
}

export const pullSchema = z.object({
  number: z.number().int(),
  html_url: z.string(),
  state: z.enum(["open", "closed"]),
  draft: z.boolean().optional(),
  merged: z.boolean().optional(),
  merged_at: z.string().nullish(),
  merged_by: z.object({ login: z.string() }).nullish(),
  title: z.string(),
  body: z.string().nullish(),
  user: z.object({ login: z.string(), type: z.string() }).nullish(),
  head: z.object({ ref: z.string(), sha, repo: z.object({ id: z.number().int() }).nullish() }),
  base: z.object({ ref: z.string() }),
});
export type HostPull = z.infer<typeof pullSchema>;

export function toPullRequest(pull: HostPull): PullRequest {
  const merged = pull.merged === true || pull.merged_at != null;
  return {
    number: pull.number,
    url: pull.html_url,
    headSha: pull.head.sha,
    draft: pull.draft ?? false,
    state: merged ? "merged" : pull.state,
    ...(merged && pull.merged_by != null ? { by: pull.merged_by.login } : {}),
  };
}

export async function readPullRequest(
  client: Client,
  fullName: string,
  number: number,
): Promise<PullRequest | undefined> {
  const place = placeOf(fullName);
  const found = await callHost(client, {
    schema: pullSchema,
    tries: "repeat",
    send: (octokit) => octokit.rest.pulls.get({ ...place, pull_number: number }),
  });
  if (!found.ok) {
    if (found.problem.kind === "missing") return undefined;
    throw new Error(`pull request ${fullName}#${number} cannot be read: ${found.problem.detail}`);
  }
  const head = await readHostCommit(client, place, found.value.head.sha);
  return { ...toPullRequest(found.value), ...(head.ok ? { headTree: head.value.tree.sha } : {}) };
}
