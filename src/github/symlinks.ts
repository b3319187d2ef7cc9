// Where symbolic links of a tree lead when followed to the end. Pure: the tree is the whole world.

const MAX_HOPS = 40;

/** Links by path, with their targets. */
export type Links = ReadonlyMap<string, string>;

// A file system may ignore case and Unicode form, so a link is met under any spelling of its name.
function keyOf(path: string): string {
  return path.normalize("NFC").toLowerCase();
}

/** Paths of links that leave the tree, or never end, when followed through all other links. */
export function findEscapes(links: Links): ReadonlySet<string> {
  const known = new Map([...links].map(([path, target]) => [keyOf(path), target]));
  return new Set([...links.keys()].filter((path) => leaves(known, path)));
}

function leaves(links: ReadonlyMap<string, string>, path: string): boolean {
  const at: string[] = [];
  const todo = path.split("/").reverse();
  let hops = 0;
  for (let part = todo.pop(); part !== undefined; part = todo.pop()) {
    if (part === "" || part === ".") continue;
    if (part === "..") {
      if (at.pop() === undefined) return true;
      continue;
    }
    at.push(part);
    const target = links.get(keyOf(at.join("/")));
    if (target === undefined) continue;
    hops += 1;
    if (hops > MAX_HOPS || target.startsWith("/")) return true;
    at.pop();
    todo.push(...target.split("/").reverse());
  }
  return false;
}
