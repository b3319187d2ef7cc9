// What the code host really sends about a pull request of ours, from publishing to the merge.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { HostEvent } from "../../src/core/interaction.ts";
import { createPublisher } from "../../src/github/publish.ts";
import { createGithubReceiver } from "../../src/github/receive.ts";
import { serveHook } from "../../src/hooks.ts";
import { APP_ID, startBench, type Bench } from "./bench.ts";
import { publishOnce, seal } from "./publish-bench.ts";

const repo = "acme/website";
let bench: Bench;
let server: Server;
const stored: { readonly key: string; readonly event: HostEvent }[] = [];

beforeAll(async () => {
  bench = await startBench();
  const receiver = createGithubReceiver({
    secret: "hook-secret",
    appId: APP_ID,
    log: bench.log,
    intake: {
      acceptHostEvent: async ({ key }, event) => {
        const known = stored.some((each) => each.key === key);
        if (!known) stored.push({ key, event });
        return { kind: known ? "duplicate" : "new" };
      },
    },
  });
  server = createServer((req, res) => void serveHook(req, res, { receiver, log: bench.log }));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  bench.github.setWebhook(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, "hook-secret");
});
afterAll(async () => {
  await bench.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function heard(): Promise<readonly HostEvent[]> {
  await bench.github.delivered();
  return stored.splice(0).map((each) => each.event);
}

test("our own doing is silent; CI, a foreign push, ready and merge are heard, and every delivery is answered", async () => {
  const { github, repository } = bench;
  const sealed = await seal(bench, await bench.sandbox(), { "content/pricing.md": "Starter costs $39.\n" });
  const done = await publishOnce(createPublisher(bench.options), bench, sealed);
  if (done.kind !== "published") throw new Error(JSON.stringify(done));
  expect(await heard()).toEqual([]);

  const { number } = done.pull;
  const about = { repositoryId: repository.id, number };
  await github.setChecks({ repo, sha: done.sha, name: "build", conclusion: "failure" });
  expect(await heard()).toMatchObject([
    { kind: "ci", repositoryId: repository.id, headSha: done.sha, name: "build", conclusion: "failure" },
  ]);

  const author = { name: "Web owner", email: "owner@example.com" };
  const branch = sealed.approval.record.headBranch;
  const { sha } = await github.pushTo({ repo, branch, files: { "content/more.md": "More.\n" }, author });
  expect(await heard()).toMatchObject([{ kind: "pushed", ...about, headSha: sha, by: "web-owner" }]);

  await github.markReady({ repo, number, by: "web-owner" });
  expect(await heard()).toEqual([{ kind: "ready", ...about, draft: false, by: "web-owner" }]);

  const merged = await github.merge({ repo, number, by: "web-owner" });
  expect(await heard()).toMatchObject([{ kind: "merged", ...about, by: "web-owner", commit: merged.sha }]);
  expect(new Set(github.deliveries().map((delivery) => delivery.statusCode))).toEqual(new Set([202]));
});

test("a delivery that comes again is stored once", async () => {
  const { github } = bench;
  const { id } = github.deliveries().find((each) => each.event === "pull_request" && each.action === "closed")!;
  for (let again = 0; again < 2; again += 1) {
    expect(github.redeliver(id)).toBe(true);
    await github.delivered();
  }
  expect(await heard()).toMatchObject([{ kind: "merged" }]);
});
