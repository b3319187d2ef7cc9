import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AuthenticationLinearError,
  InternalLinearError,
  InvalidInputLinearError,
  RatelimitedLinearError,
} from "@linear/sdk";
import { expect, it } from "vitest";
import {
  accessIn,
  ADA,
  BOT,
  CLIENT,
  Clock,
  clientOf,
  issueIn,
  open,
  sessionIn,
  start,
  token,
  TOKEN,
} from "./fixture.ts";

const VIEWER = "query Me { viewer { id } }";
const CREDENTIALS = { grant_type: "client_credentials", scope: "read,write,app:assignable" };

it("client credentials give one token at a time", async () => {
  const clock = new Clock();
  const linear = await start({ now: clock.now });
  const first = await token(linear, CREDENTIALS);
  expect(first).toMatchObject({ status: 200, body: { token_type: "Bearer", expires_in: 30 * 86_400 - 1 } });
  expect(first.body["refresh_token"]).toBeUndefined();
  const one = clientOf(linear, accessIn(first));
  expect((await one.viewer).id).toBe(BOT);
  const second = await token(linear, CREDENTIALS);
  await expect(one.viewer).rejects.toBeInstanceOf(AuthenticationLinearError);
  const two = clientOf(linear, accessIn(second));
  expect((await two.viewer).id).toBe(BOT);
  expect(linear.state().tokens).toBe(1);
  clock.pass(30 * 86_400_000);
  await expect(two.viewer).rejects.toBeInstanceOf(AuthenticationLinearError);
});

it("takes the client's secret in the header too, and refuses a wrong one", async () => {
  const linear = await start();
  const basic = Buffer.from(`${CLIENT.client_id}:${CLIENT.client_secret}`).toString("base64");
  const headers = { authorization: `Basic ${basic}` };
  const given = { method: "POST", headers, body: new URLSearchParams(CREDENTIALS) };
  expect((await fetch(`${linear.url}/oauth/token`, given)).status).toBe(200);
  const wrong = await token(linear, { ...CREDENTIALS, client_secret: "guess" });
  expect(wrong).toMatchObject({ status: 401, body: { error: "invalid_client" } });
  expect(await token(linear, { ...CREDENTIALS, grant_type: "password" })).toMatchObject({
    status: 400,
    body: { error: "unsupported_grant_type" },
  });
});

it("client credentials are refused when the app has not turned them on", async () => {
  const linear = await start({ clientCredentials: false });
  expect(await token(linear, CREDENTIALS)).toMatchObject({ status: 400, body: { error: "unauthorized_client" } });
});

it("an authorization gives tokens that rotate, and a refresh token used twice ends it all", async () => {
  const linear = await start();
  const { code } = linear.authorize({ scope: "read,write" });
  const first = await token(linear, { grant_type: "authorization_code", code });
  expect(first.body).toMatchObject({ expires_in: 86_399, refresh_token: expect.any(String) });
  expect((await token(linear, { grant_type: "authorization_code", code })).body["error"]).toBe("invalid_grant");
  const refresh = (refresh_token: string) => token(linear, { grant_type: "refresh_token", refresh_token });
  const second = await refresh(first.body["refresh_token"]!);
  expect(second.body["refresh_token"]).not.toBe(first.body["refresh_token"]);
  expect((await clientOf(linear, accessIn(second)).viewer).id).toBe(BOT);
  expect(await refresh(first.body["refresh_token"]!)).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
  await expect(clientOf(linear, accessIn(second)).viewer).rejects.toBeInstanceOf(AuthenticationLinearError);
  expect((await refresh(second.body["refresh_token"]!)).body["error"]).toBe("invalid_grant");
});

