// The git data API: blobs, trees, commits and refs on the bare repository.
import { z } from "zod";
import { listTree, readBlob, readCommit, writeBlob, writeCommit, type Person } from "./objects.ts";
import { ZERO, isAncestor, isRefName, isSha, listRefs, moveRef, objectType, objectTypes, readRef } from "./refs.ts";
import { refMoved } from "./moves.ts";
import { Refusal, forbidden, notFound } from "./refusal.ts";
import { created, ok, parseBody, repoRoute, type Answer, type RepoAsk, type Route } from "./router.ts";
import { gitCommitShape, noReply, nodeId, refShape, repoUrls } from "./shapes.ts";
import { covers } from "./tokens.ts";
import { makeTree, type TreeEdit } from "./trees.ts";

const READ = { contents: "read" } as const;
const WRITE = { contents: "write" } as const;
const MAX_BLOB_BYTES = 40 * 1024 * 1024;

const Blob = z.object({ content: z.string(), encoding: z.enum(["utf-8", "base64"]).default("utf-8") });

async function makeBlob(ask: RepoAsk): Promise<Answer> {
  const { content, encoding } = parseBody(ask, Blob);
  if (encoding === "base64" && !/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(content))
    throw new Refusal(422, "content is not valid Base64");
  if (encoding === "utf-8" && !content.isWellFormed()) throw new Refusal(422, "content is not valid UTF-8");
  const bytes = Buffer.from(content, encoding === "base64" ? "base64" : "utf8");
  if (bytes.length > MAX_BLOB_BYTES)
    throw new Refusal(422, "Sorry, your input was too large to process.", [
      { resource: "Blob", field: "data", code: "too_large" },
    ]);
  const sha = await writeBlob(ask.git, bytes);
  return created({ sha, url: `${repoUrls(ask.world, ask.repo).api}/git/blobs/${sha}` });
}

async function showBlob(ask: RepoAsk): Promise<Answer> {
  const sha = ask.params["sha"] ?? "";
  const bytes = isSha(sha) ? await readBlob(ask.git, sha) : undefined;
  if (bytes === undefined) throw notFound();
  if (ask.accept.includes("raw")) return { status: 200, raw: { type: "application/vnd.github.raw", bytes } };
  return ok({
    sha,
    node_id: nodeId("B", ask.repo.id, sha),
    size: bytes.length,
    url: `${repoUrls(ask.world, ask.repo).api}/git/blobs/${sha}`,
    content: bytes.toString("base64").replace(/.{60}/g, "$&\n"),
    encoding: "base64",
  });
}

const Tree = z.object({
  base_tree: z.string().optional(),
  tree: z
    .array(
      z.object({
        path: z.string(),
        mode: z.enum(["100644", "100755", "040000", "160000", "120000"]),
        type: z.enum(["blob", "tree", "commit"]).optional(),
        sha: z.string().nullable().optional(),
        content: z.string().optional(),
      }),
    )
    .min(1)
    .max(100_000),
});
type WishedEntry = z.infer<typeof Tree>["tree"][number];

const TYPE_OF_MODE = {
  "100644": "blob",
  "100755": "blob",
  "120000": "blob",
  "040000": "tree",
  "160000": "commit",
} as const;

function judgeEntry(ask: RepoAsk, entry: WishedEntry): void {
  const { path, sha, content } = entry;
  if (path.startsWith("/")) throw new Refusal(422, "tree.path cannot start with a slash");
  if ((sha === undefined) === (content === undefined))
    throw new Refusal(
      422,
      "Must supply either tree.sha or tree.content. Request will be rejected if both are present.",
    );
  if (content !== undefined && !content.isWellFormed()) throw new Refusal(422, "tree.content is not valid UTF-8");
  if (content !== undefined && TYPE_OF_MODE[entry.mode] !== "blob")
    throw new Refusal(422, "tree.content needs the mode of a file");
  if (entry.type !== undefined && entry.type !== TYPE_OF_MODE[entry.mode] && sha !== null)
    throw new Refusal(422, `tree.type ${entry.type} does not go with tree.mode ${entry.mode}`);
  if (/^\.github\/workflows(\/|$)/i.test(path) && !covers(ask.token.permissions["workflows"], "write"))
    throw forbidden();
}

async function editsOf(ask: RepoAsk, entries: readonly WishedEntry[]): Promise<TreeEdit[]> {
  for (const entry of entries) judgeEntry(ask, entry);
  const given = entries.filter((entry) => typeof entry.sha === "string" && entry.mode !== "160000");
  const types = await objectTypes(
    ask.git,
    given.map((entry) => (isSha(entry.sha ?? "") ? (entry.sha ?? "") : ZERO)),
  );
  given.forEach((entry, at) => {
    const want = TYPE_OF_MODE[entry.mode];
    if (types[at] !== want) throw new Refusal(422, `tree.sha ${entry.sha ?? ""} is not a valid ${want}`);
  });
  const edits: TreeEdit[] = [];
  for (const { path, mode, sha, content } of entries) {
    const made = content === undefined ? (sha ?? undefined) : await writeBlob(ask.git, Buffer.from(content));
    edits.push({ path, mode, sha: made });
  }
  return edits;
}

