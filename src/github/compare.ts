// What the base branch did since a change began: how far it moved, and whether the two still fit together.
import type { CodeHost, Repository } from "../ports.ts";
import type { Git } from "./git.ts";
import { listChanges } from "./facts.ts";
import type { Mirror } from "./mirror.ts";
import { askText, readCommit, type Repo } from "./objects.ts";
import { indexPack, withScratch } from "./scratch.ts";

export interface CompareOptions {
  readonly git: Git;
  readonly mirror: Mirror;
  readonly cacheDir: string;
}

type Ask = Parameters<CodeHost["compareBase"]>[0];
type Answer = Awaited<ReturnType<CodeHost["compareBase"]>>;

export async function compareBase(options: CompareOptions, ask: Ask): Promise<Answer> {
  const { mirror } = options;
  const tip = await mirror.fetchBranch(ask.repository, ask.branch);
  if (tip === undefined) throw new Error(`repository ${ask.repository.id} has no branch ${ask.branch}`);
  if (tip === ask.from) return { commits: 0, touched: [], conflict: false };
  await mirror.fetchCommit(ask.repository, ask.from);
  const repo = await mirror.open(ask.repository);
  const commits = Number(await askText(repo, ["rev-list", "--count", tip, `^${ask.from}`]));
  const fork = await mergeBase(repo, ask.from, tip);
  const changed = await listChanges(repo, fork, tip);
  const moved = changed.flatMap((change) => change.path ?? []);
  const touched = ask.paths.filter((path) => moved.some((each) => overlaps(each, path)));
  const conflict = ask.change === undefined ? false : await conflicts(options, { ...ask, change: ask.change, tip });
  return { commits, touched, conflict };
}

/** One path, or one a folder the other lies in. */
function overlaps(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
}

/** Where the base branch was rewritten, the two may share little or nothing. */
async function mergeBase(repo: Repo, from: string, tip: string): Promise<string> {
  const done = await repo.git.run({ gitDir: repo.dir, confine: repo.confine, args: ["merge-base", from, tip] });
  const found = done.stdout.toString("utf8").trim();
  return done.code === 0 && found !== "" ? found : from;
}

interface Merge {
  readonly repository: Repository;
  readonly from: string;
  readonly tip: string;
  readonly change: { readonly tree: string; readonly pack: Uint8Array };
}

const MERGE_AUTHOR = "Countersign <countersign@example.com> 0 +0000";

/** Merges in memory, in a repository of its own that only reads the mirror. */
async function conflicts(options: CompareOptions, { repository, from, tip, change }: Merge): Promise<boolean> {
  const mirror = await options.mirror.open(repository);
  return withScratch(options, [mirror.dir], async (repo) => {
    const indexed = await indexPack(repo, change.pack);
    if (indexed.code !== 0) throw new Error(`the pack of a change is damaged: ${indexed.stderr}`);
    if ((await readCommit(repo, tip)).tree === change.tree) return false;
    const writable: Repo = { ...repo, confine: { kind: "hostile", writable: true, readable: [mirror.dir] } };
    const raw = `tree ${change.tree}\nparent ${from}\nauthor ${MERGE_AUTHOR}\ncommitter ${MERGE_AUTHOR}\n\nresult\n`;
    const ours = await askText(writable, ["hash-object", "-t", "commit", "-w", "--stdin"], raw);
    const args = ["merge-tree", "--write-tree", "--name-only", "--no-messages", tip, ours];
    const done = await repo.git.run({
      gitDir: repo.dir,
      confine: writable.confine,
      args,
      settings: [["merge.renameLimit", "400"]],
    });
    if (done.ended === "exited" && (done.code === 0 || done.code === 1)) return done.code === 1;
    throw new Error(`the merge could not be tried: ${done.ended} ${done.stderr}`);
  });
}
