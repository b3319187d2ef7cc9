// Facts about a change from git's own comparison of two trees: files, lines, and the text to read.
import { CHANGE_BOUNDS, type ChangedFile } from "../core/change.ts";
import { GitFailed, type GitDone } from "./git.ts";
import { factsOf, type ObjectFacts, type Repo } from "./objects.ts";
import { decodeName } from "./tree-bytes.ts";

/** One changed path before it is known to be acceptable. */
export interface RawChange {
  /** Undefined where its bytes are not UTF-8. */
  readonly path: string | undefined;
  readonly shown: string;
  readonly status: string;
  readonly oldMode: string;
  readonly newMode: string;
  readonly oldId: string;
  readonly newId: string;
}

// A rename is a delete and an add, so that both sides must be allowed.
const COMPARE = ["diff-tree", "-r", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color"];
const NO_OBJECT = "0".repeat(40);
// Larger texts count as unreadable: comparing them line by line could take for ever.
const READABLE = ["core.bigFileThreshold", "2m"] as const;

export function splitNul(bytes: Buffer): readonly Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(0, at);
    parts.push(bytes.subarray(at, end < 0 ? bytes.length : end));
    at = end < 0 ? bytes.length : end + 1;
  }
  return parts;
}

const RAW = /^:(\d{6}) (\d{6}) ([0-9a-f]{40}) ([0-9a-f]{40}) ([A-Z])\d*$/;

export async function listChanges(repo: Repo, from: string, to: string): Promise<readonly RawChange[]> {
  const args = [...COMPARE, "-z", "--raw", "--no-abbrev", from, to];
  const parts = splitNul(await repo.git.must({ gitDir: repo.dir, confine: repo.confine, args }));
  const changes: RawChange[] = [];
  for (let index = 0; index + 1 < parts.length; index += 2) {
    const [, oldMode, newMode, oldId, newId, status] = RAW.exec((parts[index] ?? Buffer.alloc(0)).toString()) ?? [];
    const name = parts[index + 1] ?? Buffer.alloc(0);
    if (oldMode === undefined || newMode === undefined || oldId === undefined || newId === undefined)
      throw new Error("git diff-tree answered a line of unknown form");
    const path = decodeName(name);
    changes.push({ path, shown: name.toString("utf8"), status: status ?? "", oldMode, newMode, oldId, newId });
  }
  return changes;
}

const STATUS_WORDS: ReadonlyMap<string, ChangedFile["status"]> = new Map([
  ["A", "added"],
  ["D", "deleted"],
  ["M", "modified"],
  ["T", "modified"],
]);

interface Trees {
  readonly from: string;
  readonly to: string;
}

/** The files as they are stored and shown. Only for changes whose paths were judged; `known` are sizes at hand. */
export async function describeFiles(
  repo: Repo,
  { from, to }: Trees,
  { changes, known }: { readonly changes: readonly RawChange[]; readonly known: readonly ObjectFacts[] },
): Promise<readonly ChangedFile[]> {
  const lines = await countLinesOf(repo, { from, to });
  const bytesOf = new Map(known.map((facts) => [facts.id, facts.bytes]));
  const ids = changes.map((change) => change.newId).filter((id) => id !== NO_OBJECT && !bytesOf.has(id));
  for (const facts of await factsOf(repo, ids)) bytesOf.set(facts.id, facts.bytes);
  return changes.map((change) => {
    const path = change.path ?? "";
    const status = STATUS_WORDS.get(change.status);
    const counted = lines.get(path);
    if (status === undefined || counted === undefined) throw new Error("two comparisons of one change disagree");
    const { oldMode, newMode, oldId, newId } = change;
    return { path, status, oldMode, newMode, oldId, newId, ...counted, bytes: bytesOf.get(newId) ?? 0 };
  });
}

interface Lines {
  readonly added: number | null;
  readonly removed: number | null;
}

async function countLinesOf(repo: Repo, { from, to }: Trees): Promise<ReadonlyMap<string, Lines>> {
  const args = [...COMPARE, "-z", "--numstat", from, to];
  const out = await repo.git.must({ gitDir: repo.dir, confine: repo.confine, args, settings: [READABLE] });
  return new Map(
    splitNul(out).map((part) => {
      const [added = "", removed = "", ...path] = part.toString("utf8").split("\t");
      const count = (text: string): number | null => (text === "-" ? null : Number(text));
      return [path.join("\t"), { added: count(added), removed: count(removed) }];
    }),
  );
}

export interface DiffText {
  readonly diff: string;
  readonly diffCut: boolean;
}

/** The unified diff up to the bound, ending with a whole line. */
export async function readDiff(repo: Repo, { from, to }: Trees): Promise<DiffText> {
  const chunks: Buffer[] = [];
  let size = 0;
  const done: GitDone = await repo.git.run({
    gitDir: repo.dir,
    confine: repo.confine,
    args: [...COMPARE, "-p", "--unified=3", from, to],
    settings: [READABLE, ["core.quotePath", "false"]],
    onChunk: (chunk) => {
      chunks.push(chunk);
      size += chunk.length;
      return size > CHANGE_BOUNDS.diffBytes ? "stop" : "go";
    },
  });
  if (done.ended === "exited" && done.code !== 0)
    throw new GitFailed(`git diff-tree ended with ${done.code ?? "a signal"}`);
  const all = Buffer.concat(chunks);
  if (done.ended === "exited" && all.length <= CHANGE_BOUNDS.diffBytes)
    return { diff: all.toString("utf8"), diffCut: false };
  const cut = all.subarray(0, CHANGE_BOUNDS.diffBytes);
  return { diff: cut.subarray(0, cut.lastIndexOf(10) + 1).toString("utf8"), diffCut: true };
}
