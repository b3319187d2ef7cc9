// kill -9 between a delivery and its commit, in Socket Mode: what Slack redelivers is not lost, what it does not fails visibly.
import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { actionOf, OWNER, peopleOf, REQUESTER, MARKETING, type People } from "../people.ts";
import { openTestStage, type TestStage } from "../stage.ts";
import { countOf, startBot, stateOf, until, untilPhase, type Bot } from "./bots.ts";

let stage: TestStage;
let people: People;
let bot: Bot;

beforeAll(async () => {
  stage = await openTestStage({ withBot: false });
  people = peopleOf(stage);
  bot = await startBot(stage);
});
afterAll(async () => {
  await bot.stop();
  await stage.close();
});

/** Nothing can be stored while this is held, so a delivery hangs between its arrival and its commit. */
async function holdInbox(): Promise<() => Promise<void>> {
  const side = new Client({ connectionString: stage.database.adminUrl });
  await side.connect();
  await side.query("begin");
  await side.query("lock table inbox in access exclusive mode");
  return async () => {
    await side.query("rollback");
    await side.end();
  };
}

/** Does something while nothing can be stored, kills the bot in the middle of it, and starts another. */
async function killDuring<T>(act: () => Promise<T>): Promise<T> {
  const release = await holdInbox();
  const acting = act();
  await new Promise((resolve) => setTimeout(resolve, 700));
  await bot.kill();
  await release();
  bot = await startBot(stage);
  return acting;
}

test("a command fails visibly and leaves nothing", async () => {
  const before = [await countOf(stage, "runs"), await countOf(stage, "inbox")];
  const done = await killDuring(() =>
    stage.slack.slash({ user: REQUESTER, channel: MARKETING, command: "/agent", text: "write content/a.md: a" }),
  );
  expect(done.ok).toBe(false);
  expect([await countOf(stage, "runs"), await countOf(stage, "inbox")]).toEqual(before);
});

test("a mention is redelivered and runs once", async () => {
  const before = await countOf(stage, "runs");
  // Slack tries again at once, which finds nobody, and then a minute later.
  const said = await killDuring(() =>
    stage.slack.say({ user: REQUESTER, channel: MARKETING, text: "<@U0BOT> write content/b.md: b" }),
  );
  expect(said.failed).toBeUndefined();
  await until("the mention's run", async () => ((await countOf(stage, "runs")) > before ? true : undefined));
  await new Promise((resolve) => setTimeout(resolve, 3000));
  expect(await countOf(stage, "runs")).toBe(before + 1);
});

test("a click and a form fail visibly and decide nothing", async () => {
  const run = await people.ask("write content/c.md: c");
  await untilPhase(stage, run, "awaiting_approval");
  const card = await people.cardWith("approve", run);
  const votes = await countOf(stage, "votes");
  const clicked = await killDuring(() =>
    stage.slack.click({ user: OWNER, channel: card.channel, ts: card.ts, actionId: actionOf(card, "approve") }),
  );
  expect(clicked.ok).toBe(false);
  expect(await countOf(stage, "votes")).toBe(votes);
  expect(await stateOf(stage, run)).toMatchObject({ phase: "awaiting_approval", approvals: [] });

  await people.press(OWNER, card, "reject");
  const view = await until("the form", () => stage.slack.state().views[OWNER]?.at(-1));
  const values = reasonIn(view.body, "not like this");
  const sent = await killDuring(() => stage.slack.submit({ user: OWNER, viewId: view.id, values }));
  expect(sent.ok).toBe(false);
  expect(await stateOf(stage, run)).toMatchObject({ phase: "awaiting_approval" });
  // Afterwards the same click works.
  await people.press(OWNER, card, "approve");
  await untilPhase(stage, run, "pr_open");
});

function reasonIn(view: unknown, text: string): Record<string, Record<string, string>> {
  const blocks: unknown = Reflect.get(Object(view), "blocks");
  const input = (Array.isArray(blocks) ? blocks : []).find((block: { type?: string }) => block.type === "input") as {
    block_id: string;
    element: { action_id: string };
  };
  return { [input.block_id]: { [input.element.action_id]: text } };
}
