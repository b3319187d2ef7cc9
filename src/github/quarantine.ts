// What a sandbox hands out is hostile until proven a change. It is never fetched, unbundled or checked out.
import { CHANGE_BOUNDS, type FrozenChange } from "../core/change.ts";
import { bad, good, type ChangeProblem, type Outcome } from "../core/problem.ts";
import type { Log } from "../ports.ts";
import type { BaseStore } from "./base-store.ts";
import { parseBundleHeader, type BundleHeader } from "./bundle.ts";
import { describeFiles, listChanges, readDiff, type RawChange } from "./facts.ts";
import { GitFailed, type Git } from "./git.ts";
import { judgeCollisions, judgeLinks, judgeRaw } from "./judge-result.ts";
import { exists } from "./mirror.ts";
import { askGit, factsOf, readCommit, readObjects, type ObjectFacts, type Repo } from "./objects.ts";
import { indexHostilePack, indexPack, listNew, withScratch } from "./scratch.ts";
import { findSecret, hideSecrets, makeNeedles, type Needles } from "./secret-scan.ts";
import { displayPath, findOddModes, listEntries, notAChange, weighNew, type Listed } from "./walk.ts";

export interface QuarantineOptions {
  readonly git: Git;
  readonly cacheDir: string;
  readonly log: Log;
}

export interface Suspect {
  readonly bundle: Uint8Array;
  readonly base: BaseStore;
  readonly secrets: ReadonlyMap<string, string>;
}

export type Frozen = Outcome<FrozenChange, readonly ChangeProblem[]>;

const PROBLEMS_TOLD = 50;

export async function freezeBundle(options: QuarantineOptions, suspect: Suspect): Promise<Frozen> {
  if (suspect.bundle.byteLength > CHANGE_BOUNDS.bundleBytes)
    return bad([{ kind: "too-big", limitBytes: CHANGE_BOUNDS.bundleBytes }]);
  const header = parseBundleHeader(suspect.bundle);
  if (!header.ok) return bad(notAChange(header.why));
  if (header.value.base !== suspect.base.commit) return bad(notAChange("it builds on another commit than the base"));
  if (header.value.objects > 2 * CHANGE_BOUNDS.entries)
    return bad([{ kind: "too-many-entries", limit: CHANGE_BOUNDS.entries }]);
  const needles = makeNeedles(suspect.secrets);
  try {
    const frozen = await withScratch(options, [suspect.base.dir], (repo) =>
      judge(options, repo, { header: header.value, base: suspect.base, needles }),
    );
    return frozen.ok ? frozen : bad(tellSafely(frozen.problem, needles));
  } catch (error) {
    // Without its base nothing could have been read: that is our cache's doing, not the result's.
    if (!(error instanceof GitFailed) || !(await exists(`${suspect.base.dir}/tree`))) throw error;
    options.log.warn({ detail: error.message }, "git could not read a result and it was refused");
    return bad(notAChange("git cannot read it within its bounds"));
  }
}

/** Problems name paths, and a path could be the secret. */
function tellSafely(problems: readonly ChangeProblem[], needles: Needles): readonly ChangeProblem[] {
  return problems.slice(0, PROBLEMS_TOLD).map((problem) => {
    if (!("path" in problem)) return problem;
    return { ...problem, path: hideSecrets(problem.path, needles) };
  });
}

interface Case {
  readonly header: BundleHeader;
  readonly base: BaseStore;
  readonly needles: Needles;
}

