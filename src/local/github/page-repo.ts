// The simple pages around pull requests: repositories, files, commits, branches, and the list of pull requests.
import { escapeHtml } from "../http.ts";
import { diffFiles } from "./diff.ts";
import { EMPTY_TREE } from "./events.ts";
import { renderMarkdown } from "./markdown.ts";
import { commitsBetween, listTree, readBlob, readCommit, type CommitObject } from "./objects.ts";
import { countLines, plusMinus, renderFiles } from "./page-diff.ts";
import { avatar, crumbs, icon, nameOf, plural, renderTime, type View } from "./page-layout.ts";
import { statePill } from "./page-pull.ts";
import { isSha, listRefs, objectType, resolveCommit } from "./refs.ts";
import { accountOf } from "./shapes.ts";
import type { Pull, Repository } from "./state.ts";
import { fullName, gitRepo } from "./world.ts";

export interface Shown {
  readonly title: string;
  readonly main: string;
}

export function renderRepositories(view: View): Shown {
  const rows = view.world.file.data.repositories.map((repo) => {
    const open = repo.pulls.filter((pull) => pull.state === "open").length;
    const name = escapeHtml(fullName(repo));
    return `<li><a href="/${name}">${icon("repo")}<b>${name}</b><span class="push muted">${plural(open, "open pull request")}</span></a></li>`;
  });
  const list =
    rows.length === 0
      ? '<p class="card-body muted">No repositories yet.</p>'
      : `<ul class="rows">${rows.join("")}</ul>`;
  const main = `<main class="prp" id="main"><header class="prp-head"><h1>Repositories</h1></header><div class="card">${list}</div></main>`;
  return { title: "Repositories", main };
}

type Tab = "files" | "pulls" | "commits" | "branches";

function frame(repo: Repository, tab: Tab, body: string): string {
  const base = `/${fullName(repo)}`;
  const open = repo.pulls.filter((pull) => pull.state === "open").length;
  const link = (name: Tab, url: string, label: string): string =>
    `<a href="${escapeHtml(url)}"${name === tab ? ' aria-current="page"' : ""}>${label}</a>`;
  const tabs = [
    link("files", base, "Files"),
    link("pulls", `${base}/pulls`, `Pull requests <span class="count">${open}</span>`),
    link("commits", `${base}/commits/${repo.defaultBranch}`, "Commits"),
    link("branches", `${base}/branches`, "Branches"),
  ];
  return `<main class="prp" id="main"><header class="prp-head">${crumbs([["repositories", "/"]])}<h1>${escapeHtml(fullName(repo))}</h1><nav class="tabs" aria-label="Repository">${tabs.join("")}</nav></header>${body}</main>`;
}

export function renderPulls(view: View, repo: Repository, state: "open" | "closed"): Shown {
  const base = `/${fullName(repo)}`;
  const now = view.world.nowMs();
  const pulls = repo.pulls.filter((pull) => pull.state === state).toReversed();
  const row = (pull: Pull): string =>
    `<li><a href="${escapeHtml(base)}/pull/${pull.number}">${statePill(pull)}<span class="rows-t"><b>${escapeHtml(pull.title)}</b><span class="muted">#${pull.number} by ${escapeHtml(nameOf(pull.user))}, ${renderTime(pull.createdAtMs, now)}</span></span></a></li>`;
  const list =
    pulls.length === 0
      ? `<p class="card-body muted">No ${state} pull requests.</p>`
      : `<ul class="rows">${pulls.map(row).join("")}</ul>`;
  const choice = (one: "open" | "closed", label: string): string =>
    `<a href="${escapeHtml(base)}/pulls?state=${one}"${one === state ? ' aria-current="page"' : ""}>${label}</a>`;
  const head = `<div class="card-head"><div class="seg">${choice("open", "Open")}${choice("closed", "Closed")}</div></div>`;
  return {
    title: `Pull requests of ${fullName(repo)}`,
    main: frame(repo, "pulls", `<div class="card">${head}${list}</div>`),
  };
}

