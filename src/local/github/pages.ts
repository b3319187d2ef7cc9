// The pages for people: behind the token of this start, with actions that are done as the person chosen.
import type { IncomingMessage, ServerResponse } from "node:http";
import { admitPage, readBody, sendAsset, sendPage } from "../http.ts";
import { diffText } from "./diff.ts";
import { GHOST, catchUp } from "./moves.ts";
import { renderCheckRun } from "./page-check.ts";
import { renderPage, type BarLink, type View } from "./page-layout.ts";
import { renderPull, type Said } from "./page-pull.ts";
import {
  findPlace,
  readPlace,
  renderBlob,
  renderBranches,
  renderCommit,
  renderCommits,
  renderPulls,
  renderRepositories,
  renderTree,
  type Shown,
} from "./page-repo.ts";
import { addComment, editPull, mergePull, setDraft, type At } from "./pull-rules.ts";
import { pullRange } from "./pull-shapes.ts";
import { Refusal } from "./refusal.ts";
import type { Actor, Repository } from "./state.ts";
import { findPull, findRepository, fullName, gitRepo, type World } from "./world.ts";

export interface PageOptions {
  readonly lookDir: string;
  readonly token: string;
  readonly bar: readonly BarLink[];
}

interface Wire {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly url: URL;
}

const OWN_ASSETS = new URL("./page", import.meta.url).pathname;
const AS_COOKIE = "cs_github_as";

export async function answerPage(world: World, options: PageOptions, wire: Wire): Promise<void> {
  const { req, res, url } = wire;
  const asset = /^\/(look|page)\/([\w.-]+)$/.exec(url.pathname);
  if (asset !== null) return sendAsset(res, asset[1] === "look" ? options.lookDir : OWN_ASSETS, asset[2] ?? "");
  if (!admitPage(wire, options.token)) return;
  const view: View = { world, me: chosen(world, req), bar: options.bar, path: url.pathname };
  if (req.method === "POST") return answerPost(view, wire);
  if (req.method !== "GET" && req.method !== "HEAD") return sendMissing(view, res);
  return answerGet(view, wire);
}

function chosen(world: World, req: IncomingMessage): Actor {
  const cookies = (req.headers.cookie ?? "").split(/;\s*/);
  const login = cookies.find((cookie) => cookie.startsWith(`${AS_COOKIE}=`))?.slice(AS_COOKIE.length + 1);
  return world.people.find((person) => person.login === login) ?? world.people[0] ?? GHOST;
}

function sendMissing(view: View, res: ServerResponse): void {
  const main = `<main class="prp" id="main"><div class="card empty"><h1>Nothing here</h1><p>This address names no repository, branch, file or pull request.</p><a class="btn" href="/">All repositories</a></div></main>`;
  sendPage(res, 404, renderPage(view, { title: "Nothing here", main }));
}

