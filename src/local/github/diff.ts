// Differences of two commits: facts and patch per file, and the plain text.
import { makeMemory } from "./remember.ts";
import { git, gitText, type GitRepo } from "./git.ts";

export interface FileDiff {
  readonly path: string;
  readonly previousPath?: string;
  readonly status: "added" | "removed" | "modified" | "renamed" | "changed";
  readonly sha: string;
  readonly oldMode: string;
  readonly newMode: string;
  /** Undefined for content git calls binary. */
  readonly additions: number | undefined;
  readonly deletions: number | undefined;
  /** The hunks, without git's header lines; undefined where there are none. */
  readonly patch?: string;
}

const PLAIN = ["--no-ext-diff", "--no-textconv", "--no-color", "-M", "--full-index"];

const texts = makeMemory<string>();
const lists = makeMemory<readonly FileDiff[]>();

export function diffText(repo: GitRepo, from: string, to: string): Promise<string> {
  return texts(`${repo.dir} ${from} ${to}`, () => readDiff(repo, from, to));
}

export function diffFiles(repo: GitRepo, from: string, to: string): Promise<readonly FileDiff[]> {
  return lists(`${repo.dir} ${from} ${to}`, () => readFiles(repo, from, to));
}

async function readDiff(repo: GitRepo, from: string, to: string): Promise<string> {
  return gitText(repo, ["diff", ...PLAIN, from, to, "--"]);
}

async function readFiles(repo: GitRepo, from: string, to: string): Promise<readonly FileDiff[]> {
  const [raw, numbers, text] = [
    await git(repo, ["diff", "--raw", "-z", ...PLAIN, from, to, "--"]),
    await git(repo, ["diff", "--numstat", "-z", ...PLAIN, from, to, "--"]),
    await diffText(repo, from, to),
  ];
  const counts = parseNumbers(numbers.toString("utf8"));
  const patches = splitPatches(text);
  return parseRaw(raw.toString("utf8")).map((file, at) => {
    const count = counts[at];
    const hunks = patches[at];
    return {
      ...file,
      additions: count?.additions,
      deletions: count?.deletions,
      ...(hunks === undefined || hunks === "" ? {} : { patch: hunks }),
    };
  });
}

type RawFile = Pick<FileDiff, "path" | "previousPath" | "status" | "sha" | "oldMode" | "newMode">;

function parseRaw(text: string): RawFile[] {
  const fields = text.split("\0");
  const files: RawFile[] = [];
  for (let at = 0; at + 1 < fields.length;) {
    const [oldMode = "", newMode = "", oldSha = "", newSha = "", letter = "M"] = (fields[at] ?? "").slice(1).split(" ");
    const first = fields[at + 1] ?? "";
    const facts = { oldMode, newMode };
    if (letter.startsWith("R") || letter.startsWith("C")) {
      files.push({ path: fields[at + 2] ?? "", previousPath: first, status: "renamed", sha: newSha, ...facts });
      at += 3;
      continue;
    }
    const status = letter === "A" ? "added" : letter === "D" ? "removed" : letter === "T" ? "changed" : "modified";
    files.push({ path: first, status, sha: letter === "D" ? oldSha : newSha, ...facts });
    at += 2;
  }
  return files;
}

interface Count {
  readonly additions: number | undefined;
  readonly deletions: number | undefined;
}

function parseNumbers(text: string): Count[] {
  const fields = text.split("\0");
  const counts: Count[] = [];
  for (let at = 0; at < fields.length; at += 1) {
    const found = /^(\d+|-)\t(\d+|-)\t(.*)$/s.exec(fields[at] ?? "");
    if (found === null) continue;
    const [, added = "-", deleted = "-", path = ""] = found;
    const number = (value: string): number | undefined => (value === "-" ? undefined : Number(value));
    counts.push({ additions: number(added), deletions: number(deleted) });
    // A rename has its two names in the two fields that follow.
    if (path === "") at += 2;
  }
  return counts;
}

function splitPatches(text: string): string[] {
  if (text === "") return [];
  const lines = text.split("\n");
  const patches: string[] = [];
  let hunks: string[] | undefined;
  let inHunks = false;
  for (const line of lines) {
    if (line.startsWith("diff --git ")) {
      if (hunks !== undefined) patches.push(hunks.join("\n"));
      hunks = [];
      inHunks = false;
    } else if (hunks !== undefined) {
      if (line.startsWith("@@ ")) inHunks = true;
      if (inHunks) hunks.push(line);
    }
  }
  if (hunks !== undefined) patches.push(hunks.join("\n").replace(/\n$/, ""));
  return patches;
}