it("the authorize page sends the browser back with a code for the app actor", async () => {
  const linear = await start();
  const redirect_uri = "http://127.0.0.1:9/back";
  const asked = { client_id: CLIENT.client_id, redirect_uri, response_type: "code", scope: "read", state: "s1" };
  const visit = (more: Record<string, string>) =>
    fetch(`${linear.url}/oauth/authorize?${new URLSearchParams({ ...asked, ...more }).toString()}`, {
      redirect: "manual",
    });
  const back = new URL((await visit({ actor: "app" })).headers.get("location")!);
  expect(back.searchParams.get("state")).toBe("s1");
  const code = back.searchParams.get("code")!;
  const elsewhere = { grant_type: "authorization_code", code, redirect_uri: "http://127.0.0.1:9/other" };
  expect((await token(linear, elsewhere)).body["error"]).toBe("invalid_grant");
  expect((await token(linear, { ...elsewhere, redirect_uri })).status).toBe(200);
  expect((await visit({ actor: "app", scope: "read,admin" })).status).toBe(400);
  expect((await visit({ actor: "app", redirect_uri: "http://evil.test/" })).status).toBe(400);
});

it("a revoked token opens nothing, and a token without write reads only", async () => {
  const linear = await start();
  const given = await token(linear, { grant_type: "client_credentials", scope: "read" });
  const sdk = clientOf(linear, accessIn(given));
  await expect(sdk.updateIssue("ENG-1", { title: "x" })).rejects.toMatchObject({ type: "Forbidden" });
  expect((await sdk.issue("ENG-1")).title).toMatch(/Login/);
  const form = new URLSearchParams({ token: accessIn(given) });
  expect((await fetch(`${linear.url}/oauth/revoke`, { method: "POST", body: form })).status).toBe(200);
  await expect(sdk.viewer).rejects.toBeInstanceOf(AuthenticationLinearError);
});

