import { afterAll, beforeAll, expect, test } from "vitest";
import { FULL, at, makeClient, refusalOf, startBench, type Bench } from "./help.ts";

let bench: Bench;
beforeAll(async () => {
  bench = await startBench({ rateLimitPerHour: 12 });
});
afterAll(() => bench.close());

test("a fault takes the place of the work, as often as asked, on the paths asked for", async () => {
  const client = await bench.client();
  bench.github.failNext({
    method: "GET",
    path: /^\/repos\/acme\/website$/,
    status: 502,
    times: 2,
    body: { message: "Bad gateway" },
  });
  expect(await refusalOf(client.rest.repos.get(at))).toMatchObject({ status: 502 });
  await client.rest.repos.listBranches(at);
  expect(await refusalOf(client.rest.repos.get(at))).toMatchObject({ status: 502 });
  expect((await client.rest.repos.get(at)).status).toBe(200);
});

test("a dropped answer is one whose work was done", async () => {
  const client = await bench.client();
  const sha = (await bench.github.branchSha(FULL, "main"))!;
  bench.github.failNext({ method: "POST", path: /\/git\/refs$/, times: 1, dropResponse: true });
  const refused = await refusalOf(client.rest.git.createRef({ ...at, ref: "refs/heads/dropped", sha }));
  expect(refused).toMatchObject({ status: 500 });
  expect(await bench.github.branchSha(FULL, "dropped")).toBe(sha);
  expect(bench.github.requests().at(-1)).toMatchObject({ method: "POST", status: 201 });
});

test("an installation that used up its hour is refused until the next", async () => {
  const token = await bench.token();
  const client = makeClient(bench.github, token);
  let refused: Awaited<ReturnType<typeof refusalOf>>;
  for (let turn = 0; turn < 13 && refused === undefined; turn += 1)
    refused = await refusalOf(client.rest.repos.get(at));
  expect(refused?.status).toBe(403);
  expect(refused?.message).toContain("API rate limit exceeded for installation ID");
});