async function postTree(ask: RepoAsk): Promise<Answer> {
  const wish = parseBody(ask, Tree);
  if (wish.base_tree !== undefined && (await objectType(ask.git, wish.base_tree)) !== "tree")
    throw new Refusal(422, "base_tree is not a valid tree oid");
  const made = await makeTree(ask.git, wish.base_tree, await editsOf(ask, wish.tree));
  switch (made.kind) {
    case "made":
      return created(await treeShape(ask, made.sha, false));
    case "missing":
      throw new Refusal(422, "GitRPC::BadObjectState");
    case "bad-path":
      throw new Refusal(422, "tree.path contains a malformed path component");
    default:
      return made satisfies never;
  }
}

const MAX_TREE_ENTRIES = 100_000;

async function treeShape(ask: RepoAsk, sha: string, recursive: boolean): Promise<Record<string, unknown>> {
  const { api } = repoUrls(ask.world, ask.repo);
  const entries = await listTree(ask.git, sha, { recursive });
  return {
    sha,
    url: `${api}/git/trees/${sha}`,
    tree: entries.slice(0, MAX_TREE_ENTRIES).map((entry) => ({
      ...entry,
      ...(entry.type === "commit" ? {} : { url: `${api}/git/${entry.type}s/${entry.sha}` }),
    })),
    truncated: entries.length > MAX_TREE_ENTRIES,
  };
}

async function showTree(ask: RepoAsk): Promise<Answer> {
  const wanted = ask.params["sha"] ?? "";
  const ref = isSha(wanted) ? wanted : (await readRef(ask.git, `refs/heads/${wanted}`))?.sha;
  const type = ref === undefined ? undefined : await objectType(ask.git, ref);
  if (ref === undefined || (type !== "tree" && type !== "commit")) throw notFound();
  const sha = type === "tree" ? ref : (await readCommit(ask.git, ref)).tree;
  const shown = await treeShape(ask, sha, ask.query.has("recursive"));
  return ok(shown);
}

const Signer = z.object({
  name: z.string().min(1),
  email: z.string().min(1),
  date: z.iso.datetime({ offset: true }).optional(),
});
const Commit = z.object({
  message: z.string(),
  tree: z.string(),
  parents: z.array(z.string()).optional(),
  author: Signer.optional(),
  committer: Signer.optional(),
});

async function postCommit(ask: RepoAsk): Promise<Answer> {
  const wish = parseBody(ask, Commit);
  if (!wish.message.isWellFormed()) throw new Refusal(422, "message is not valid UTF-8");
  if ((await objectType(ask.git, wish.tree)) !== "tree") throw new Refusal(422, "Tree SHA does not exist");
  const parents = wish.parents ?? [];
  for (const parent of parents)
    if ((await objectType(ask.git, parent)) !== "commit")
      throw new Refusal(422, "Parent SHA does not exist or is not a commit object");
  const nowS = Math.floor(ask.world.nowMs() / 1000);
  const person = (signer: z.infer<typeof Signer>): Person => ({
    name: signer.name,
    email: signer.email,
    atSeconds: signer.date === undefined ? nowS : Math.floor(Date.parse(signer.date) / 1000),
    zone: "+0000",
  });
  const { bot } = ask.world.app;
  const own = wish.author === undefined && wish.committer === undefined;
  const author = person(wish.author ?? { name: bot.login, email: noReply(bot) });
  const committer = own ? person({ name: "GitHub", email: "noreply@github.com" }) : person(wish.committer ?? author);
  const commit = { tree: wish.tree, parents, author, committer, message: wish.message };
  const sha = await writeCommit(ask.git, commit);
  if (own && !ask.repo.verified.includes(sha)) ask.repo.verified.push(sha);
  return created(gitCommitShape(ask.world, ask.repo, { ...commit, sha }));
}

async function showCommit(ask: RepoAsk): Promise<Answer> {
  const sha = ask.params["sha"] ?? "";
  if ((await objectType(ask.git, sha)) !== "commit") throw notFound();
  return ok(gitCommitShape(ask.world, ask.repo, await readCommit(ask.git, sha)));
}

const NewRef = z.object({ ref: z.string(), sha: z.string() });