function decoded(path: string): string[] | undefined {
  try {
    return path.split("/").slice(1).map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

async function answerGet(view: View, wire: Wire): Promise<void> {
  const { res, url } = wire;
  const parts = decoded(url.pathname);
  if (url.pathname === "/") return sendShown(view, res, renderRepositories(view));
  const repo = parts === undefined ? undefined : findRepository(view.world, parts[0] ?? "", parts[1] ?? "");
  if (repo === undefined || parts === undefined) return sendMissing(view, res);
  const [, , section = "tree", ...rest] = parts;
  if (section === "pull") return answerPull(view, wire, { repo, rest });
  if (section === "raw") return sendRaw(view, res, { repo, rest: rest.join("/") });
  return sendShown(
    view,
    res,
    await showSection(view, repo, { section, rest: rest.join("/"), query: url.searchParams }),
  );
}

async function showSection(
  view: View,
  repo: Repository,
  at: { readonly section: string; readonly rest: string; readonly query: URLSearchParams },
): Promise<Shown | undefined> {
  const rest = at.rest.replace(/\/+$/, "");
  switch (at.section) {
    case "pulls":
      await catchUp(view.world, repo);
      return renderPulls(view, repo, at.query.get("state") === "closed" ? "closed" : "open");
    case "branches":
      return renderBranches(view, repo);
    case "commits":
      return renderCommits(view, repo, rest === "" ? repo.defaultBranch : rest);
    case "commit":
      return renderCommit(view, repo, rest);
    case "runs":
      return renderCheckRun(view, repo, Number(rest));
    case "tree":
    case "blob": {
      const place = await findPlace(view, repo, rest === "" ? repo.defaultBranch : rest);
      if (place === undefined) return undefined;
      return at.section === "tree" ? renderTree(view, repo, place) : renderBlob(view, repo, place);
    }
    default:
      return undefined;
  }
}

function sendShown(view: View, res: ServerResponse, shown: Shown | undefined): void {
  if (shown === undefined) sendMissing(view, res);
  else sendPage(res, 200, renderPage(view, shown));
}

function sendText(res: ServerResponse, bytes: Buffer): void {
  // Plain text in a sandbox: a file of the repository must not become a page of ours.
  res.writeHead(200, {
    "content-type": "text/plain; charset=utf-8",
    "content-security-policy": "default-src 'none'; sandbox",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
  });
  res.end(bytes);
}

async function sendRaw(
  view: View,
  res: ServerResponse,
  at: { readonly repo: Repository; readonly rest: string },
): Promise<void> {
  const place = await findPlace(view, at.repo, at.rest);
  const bytes = place === undefined ? undefined : await readPlace(view, at.repo, place);
  if (bytes === undefined) sendMissing(view, res);
  else sendText(res, bytes);
}

async function answerPull(
  view: View,
  wire: Wire,
  at: { readonly repo: Repository; readonly rest: readonly string[] },
): Promise<void> {
  const { repo, rest } = at;
  const [name = "", part = ""] = rest;
  await catchUp(view.world, repo);
  const pull = findPull(repo, Number(name.replace(/\.diff$/, "")));
  if (pull === undefined) return sendMissing(view, wire.res);
  if (name.endsWith(".diff")) {
    const git = gitRepo(view.world, repo);
    const range = await pullRange(git, pull);
    return sendText(wire.res, Buffer.from(await diffText(git, range.from, range.to)));
  }
  const page = { ...view, path: `/${fullName(repo)}/pull/${pull.number}` };
  if (part === "live") return sendPage(wire.res, 200, await renderPull(page, { repo, pull }));
  if (part !== "") return sendMissing(view, wire.res);
  return sendPull(page, wire.res, { at: { repo, pull }, said: {}, status: 200 });
}

async function sendPull(
  view: View,
  res: ServerResponse,
  what: { readonly at: At; readonly said: Said; readonly status: number },
): Promise<void> {
  const { pull } = what.at;
  const main = await renderPull(view, what.at, what.said);
  sendPage(res, what.status, renderPage(view, { title: `#${pull.number} ${pull.title}`, main }));
}

const MAX_FORM_BYTES = 512 * 1024;

async function answerPost(view: View, wire: Wire): Promise<void> {
  const { req, res, url } = wire;
  // Browsers name the origin of every form they post; what does not is no form of ours.
  if (
    req.headers.origin === undefined ||
    !(req.headers["content-type"] ?? "").startsWith("application/x-www-form-urlencoded")
  )
    return sendPage(res, 403, "<!doctype html><title>Refused</title><p>Only this page's own forms are taken.");
  const form = new URLSearchParams((await readBody(req, MAX_FORM_BYTES)).toString("utf8"));
  if (url.pathname === "/act-as") return actAs(view, res, form);
  const [owner = "", name = "", section, number = "", verb = ""] = decoded(url.pathname) ?? [];
  const repo = findRepository(view.world, owner, name);
  const act = ACTIONS[verb];
  if (repo === undefined || section !== "pull" || act === undefined) return sendMissing(view, res);
  await catchUp(view.world, repo);
  const pull = findPull(repo, Number(number));
  if (pull === undefined) return sendMissing(view, res);
  return carryOut({ ...view, path: `/${fullName(repo)}/pull/${pull.number}` }, res, { at: { repo, pull }, act, form });
}

async function carryOut(
  view: View,
  res: ServerResponse,
  what: { readonly at: At; readonly act: Action; readonly form: URLSearchParams },
): Promise<void> {
  try {
    await what.act(view, what.at, what.form);
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause;
    const refused = cause.errors?.[0]?.message ?? cause.message;
    return sendPull(view, res, { at: what.at, said: { refused }, status: cause.status });
  } finally {
    await view.world.file.save();
  }
  redirect(res, view.path);
}

function redirect(res: ServerResponse, path: string, headers: Readonly<Record<string, string>> = {}): void {
  res.writeHead(303, { location: path, ...headers });
  res.end();
}

function actAs(view: View, res: ServerResponse, form: URLSearchParams): void {
  const person = view.world.people.find((one) => one.login === form.get("login"));
  if (person === undefined) return sendMissing(view, res);
  const back = form.get("back") ?? "/";
  // A path of ours, and nothing a browser could read as another host.
  const to = /^\/(?![/\\])/.test(back) ? back : "/";
  return redirect(res, to, { "set-cookie": `${AS_COOKIE}=${person.login}; HttpOnly; SameSite=Lax; Path=/` });
}

type Action = (view: View, at: At, form: URLSearchParams) => Promise<unknown>;

const ACTIONS: Readonly<Record<string, Action>> = {
  ready: ({ world, me }, at) => setDraft(world, at, { draft: false, by: me }),
  draft: ({ world, me }, at) => setDraft(world, at, { draft: true, by: me }),
  merge: ({ world, me }, at) => mergePull(world, at, { method: "merge", by: me }),
  reopen: ({ world, me }, at) => editPull(world, at, { state: "open", by: me }),
  async comment({ world, me }, at, form) {
    addComment(world, at, { body: form.get("body") ?? "", by: me });
  },
  async close({ world, me }, at, form) {
    const body = form.get("body") ?? "";
    if (body.trim() !== "") addComment(world, at, { body, by: me });
    await editPull(world, at, { state: "closed", by: me });
  },
};
