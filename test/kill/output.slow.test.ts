// Workers killed again and again while an agent prints: every line is in the record exactly once, in one sandbox all along.
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventsOf, peopleOf, type People } from "../people.ts";
import { listSandboxes, openTestStage, type TestStage } from "../stage.ts";
import { startBot, stateOf, until, type Bot } from "./bots.ts";

const LINES = 120;
const COUNTER = {
  use: "command",
  command: ["sh", "-c", `for i in $(seq ${LINES}); do echo "line $i"; sleep 0.25; done; echo yes > content/counted.md`],
};
const SECRETS = ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "GITHUB_WEBHOOK_SECRET", "E2B_API_KEY"];

let stage: TestStage;
let people: People;
const bots: Bot[] = [];

beforeAll(async () => {
  stage = await openTestStage({ withBot: false, teams: [{ agent: COUNTER }] });
  people = peopleOf(stage);
});
afterAll(async () => {
  await bots.at(-1)?.stop();
  await stage.close();
});

async function start(): Promise<Bot> {
  const bot = await startBot(stage);
  bots.push(bot);
  return bot;
}

async function readSaid(run: string): Promise<readonly string[]> {
  const events = await eventsOf(stage, run, "agent_event");
  return events.flatMap(({ payload }) =>
    (payload["events"] as readonly { readonly text?: string }[]).map((event) => event.text ?? ""),
  );
}

test("three workers, two of them killed in the middle of the output", async () => {
  let bot = await start();
  const run = await people.ask("count as far as you can");
  let least = 5;
  for (let killed = 0; killed < 2; killed += 1) {
    await until("more lines", async () => ((await readSaid(run)).length >= least ? true : undefined));
    await bot.kill();
    least = (await readSaid(run)).length + 5;
    expect(least).toBeLessThan(LINES);
    bot = await start();
  }
  await until("the change", async () => {
    const agents = (await listSandboxes(stage)).filter((each) => each.run === run && each.purpose === "agent");
    expect(agents.length).toBeLessThanOrEqual(1);
    const { phase } = await stateOf(stage, run);
    return phase === "awaiting_approval" ? true : undefined;
  });
  expect(await readSaid(run)).toEqual(Array.from({ length: LINES }, (_, at) => `line ${at + 1}`));
  expect(await eventsOf(stage, run, "agent_started")).toHaveLength(1);
  expect(await eventsOf(stage, run, "sandbox_ready")).toHaveLength(1);
  const claims = await eventsOf(stage, run, "claimed");
  expect(claims.length).toBeGreaterThanOrEqual(3);
});

test("none of them logged a credential", () => {
  const logged = bots.flatMap((bot) => bot.log).join("\n");
  expect(logged).toContain("countersign is up");
  for (const name of SECRETS) expect(logged, name).not.toContain(stage.env[name]);
  expect(logged).not.toMatch(/gh[pousr]_[A-Za-z0-9]{16,}|-----BEGIN/);
});
