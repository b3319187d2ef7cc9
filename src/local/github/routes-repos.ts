// A repository's branches, commits, contents and comparisons.
import { diffFiles, diffText } from "./diff.ts";
import { EMPTY_TREE } from "./events.ts";
import { commitsBetween, listTree, readBlob, readCommit, type TreeEntry } from "./objects.ts";
import { countBetween, listRefs, mergeBase, readBranch, resolveCommit, type Ref } from "./refs.ts";
import { Refusal, notFound } from "./refusal.ts";
import { ok, page, repoRoute, type Answer, type RepoAsk, type Route } from "./router.ts";
import { fullRepoShape } from "./routes-app.ts";
import { fileShape } from "./routes-pulls.ts";
import { commitShape, repoUrls } from "./shapes.ts";

const READ = { contents: "read" } as const;

async function branches(ask: RepoAsk): Promise<Answer> {
  const refs = await listRefs(ask.git, "refs/heads/", "refs/heads/");
  return page(
    ask,
    refs.map((ref) => ({
      name: ref.name.slice("refs/heads/".length),
      commit: { sha: ref.sha, url: `${repoUrls(ask.world, ask.repo).api}/commits/${ref.sha}` },
      protected: false,
    })),
  );
}

async function branch(ask: RepoAsk): Promise<Answer> {
  const name = ask.params["branch"] ?? "";
  const ref: Ref | undefined = await readBranch(ask.git, name);
  if (ref === undefined) throw new Refusal(404, "Branch not found");
  const commit = await readCommit(ask.git, ref.sha);
  return ok({ name, commit: commitShape(ask.world, ask.repo, commit), protected: false });
}

async function wantCommit(ask: RepoAsk, name: string): Promise<string> {
  const sha = await resolveCommit(ask.git, name);
  if (sha === undefined) throw new Refusal(422, `No commit found for SHA: ${name}`);
  return sha;
}

async function listCommits(ask: RepoAsk): Promise<Answer> {
  const start = ask.query.get("sha") ?? ask.repo.defaultBranch;
  const to = await resolveCommit(ask.git, start);
  if (to === undefined) throw notFound();
  const path = ask.query.get("path");
  const found = await commitsBetween(ask.git, path === null ? { to } : { to, path }, 5000);
  return page(
    ask,
    found.toReversed().map((commit) => commitShape(ask.world, ask.repo, commit)),
  );
}

async function showCommit(ask: RepoAsk): Promise<Answer> {
  const sha = await wantCommit(ask, ask.params["ref"] ?? "");
  const commit = await readCommit(ask.git, sha);
  const from = commit.parents[0] ?? EMPTY_TREE;
  if (/\.sha\b/.test(ask.accept))
    return { status: 200, raw: { type: "application/vnd.github.sha", bytes: Buffer.from(sha) } };
  if (/\.diff\b/.test(ask.accept)) {
    const bytes = Buffer.from(await diffText(ask.git, from, sha));
    return { status: 200, raw: { type: "application/vnd.github.diff; charset=utf-8", bytes } };
  }
  const files = await diffFiles(ask.git, from, sha);
  const additions = files.reduce((sum, file) => sum + (file.additions ?? 0), 0);
  const deletions = files.reduce((sum, file) => sum + (file.deletions ?? 0), 0);
  return ok({
    ...commitShape(ask.world, ask.repo, commit),
    stats: { total: additions + deletions, additions, deletions },
    files: files.map((file) => fileShape(ask.world, { repo: ask.repo, commit: sha }, file)),
  });
}

const MAX_COMPARED = 250;
const MAX_FILES = 300;

