// The app, its installation, and the tokens it mints.
import { z } from "zod";
import { notFound } from "./refusal.ts";
import { iso, ownerShape, repoShape, userShape } from "./shapes.ts";
import type { Repository } from "./state.ts";
import { canSee, covers, mintToken } from "./tokens.ts";
import {
  created,
  numberParam,
  ok,
  page,
  parseBody,
  route,
  wantInstallation,
  wantJwt,
  type Answer,
  type Ask,
  type Route,
} from "./router.ts";
import { apiUrl, findRepository, type World } from "./world.ts";

const EVENTS = ["check_run", "check_suite", "pull_request", "push"];

function appShape(world: World): Record<string, unknown> {
  const { app } = world;
  return {
    id: app.id,
    client_id: `Iv1.local${app.id}`,
    slug: app.slug,
    name: app.name,
    owner: { login: app.slug, id: app.bot.id + 1, type: "Organization" },
    description: null,
    external_url: world.origin(),
    html_url: `${world.origin()}/apps/${app.slug}`,
    permissions: app.permissions,
    events: EVENTS,
    installations_count: 1,
  };
}

function installationShape(world: World): Record<string, unknown> {
  const [first] = world.file.data.repositories;
  return {
    id: world.app.installationId,
    app_id: world.app.id,
    app_slug: world.app.slug,
    account: first === undefined ? null : ownerShape(world, first),
    repository_selection: "selected",
    access_tokens_url: `${apiUrl(world)}/app/installations/${world.app.installationId}/access_tokens`,
    repositories_url: `${apiUrl(world)}/installation/repositories`,
    html_url: `${world.origin()}/`,
    target_type: "Organization",
    permissions: world.app.permissions,
    events: EVENTS,
    suspended_at: null,
    suspended_by: null,
  };
}

function wantInstallationId(ask: Ask): void {
  wantJwt(ask.caller);
  if (numberParam(ask, "id") !== ask.world.app.installationId) throw notFound();
}

const TokenWish = z.object({
  permissions: z.record(z.string(), z.string()).optional(),
  repository_ids: z.array(z.number().int()).min(1).max(500).optional(),
  repositories: z.array(z.string()).min(1).max(500).optional(),
});

async function mint(ask: Ask): Promise<Answer> {
  wantInstallationId(ask);
  const { world } = ask;
  const wish = parseBody(ask, TokenWish);
  const named = wish.repositories?.map(
    (name) => world.file.data.repositories.find((repo) => repo.name === name)?.id ?? -1,
  );
  const ids =
    wish.repository_ids === undefined && named === undefined
      ? undefined
      : [...(wish.repository_ids ?? []), ...(named ?? [])];
  const { value, record } = mintToken(world, { permissions: wish.permissions, repositoryIds: ids });
  const shown =
    ids === undefined
      ? {}
      : { repositories: visible(world, record.repositoryIds).map((repo) => repoShape(world, repo)) };
  return {
    ...created({
      token: value,
      expires_at: iso(record.expiresAtMs),
      permissions: record.permissions,
      repository_selection: "selected",
      ...shown,
    }),
    minted: record,
  };
}

function visible(world: World, ids: readonly number[] | undefined): Repository[] {
  return world.file.data.repositories.filter((repo) => ids === undefined || ids.includes(repo.id));
}

async function revoke(ask: Ask): Promise<Answer> {
  wantInstallation(ask.caller).revokedAtMs = ask.world.nowMs();
  return { status: 204 };
}

async function repositoryById(ask: Ask): Promise<Answer> {
  const token = wantInstallation(ask.caller);
  const repo = ask.world.file.data.repositories.find((one) => one.id === numberParam(ask, "id"));
  if (repo === undefined || !canSee(token, repo)) throw notFound();
  return ok(fullRepoShape(ask.world, repo, token.permissions));
}

export function fullRepoShape(
  world: World,
  repo: Repository,
  permissions: Readonly<Record<string, string>>,
): Record<string, unknown> {
  return {
    ...repoShape(world, repo),
    permissions: {
      admin: false,
      maintain: false,
      push: covers(permissions["contents"], "write"),
      triage: false,
      pull: covers(permissions["contents"], "read"),
    },
    allow_merge_commit: true,
    allow_squash_merge: true,
    allow_rebase_merge: false,
    delete_branch_on_merge: false,
  };
}

async function account(ask: Ask): Promise<Answer> {
  if (ask.caller.kind === "jwt") wantInstallation(ask.caller);
  const wanted = (ask.params["login"] ?? "").toLowerCase();
  const found = [ask.world.app.bot, ...ask.world.people].find((actor) => actor.login.toLowerCase() === wanted);
  if (found === undefined) throw notFound();
  return ok({ ...userShape(ask.world, found), name: found.name ?? null });
}

export const appRoutes: readonly Route[] = [
  route("GET", "/app", async (ask) => {
    wantJwt(ask.caller);
    return ok(appShape(ask.world));
  }),
  route("GET", "/app/installations", async (ask) => {
    wantJwt(ask.caller);
    return page(ask, [installationShape(ask.world)]);
  }),
  route("GET", "/app/installations/:id", async (ask) => {
    wantInstallationId(ask);
    return ok(installationShape(ask.world));
  }),
  route("POST", "/app/installations/:id/access_tokens", mint),
  route("GET", "/repos/:owner/:name/installation", async (ask) => {
    wantJwt(ask.caller);
    if (findRepository(ask.world, ask.params["owner"] ?? "", ask.params["name"] ?? "") === undefined) throw notFound();
    return ok(installationShape(ask.world));
  }),
  route("GET", "/installation/repositories", async (ask) => {
    const token = wantInstallation(ask.caller);
    const repositories = visible(ask.world, token.repositoryIds);
    return page(ask, repositories, (shown) => ({
      total_count: repositories.length,
      repository_selection: "selected",
      repositories: shown.map((repo) => fullRepoShape(ask.world, repo, token.permissions)),
    }));
  }),
  route("DELETE", "/installation/token", revoke),
  route("GET", "/repositories/:id", repositoryById),
  route("GET", "/users/:login", account),
];
