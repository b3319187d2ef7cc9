import { afterAll, beforeAll, expect, test } from "vitest";
import { WEBSITE } from "./flow-policy.ts";
import { OWNER, peopleOf, REQUESTER, type People } from "./people.ts";
import { openTestStage, type TestStage } from "./stage.ts";

let stage: TestStage;
let people: People;

beforeAll(async () => {
  const checks = { test: { run: "npm test", required: true, time: "5m", files: ["test/**"] } };
  stage = await openTestStage({ teams: [{ repositories: [{ ...WEBSITE, checks }] }] });
  people = peopleOf(stage);
});
afterAll(() => stage.close());

test("from /agent to a merged pull request: refused for the requester, exact for the owner", async () => {
  const run = await people.ask("fix the failing test");
  const card = await people.cardWith("approve", run);
  expect(JSON.stringify(card.blocks)).toContain("failed before");
  expect(stage.github.tokens().filter((token) => token.permissions["contents"] === "write")).toEqual([]);

  await people.press(REQUESTER, card, "approve");
  expect(await people.privately(REQUESTER, /someone else approves/)).toBeTruthy();
  expect(await people.stateOf(run)).toMatchObject({ phase: "awaiting_approval" });

  const approvedAtMs = Date.now();
  await people.press(OWNER, card, "approve");
  const open = await people.untilPhase(run, "pr_open");
  const writes = stage.github.tokens().filter((token) => token.permissions["contents"] === "write");
  expect(writes.length).toBeGreaterThan(0);
  for (const token of writes) expect(token.mintedAtMs).toBeGreaterThanOrEqual(approvedAtMs);

  const number = Number(open["number"]);
  await stage.github.markReady({ repo: "acme/website", number, by: "web-owner" });
  await stage.github.merge({ repo: "acme/website", number, by: "web-owner" });
  await people.untilPhase(run, "merged");
  const merged = await people.messageThat("the merged card", (message) => message.text.startsWith("Merged"));
  expect(merged.text).toContain(`#${number}`);
});
