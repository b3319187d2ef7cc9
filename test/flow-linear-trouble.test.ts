// Linear away, slow, strict or forgetful: the run goes on, and what was to be said there arrives once, in its order.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { setWebhooks } from "../scripts/stage.ts";
import { startBot, type Bot } from "../src/compose.ts";
import { parseConfig } from "../src/config.ts";
import type { Job } from "../src/core/job.ts";
import { createJobs, type Jobs } from "../src/jobs/jobs.ts";
import { openDatabase, type Database } from "../src/store/database.ts";
import { WEBSITE } from "./flow-policy.ts";
import { ASKER, DECIDER, linesOf, trackerOf, type Tracked } from "./linear-people.ts";
import { OWNER, peopleOf, type People } from "./people.ts";
import { SILENT } from "./setup/store.ts";
import { openTestStage, type TestStage } from "./stage.ts";

const TEAMS = [
  {
    members: { slackUsergroups: ["S0MKT"], linearTeams: ["MKT"] },
    repositories: [{ ...WEBSITE, linear: { labels: ["website"] } }],
  },
];
/** Nobody listens there: what is sent is written down, and can be delivered later, in any order. */
const NOWHERE = "http://127.0.0.1:9/linear/webhook";

interface Bench {
  readonly stage: TestStage;
  readonly people: People;
  readonly linear: Tracked;
  /** Puts a job into the queue of the bot, as time or a commit would. */
  enqueue(job: Job): Promise<void>;
  /** What Linear tells is lost from now on, or heard again. */
  lose(): void;
  hear(): void;
  close(): Promise<void>;
}

async function openBench(withBot: boolean): Promise<Bench> {
  const stage = await openTestStage({ teams: TEAMS, withBot });
  const database: Database = openDatabase({ url: stage.database.url });
  const jobs: Jobs = createJobs({ url: stage.database.url, log: SILENT, maxConnections: 2 });
  await jobs.start();
  const secret = stage.env["LINEAR_WEBHOOK_SECRET"] ?? "";
  return {
    stage,
    people: peopleOf(stage),
    linear: trackerOf(stage),
    enqueue: (job) => jobs.enqueue(database.db, job),
    lose: () => stage.linear.setWebhook(NOWHERE, secret),
    hear: () => stage.linear.setWebhook(`http://127.0.0.1:${stage.bot?.port ?? 0}/linear/webhook`, secret),
    close: async () => {
      await jobs.stop();
      await database.close();
      await stage.close();
    },
  };
}

