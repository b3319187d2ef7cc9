// kill -9 of a worker at the moments that matter: the run goes on elsewhere, and every effect is there once.
import { rm } from "node:fs/promises";
import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { OWNER, peopleOf, type People } from "../people.ts";
import { openTestStage, type TestStage } from "../stage.ts";
import { startBot, stateOf, until, untilPhase, type Bot } from "./bots.ts";

let stage: TestStage;
let people: People;
const bots = new Set<Bot>();

beforeAll(async () => {
  stage = await openTestStage({ withBot: false });
  people = peopleOf(stage);
});
afterAll(async () => {
  for (const bot of bots) await bot.stop();
  await stage.close();
});

async function start(): Promise<Bot> {
  const bot = await startBot(stage);
  bots.add(bot);
  return bot;
}

async function kill(bot: Bot): Promise<void> {
  bots.delete(bot);
  await bot.kill();
}

interface AgentEvents {
  readonly payload: {
    readonly until: number;
    readonly events: readonly { readonly kind: string; readonly text?: string }[];
  };
}

async function agentEvents(run: string): Promise<readonly AgentEvents["payload"][]> {
  const { rows } = await stage.query<AgentEvents>(
    "select p.payload from events e join event_payloads p using (run_id, seq) where e.run_id = $1 and e.kind = 'agent_event' order by e.seq",
    [run],
  );
  return rows.map((row) => row.payload);
}

function pullRequests(): number {
  return stage.github
    .requests()
    .filter((each) => each.method === "POST" && each.path.endsWith("/pulls") && each.status === 201).length;
}

test("killed while the agent prints: another worker goes on with the same sandbox, and no event is lost or doubled", async () => {
  const first = await start();
  const run = await people.ask("write content/one.md: one\nwait 8 seconds\nwrite content/two.md: two");
  await until("the first words of the agent", async () => ((await agentEvents(run)).length > 0 ? true : undefined));
  const before = await stateOf(stage, run);
  expect(before["phase"]).toBe("working");
  await kill(first);
  await start();
  await untilPhase(stage, run, "awaiting_approval");

  const batches = await agentEvents(run);
  const offsets = batches.map((batch) => batch.until);
  expect(offsets).toEqual([...new Set(offsets)].sort((a, b) => a - b));
  const files = batches.flatMap((batch) => batch.events).filter((event) => event.kind === "file");
  expect(files).toHaveLength(2);
  const { rows } = await stage.query<{ n: string }>(
    "select count(*) as n from events where run_id = $1 and kind in ('sandbox_ready', 'agent_started')",
    [run],
  );
  expect(Number(rows[0]?.n)).toBe(2);
});

test("killed between the pull request and its recording: the next publisher finds it, and there is one", async () => {
  const [publisher] = bots;
  if (publisher === undefined) throw new Error("no bot runs");
  const run = await people.ask("write content/three.md: three");
  await untilPhase(stage, run, "awaiting_approval");
  const card = await people.cardWith("approve", run);
  const opened = pullRequests();
  const refs = (): number =>
    stage.github.requests().filter((each) => each.method === "POST" && each.path.endsWith("/git/refs")).length;
  const before = refs();
  await people.press(OWNER, card, "approve");
  // The row is locked once the branch exists, so that the pull request can be made but not recorded.
  await until("the branch", () => (refs() > before ? true : undefined));
  const side = new Client({ connectionString: stage.database.adminUrl });
  await side.connect();
  await side.query("begin");
  await side.query("select from runs where id = $1 for update", [run]);
  await until("the pull request", () => (pullRequests() > opened ? true : undefined));
  expect((await stateOf(stage, run))["phase"]).toBe("publishing");
  await kill(publisher);
  await side.query("rollback");
  await side.end();
  await start();
  await untilPhase(stage, run, "pr_open");
  expect(pullRequests()).toBe(opened + 1);
  expect(refs()).toBe(before + 1);
});

test("stopped by SIGTERM in the middle of a turn: the process ends by itself, and another goes on", async () => {
  const run = await people.ask("wait 6 seconds\nwrite content/four.md: four");
  await untilPhase(stage, run, "working");
  const [old] = bots;
  if (old === undefined) throw new Error("no bot runs");
  bots.delete(old);
  expect(await old.stop()).toBe(0);
  await start();
  await untilPhase(stage, run, "awaiting_approval");
  const { rows } = await stage.query<{ n: string }>(
    "select count(*) as n from events where run_id = $1 and kind = 'agent_started'",
    [run],
  );
  expect(Number(rows[0]?.n)).toBe(1);
});

test("the mirror is a cache: deleted before the approval, the change is published all the same", async () => {
  const run = await people.ask("write content/five.md: five");
  await untilPhase(stage, run, "awaiting_approval");
  await rm(stage.env["CACHE_DIR"] ?? "", { recursive: true, force: true });
  await people.press(OWNER, await people.cardWith("approve", run), "approve");
  await untilPhase(stage, run, "pr_open");
});
