// What the local GitHub remembers besides git objects and refs, as one JSON file replaced in a single rename.
import { readFile, rename, writeFile } from "node:fs/promises";
import { z } from "zod";

const actor = z.object({
  id: z.number(),
  login: z.string(),
  type: z.enum(["User", "Bot"]),
  name: z.string().optional(),
});
const pull = z.object({
  id: z.number(),
  number: z.number(),
  title: z.string(),
  body: z.string().nullable(),
  state: z.enum(["open", "closed"]),
  draft: z.boolean(),
  user: actor,
  headRef: z.string(),
  headSha: z.string(),
  baseRef: z.string(),
  baseSha: z.string(),
  maintainerCanModify: z.boolean(),
  createdAtMs: z.number(),
  updatedAtMs: z.number(),
  closedAtMs: z.number().optional(),
  closedBy: actor.optional(),
  merge: z.object({ atMs: z.number(), by: actor, sha: z.string() }).optional(),
});
const comment = z.object({
  id: z.number(),
  number: z.number(),
  user: actor,
  body: z.string(),
  createdAtMs: z.number(),
  updatedAtMs: z.number(),
});
const checkApp = z.object({ id: z.number(), slug: z.string(), name: z.string() });
const annotation = z.record(z.string(), z.unknown());
const checkOutput = z.object({
  title: z.string().nullable(),
  summary: z.string().nullable(),
  text: z.string().nullable(),
  annotations: z.array(annotation),
});
const checkRun = z.object({
  id: z.number(),
  name: z.string(),
  headSha: z.string(),
  app: checkApp,
  status: z.enum(["queued", "in_progress", "completed"]),
  conclusion: z.string().nullable(),
  detailsUrl: z.string().nullable(),
  externalId: z.string(),
  startedAtMs: z.number(),
  completedAtMs: z.number().nullable(),
  output: checkOutput,
  actions: z.array(z.object({ label: z.string(), description: z.string(), identifier: z.string() })),
});
const checkSuite = z.object({ id: z.number(), headSha: z.string(), app: checkApp, createdAtMs: z.number() });
const status = z.object({
  id: z.number(),
  sha: z.string(),
  state: z.enum(["error", "failure", "pending", "success"]),
  context: z.string(),
  description: z.string().nullable(),
  targetUrl: z.string().nullable(),
  creator: actor,
  createdAtMs: z.number(),
});
const repository = z.object({
  id: z.number(),
  owner: z.string(),
  name: z.string(),
  defaultBranch: z.string(),
  createdAtMs: z.number(),
  pushedAtMs: z.number(),
  nextNumber: z.number(),
  pulls: z.array(pull),
  comments: z.array(comment),
  checkRuns: z.array(checkRun),
  checkSuites: z.array(checkSuite),
  statuses: z.array(status),
  /** Commits that the API made in GitHub's own name, hence shown as Verified. */
  verified: z.array(z.string()),
});
const token = z.object({
  hash: z.string(),
  permissions: z.record(z.string(), z.string()),
  repositoryIds: z.array(z.number()).optional(),
  mintedAtMs: z.number(),
  expiresAtMs: z.number(),
  revokedAtMs: z.number().optional(),
});

export const Data = z.object({
  v: z.literal(1),
  nextId: z.number(),
  repositories: z.array(repository),
  tokens: z.array(token),
});
export const Deliveries = z.object({
  v: z.literal(1),
  nextId: z.number(),
  deliveries: z.array(
    z.object({
      id: z.number(),
      guid: z.string(),
      event: z.string(),
      action: z.string().nullable(),
      repositoryId: z.number().nullable(),
      deliveredAtMs: z.number(),
      durationMs: z.number(),
      redelivery: z.boolean(),
      statusCode: z.number(),
      statusText: z.string(),
      url: z.string(),
      payload: z.string(),
    }),
  ),
});

export type Actor = z.infer<typeof actor>;
export type Pull = z.infer<typeof pull>;
export type Comment = z.infer<typeof comment>;
export type CheckApp = z.infer<typeof checkApp>;
export type CheckRun = z.infer<typeof checkRun>;
export type CheckSuite = z.infer<typeof checkSuite>;
export type CommitStatus = z.infer<typeof status>;
export type Repository = z.infer<typeof repository>;
export type TokenRecord = z.infer<typeof token>;
export type Data = z.infer<typeof Data>;
export type Deliveries = z.infer<typeof Deliveries>;
export type Delivery = Deliveries["deliveries"][number];

export interface JsonFile<T> {
  readonly data: T;
  /** Resolves when everything changed so far is on disk. */
  save(): Promise<void>;
}

/** The file's content, or `fresh` where there is none; a file that does not parse is an error, never silently dropped. */
export async function openJsonFile<T>(
  path: string,
  schema: { readonly parse: (value: unknown) => T },
  fresh: T,
): Promise<JsonFile<T>> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  const data = text === undefined ? fresh : schema.parse(JSON.parse(text));
  let running: Promise<void> | undefined;
  let queued: Promise<void> | undefined;
  const write = async (): Promise<void> => {
    const draft = `${path}.new`;
    await writeFile(draft, JSON.stringify(data), { mode: 0o600 });
    await rename(draft, path);
  };
  const save = (): Promise<void> => {
    if (running === undefined) {
      running = write().finally(() => {
        running = undefined;
      });
      return running;
    }
    // A write under way may have missed the latest change; one more after it carries all that waits.
    queued ??= running
      .catch(() => {})
      .then(() => {
        queued = undefined;
        return save();
      });
    return queued;
  };
  return { data, save };
}