/** The kinds of what we said for good, and how each begins. */
const TOLD_TO_THE_END = [
  /^thought: (Picked up|On it)/,
  /^action: Chose acme\/website/,
  /^action: Made version 1/,
  /^action: Checked version 1/,
  /^response: \[Pull request #\d+\]\(.*Approved by Web owner/,
];

describe("while the bot runs", () => {
  let bench: Bench;
  let stage: TestStage;
  let people: People;
  let linear: Tracked;
  beforeAll(async () => {
    bench = await openBench(true);
    ({ stage, people, linear } = bench);
  });
  afterAll(() => bench.close());

  async function runIn(session: string): Promise<string> {
    for (;;) {
      const { rows } = await stage.query<{ id: string }>("select id from runs where session_id = $1", [session]);
      if (rows[0] !== undefined) return rows[0].id;
      await sleep(50);
    }
  }

  function expectTold(session: string, told: readonly RegExp[]): void {
    const lines = linesOf(linear.sessionOf(session)).filter(
      (line) => !/^(elicitation|thought: Approved by)/.test(line),
    );
    expect(lines).toEqual(told.map((each) => expect.stringMatching(each) as string));
  }

  const countRows = async (): Promise<readonly unknown[]> => {
    const tables = ["runs", "inbox", "votes", "turns", "deliveries"].map((table) => `(select count(*) from ${table})`);
    return (await stage.query(`select ${tables.join(", ")}`)).rows.map((row) => Object.values(row));
  };

  function deliveriesOf(session: string, issue: string): readonly { readonly id: string; readonly action: string }[] {
    const issueId = linear.issueOf(issue).id;
    return stage.linear.deliveries().filter(({ body }) => {
      const text = JSON.stringify(body);
      return text.includes(session) || text.includes(issueId);
    });
  }

  const redeliver = (id: string): Promise<number> => stage.linear.redeliver(id, { timestampMs: Date.now() });

  test("away from the first minute to the pull request: work and Slack go on, then all is told in order, once", async () => {
    const session = await linear.delegate(await linear.issue("wait 2 seconds\nwrite content/away.md: here"));
    const run = await runIn(session);
    await people.untilPhase(run, "queued", "dispatched", "provisioning", "working");
    stage.linear.goDown();
    await people.press(OWNER, await people.cardOf(run, 1), "approve");
    await people.untilPhase(run, "pr_open");
    stage.linear.comeUp();
    // The queue comes back by itself within a minute; this is that minute.
    await bench.enqueue({ name: "deliver-linear", runId: run });
    await linear.untilStatus(session, "complete");
    expectTold(session, TOLD_TO_THE_END);
  });

  test("a rate limit is kept to: nothing is sent while it holds, and nothing is lost by it", async () => {
    const session = await linear.delegate(await linear.issue("write content/limit.md: slow down"));
    const approve = await linear.offered(session, "Approve version 1");
    stage.linear.failNext({ operation: "CreateActivity", kind: "ratelimited", delayMs: 4000 });
    await linear.choose(session, approve, DECIDER);
    await linear.untilStatus(session, "complete");
    const calls = stage.linear.calls().filter((call) => !call.operation.startsWith("/"));
    const at = calls.findLastIndex((call) => call.status === 400 && call.operation === "CreateActivity");
    expect((calls[at + 1]?.atMs ?? 0) - (calls[at]?.atMs ?? 0)).toBeGreaterThanOrEqual(3900);
    expectTold(session, TOLD_TO_THE_END);
  });

  test("slow, broken, cut off and lost answers change nothing of what is told in the end", async () => {
    const issue = await linear.issue("write content/rough.md: all the same");
    for (const kind of ["http500", "garbage", "network", "slow"] as const)
      stage.linear.failNext({ operation: "CreateActivity", kind, delayMs: 300 });
    stage.linear.failNext({ operation: "ReadPerson", kind: "garbage" });
    stage.linear.failNext({ operation: "ReadIssue", kind: "http500" });
    stage.linear.failNext({ operation: "ReadStartedStates", kind: "network" });
    for (const operation of ["CreateActivity", "UpdateIssue", "UpdateSession"])
      stage.linear.failNext({ operation, kind: "network", afterWork: true });
    stage.linear.failNext({ operation: "CreateActivity", kind: "garbage", afterWork: true });
    const session = await linear.delegate(issue);
    const run = await runIn(session);
    await people.press(OWNER, await people.cardOf(run, 1), "approve");
    await people.untilPhase(run, "pr_open");
    await bench.enqueue({ name: "deliver-linear", runId: run });
    await linear.untilStatus(session, "complete");
    expectTold(session, TOLD_TO_THE_END);
    expect(linear.issueOf(issue)).toMatchObject({ state: { type: "started" }, delegate: "Countersign" });
  });

  test("what was told while nobody listened is asked for: a session, words, a stop, a session put away", async () => {
    bench.lose();
    const session = await linear.delegate(await linear.issue("write content/lost.md: found"));
    bench.hear();
    await bench.enqueue({ name: "sweep" });
    await linear.offered(session, "Approve version 1");
    bench.lose();
    await linear.reply(session, "is that all?");
    bench.hear();
    await bench.enqueue({ name: "sweep" });
    await linear.offered(session, "Make it a change");
    bench.lose();
    await stage.linear.stop({ user: ASKER, session });
    bench.hear();
    await bench.enqueue({ name: "sweep" });
    await linear.said(session, /^Stopped by Marketing requester/);
    await linear.untilStatus(session, "complete");

    const away = await linear.delegate(await linear.issue("write content/dismissed.md: no"));
    await linear.offered(away, "Approve version 1");
    bench.lose();
    await stage.linear.dismiss({ user: ASKER, session: away });
    bench.hear();
    await bench.enqueue({ name: "sweep" });
    await people.untilPhase(await runIn(away), "cancelled");
    const { rows } = await stage.query("select from runs where session_id = any($1)", [[session, away]]);
    expect(rows).toHaveLength(2);
  });

  test("everything delivered once more changes nothing", async () => {
    const issue = await linear.issue("write content/again.md: once");
    const session = await linear.delegate(issue);
    const approve = await linear.offered(session, "Approve version 1");
    await linear.reply(session, "thanks!");
    await linear.said(session, /Glad it helps/);
    await linear.choose(session, approve, DECIDER);
    await people.untilPhase(await linear.runOf(session), "pr_open");
    await linear.untilStatus(session, "complete");
    const told = linesOf(linear.sessionOf(session));
    const stored = await countRows();
    const deliveries = deliveriesOf(session, issue);
    expect(deliveries.length).toBeGreaterThanOrEqual(4);
    for (const { id } of [...deliveries, ...deliveries.toReversed()]) expect(await redeliver(id)).toBe(200);
    await bench.enqueue({ name: "sweep" });
    await sleep(2000);
    expect(await countRows()).toEqual(stored);
    expect(linesOf(linear.sessionOf(session))).toEqual(told);
    // A stale copy is no news either: it is refused.
    const [first] = deliveries;
    expect(await stage.linear.redeliver(first?.id ?? "", { timestampMs: Date.now() - 90_000 })).toBe(400);
  });

  test("words that arrive before their session, and an end before its beginning, are put in order", async () => {
    bench.lose();
    const issue = await linear.issue("write content/order.md: right");
    const session = await linear.delegate(issue);
    await linear.reply(session, "thanks!");
    const canceled = await linear.issue("write content/never.md: no");
    const late = await linear.delegate(canceled);
    await stage.linear.setState({ user: ASKER, issue: canceled, type: "canceled" });
    bench.hear();
    const told = [...deliveriesOf(session, issue), ...deliveriesOf(late, canceled)].toReversed();
    for (const { id } of told) expect(await redeliver(id)).toBe(200);
    await linear.said(session, /Glad it helps/);
    await linear.offered(session, "Approve version 1");
    await linear.said(late, /\*\*Not started\*\*.*is canceled or deleted/s);
    const { rows } = await stage.query("select from runs where session_id = any($1)", [[session, late]]);
    expect(rows).toHaveLength(2);
    await stage.linear.stop({ user: ASKER, session });
    await linear.untilStatus(session, "complete");
  });

  test("a token that somebody else's minting killed is replaced once, in the middle of a run", async () => {
    const minted = (): number =>
      stage.linear.calls().filter((call) => call.operation === "/oauth/token" && call.status === 200).length;
    const session = await linear.delegate(await linear.issue("wait 1 seconds\nwrite content/token.md: new"));
    await people.untilPhase(await runIn(session), "working", "checking");
    const before = minted();
    const grant = await fetch(`${stage.linear.url}/oauth/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "client_credentials",
        client_id: stage.env["LINEAR_CLIENT_ID"] ?? "",
        client_secret: stage.env["LINEAR_CLIENT_SECRET"] ?? "",
        scope: "read,write,app:assignable,app:mentionable",
      }),
    });
    expect(grant.status).toBe(200);
    await linear.choose(session, await linear.offered(session, "Approve version 1"), DECIDER);
    await linear.untilStatus(session, "complete");
    expectTold(session, TOLD_TO_THE_END);
    expect(minted()).toBe(before + 2);
  });
});

test("a bot that starts while Linear is away works in Slack, asks Linear to come back later, and then makes up for it", async () => {
  const bench = await openBench(false);
  const { stage, people, linear } = bench;
  stage.linear.goDown();
  const parsed = parseConfig(stage.env);
  if (!parsed.ok) throw new Error(parsed.problems.join("; "));
  const bot: Bot = await startBot(parsed.config, stage.log);
  try {
    setWebhooks(stage, stage.env, bot.port);
    const run = await people.ask("write content/slack.md: works");
    await people.press(OWNER, await people.cardOf(run, 1), "approve");
    await people.untilPhase(run, "pr_open");
    const session = await linear.delegate(await linear.issue("write content/later.md: too"));
    await stage.linear.waitFor((state) => state.deliveries.find((each) => each.statuses.includes(503)), {
      timeoutMs: 10_000,
      what: "an answer to the webhook",
    });
    stage.linear.comeUp();
    await bench.enqueue({ name: "sweep" });
    await linear.choose(session, await linear.offered(session, "Approve version 1"), DECIDER);
    await linear.untilStatus(session, "complete");
  } finally {
    await bot.stop();
    await bench.close();
  }
});
