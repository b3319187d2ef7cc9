// The sealed tree and one commit of ours, made over the git data API and compared with the seal at every answer.
import { z } from "zod";
import type { ChangedFile } from "../core/change.ts";
import { bad, good } from "../core/problem.ts";
import type { SealedRecord } from "../core/seal.ts";
import { openBase, type BaseStore } from "./base-store.ts";
import { failed, unsealed, type Desk, type Published } from "./desk.ts";
import { listChanges, type RawChange } from "./facts.ts";
import { callHost } from "./host-call.ts";
import { judgeRaw } from "./judge-result.ts";
import { readObjects, type Repo } from "./objects.ts";
import { commitSchema, readHead, readHostCommit, shaSchema, type HostCommit } from "./pulls.ts";
import { indexPack, listNew, withScratch } from "./scratch.ts";
import { chainEntries, readText, type TreeEntry } from "./tree-entries.ts";

interface StoredChange {
  readonly files: readonly ChangedFile[];
  readonly pack: Uint8Array;
}

/** True for a commit that is exactly what was sealed, whoever asks. */
export function isSealedCommit(commit: HostCommit, record: SealedRecord): boolean {
  const [parent] = commit.parents;
  return (
    commit.tree.sha === record.resultTree &&
    commit.parents.length === 1 &&
    parent?.sha === record.baseCommit &&
    commit.message.trimEnd() === record.commitMessage.trimEnd()
  );
}

export async function publishCommit(desk: Desk, change: StoredChange): Promise<Published<string>> {
  const { host, record, repository } = desk;
  const { git, mirror } = host;
  const { cacheDir, log } = host.options;
  const base = await openBase({ git, mirror, cacheDir }, repository, record.baseCommit).catch((error: unknown) => {
    log.warn({ run: record.run, error: String(error) }, "the base of a change could not be fetched");
  });
  if (base === undefined) return bad({ kind: "unavailable", detail: "the base commit could not be fetched" });
  if (base.tree !== record.baseTree) return unsealed("the base commit does not hold the sealed base tree");
  return withScratch({ git, cacheDir }, [base.dir], async (repo) => {
    const why = await judgeStored(repo, change, { base, record });
    if (why !== undefined) return unsealed(why);
    const known = await findPublished(desk);
    if (!known.ok || known.value !== undefined) return known.ok ? good(known.value ?? "") : known;
    const tree = await publishTree(desk, repo, change.files);
    return tree.ok ? commitTree(desk) : tree;
  });
}

interface Sealed {
  readonly base: BaseStore;
  readonly record: SealedRecord;
}

/** Builds the result from the pack and the base alone, and compares it with the seal and with what people were shown. */
async function judgeStored(repo: Repo, change: StoredChange, { base, record }: Sealed): Promise<string | undefined> {
  const indexed = await indexPack(repo, change.pack);
  if (indexed.ended !== "exited" || indexed.code !== 0) return "the stored pack is damaged";
  const whole = await listNew(repo, record.resultTree, base).then(
    () => true,
    () => false,
  );
  if (!whole) return "the stored pack does not hold the sealed tree";
  const changes = await listChanges(repo, base.tree, record.resultTree);
  if (changes.some((each) => judgeRaw(each) !== undefined))
    return "the sealed tree holds a path that is never published";
  return sameFiles(changes, change.files) ? undefined : "the stored list of files is not the sealed change";
}

function sameFiles(changes: readonly RawChange[], files: readonly ChangedFile[]): boolean {
  const keyOf = (each: Pick<ChangedFile, "oldMode" | "newMode" | "oldId" | "newId">, path: string): string =>
    [path, each.oldMode, each.newMode, each.oldId, each.newId].join("\0");
  const wanted = new Set(files.map((file) => keyOf(file, file.path)));
  return changes.length === files.length && changes.every((each) => wanted.has(keyOf(each, each.path ?? "")));
}

