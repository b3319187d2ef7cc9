import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { App, type Octokit } from "octokit";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { APP_ID, FULL, at, commitOn, openChange, privateKey, startBench, type Bench } from "./help.ts";

interface Received {
  readonly event: string;
  readonly guid: string;
  readonly signature: string;
  readonly text: string;
  readonly payload: {
    action?: string;
    before?: string;
    after?: string;
    ref?: string;
    created?: boolean;
    deleted?: boolean;
    forced?: boolean;
    commits?: { id: string; modified: string[] }[];
    number?: number;
    changes?: unknown;
    pull_request?: { merged: boolean; head: { sha: string }; draft: boolean; merged_by: { login: string } | null };
    check_run?: {
      name: string;
      conclusion: string;
      head_sha: string;
      pull_requests: { number: number }[];
      app: { id: number };
    };
    check_suite?: { conclusion: string; head_sha: string };
    repository: { id: number; full_name: string };
    installation: { id: number };
    sender: { id: number; login: string; type: string };
  };
}

const SECRET = "hook-secret";
let server: Server;
let answer: (req: IncomingMessage) => number | undefined = () => 200;
const received: Received[] = [];
let bench: Bench;
let client: Octokit;

beforeAll(async () => {
  server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on("data", (chunk: Buffer) => chunks.push(chunk));
    req.on("end", () => {
      const text = Buffer.concat(chunks).toString();
      const header = (name: string): string => String(req.headers[name]);
      received.push({
        event: header("x-github-event"),
        guid: header("x-github-delivery"),
        signature: header("x-hub-signature-256"),
        text,
        payload: JSON.parse(text) as Received["payload"],
      });
      const status = answer(req);
      if (status !== undefined) res.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  bench = await startBench({ webhookTimeoutMs: 300 });
  client = await bench.client();
  bench.github.setWebhook(`http://127.0.0.1:${(server.address() as AddressInfo).port}/github/webhook`, SECRET);
});
afterEach(async () => {
  await bench.github.delivered();
  answer = () => 200;
});
afterAll(async () => {
  await bench.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** What arrives because of `work`, by event and action; deliveries may overtake each other, so sorted. */
async function told(work: () => Promise<unknown>): Promise<Received[]> {
  await bench.github.delivered();
  const from = received.length;
  await work();
  await bench.github.delivered();
  return received.slice(from).toSorted((a, b) => name(a).localeCompare(name(b)));
}
const name = (one: Received): string =>
  one.payload.action === undefined ? one.event : `${one.event}.${one.payload.action}`;

test("a delivery verifies with octokit, names repository, installation and sender", async () => {
  const [push, opened] = (await told(() => openChange(bench, client, { branch: "agent/hook", draft: true }))).toSorted(
    (a) => (a.event === "push" ? -1 : 1),
  );
  expect([name(push!), name(opened!)]).toEqual(["push", "pull_request.opened"]);
  expect(push!.payload).toMatchObject({ ref: "refs/heads/agent/hook", created: true, deleted: false, forced: false });
  expect(push!.payload.commits?.[0]?.modified).toEqual(["content/pricing.md"]);
  expect(opened!.payload).toMatchObject({
    repository: { id: bench.repoId, full_name: FULL },
    installation: { id: bench.github.installationId },
    sender: { login: "countersign[bot]", type: "Bot" },
    pull_request: { draft: true, merged: false },
  });
  expect(opened!.guid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  const app = new App({ appId: APP_ID, privateKey, webhooks: { secret: SECRET } });
  const seen: string[] = [];
  app.webhooks.on("pull_request.opened", ({ payload }) => void seen.push(payload.pull_request.head.ref));
  const sent = { id: opened!.guid, name: "pull_request", payload: opened!.text, signature: opened!.signature };
  await app.webhooks.verifyAndReceive(sent);
  expect(seen).toEqual(["agent/hook"]);
  await expect(app.webhooks.verifyAndReceive({ ...sent, payload: `${opened!.text} ` })).rejects.toThrow(
    "signature does not match",
  );
});

test("a moved head is told with where it was and where it is, and who moved it", async () => {
  const { sha } = await openChange(bench, client, { branch: "agent/sync", text: "1\n" });
  let after = "";
  const events = await told(async () => {
    const pushed = await bench.github.pushTo({
      repo: FULL,
      branch: "agent/sync",
      files: { "content/legal.md": "Refunds.\n" },
      author: { name: "Web owner", email: "owner@example.com" },
    });
    after = pushed.sha;
  });
  expect(events.map(name)).toEqual(["pull_request.synchronize", "push"]);
  expect(events[0]!.payload).toMatchObject({
    before: sha,
    after,
    pull_request: { head: { sha: after } },
    sender: { login: "web-owner", type: "User" },
  });
  const forced = await told(async () => {
    const other = await commitOn(bench, client, { text: "rewritten\n" });
    await client.rest.git.updateRef({ ...at, ref: "heads/agent/sync", sha: other, force: true });
  });
  expect(forced.find((one) => one.event === "push")?.payload.forced).toBe(true);
});

test("ready, draft again, edited, closed, reopened and merged are each told once", async () => {
  const { number, nodeId } = await openChange(bench, client, {
    branch: "agent/life",
    path: "content/life.md",
    text: "L\n",
    draft: true,
  });
  const events: string[] = [];
  const step = async (work: () => Promise<unknown>): Promise<Received[]> => {
    const found = await told(work);
    events.push(...found.map(name));
    return found;
  };
  await step(() => bench.github.markReady({ repo: FULL, number, by: "web-owner" }));
  await step(() =>
    client.graphql(
      "mutation($i: ID!) { convertPullRequestToDraft(input: { pullRequestId: $i }) { clientMutationId } }",
      { i: nodeId },
    ),
  );
  const [edited] = await step(() => client.rest.pulls.update({ ...at, pull_number: number, title: "Better" }));
  await step(() => client.rest.pulls.update({ ...at, pull_number: number, title: "Better" }));
  await step(() => bench.github.closePullRequest({ repo: FULL, number, by: "web-owner" }));
  await step(() => bench.github.reopenPullRequest({ repo: FULL, number, by: "web-owner" }));
  await step(() => bench.github.markReady({ repo: FULL, number, by: "web-owner" }));
  const merged = await step(() => bench.github.merge({ repo: FULL, number, by: "web-owner" }));
  expect(events).toEqual([
    "pull_request.ready_for_review",
    "pull_request.converted_to_draft",
    "pull_request.edited",
    "pull_request.closed",
    "pull_request.reopened",
    "pull_request.ready_for_review",
    "pull_request.closed",
    "push",
  ]);
  expect(edited!.payload.changes).toEqual({ title: { from: "Change of agent/life" } });
  expect(merged[0]!.payload.pull_request).toMatchObject({ merged: true, merged_by: { login: "web-owner" } });
});

test("a check is told when it completes, and its suite when the last one does", async () => {
  const { number, sha } = await openChange(bench, client, { branch: "agent/ci", path: "content/ci.md", text: "C\n" });
  const check = (check: string, conclusion?: string): Promise<void> =>
    bench.github.setChecks({ repo: FULL, sha, name: check, ...(conclusion === undefined ? {} : { conclusion }) });
  expect(await told(() => check("build"))).toEqual([]);
  await check("lint");
  expect((await told(() => check("lint", "success"))).map(name)).toEqual(["check_run.completed"]);
  const last = await told(() => check("build", "failure"));
  expect(last.map(name)).toEqual(["check_run.completed", "check_suite.completed"]);
  expect(last[0]!.payload.check_run).toMatchObject({
    name: "build",
    conclusion: "failure",
    head_sha: sha,
    pull_requests: [{ number }],
    app: { id: 88 },
  });
  expect(last[1]!.payload.check_suite).toMatchObject({ conclusion: "failure", head_sha: sha });
});

test("a failed delivery is not tried again by itself, is listed, and can be sent again under its own number", async () => {
  answer = () => 500;
  const failed = await told(() =>
    bench.github.pushTo({
      repo: FULL,
      branch: "failed",
      files: { f: "1" },
      author: { name: "A", email: "a@example.com" },
    }),
  );
  expect(failed).toHaveLength(1);
  const { data: list } = await bench.app.octokit.rest.apps.listWebhookDeliveries();
  expect(list[0]).toMatchObject({ guid: failed[0]!.guid, event: "push", status_code: 500, redelivery: false });
  answer = () => 200;
  const again = await told(() => bench.app.octokit.rest.apps.redeliverWebhookDelivery({ delivery_id: list[0]!.id }));
  expect(again.map((one) => [one.guid, one.text])).toEqual([[failed[0]!.guid, failed[0]!.text]]);
  expect(bench.github.deliveries().at(-1)).toMatchObject({ statusCode: 200, redelivery: true });
  expect(bench.github.redeliver(1)).toBe(false);
});

test("a receiver that does not answer in time counts as failed and holds nobody up", async () => {
  answer = () => undefined;
  const { sha } = await bench.github.pushTo({
    repo: FULL,
    branch: "slow",
    files: { s: "1" },
    author: { name: "A", email: "a@example.com" },
  });
  expect(await bench.github.branchSha(FULL, "slow")).toBe(sha);
  await bench.github.delivered();
  expect(bench.github.deliveries().at(-1)).toMatchObject({ event: "push", statusText: "timed out" });
});
