import { createHmac, createSign, generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  APP_ID,
  FULL,
  OWNER,
  REPO,
  at,
  makeApp,
  makeClient,
  privateKey,
  refusalOf,
  startBench,
  type Bench,
} from "./help.ts";

let bench: Bench;
let clockSkewMs = 0;
beforeAll(async () => {
  bench = await startBench({ nowMs: () => Date.now() + clockSkewMs });
  await bench.github.addRepository({
    owner: OWNER,
    name: "billing",
    defaultBranch: "main",
    from: { files: { a: "b" } },
  });
});
afterAll(() => bench.close());

const READ = { contents: "read", metadata: "read" };

test("the app finds its installation by repository and in its list", async () => {
  const { data: app } = await bench.app.octokit.rest.apps.getAuthenticated();
  expect(app).toMatchObject({ id: APP_ID, slug: "countersign" });
  const { data: found } = await bench.app.octokit.rest.apps.getRepoInstallation(at);
  expect(found).toMatchObject({ id: bench.github.installationId, app_id: APP_ID, account: { login: OWNER } });
  const { data: list } = await bench.app.octokit.rest.apps.listInstallations();
  expect(list.map((one) => one.id)).toEqual([found.id]);
  const nowhere = bench.app.octokit.rest.apps.getRepoInstallation({ owner: OWNER, repo: "nothing" });
  expect(await refusalOf(nowhere)).toMatchObject({ status: 404 });
});

test("a narrowed token is long, dotted, and good for its repository and permissions alone", async () => {
  const token = await bench.token({ repositoryIds: [bench.repoId], permissions: READ });
  expect(token).toMatch(/^ghs_4242_[\w-]+\.[\w-]+\.[\w-]+$/);
  expect(token.length).toBeGreaterThan(200);
  const client = makeClient(bench.github, token);
  const { data: repo } = await client.rest.repos.get(at);
  expect(repo).toMatchObject({
    id: bench.repoId,
    full_name: FULL,
    default_branch: "main",
    permissions: { pull: true, push: false },
  });
  const byId = await client.request("GET /repositories/{id}", { id: bench.repoId });
  expect(byId.data).toMatchObject({ full_name: FULL });
  const { data: visible } = await client.rest.apps.listReposAccessibleToInstallation();
  expect(visible.repositories.map((one) => one.name)).toEqual([REPO]);
  const other = client.rest.repos.get({ owner: OWNER, repo: "billing" });
  expect(await refusalOf(other)).toMatchObject({ status: 404 });
  const blob = await refusalOf(client.rest.git.createBlob({ ...at, content: "x" }));
  expect(blob?.status).toBe(403);
  expect(blob?.message).toContain("Resource not accessible by integration");
});

test("an unscoped token sees every repository with all that is granted", async () => {
  const { data } = await (await bench.client()).rest.apps.listReposAccessibleToInstallation();
  expect(data.repositories.map((one) => one.name)).toEqual([REPO, "billing"]);
  expect(bench.github.tokens().at(-1)).toMatchObject({
    permissions: { contents: "write", pull_requests: "write", metadata: "read" },
  });
  expect(bench.github.tokens().at(-1)).not.toHaveProperty("repositoryIds");
});

test.each<[string, { permissions?: Record<string, string>; repositoryIds?: number[] }]>([
  ["a permission the app lacks", { permissions: { workflows: "write" } }],
  ["a higher level than the app has", { permissions: { members: "write" } }],
  ["a level that does not exist", { permissions: { contents: "all" } }],
  ["a repository that is not there", { repositoryIds: [1] }],
])("%s is refused when a token is asked for", async (_says, narrow) => {
  const before = bench.github.tokens().length;
  expect(await refusalOf(bench.token(narrow))).toMatchObject({ status: 422 });
  expect(bench.github.tokens()).toHaveLength(before);
});

test("a revoked, an expired and an unknown token get 401", async () => {
  const revoked = await bench.client();
  await revoked.rest.apps.revokeInstallationAccessToken();
  expect(await refusalOf(revoked.rest.repos.get(at))).toMatchObject({ status: 401 });
  expect(bench.github.tokens().at(-1)?.revokedAtMs).toBeGreaterThan(0);

  const expiring = await bench.client();
  clockSkewMs = 59 * 60_000;
  await expiring.rest.repos.get(at);
  clockSkewMs = 60 * 60_000 + 1000;
  expect(await refusalOf(expiring.rest.repos.get(at))).toMatchObject({ status: 401 });
  clockSkewMs = 0;

  expect(await refusalOf(makeClient(bench.github, "ghs_4242_a.b.c").rest.repos.get(at))).toMatchObject({ status: 401 });
  expect(await refusalOf(makeClient(bench.github, "ghp_someone").rest.repos.get(at))).toMatchObject({ status: 401 });
});