async function compare(ask: RepoAsk): Promise<Answer> {
  const [baseName = "", headName] = (ask.params["basehead"] ?? "").split("...");
  const base = await resolveCommit(ask.git, baseName.replace(`${ask.repo.owner}:`, ""));
  const head = await resolveCommit(ask.git, (headName ?? "").replace(`${ask.repo.owner}:`, ""));
  if (base === undefined || head === undefined) throw notFound();
  const fork = await mergeBase(ask.git, base, head);
  if (fork === undefined) throw new Refusal(404, `No common ancestor between ${baseName} and ${headName ?? ""}.`);
  if (/\.diff\b/.test(ask.accept)) {
    const bytes = Buffer.from(await diffText(ask.git, fork, head));
    return { status: 200, raw: { type: "application/vnd.github.diff; charset=utf-8", bytes } };
  }
  const ahead = await countBetween(ask.git, base, head);
  const behind = await countBetween(ask.git, head, base);
  const commits = await commitsBetween(ask.git, { from: base, to: head }, MAX_COMPARED);
  const files = (await diffFiles(ask.git, fork, head)).slice(0, MAX_FILES);
  const status = ahead > 0 ? (behind > 0 ? "diverged" : "ahead") : behind > 0 ? "behind" : "identical";
  const { api, html } = repoUrls(ask.world, ask.repo);
  return ok({
    url: `${api}/compare/${base}...${head}`,
    html_url: `${html}/compare/${base}...${head}`,
    base_commit: commitShape(ask.world, ask.repo, await readCommit(ask.git, base)),
    merge_base_commit: commitShape(ask.world, ask.repo, await readCommit(ask.git, fork)),
    status,
    ahead_by: ahead,
    behind_by: behind,
    total_commits: ahead,
    commits: commits.map((commit) => commitShape(ask.world, ask.repo, commit)),
    files: files.map((file) => fileShape(ask.world, { repo: ask.repo, commit: head }, file)),
  });
}

const MAX_INLINE_BYTES = 1024 * 1024;

async function contents(ask: RepoAsk): Promise<Answer> {
  const path = (ask.params["path"] ?? "").replace(/^\/+|\/+$/g, "");
  const wanted = ask.query.get("ref") ?? ask.repo.defaultBranch;
  const sha = await resolveCommit(ask.git, wanted);
  if (sha === undefined) throw new Refusal(404, `No commit found for the ref ${wanted}`);
  const at = { ask, ref: wanted };
  if (path === "")
    return ok((await listTree(ask.git, sha, { recursive: false })).map((entry) => entryShape(at, entry)));
  const [entry] = await listTree(ask.git, sha, { recursive: false, under: path });
  if (entry === undefined || entry.path !== path) throw notFound();
  if (entry.type === "tree") {
    const below = await listTree(ask.git, entry.sha, { recursive: false });
    return ok(below.map((one) => entryShape(at, { ...one, path: `${path}/${one.path}` })));
  }
  if (entry.type === "commit") return ok(entryShape(at, entry));
  const bytes = (await readBlob(ask.git, entry.sha)) ?? Buffer.alloc(0);
  if (/\.raw\b/.test(ask.accept))
    return { status: 200, raw: { type: "application/vnd.github.raw; charset=utf-8", bytes } };
  if (entry.mode === "120000") return ok({ ...entryShape(at, entry), target: bytes.toString("utf8") });
  const inline = bytes.length <= MAX_INLINE_BYTES;
  return ok({
    ...entryShape(at, entry),
    encoding: inline ? "base64" : "none",
    content: inline ? bytes.toString("base64").replace(/.{60}/g, "$&\n") : "",
  });
}

const KINDS: Readonly<Record<string, string>> = { "120000": "symlink", "160000": "submodule", "040000": "dir" };

function entryShape(at: { readonly ask: RepoAsk; readonly ref: string }, entry: TreeEntry): Record<string, unknown> {
  const { api, html } = repoUrls(at.ask.world, at.ask.repo);
  const path = entry.path.split("/").map(encodeURIComponent).join("/");
  const kind = KINDS[entry.mode] ?? "file";
  return {
    type: kind,
    name: entry.path.split("/").at(-1),
    path: entry.path,
    sha: entry.sha,
    size: entry.size ?? 0,
    url: `${api}/contents/${path}?ref=${encodeURIComponent(at.ref)}`,
    html_url: `${html}/${kind === "dir" ? "tree" : "blob"}/${at.ref}/${path}`,
    git_url: `${api}/git/${kind === "dir" ? "trees" : "blobs"}/${entry.sha}`,
    download_url: kind === "file" ? `${html}/raw/${at.ref}/${path}` : null,
  };
}

export const repoRoutes: readonly Route[] = [
  repoRoute(["GET", "", "none"], async (ask) => ok(fullRepoShape(ask.world, ask.repo, ask.token.permissions))),
  repoRoute(["GET", "/branches", READ], branches),
  repoRoute(["GET", "/branches/*branch", READ], branch),
  repoRoute(["GET", "/commits", READ], listCommits),
  repoRoute(["GET", "/commits/*ref", READ], showCommit),
  repoRoute(["GET", "/compare/*basehead", READ], compare),
  repoRoute(["GET", "/contents", READ], contents),
  repoRoute(["GET", "/contents/", READ], contents),
  repoRoute(["GET", "/contents/*path", READ], contents),
];
