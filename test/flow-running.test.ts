// What a run does when it does not go straight to its card: stopped, failed, refused by the rules, waiting in line.
import { afterAll, beforeAll, expect, test } from "vitest";
import { WEBSITE } from "./flow-policy.ts";
import {
  blocksOf,
  eventsOf,
  OWNER,
  peopleOf,
  REQUESTER,
  runOf,
  SUPPORT,
  threadOf,
  type Message,
  type People,
} from "./people.ts";
import { openTestStage, type TestStage } from "./stage.ts";

const check = { says: { run: "grep -q good content/checked.md", required: true, time: "1m" } };
const elsewhere = { channels: {} };

const TALKATIVE = { use: "command", command: ["sh", "-c", "while :; do echo still at it; sleep 0.05; done"] };

let stage: TestStage;
let people: People;

beforeAll(async () => {
  stage = await openTestStage({
    teams: [
      {},
      { team: "talkative", ...elsewhere, agent: TALKATIVE, limits: { run: { time: "2s" } } },
      { team: "broken", ...elsewhere, repositories: [{ ...WEBSITE, setup: "echo no such package; exit 7" }] },
      { team: "checked", ...elsewhere, repositories: [{ ...WEBSITE, checks: check }] },
      { team: "narrow", ...elsewhere, limits: { atOnce: 1 } },
    ],
  });
  people = peopleOf(stage);
});
afterAll(() => stage.close());

const outcomeOf = (run: string, says: RegExp): Promise<Message> =>
  people.messageThat(
    `an outcome like ${String(says)}`,
    (each) => says.test(each.text) && each.threadTs === threadOf(stage, run),
  );

test.concurrent("Stop while the agent works keeps its work as a change to look at, and says so", async () => {
  const run = await people.ask("write content/kept.md: half done\nwait 60 seconds");
  await people.messageThat(
    "progress",
    (each) => blocksOf(each).includes("content/kept.md") || /kept\.md/.test(each.text),
  );
  await people.untilPhase(run, "working");
  const events = async () => JSON.stringify(await eventsOf(stage, run, "agent_event"));
  while (!(await events()).includes("Waiting 60 seconds")) await new Promise((resolve) => setTimeout(resolve, 100));
  const card = await people.cardWith("stop", run);
  await people.press(SUPPORT, card, "stop");
  const stopped = await people.messageThat(
    "the stopped card",
    (each) => each.ts === card.ts && blocksOf(each).includes("is kept to look at"),
  );
  expect(blocksOf(stopped)).toContain("Version 1 is kept to look at");
  expect(blocksOf(stopped)).toContain("Stopped by Support lead");
  expect(await people.stateOf(run)).toMatchObject({ phase: "cancelled", why: "stopped", change: 1 });
  const kept = await stage.query<{ diff: string; seal: string | null }>(
    "select diff, seal from changes where run_id = $1",
    [run],
  );
  expect(kept.rows[0]?.diff).toContain("+half done");
  expect(kept.rows[0]?.seal).toBeNull();
  const told = await outcomeOf(run, /^Stopped/);
  expect(blocksOf(told)).toContain("Nothing reached GitHub");
});

test.concurrent(
  "an agent that ends badly fails the run with its reason, and Try again runs the same request anew",
  async () => {
    const run = await people.ask("please exit 3");
    expect(await people.untilPhase(run, "failed")).toMatchObject({ cause: { kind: "agent-ended-badly" } });
    const card = await people.cardWith("try_again", run);
    expect(blocksOf(card)).toContain("nothing reached GitHub");
    await people.press(REQUESTER, card, "try_again");
    await people.untilPhase(run, "queued", "dispatched", "provisioning", "working");
    expect(await people.untilPhase(run, "failed")).toMatchObject({ turn: 2, cause: { kind: "agent-ended-badly" } });
    const turns = await stage.query<{ kind: string; prompt: string }>(
      "select kind, prompt from turns where run_id = $1 order by turn",
      [run],
    );
    expect(turns.rows).toEqual([
      { kind: "request", prompt: "please exit 3" },
      { kind: "retry", prompt: "please exit 3" },
    ]);
  },
);