it("a person's key comes without Bearer and acts as the person", async () => {
  const linear = await start({ apiKeys: { [ADA]: "lin_api_ada" } });
  const ask = (authorization: string) =>
    fetch(`${linear.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization },
      body: JSON.stringify({ query: VIEWER }),
    });
  expect(await (await ask("lin_api_ada")).json()).toEqual({ data: { viewer: { id: ADA } } });
  expect((await ask("Bearer lin_api_ada")).status).toBe(401);
  expect((await ask(TOKEN)).status).toBe(401);
});

it("too many requests are a rate limit to the SDK, until the bucket leaks", async () => {
  const clock = new Clock();
  const linear = await start({ limits: { requests: 2, complexity: 1_000 }, now: clock.now });
  const { client } = clientOf(linear);
  await client.rawRequest(VIEWER, {});
  const { headers } = await client.rawRequest(VIEWER, {});
  expect(headers?.get("x-ratelimit-requests-limit")).toBe("2");
  expect(headers?.get("x-ratelimit-requests-remaining")).toBe("0");
  expect(Number(headers?.get("x-ratelimit-requests-reset"))).toBe(clock.ms + 3_600_000);
  expect(headers?.get("x-complexity")).toBe("2");
  const refused: unknown = await clientOf(linear).viewer.catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(RatelimitedLinearError);
  expect(refused).toMatchObject({
    status: 400,
    raw: { response: { errors: [{ extensions: { code: "RATELIMITED" } }] } },
  });
  clock.pass(1_800_000);
  await client.rawRequest(VIEWER, {});
});

it("a query of more than 10,000 points is refused before it runs", async () => {
  const linear = await start();
  const ask = (first: number) =>
    clientOf(linear).client.rawRequest(
      "query Big($first: Int) { agentSessions(first: $first) { nodes { activities { nodes { id } } } } }",
      { first },
    );
  await ask(100);
  await expect(ask(250)).rejects.toBeInstanceOf(InvalidInputLinearError);
});

it("what is not there is invalid input, in Linear's words", async () => {
  const linear = await start();
  const error: unknown = await clientOf(linear)
    .issue("ENG-99")
    .catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(InvalidInputLinearError);
  expect(String(error)).toContain("Entity not found: Issue");
  await expect(clientOf(linear).client.rawRequest("{ viewer { shoeSize } }", {})).rejects.toThrow(/Cannot query field/);
});

it("misbehaves when told, by operation or by whatever comes next", async () => {
  const linear = await start();
  const { client } = clientOf(linear);
  const ask = () => client.rawRequest(VIEWER, {});
  linear.failNext({ operation: "Other", kind: "http500" });
  await ask();
  linear.failNext({ kind: "ratelimited", operation: "Me", times: 2 });
  await expect(clientOf(linear).client.rawRequest(VIEWER, {})).rejects.toThrow(/Rate limit/);
  await expect(ask()).rejects.toThrow(/Rate limit/);
  for (const kind of ["http500", "garbage", "network"] as const) {
    linear.failNext({ kind });
    await expect(ask(), kind).rejects.toThrow();
  }
  linear.failNext({ kind: "slow", delayMs: 60 });
  const beganMs = performance.now();
  await ask();
  expect(performance.now() - beganMs).toBeGreaterThan(50);
  expect(linear.calls().map(({ status }) => status)).toEqual([200, 400, 400, 500, 200, 0, 200]);
});

it("can lose the answer to a call that was carried out", async () => {
  const linear = await start();
  linear.failNext({ kind: "network", operation: "updateIssue", afterWork: true });
  await expect(clientOf(linear).updateIssue("ENG-1", { title: "Done anyway" })).rejects.toBeDefined();
  expect(issueIn(linear, "ENG-1").title).toBe("Done anyway");
});

it("cuts every connection while it is down", async () => {
  const linear = await start();
  linear.goDown();
  await expect(clientOf(linear).viewer).rejects.toBeDefined();
  await expect(token(linear, CREDENTIALS)).rejects.toThrow();
  linear.comeUp();
  expect((await clientOf(linear).viewer).id).toBe(BOT);
});

it("shows uploads only to whoever may use the API", async () => {
  const linear = await start();
  const { description } = await clientOf(linear).issue("ENG-1");
  const url = /\((http[^)]+)\)/.exec(description ?? "")?.[1] ?? "";
  expect(url).toBe(`${linear.url}/uploads/shot.png`);
  expect((await fetch(url)).status).toBe(401);
  const headers = { authorization: `Bearer ${TOKEN}` };
  const file = await fetch(url, { headers });
  expect(file.headers.get("content-type")).toBe("image/png");
  expect(new Uint8Array(await file.arrayBuffer())).toEqual(new Uint8Array([1, 2, 3]));
  expect((await fetch(`${linear.url}/uploads/none.png`, { headers })).status).toBe(404);
});

it("suggests by shared words among the candidates, or as the issue was seeded", async () => {
  const linear = await start();
  const suggest = async (issue: string, names: readonly string[]) => {
    const candidates = names.map((repositoryFullName) => ({ hostname: "github.com", repositoryFullName }));
    const { suggestions } = await clientOf(linear).issueRepositorySuggestions(candidates, issue);
    return suggestions.map(({ repositoryFullName, confidence }) => [repositoryFullName, confidence]);
  };
  expect(await suggest("ENG-1", ["acme/ledger", "acme/web-api", "acme/web-shop"])).toEqual([
    ["acme/web-shop", 1],
    ["acme/web-api", 0.5],
  ]);
  expect(await suggest("OPS-7", ["acme/keys", "acme/rotate"])).toEqual([["acme/keys", 0.9]]);
});

it("keeps issues, sessions and tokens across a restart, and forgets them when reset", async () => {
  const stateDir = await mkdtemp(join(tmpdir(), "linear-"));
  const before = await start({ stateDir });
  const session = await open(before);
  await before.prompt({ user: ADA, session, body: "Hello" });
  const given = await token(before, CREDENTIALS);
  await clientOf(before).updateAgentSession(session, { plan: [{ content: "1", status: "pending" }] });
  const { sessions, comments } = before.state();
  await before.close();
  const after = await start({ stateDir });
  const kept = after.state();
  expect(kept.comments).toEqual(comments);
  expect({ ...kept.sessions[0], url: "" }).toEqual({ ...sessions[0], url: "" });
  expect((await clientOf(after, accessIn(given)).viewer).id).toBe(BOT);
  await clientOf(after).createAgentActivity({ agentSessionId: session, content: { type: "thought", body: "Back" } });
  expect(sessionIn(after, session).status).toBe("active");
  after.reset();
  expect(after.state()).toMatchObject({ sessions: [], tokens: 0 });
});

it("the SDK sorts our failures into its own classes", async () => {
  const linear = await start();
  linear.failNext({ kind: "http500" });
  await expect(clientOf(linear).viewer).rejects.toBeInstanceOf(InternalLinearError);
});