/** The commit an earlier attempt made, where the head branch already shows it. */
async function findPublished(desk: Desk): Promise<Published<string | undefined>> {
  const head = await readHead(desk.client, desk.place, desk.record.headBranch);
  if (!head.ok) return failed(head.problem);
  if (head.value === undefined) return good(undefined);
  const commit = await readHostCommit(desk.client, desk.place, head.value);
  if (!commit.ok) return failed(commit.problem);
  return good(isSealedCommit(commit.value, desk.record) ? commit.value.sha : undefined);
}

async function publishTree(desk: Desk, repo: Repo, files: readonly ChangedFile[]): Promise<Published<string>> {
  const entries = await makeEntries(desk, repo, files);
  if (!entries.ok) return entries;
  let tree = desk.record.baseTree;
  for (const part of chainEntries(entries.value)) {
    const made = await callHost(desk.client, {
      schema: shaSchema,
      tries: "repeat",
      send: (octokit) => octokit.rest.git.createTree({ ...desk.place, base_tree: tree, tree: [...part] }),
    });
    if (!made.ok) return failed(made.problem);
    tree = made.value.sha;
  }
  if (tree === desk.record.resultTree) return good(tree);
  return bad({ kind: "refused", detail: `GitHub made tree ${tree.slice(0, 7)}, not the sealed one` });
}

/** Text goes inline; what is no text goes up as a blob first. */
async function makeEntries(
  desk: Desk,
  repo: Repo,
  files: readonly ChangedFile[],
): Promise<Published<readonly TreeEntry[]>> {
  const texts = new Map<string, string>();
  const failures: Published<never>[] = [];
  const ids = new Set(files.filter((file) => file.status !== "deleted").map((file) => file.newId));
  await readObjects(repo, [...ids], async (id, content) => {
    const text = readText(content);
    if (text !== undefined) texts.set(id, text);
    else if (failures.length === 0) {
      const sent = await publishBlob(desk, id, content);
      if (!sent.ok) failures.push(sent);
    }
  });
  const [failure] = failures;
  if (failure !== undefined) return failure;
  return good(
    files.map(({ path, status, newMode, oldMode, newId }): TreeEntry => {
      if (status === "deleted") return { path, mode: modeOf(oldMode), type: "blob", sha: null };
      const content = texts.get(newId);
      const kept = { path, mode: modeOf(newMode), type: "blob" } as const;
      return content === undefined ? { ...kept, sha: newId } : { ...kept, content };
    }),
  );
}

const modeSchema = z.enum(["100644", "100755", "120000"]);

function modeOf(mode: string): z.infer<typeof modeSchema> {
  return modeSchema.parse(mode);
}

async function publishBlob(desk: Desk, id: string, content: Buffer): Promise<Published<never> | { readonly ok: true }> {
  const encoded = content.toString("base64");
  const made = await callHost(desk.client, {
    schema: shaSchema,
    tries: "repeat",
    send: (octokit) => octokit.rest.git.createBlob({ ...desk.place, content: encoded, encoding: "base64" }),
  });
  if (!made.ok) return failed(made.problem);
  return made.value.sha === id
    ? { ok: true }
    : bad({ kind: "refused", detail: "GitHub stored other bytes than were sent" });
}

/** No author and no committer: the code host then signs it as made by the App. */
async function commitTree(desk: Desk): Promise<Published<string>> {
  const { commitMessage: message, resultTree: tree, baseCommit } = desk.record;
  const made = await callHost(desk.client, {
    schema: commitSchema,
    tries: "repeat",
    send: (octokit) => octokit.rest.git.createCommit({ ...desk.place, message, tree, parents: [baseCommit] }),
  });
  if (!made.ok) return failed(made.problem);
  if (isSealedCommit(made.value, desk.record)) return good(made.value.sha);
  return bad({ kind: "refused", detail: "GitHub answered another commit than the sealed one" });
}
