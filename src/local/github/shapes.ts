// GitHub's JSON shapes of accounts, repositories, refs, commits and comments.
import type { CommitObject, Person } from "./objects.ts";
import type { Ref } from "./refs.ts";
import type { Actor, Comment, Repository } from "./state.ts";
import { apiUrl, fullName, type World } from "./world.ts";

type Json = Record<string, unknown>;

export function iso(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, "Z");
}

export function nodeId(kind: string, ...ids: readonly (string | number)[]): string {
  return `${kind}_${Buffer.from(ids.join(":")).toString("base64url")}`;
}

export function userShape(world: World, actor: Actor): Json {
  const login = encodeURIComponent(actor.login);
  return {
    login: actor.login,
    id: actor.id,
    node_id: nodeId(actor.type === "Bot" ? "BOT" : "U", actor.id),
    avatar_url: `${world.origin()}/page/avatar.svg`,
    url: `${apiUrl(world)}/users/${login}`,
    html_url: `${world.origin()}/${actor.type === "Bot" ? "apps/" : ""}${encodeURIComponent(actor.login.replace(/\[bot\]$/, ""))}`,
    type: actor.type,
    site_admin: false,
  };
}

export function ownerActor(repo: Repository): Actor {
  // Owners are organizations here; the id only has to be stable and shared by all their repositories.
  let id = 7;
  for (const char of repo.owner.toLowerCase()) id = (id * 31 + (char.codePointAt(0) ?? 0)) % 100_000_000;
  return { id: 100_000_000 + id, login: repo.owner, type: "User" };
}

export function ownerShape(world: World, repo: Repository): Json {
  return { ...userShape(world, ownerActor(repo)), type: "Organization" };
}

export function repoUrls(world: World, repo: Repository): { readonly api: string; readonly html: string } {
  return { api: `${apiUrl(world)}/repos/${fullName(repo)}`, html: `${world.origin()}/${fullName(repo)}` };
}

export function repoShape(world: World, repo: Repository): Json {
  const { api, html } = repoUrls(world, repo);
  return {
    id: repo.id,
    node_id: nodeId("R", repo.id),
    name: repo.name,
    full_name: fullName(repo),
    private: true,
    owner: ownerShape(world, repo),
    html_url: html,
    description: null,
    fork: false,
    url: api,
    git_url: `git://${html.replace(/^https?:\/\//, "")}.git`,
    clone_url: `${html}.git`,
    default_branch: repo.defaultBranch,
    created_at: iso(repo.createdAtMs),
    updated_at: iso(repo.pushedAtMs),
    pushed_at: iso(repo.pushedAtMs),
    archived: false,
    disabled: false,
    visibility: "private",
    has_issues: true,
    open_issues_count: repo.pulls.filter((pull) => pull.state === "open").length,
  };
}

export function refShape(world: World, repo: Repository, ref: Ref): Json {
  const { api } = repoUrls(world, repo);
  return {
    ref: ref.name,
    node_id: nodeId("REF", repo.id, ref.name),
    url: `${api}/git/${ref.name}`,
    object: { type: ref.type, sha: ref.sha, url: `${api}/git/${ref.type}s/${ref.sha}` },
  };
}

export function isoOf(person: Person): string {
  return iso(person.atSeconds * 1000);
}

function personShape(person: Person): Json {
  return { name: person.name, email: person.email, date: isoOf(person) };
}

function verificationShape(repo: Repository, commit: CommitObject): Json {
  const verified = repo.verified.includes(commit.sha);
  return {
    verified,
    reason: verified ? "valid" : "unsigned",
    signature: verified ? `local stand-in: made by the API itself (${commit.sha.slice(0, 7)})` : null,
    payload: verified ? `tree ${commit.tree}` : null,
    verified_at: verified ? isoOf(commit.committer) : null,
  };
}

/** As the git data API shows a commit. */
export function gitCommitShape(world: World, repo: Repository, commit: CommitObject): Json {
  const { api, html } = repoUrls(world, repo);
  return {
    sha: commit.sha,
    node_id: nodeId("C", repo.id, commit.sha),
    url: `${api}/git/commits/${commit.sha}`,
    html_url: `${html}/commit/${commit.sha}`,
    author: personShape(commit.author),
    committer: personShape(commit.committer),
    message: commit.message,
    tree: { sha: commit.tree, url: `${api}/git/trees/${commit.tree}` },
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${api}/git/commits/${sha}`,
      html_url: `${html}/commit/${sha}`,
    })),
    verification: verificationShape(repo, commit),
  };
}

/** As the repository's commits API shows it: with the account behind the address, where there is one. */
export function commitShape(world: World, repo: Repository, commit: CommitObject): Json {
  const { api, html } = repoUrls(world, repo);
  return {
    sha: commit.sha,
    node_id: nodeId("C", repo.id, commit.sha),
    url: `${api}/commits/${commit.sha}`,
    html_url: `${html}/commit/${commit.sha}`,
    commit: {
      author: personShape(commit.author),
      committer: personShape(commit.committer),
      message: commit.message,
      tree: { sha: commit.tree, url: `${api}/git/trees/${commit.tree}` },
      url: `${api}/git/commits/${commit.sha}`,
      comment_count: 0,
      verification: verificationShape(repo, commit),
    },
    author: accountShape(world, commit.author),
    committer: accountShape(world, commit.committer),
    parents: commit.parents.map((sha) => ({ sha, url: `${api}/commits/${sha}`, html_url: `${html}/commit/${sha}` })),
  };
}

export function noReply(actor: Actor): string {
  return `${actor.id}+${actor.login}@users.noreply.github.com`;
}

export function accountOf(world: World, person: Person): Actor | undefined {
  return [world.app.bot, ...world.people].find((actor) => noReply(actor) === person.email);
}

function accountShape(world: World, person: Person): Json | null {
  const actor = accountOf(world, person);
  return actor === undefined ? null : userShape(world, actor);
}

export function commentShape(world: World, repo: Repository, comment: Comment): Json {
  const { api, html } = repoUrls(world, repo);
  return {
    id: comment.id,
    node_id: nodeId("IC", comment.id),
    url: `${api}/issues/comments/${comment.id}`,
    html_url: `${html}/pull/${comment.number}#issuecomment-${comment.id}`,
    issue_url: `${api}/issues/${comment.number}`,
    body: comment.body,
    user: userShape(world, comment.user),
    author_association: comment.user.type === "Bot" ? "NONE" : "MEMBER",
    created_at: iso(comment.createdAtMs),
    updated_at: iso(comment.updatedAtMs),
    performed_via_github_app: comment.user.id === world.app.bot.id ? { id: world.app.id, slug: world.app.slug } : null,
  };
}
