// Whether the paths, modes and links of a result are ones we take, whatever policy says of them.
import { findCollisions, judgePath, staysInside } from "../core/change.ts";
import type { ChangeProblem } from "../core/problem.ts";
import type { RawChange } from "./facts.ts";
import { factsOf, readObjects, type Repo } from "./objects.ts";
import { findEscapes } from "./symlinks.ts";
import { displayPath, type Listed } from "./walk.ts";

const PLAIN_MODES = new Set(["100644", "100755", "120000"]);
const SUBMODULE = "160000";
const SYMLINK = "120000";
const MAX_TARGET_BYTES = 4096;

export function judgeRaw(change: RawChange): ChangeProblem | undefined {
  const path = displayPath(change.shown);
  if (change.oldMode === SUBMODULE || change.newMode === SUBMODULE) return { kind: "submodule", path };
  if (change.path === undefined) return { kind: "unsafe-path", path, why: "a name that is not UTF-8" };
  const why = judgePath(change.path);
  if (why !== undefined) return { kind: "unsafe-path", path, why };
  if (change.status !== "D" && !PLAIN_MODES.has(change.newMode))
    return { kind: "unsafe-path", path, why: `an unusual file mode, ${change.newMode}` };
  return undefined;
}

/** New names that are one file with another where case or Unicode form is ignored. */
export function judgeCollisions(entries: readonly Listed[], changes: readonly RawChange[]): readonly ChangeProblem[] {
  const added = changes.filter((change) => change.status === "A").flatMap((change) => change.path ?? []);
  if (added.length === 0) return [];
  const isNew = new Set(added);
  const tops = new Set(added.map(topOf));
  const others = entries
    .map((entry) => entry.path.toString("utf8"))
    .filter((path) => !isNew.has(path) && tops.has(topOf(path)));
  return findCollisions([...others, ...added])
    .filter((path) => isNew.has(path))
    .map((path) => ({
      kind: "unsafe-path",
      path: displayPath(path),
      why: "a name that differs from another only in case or form",
    }));
}

function topOf(path: string): string {
  return (path.split("/")[0] ?? "").normalize("NFC").toLowerCase();
}

/** Links that lead out of the tree, alone or through others; those that already did in the base are not the change's doing. */
export async function judgeLinks(
  repo: Repo,
  result: readonly Listed[],
  { base, changes }: { readonly base: () => Promise<readonly Listed[]>; readonly changes: readonly RawChange[] },
): Promise<readonly ChangeProblem[]> {
  const links = await readLinks(repo, result);
  const changed = new Set(changes.filter((change) => change.newMode === SYMLINK).map((change) => change.path));
  const direct = [...links]
    .filter(([path, target]) => changed.has(path) && !staysInside(path, target))
    .map(([path]) => path);
  const followed = findEscapes(links);
  const known = followed.size === 0 ? new Set<string>() : findEscapes(await readLinks(repo, await base()));
  const escaping = new Set([...direct, ...[...followed].filter((path) => changed.has(path) || !known.has(path))]);
  return [...escaping].map((path) => ({ kind: "symlink-escapes", path: displayPath(path) }));
}

async function readLinks(repo: Repo, entries: readonly Listed[]): Promise<ReadonlyMap<string, string>> {
  const listed = entries.filter((entry) => entry.mode === SYMLINK);
  const facts = await factsOf(repo, [...new Set(listed.map((entry) => entry.id))]);
  const targets = new Map<string, string>();
  const small = facts.filter((each) => each.bytes <= MAX_TARGET_BYTES).map((each) => each.id);
  await readObjects(repo, small, (id, content) => {
    targets.set(id, content.toString("utf8"));
  });
  // A target too long to be one leads nowhere we would follow.
  return new Map(listed.map((entry) => [entry.path.toString("utf8"), targets.get(entry.id) ?? "/"]));
}