async function judge(options: QuarantineOptions, repo: Repo, { header, base, needles }: Case): Promise<Frozen> {
  const indexed = await indexHostilePack(repo, header.pack);
  if (indexed.ended !== "exited" || indexed.code !== 0) {
    if (!(await exists(`${base.dir}/tree`))) throw new Error("the base of a result vanished while it was read");
    options.log.warn({ detail: indexed.stderr, ended: indexed.ended }, "a result did not pass git's own checks");
    return bad(notAChange("it does not pass git's own checks"));
  }
  const [facts] = await factsOf(repo, [header.commit]);
  if (facts?.type !== "commit" || facts.bytes > 100_000)
    return bad(notAChange("its ref names no commit of ordinary size"));
  const { tree, parents, raw } = await readCommit(repo, header.commit);
  if (parents.length !== 1 || parents[0] !== base.commit)
    return bad(notAChange("its commit must have the base as its only parent"));
  if (tree === base.tree) return bad(notAChange("it changes nothing"));
  const entries = await listEntries(repo, tree);
  if (!entries.ok) return entries;
  const fresh = await listNew(repo, tree, base);
  const weighed = await weighNew(repo, fresh);
  if (!weighed.ok) return weighed;
  const odd = await findOddModes(repo, weighed.value);
  if (odd.length > 0) return bad(odd);
  const changes = await listChanges(repo, base.tree, tree);
  const problems = [
    ...changes.flatMap((change) => judgeRaw(change) ?? []),
    ...judgeCollisions(entries.value, changes),
    ...(await judgeLinks(repo, entries.value, { base: () => listBase(repo, base), changes })),
    ...(await scan(repo, { changes, message: raw, facts: weighed.value, needles })),
  ];
  if (problems.length > 0) return bad(problems);
  const trees = { from: base.tree, to: tree };
  const files = await describeFiles(repo, trees, { changes, known: weighed.value });
  const { diff, diffCut } = await readDiff(repo, trees);
  const pack = await packNew(options, repo, { fresh, base });
  // Lines taken away are the base's, and could hold a value that the result no longer does.
  const shown = hideSecrets(diff, needles);
  return good({ baseCommit: base.commit, baseTree: base.tree, resultTree: tree, files, diff: shown, diffCut, pack });
}

async function listBase(repo: Repo, base: BaseStore): Promise<readonly Listed[]> {
  const listed = await listEntries(repo, base.tree);
  return listed.ok ? listed.value : [];
}

interface Scanned {
  readonly changes: readonly RawChange[];
  readonly message: Buffer;
  readonly facts: readonly ObjectFacts[];
  readonly needles: Needles;
}

/** Every new blob, path and word of the commit, before any of it is stored or shown. */
async function scan(repo: Repo, { changes, message, facts, needles }: Scanned): Promise<readonly ChangeProblem[]> {
  if (needles.exact.length === 0) return [];
  const problems: ChangeProblem[] = [];
  const hit = await findSecret(message, needles);
  if (hit !== undefined) problems.push({ kind: "contains-secret", name: hit, path: "(commit message)" });
  for (const change of changes) {
    const name = await findSecret(Buffer.from(change.shown), needles);
    if (name !== undefined) problems.push({ kind: "contains-secret", name, path: "(a file name)" });
  }
  const pathOf = new Map(changes.map((change) => [change.newId, displayPath(change.shown)]));
  const blobs = facts.filter((each) => each.type === "blob").map((each) => each.id);
  await readObjects(repo, blobs, async (id, content) => {
    const name = await findSecret(content, needles);
    if (name !== undefined) problems.push({ kind: "contains-secret", name, path: pathOf.get(id) ?? "(a file)" });
  });
  return problems;
}

interface NewObjects {
  readonly fresh: readonly string[];
  readonly base: BaseStore;
}

/**
 * A pack of our own making: what the result holds beyond the base, and nothing else the sandbox put beside it. That it is
 * whole is shown by git's strict check in another repository with nothing but the base.
 */
async function packNew(options: QuarantineOptions, repo: Repo, { fresh, base }: NewObjects): Promise<Buffer> {
  const pack = await askGit(repo, ["pack-objects", "--stdout", "-q"], fresh.map((id) => `${id}\n`).join(""));
  const indexed = await withScratch(options, [base.dir], (again) => indexPack(again, pack));
  const whole = indexed.ended === "exited" && indexed.code === 0 && pack.readUInt32BE(8) === fresh.length;
  if (!whole) throw new Error("the pack of a change does not hold the change");
  return pack;
}