export async function renderBranches(view: View, repo: Repository): Promise<Shown> {
  const git = gitRepo(view.world, repo);
  const base = escapeHtml(`/${fullName(repo)}`);
  const refs = await listRefs(git, "refs/heads/", "refs/heads/");
  const rows = refs.map((ref) => {
    const name = ref.name.slice("refs/heads/".length);
    const main = name === repo.defaultBranch ? '<span class="tag">default</span>' : "";
    return `<li><a href="${base}/tree/${encodePath(name)}">${icon("branch")}<span class="rows-t"><span class="row"><code class="ref">${escapeHtml(name)}</code>${main}</span></span><code class="push muted">${ref.sha.slice(0, 7)}</code></a></li>`;
  });
  const body = `<div class="card"><ul class="rows">${rows.join("")}</ul></div>`;
  return { title: `Branches of ${fullName(repo)}`, main: frame(repo, "branches", body) };
}

export async function renderCommits(view: View, repo: Repository, ref: string): Promise<Shown | undefined> {
  const git = gitRepo(view.world, repo);
  const sha = await resolveCommit(git, ref);
  if (sha === undefined) return undefined;
  const commits = (await commitsBetween(git, { to: sha }, 100)).toReversed();
  const rows = commits.map((commit) => `<li>${renderCommitLine(view, repo, commit)}</li>`);
  const body = `<div class="card"><div class="card-head"><code class="ref">${escapeHtml(ref)}</code></div><ul class="rows">${rows.join("")}</ul></div>`;
  return { title: `Commits of ${ref}`, main: frame(repo, "commits", body) };
}

function renderCommitLine(view: View, repo: Repository, commit: CommitObject): string {
  const actor = accountOf(view.world, commit.author);
  const who = actor === undefined ? commit.author.name : nameOf(actor);
  const [first = ""] = commit.message.split("\n");
  const verified = repo.verified.includes(commit.sha)
    ? `<span class="pill pill-good">${icon("check")}Verified</span>`
    : "";
  const face = actor === undefined ? "" : avatar(view.world, actor, "av-s");
  return `<a href="/${escapeHtml(fullName(repo))}/commit/${commit.sha}">${face}<span class="rows-t"><b>${escapeHtml(first)}</b><span class="muted">${escapeHtml(who)}, ${renderTime(commit.committer.atSeconds * 1000, view.world.nowMs())}</span></span><span class="push row">${verified}<code class="muted">${commit.sha.slice(0, 7)}</code></span></a>`;
}

export async function renderCommit(view: View, repo: Repository, sha: string): Promise<Shown | undefined> {
  const git = gitRepo(view.world, repo);
  if (!isSha(sha) || (await objectType(git, sha)) !== "commit") return undefined;
  const commit = await readCommit(git, sha);
  const files = await diffFiles(git, commit.parents[0] ?? EMPTY_TREE, sha);
  const { added, removed } = countLines(files);
  const [first = "", ...rest] = commit.message.split("\n");
  const more = rest.join("\n").trim();
  const text = more === "" ? "" : `<div class="card-body"><pre class="code">${escapeHtml(more)}</pre></div>`;
  const head = `<div class="card"><ul class="rows"><li>${renderCommitLine(view, repo, commit)}</li></ul>${text}</div>`;
  const changes = `<section class="stack commit-files"><h2 class="h-sec">${plural(files.length, "file")}, ${plusMinus(added, removed)}</h2>${renderFiles(files)}</section>`;
  return { title: first, main: frame(repo, "commits", `${head}${changes}`) };
}

function encodePath(path: string): string {
  return escapeHtml(path.split("/").map(encodeURIComponent).join("/"));
}

export interface Place {
  readonly ref: string;
  readonly sha: string;
  readonly path: string;
}

/** `branch/with/slashes/folder/file` means the longest branch that exists; else its first part names a commit. */
export async function findPlace(view: View, repo: Repository, rest: string): Promise<Place | undefined> {
  const git = gitRepo(view.world, repo);
  const refs = await listRefs(git, "refs/heads/", "refs/heads/");
  const names = refs.map((ref) => ref.name.slice("refs/heads/".length)).sort((a, b) => b.length - a.length);
  const [first = ""] = rest.split("/");
  const ref = names.find((name) => rest === name || rest.startsWith(`${name}/`)) ?? first;
  const sha = await resolveCommit(git, ref);
  return sha === undefined ? undefined : { ref, sha, path: rest.slice(ref.length + 1) };
}