async function postRef(ask: RepoAsk): Promise<Answer> {
  const { ref, sha } = parseBody(ask, NewRef);
  if (!/^refs\/[^/]+\/./.test(ref))
    throw new Refusal(422, "Reference name must start with 'refs/' and contain at least two slashes.");
  if (!(await isRefName(ask.git, ref)) || ref.startsWith("refs/pull/"))
    throw new Refusal(422, `${ref} is not a valid ref name.`);
  const type = await wantObject(ask, ref, sha);
  return ask.world.alone(ask.repo, async () => {
    if ((await readRef(ask.git, ref)) !== undefined) throw new Refusal(422, "Reference already exists");
    if (!(await moveRef(ask.git, ref, { from: ZERO, to: sha }))) throw new Refusal(422, "Reference update failed");
    await refMoved(ask.world, ask.repo, { ref, before: ZERO, after: sha, sender: ask.world.app.bot });
    const shape = refShape(ask.world, ask.repo, { name: ref, sha, type });
    return created(shape, `${repoUrls(ask.world, ask.repo).api}/git/${ref}`);
  });
}

async function wantObject(ask: RepoAsk, ref: string, sha: string): Promise<string> {
  if (!isSha(sha)) throw new Refusal(422, "The sha parameter must be exactly 40 characters and contain only [0-9a-f].");
  const type = await objectType(ask.git, sha);
  if (type === undefined) throw new Refusal(422, "Object does not exist");
  if (ref.startsWith("refs/heads/") && type !== "commit") throw new Refusal(422, "Reference update failed");
  return type;
}

const MovedRef = z.object({ sha: z.string(), force: z.boolean().default(false) });

async function patchRef(ask: RepoAsk): Promise<Answer> {
  const wish = parseBody(ask, MovedRef);
  const name = `refs/${ask.params["ref"] ?? ""}`;
  return ask.world.alone(ask.repo, async () => {
    const before = await readRef(ask.git, name);
    if (before === undefined || name.startsWith("refs/pull/")) throw new Refusal(422, "Reference does not exist");
    const type = await wantObject(ask, name, wish.sha);
    const forward = before.type === "commit" && type === "commit" && (await isAncestor(ask.git, before.sha, wish.sha));
    if (!wish.force && !forward) throw new Refusal(422, "Update is not a fast forward");
    if (!(await moveRef(ask.git, name, { from: before.sha, to: wish.sha })))
      throw new Refusal(422, "Reference update failed");
    const sender = ask.world.app.bot;
    await refMoved(ask.world, ask.repo, { ref: name, before: before.sha, after: wish.sha, sender });
    return ok(refShape(ask.world, ask.repo, { name, sha: wish.sha, type }));
  });
}

async function deleteRef(ask: RepoAsk): Promise<Answer> {
  const name = `refs/${ask.params["ref"] ?? ""}`;
  return ask.world.alone(ask.repo, async () => {
    const before = await readRef(ask.git, name);
    if (before === undefined || name.startsWith("refs/pull/")) throw new Refusal(422, "Reference does not exist");
    if (name === `refs/heads/${ask.repo.defaultBranch}`) throw new Refusal(422, "Cannot delete the default branch");
    if (!(await moveRef(ask.git, name, { from: before.sha, to: ZERO })))
      throw new Refusal(422, "Reference update failed");
    await refMoved(ask.world, ask.repo, { ref: name, before: before.sha, after: ZERO, sender: ask.world.app.bot });
    return { status: 204 };
  });
}

async function showRef(ask: RepoAsk): Promise<Answer> {
  const ref = await readRef(ask.git, `refs/${ask.params["ref"] ?? ""}`);
  if (ref === undefined) throw notFound();
  return ok(refShape(ask.world, ask.repo, ref));
}

async function matchingRefs(ask: RepoAsk): Promise<Answer> {
  const refs = await listRefs(ask.git, `refs/${ask.params["ref"] ?? ""}`);
  return ok(refs.map((ref) => refShape(ask.world, ask.repo, ref)));
}

export const gitRoutes: readonly Route[] = [
  repoRoute(["POST", "/git/blobs", WRITE], makeBlob),
  repoRoute(["GET", "/git/blobs/:sha", READ], showBlob),
  repoRoute(["POST", "/git/trees", WRITE], postTree),
  repoRoute(["GET", "/git/trees/:sha", READ], showTree),
  repoRoute(["POST", "/git/commits", WRITE], postCommit),
  repoRoute(["GET", "/git/commits/:sha", READ], showCommit),
  repoRoute(["POST", "/git/refs", WRITE], postRef),
  repoRoute(["GET", "/git/ref/*ref", READ], showRef),
  repoRoute(["GET", "/git/matching-refs/*ref", READ], matchingRefs),
  repoRoute(["PATCH", "/git/refs/*ref", WRITE], patchRef),
  repoRoute(["DELETE", "/git/refs/*ref", WRITE], deleteRef),
];