test.concurrent(
  "a change to a guarded file is refused as a whole; leaving that file out brings the rest to approval",
  async () => {
    const run = await people.ask("touch .github/workflows/ci.yml\nwrite content/rest.md: the rest");
    const failed = await people.untilPhase(run, "failed");
    expect(failed).toMatchObject({ cause: { kind: "change-not-allowed" } });
    const card = await people.cardWith("leave_out", run);
    expect(blocksOf(card)).toContain(".github/workflows/ci.yml");
    await people.press(REQUESTER, card, "leave_out");
    const approval = await people.cardOf(run, 2);
    expect(blocksOf(approval)).toContain("1 file, +1 −0");
    const { rows } = await stage.query<{ files: { path: string }[] }>(
      "select files from changes where run_id = $1 and number = 2",
      [run],
    );
    expect(rows[0]?.files.map((file) => file.path)).toEqual(["content/rest.md"]);
    await people.withdraw(run);
  },
);

test.concurrent("no change is an answer, and costs no approval", async () => {
  const run = await people.ask("answer: the price is in content/pricing.md");
  expect(await people.untilPhase(run, "answered")).toMatchObject({ text: "the price is in content/pricing.md" });
  const told = await outcomeOf(run, /^Answered/);
  expect(told.notified).toEqual([REQUESTER]);
});

test.concurrent("an agent that rewrites its own log ends as tampered; its word counts for nothing", async () => {
  const run = await people.ask("wait 1 seconds\nshorten your log\nwrite content/tampered.md: one");
  expect(await people.untilPhase(run, "failed")).toMatchObject({ cause: { kind: "tampered" } });
  await outcomeOf(run, /tampered/);
});

test.concurrent("a million lines are counted, not kept, and do not hold up the run", async () => {
  const run = await people.ask("print a million lines\nwrite content/loud.md: loud");
  await people.cardOf(run, 1);
  const events = await eventsOf(stage, run, "agent_event");
  const dropped = events.reduce((sum, event) => sum + Number(event.payload["dropped"]), 0);
  const kept = events.reduce((sum, event) => sum + (event.payload["events"] as unknown[]).length, 0);
  expect(dropped + kept).toBeGreaterThanOrEqual(1_000_000);
  expect(kept).toBeLessThan(20_000);
  await people.withdraw(run);
});

test.concurrent("an agent out of time is ended, however much it says meanwhile", async () => {
  const run = await people.ask("say something for ever --team talkative");
  expect(await people.untilPhase(run, "failed")).toMatchObject({ cause: { kind: "time-used-up", limitMs: 2000 } });
  expect(JSON.stringify(await eventsOf(stage, run, "agent_event"))).toContain("still at it");
});

test.concurrent("a setup that fails stops the run before the agent starts, with its output", async () => {
  const run = await people.ask("write content/setup.md: one --team broken");
  expect(await people.untilPhase(run, "failed")).toMatchObject({ cause: { kind: "setup-failed", exitCode: 7 } });
  const card = await people.cardWith("full_log", run);
  expect(blocksOf(card)).toContain("no such package");
  expect(await eventsOf(stage, run, "agent_started")).toEqual([]);
});

test.concurrent(
  "a failing required check cannot be approved; sent back, its output becomes version 2's task",
  async () => {
    const run = await people.ask("write content/checked.md: bad --team checked");
    const card = await people.cardOf(run, 1);
    expect(card.text).toMatch(/^Can't be approved yet/);
    expect(blocksOf(card)).not.toContain('"action_id":"approve"');
    await people.press(OWNER, card, "send_failure_back");
    const again = await people.cardOf(run, 2);
    const turns = await stage.query<{ prompt: string }>("select prompt from turns where run_id = $1 and turn = 2", [
      run,
    ]);
    expect(turns.rows[0]?.prompt).toContain("grep -q good content/checked.md");
    await people.fillForm(OWNER, again, "request_changes", "write content/checked.md: good");
    const good = await people.cardOf(run, 3);
    await people.press(OWNER, good, "approve");
    await people.untilPhase(run, "pr_open");
  },
);

test.concurrent(
  "three requests of a team with one place: each says its place in line, and they run in order",
  async () => {
    const ask = (text: string) => people.ask(`${text} --team narrow`);
    const first = await ask("wait 3 seconds");
    const second = await ask("answer: the second");
    const third = await ask("answer: the third");
    await people.messageThat(
      "a place in line",
      (each) => runOf(each) === third && blocksOf(each).includes("2nd in line"),
    );
    await people.untilPhase(third, "answered");
    const { rows } = await stage.query<{ run_id: string }>(
      "select run_id from events where kind = 'agent_started' and run_id = any($1) order by at_ms",
      [[first, second, third]],
    );
    expect(rows.map((row) => row.run_id)).toEqual([first, second, third]);
  },
);