function jwt(claims: Record<string, unknown>, key: string = privateKey, alg = "RS256"): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${part({ alg, typ: "JWT" })}.${part(claims)}`;
  const signature =
    alg === "RS256" ? createSign("RSA-SHA256").update(text).sign(key) : createHmac("sha256", key).update(text).digest();
  return `${text}.${signature.toString("base64url")}`;
}

const nowS = Math.floor(Date.now() / 1000);
const good = { iss: APP_ID, iat: nowS - 30, exp: nowS + 500 };
const stranger = generateKeyPairSync("rsa", { modulusLength: 2048 })
  .privateKey.export({ type: "pkcs8", format: "pem" })
  .toString();

test.each<[string, string, number]>([
  ["a good one", jwt(good), 200],
  ["the issuer as text", jwt({ ...good, iss: String(APP_ID) }), 200],
  ["another app's number", jwt({ ...good, iss: 1 }), 401],
  ["another key", jwt(good, stranger), 401],
  ["a symmetric signature made with the public key's text", jwt(good, "public", "HS256"), 401],
  ["no algorithm", `${jwt(good, privateKey, "none").split(".").slice(0, 2).join(".")}.`, 401],
  ["one that has expired", jwt({ ...good, exp: nowS - 1 }), 401],
  ["one that lives longer than ten minutes", jwt({ ...good, exp: nowS + 3600 }), 401],
  ["one from the future", jwt({ ...good, iat: nowS + 300 }), 401],
  ["no times at all", jwt({ iss: APP_ID }), 401],
  ["nonsense", "a.b.c", 401],
])("the app's own token: %s", async (_says, token, status) => {
  const response = await fetch(`${bench.github.url}/app`, { headers: { authorization: `bearer ${token}` } });
  expect(response.status).toBe(status);
  await response.body?.cancel();
});

test("the kinds of token do not stand in for each other", async () => {
  const installation = await bench.client();
  expect(await refusalOf(installation.rest.apps.getAuthenticated())).toMatchObject({ status: 401 });
  expect(
    (await fetch(`${bench.github.url}/repos/${FULL}`, { headers: { authorization: `bearer ${jwt(good)}` } })).status,
  ).toBe(403);
  expect((await fetch(`${bench.github.url}/repos/${FULL}`)).status).toBe(401);
  const other = makeApp(bench.github, privateKey, 99);
  expect(await refusalOf(other.octokit.rest.apps.getAuthenticated())).toMatchObject({ status: 401 });
});

test("the log says when a token that may write was minted, and for what", async () => {
  const before = bench.github.requests().length;
  await bench.token({ repositoryIds: [bench.repoId], permissions: READ });
  await bench.token({ repositoryIds: [bench.repoId], permissions: { contents: "write", pull_requests: "write" } });
  const mints = bench.github
    .requests()
    .slice(before)
    .filter((one) => one.path.endsWith("/access_tokens"));
  expect(mints.map((one) => [one.tokenKind, one.status, one.permissions, one.repositoryIds])).toEqual([
    ["jwt", 201, { ...READ }, [bench.repoId]],
    ["jwt", 201, { contents: "write", pull_requests: "write", metadata: "read" }, [bench.repoId]],
  ]);
  expect(JSON.stringify([bench.github.requests(), bench.github.tokens()])).not.toContain("ghs_");
});

test("an unknown path is 404 in GitHub's shape and in the log; answers carry the rate limit", async () => {
  const client = await bench.client();
  const refused = (await client
    .request("GET /repos/{owner}/{repo}/nothing/here", at)
    .catch((error: unknown) => error)) as {
    status: number;
    response: { data: unknown; headers: Record<string, string> };
  };
  expect(refused.status).toBe(404);
  expect(refused.response.data).toEqual({
    message: "Not Found",
    documentation_url: "https://docs.github.com/rest",
    status: "404",
  });
  expect(refused.response.headers["x-ratelimit-limit"]).toBe("5000");
  expect(Number(refused.response.headers["x-ratelimit-remaining"])).toBeLessThan(5000);
  expect(bench.github.requests().at(-1)).toMatchObject({ path: `/repos/${FULL}/nothing/here`, status: 404 });
});

test("a web page of another origin gets nothing", async () => {
  const response = await fetch(`${bench.github.url}/app`, {
    headers: { origin: "http://evil.example", authorization: `bearer ${jwt(good)}` },
  });
  expect(response.status).toBe(403);
  await response.body?.cancel();
});
