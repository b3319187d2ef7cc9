// Git objects as the API makes and reads them: blobs, trees and commits, byte for byte.
import { git, gitText, tryGit, type GitRepo } from "./git.ts";

export interface Person {
  readonly name: string;
  readonly email: string;
  /** Seconds since the epoch, as git keeps them. */
  readonly atSeconds: number;
  /** As git writes it: `+0000`. */
  readonly zone: string;
}

export interface CommitObject {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Person;
  readonly committer: Person;
  readonly message: string;
}

export interface TreeEntry {
  readonly mode: string;
  readonly type: string;
  readonly sha: string;
  /** Absent for trees and submodules. */
  readonly size?: number;
  readonly path: string;
}

export async function writeBlob(repo: GitRepo, content: Buffer): Promise<string> {
  return (await gitText(repo, ["hash-object", "-w", "--stdin"], { input: content })).trim();
}

/** The bytes of a blob, or undefined when the repository has no such blob. */
export async function readBlob(repo: GitRepo, sha: string): Promise<Buffer | undefined> {
  const out = await tryGit(repo, ["cat-file", "blob", sha]);
  return out.code === 0 ? out.stdout : undefined;
}

export async function listTree(
  repo: GitRepo,
  tree: string,
  options: { recursive: boolean; under?: string },
): Promise<readonly TreeEntry[]> {
  const args = ["ls-tree", "-z", "-l", "--full-tree", ...(options.recursive ? ["-r", "-t"] : []), tree];
  if (options.under !== undefined) args.push("--", options.under);
  const text = await gitText(repo, args, { env: { GIT_LITERAL_PATHSPECS: "1" } });
  return text
    .split("\0")
    .filter((line) => line !== "")
    .map((line) => {
      const tab = line.indexOf("\t");
      const [mode = "", type = "", sha = "", size = "-"] = line.slice(0, tab).split(/ +/);
      const entry = { mode, type, sha, path: line.slice(tab + 1) };
      return size === "-" ? entry : { ...entry, size: Number(size) };
    });
}

export async function readCommit(repo: GitRepo, sha: string): Promise<CommitObject> {
  return parseCommit(sha, await gitText(repo, ["cat-file", "commit", sha]));
}

function parseCommit(sha: string, text: string): CommitObject {
  const end = text.indexOf("\n\n");
  const head = end === -1 ? text : text.slice(0, end);
  const parents: string[] = [];
  let tree = "";
  let author = parsePerson("");
  let committer = author;
  for (const line of head.split("\n")) {
    const space = line.indexOf(" ");
    const value = line.slice(space + 1);
    const field = line.slice(0, space);
    if (field === "tree") tree = value;
    else if (field === "parent") parents.push(value);
    else if (field === "author") author = parsePerson(value);
    else if (field === "committer") committer = parsePerson(value);
  }
  return { sha, tree, parents, author, committer, message: end === -1 ? "" : text.slice(end + 2) };
}

function parsePerson(text: string): Person {
  const found = /^(.*?) ?<([^>]*)> (-?\d+) ([+-]\d{4})$/.exec(text);
  if (found === null) return { name: "", email: "", atSeconds: 0, zone: "+0000" };
  const [, name = "", email = "", at = "0", zone = "+0000"] = found;
  return { name, email, atSeconds: Number(at), zone };
}

function personLine(person: Person): string {
  const clean = (text: string): string => text.replace(/[<>\n\0]/g, "").trim();
  return `${clean(person.name)} <${clean(person.email)}> ${person.atSeconds} ${person.zone}`;
}

/** Writes the message exactly as given, as the API does; `git commit-tree` would add a line end. */
export async function writeCommit(repo: GitRepo, commit: Omit<CommitObject, "sha">): Promise<string> {
  const lines = [
    `tree ${commit.tree}`,
    ...commit.parents.map((parent) => `parent ${parent}`),
    `author ${personLine(commit.author)}`,
    `committer ${personLine(commit.committer)}`,
  ];
  const input = `${lines.join("\n")}\n\n${commit.message}`;
  return (await gitText(repo, ["hash-object", "-t", "commit", "-w", "--stdin"], { input })).trim();
}

/** Oldest first: the commits in `to` that are not in `from`, at most `limit` of the newest. */
export async function commitsBetween(
  repo: GitRepo,
  range: { from?: string; to: string; path?: string },
  limit: number,
): Promise<readonly CommitObject[]> {
  const args = ["rev-list", "--topo-order", "-n", String(limit), range.to];
  if (range.from !== undefined) args.push(`^${range.from}`);
  if (range.path !== undefined) args.push("--", range.path);
  const shas = (await gitText(repo, args)).split("\n").filter((line) => line !== "");
  return readCommits(repo, shas.reverse());
}

async function readCommits(repo: GitRepo, shas: readonly string[]): Promise<readonly CommitObject[]> {
  if (shas.length === 0) return [];
  const bytes = await git(repo, ["cat-file", "--batch"], { input: `${shas.join("\n")}\n` });
  const commits: CommitObject[] = [];
  let at = 0;
  for (const sha of shas) {
    const lineEnd = bytes.indexOf(10, at);
    const size = Number(bytes.toString("latin1", at, lineEnd).split(" ")[2]);
    commits.push(parseCommit(sha, bytes.toString("utf8", lineEnd + 1, lineEnd + 1 + size)));
    at = lineEnd + 1 + size + 1;
  }
  return commits;
}
