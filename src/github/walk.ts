// The bounded walk over a tree nobody vouches for: entries first, then sizes, then what the entries are.
import { CHANGE_BOUNDS } from "../core/change.ts";
import { bad, good, type ChangeProblem, type Outcome } from "../core/problem.ts";
import { cleanText, clip } from "../core/text.ts";
import { splitNul } from "./facts.ts";
import { factsOf, readObjects, type ObjectFacts, type Repo } from "./objects.ts";
import { decodeName, findOddMode, parseTree } from "./tree-bytes.ts";

export interface Listed {
  readonly mode: string;
  readonly id: string;
  readonly path: Buffer;
}

type Walked<T> = Outcome<T, readonly ChangeProblem[]>;

export function displayPath(path: string): string {
  return clip(cleanText(path).replace(/\s+/g, " "), 200);
}

export function notAChange(why: string): readonly ChangeProblem[] {
  return [{ kind: "not-a-change", why }];
}

const ENTRY = /^(\d{6}) (?:blob|commit) ([0-9a-f]{40})$/;

/** Every file of the tree; stops reading at the bound however much more there is. */
export async function listEntries(repo: Repo, tree: string): Promise<Walked<readonly Listed[]>> {
  const chunks: Buffer[] = [];
  let count = 0;
  const done = await repo.git.run({
    gitDir: repo.dir,
    confine: repo.confine,
    args: ["ls-tree", "-r", "-z", "--full-tree", tree],
    limits: { outputBytes: 64 * 1024 * 1024, wallMs: 30_000 },
    onChunk: (chunk) => {
      chunks.push(chunk);
      for (const byte of chunk) if (byte === 0) count += 1;
      return count > CHANGE_BOUNDS.entries ? "stop" : "go";
    },
  });
  if (count > CHANGE_BOUNDS.entries || done.ended !== "exited")
    return bad([{ kind: "too-many-entries", limit: CHANGE_BOUNDS.entries }]);
  if (done.code !== 0) return bad(notAChange("its files cannot be listed"));
  return good(splitNul(Buffer.concat(chunks)).map(parseEntry));
}

function parseEntry(line: Buffer): Listed {
  const tab = line.indexOf(9);
  const [, mode, id] = ENTRY.exec(line.toString("latin1", 0, tab)) ?? [];
  if (mode === undefined || id === undefined) throw new Error("git ls-tree answered a line of unknown form");
  return { mode, id, path: line.subarray(tab + 1) };
}

/** Types and sizes of the new objects, if they are within the bounds. */
export async function weighNew(repo: Repo, ids: readonly string[]): Promise<Walked<readonly ObjectFacts[]>> {
  if (ids.length > 2 * CHANGE_BOUNDS.entries) return bad([{ kind: "too-many-entries", limit: CHANGE_BOUNDS.entries }]);
  const facts = await factsOf(repo, ids);
  if (facts.some((each) => each.type !== "tree" && each.type !== "blob"))
    return bad(notAChange("it holds odd objects"));
  if (facts.some((each) => each.bytes > CHANGE_BOUNDS.blobBytes))
    return bad([{ kind: "too-big", limitBytes: CHANGE_BOUNDS.blobBytes }]);
  if (facts.reduce((sum, each) => sum + each.bytes, 0) > CHANGE_BOUNDS.totalBytes)
    return bad([{ kind: "too-big", limitBytes: CHANGE_BOUNDS.totalBytes }]);
  return good(facts);
}

/** Modes as stored, which no listing of git shows. */
export async function findOddModes(repo: Repo, facts: readonly ObjectFacts[]): Promise<readonly ChangeProblem[]> {
  const problems: ChangeProblem[] = [];
  const trees = facts.filter((each) => each.type === "tree").map((each) => each.id);
  await readObjects(repo, trees, (_, content) => {
    const entries = parseTree(content);
    const odd = entries === undefined ? undefined : findOddMode(entries);
    if (odd === undefined) return;
    const name = decodeName(odd.name) ?? odd.name.toString("latin1");
    problems.push({
      kind: "unsafe-path",
      path: displayPath(name),
      why: `an unusual file mode, ${displayPath(odd.mode)}`,
    });
  });
  return problems;
}