export async function renderTree(view: View, repo: Repository, place: Place): Promise<Shown | undefined> {
  const git = gitRepo(view.world, repo);
  const inside =
    place.path === "" ? undefined : (await listTree(git, place.sha, { recursive: false, under: place.path }))[0];
  if (place.path !== "" && inside?.type !== "tree") return undefined;
  const entries = await listTree(git, inside?.sha ?? place.sha, { recursive: false });
  const base = escapeHtml(`/${fullName(repo)}`);
  const sorted = entries.toSorted((a, b) => Number(b.type === "tree") - Number(a.type === "tree"));
  const rows = sorted.map((entry) => {
    const path = place.path === "" ? entry.path : `${place.path}/${entry.path}`;
    const folder = entry.type === "tree";
    const url = `${base}/${folder ? "tree" : "blob"}/${encodePath(place.ref)}/${encodePath(path)}`;
    const size = entry.size === undefined ? "" : `<span class="push muted num">${plural(entry.size, "byte")}</span>`;
    return `<li><a href="${url}">${icon(folder ? "folder" : "file")}<span class="mono">${escapeHtml(entry.path)}</span>${size}</a></li>`;
  });
  const readme = place.path === "" ? entries.find((entry) => entry.path.toLowerCase() === "readme.md") : undefined;
  const text = readme === undefined ? undefined : await readBlob(git, readme.sha);
  const about =
    text === undefined
      ? ""
      : `<article class="card"><div class="card-body md">${renderMarkdown(text.toString("utf8"))}</div></article>`;
  const body = `<div class="stack"><div class="card"><div class="card-head">${placeHead(repo, place)}</div><ul class="rows">${rows.join("")}</ul></div>${about}</div>`;
  return { title: `${fullName(repo)}${place.path === "" ? "" : `/${place.path}`}`, main: frame(repo, "files", body) };
}

function placeHead(repo: Repository, place: Place): string {
  const base = escapeHtml(`/${fullName(repo)}`);
  const parts = place.path === "" ? [] : place.path.split("/");
  const links = parts.map((part, at) =>
    at === parts.length - 1
      ? `<b class="mono">${escapeHtml(part)}</b>`
      : `<a class="mono" href="${base}/tree/${encodePath(place.ref)}/${encodePath(parts.slice(0, at + 1).join("/"))}">${escapeHtml(part)}</a>`,
  );
  const root = `<a class="mono" href="${base}/tree/${encodePath(place.ref)}">${escapeHtml(repo.name)}</a>`;
  return `<code class="ref">${escapeHtml(place.ref)}</code><span>${[root, ...links].join(" / ")}</span>`;
}

const MAX_SHOWN_BYTES = 512 * 1024;

export async function readPlace(view: View, repo: Repository, place: Place): Promise<Buffer | undefined> {
  const git = gitRepo(view.world, repo);
  const [entry] = place.path === "" ? [] : await listTree(git, place.sha, { recursive: false, under: place.path });
  return entry?.type === "blob" && entry.path === place.path ? readBlob(git, entry.sha) : undefined;
}

export async function renderBlob(view: View, repo: Repository, place: Place): Promise<Shown | undefined> {
  const bytes = await readPlace(view, repo, place);
  if (bytes === undefined) return undefined;
  const raw = `<a class="push" href="${escapeHtml(`/${fullName(repo)}`)}/raw/${encodePath(place.ref)}/${encodePath(place.path)}">Raw</a>`;
  const shown =
    bytes.includes(0) || bytes.length > MAX_SHOWN_BYTES
      ? '<p class="card-body muted">Not shown: binary, or too big.</p>'
      : `<div class="table-x" tabindex="0" role="region" aria-label="Content"><table class="diff"><tbody>${numberLines(bytes.toString("utf8"))}</tbody></table></div>`;
  const body = `<div class="card blob"><div class="card-head">${placeHead(repo, place)}${raw}</div>${shown}</div>`;
  return { title: place.path, main: frame(repo, "files", body) };
}

function numberLines(text: string): string {
  const lines = text.replace(/\n$/, "").split("\n");
  return lines
    .map((line, at) => `<tr><td class="ln">${at + 1}</td><td class="cd">${escapeHtml(line)}</td></tr>`)
    .join("");
}
