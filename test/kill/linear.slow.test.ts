// kill -9 right after every commit of a run that began on an issue: it goes on elsewhere, and on the issue everything stands once.
// The database itself holds each run where it is to die: whatever a run writes after its Nth commit waits until the bots are dead.
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LINEAR_SEED } from "../../scripts/seed-linear.ts";
import type { LocalLinearState } from "../../src/local/linear/server.ts";
import { createJobs, type Jobs } from "../../src/jobs/jobs.ts";
import { openDatabase, type Database } from "../../src/store/database.ts";
import { WEBSITE } from "../flow-policy.ts";
import { ASKER, DECIDER, linesOf, trackerOf, type Session, type Tracked } from "../linear-people.ts";
import { peopleOf, type People } from "../people.ts";
import { SILENT } from "../setup/store.ts";
import { openTestStage, type TestStage } from "../stage.ts";
import { startBot, until, type Bot } from "./bots.ts";

/** So many runs die at once, each at a place of its own; a team each, for a held commit may hold its team too. */
const AT_ONCE = 16;
const BOTS = 3;
/** A dead worker is noticed after its heartbeat, its job taken up after a pause that grows. */
const PATIENCE_MS = 150_000;
const PLACES = Array.from({ length: AT_ONCE }, (_, at) => `P${at + 1}`);

const GATES = `
  create table test_gates (issue text primary key, target integer, place text, key bigint not null);
  create table test_commits (issue text, txid bigint, primary key (issue, txid));
  create function test_gate() returns trigger language plpgsql security definer set search_path = public as $$
  declare
    about text := case tg_table_name
      when 'runs' then to_jsonb(new) -> 'issue' ->> 'identifier'
      when 'inbox' then to_jsonb(new) -> 'content' -> 'request' -> 'issue' ->> 'identifier'
      else (select issue ->> 'identifier' from runs where id = to_jsonb(new) ->> 'run_id')
    end;
    gate test_gates;
  begin
    -- What is written about messages in Slack is another matter.
    if to_jsonb(new) ->> 'surface' = 'slack' then
      return new;
    end if;
    if about is null or exists (select from test_commits where issue = about and txid = txid_current()) then
      return new;
    end if;
    select * into gate from test_gates where issue = about;
    if gate.target <= (select count(*) from test_commits where issue = about)
      or (gate.place = 'session' and tg_table_name = 'runs' and tg_op = 'UPDATE' and to_jsonb(new) ->> 'session_id' is not null)
      or (gate.place = 'delivery' and tg_table_name = 'deliveries' and to_jsonb(new) ->> 'slot' = 'session'
        and to_jsonb(new) ->> 'remote' is not null)
    then
      perform pg_advisory_xact_lock_shared(gate.key);
    end if;
    insert into test_commits values (about, txid_current());
    return new;
  end $$;`;

let stage: TestStage;
let people: People;
let linear: Tracked;
let side: Client;
let database: Database;
let jobs: Jobs;
let bots: readonly Bot[] = [];
let keys = 0;

beforeAll(async () => {
  const added = PLACES.map((key, at) => ({
    id: `3c0b6a52-90c1-4f0e-8f5e-7be1f0a2${String(at + 100).padStart(4, "0")}`,
    key,
    name: `Place ${at + 1}`,
    members: [ASKER, DECIDER],
  }));
  Reflect.set(LINEAR_SEED, "teams", [...LINEAR_SEED.teams, ...added]);
  const teams = PLACES.map((key, at) => ({
    team: key.toLowerCase(),
    members: { slackUsergroups: ["S0MKT"], linearTeams: [key] },
    channels: at === 0 ? { requests: ["C0MKT"] } : {},
    repositories: [WEBSITE],
  }));
  stage = await openTestStage({ withBot: false, teams });
  people = peopleOf(stage);
  linear = trackerOf(stage);
  side = new Client({ connectionString: stage.database.adminUrl });
  await side.connect();
  await side.query(GATES);
  for (const table of ["runs", "inbox", "deliveries", "events"])
    await side.query(
      `create trigger test_gate before insert or update on ${table} for each row execute function test_gate()`,
    );
  // A killed bot's statement that waits must die with it, not be carried out once the wait is over.
  const { rows } = await side.query<{ name: string }>("select current_database() as name");
  await side.query(`alter database "${rows[0]?.name}" set client_connection_check_interval = '200ms'`);
  database = openDatabase({ url: stage.database.url });
  jobs = createJobs({ url: stage.database.url, log: SILENT, maxConnections: 2 });
  await jobs.start();
  await startBots();
});
afterAll(async () => {
  for (const bot of bots) await bot.stop();
  await jobs.stop();
  await database.close();
  await side.end();
  await stage.close();
});

async function startBots(): Promise<void> {
  bots = await Promise.all(Array.from({ length: BOTS }, () => startBot(stage)));
  // What was told while nobody listened is asked for within a minute; this is that minute.
  await jobs.enqueue(database.db, { name: "sweep" });
}

/** Holds what the run on this issue writes after so many commits, or when it writes down its session. */
async function hold(issue: string, at: { readonly target?: number; readonly place?: "session" | "delivery" }) {
  keys += 1;
  const key = keys;
  await side.query("select pg_advisory_lock($1)", [key]);
  await side.query("insert into test_gates values ($1, $2, $3, $4)", [issue, at.target, at.place, key]);
  return key;
}

async function heldKeys(): Promise<ReadonlySet<number>> {
  const { rows } = await side.query<{ key: string }>(
    "select objid::text as key from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())",
  );
  return new Set(rows.map((row) => Number(row.key)));
}

async function killAll(): Promise<void> {
  await Promise.all(bots.map((bot) => bot.kill()));
  await until("held statements to die", async () => ((await heldKeys()).size === 0 ? true : undefined));
  await side.query("delete from test_gates");
  await side.query("select pg_advisory_unlock_all()");
  await startBots();
}

async function commitsOf(issue: string): Promise<number> {
  const { rows } = await side.query<{ n: string }>("select count(*) as n from test_commits where issue = $1", [issue]);
  return Number(rows[0]?.n);
}

const pulls = (): number =>
  stage.github
    .requests()
    .filter((each) => each.method === "POST" && each.path.endsWith("/pulls") && each.status === 201).length;

let glance: { readonly atMs: number; readonly sessions: LocalLinearState["sessions"] } = { atMs: 0, sessions: [] };

/** Looks a few times a second, all at the same picture: to copy the whole workspace at each of its changes is slow. */
async function seen<T>(what: string, id: string, look: (session: Session) => T | undefined): Promise<T> {
  for (const untilMs = Date.now() + PATIENCE_MS; Date.now() < untilMs; await sleep(100)) {
    if (Date.now() - glance.atMs > 400) glance = { atMs: Date.now(), sessions: stage.linear.state().sessions };
    const session = glance.sessions.find((each) => each.id === id);
    const found = session === undefined ? undefined : look(session);
    if (found !== undefined) return found;
  }
  throw new Error(`waited in vain for ${what}`);
}

interface Life {
  readonly issue: string;
  readonly key: number | undefined;
  readonly target: number | undefined;
  readonly over: Promise<string>;
}

/** An issue handed over, approved there once that is offered, until its session says how it ended. */
async function begin(team: string, target: number | undefined): Promise<Life> {
  const issue = await linear.issue(`write content/after-${target ?? 0}.md: alive`, {
    labels: [],
    team,
    title: `Dies ${target}`,
  });
  const key = target === undefined ? undefined : await hold(issue, { target });
  const live = async (): Promise<string> => {
    const session = await linear.delegate(issue);
    const what = `${issue}, killed after ${target} commits, to go on`;
    const isApproval = (value: string): boolean => value.startsWith("Approve version 1");
    await linear.choose(session, await seen(what, session, ({ options }) => options.find(isApproval)), DECIDER);
    await seen(what, session, ({ status }) => status === "complete" || undefined);
    return session;
  };
  return { issue, key, target, over: live() };
}

function expectWhole(issue: string, session: string, hello = /^thought: Picked up/): void {
  const lines = linesOf(linear.sessionOf(session)).filter((line) => !line.startsWith("thought: Approved by"));
  const told = [
    hello,
    /^action: Chose acme\/website/,
    /^action: Made version 1/,
    /^action: Checked version 1/,
    /^elicitation: \*\*Ready for approval/,
    /^response: \[Pull request #\d+\]\(.*is open: exactly the change that was approved\. Approved by Web owner/,
  ];
  expect(lines).toEqual(told.map((each) => expect.stringMatching(each) as string));
  expect(stage.linear.state().sessions.filter((each) => each.identifier === issue)).toHaveLength(1);
  const { id } = linear.issueOf(issue);
  const moves = stage.linear.calls().filter((call) => {
    const { id: about, input } = { id: "", input: {}, ...Object(call.variables) } as { id: string; input: object };
    return call.operation === "UpdateIssue" && about === id && Object.hasOwn(input, "stateId");
  });
  expect(moves).toHaveLength(1);
  expect(linear.issueOf(issue)).toMatchObject({ state: { type: "started" }, delegate: "Countersign" });
}

const STILL_MS = 12_000;

/** Until every run of the wave is held or over, or what is left waits for a worker that a held one keeps. */
async function untilHeld(wave: readonly Life[], over: ReadonlySet<string>): Promise<readonly Life[]> {
  let known = 0;
  let sinceMs = Date.now();
  for (;;) {
    const held = await heldKeys();
    const reached = wave.filter((life) => held.has(life.key ?? -1));
    if (reached.length + over.size >= wave.length) return reached;
    if (reached.length + over.size !== known) sinceMs = Date.now();
    known = reached.length + over.size;
    if (reached.length > 0 && Date.now() - sinceMs > STILL_MS) return reached;
    await sleep(50);
  }
}

/** Each wave dies at places all along the way: those that lie together would wait for the same few workers. */
function wavesOf(targets: readonly number[]): readonly (readonly number[])[] {
  const count = Math.ceil(targets.length / AT_ONCE);
  return Array.from({ length: count }, (_, wave) => targets.filter((_each, at) => at % count === wave));
}

interface Dead {
  readonly reached: readonly number[];
  /** Neither came so far nor were over before: they waited for a worker. */
  readonly left: readonly number[];
}

/** A run for each of these numbers of commits; all die there at once, and go on. */
async function dieAt(targets: readonly number[]): Promise<Dead> {
  const wave: Life[] = [];
  for (const target of targets) wave.push(await begin(PLACES[wave.length] ?? "", target));
  const over = new Set<string>();
  for (const life of wave)
    void life.over.then(
      () => over.add(life.issue),
      () => undefined,
    );
  const held = await untilHeld(wave, over);
  const left = wave.filter((life) => !held.includes(life) && !over.has(life.issue));
  await killAll();
  for (const life of wave) expectWhole(life.issue, await life.over);
  const targetsOf = (lives: readonly Life[]) => lives.flatMap((life) => life.target ?? []);
  return { reached: targetsOf(held), left: targetsOf(left) };
}

test("at every commit", async () => {
  const first = await begin("P1", undefined);
  expectWhole(first.issue, await first.over);
  const commits = await commitsOf(first.issue);
  expect(commits).toBeGreaterThan(20);
  let runs = 1;
  const died = new Set<number>();
  let targets = Array.from({ length: commits - 1 }, (_, at) => at + 1);
  while (targets.length > 0) {
    const left: number[] = [];
    for (const places of wavesOf(targets)) {
      const dead = await dieAt(places);
      for (const target of dead.reached) died.add(target);
      left.push(...dead.left);
      runs += places.length;
    }
    // A number that no run comes to any more, for it had less to say this time, is not tried for ever.
    expect(left.length).toBeLessThan(targets.length);
    targets = left;
  }
  // Two runs do not say all the same passing things, so the last few numbers may be none of the later one's.
  expect(died.size).toBeGreaterThanOrEqual(commits - 6);
  expect(pulls()).toBe(runs);
}, 900_000);

test("between opening a session for a run of Slack and writing it down: there is one session, and it is used", async () => {
  const asked: { readonly issue: string; readonly key: number | undefined; readonly run: string }[] = [];
  for (const place of ["session", "delivery", undefined] as const) {
    const issue = await linear.issue("described", { labels: [], team: "P1", title: `Named ${place}` });
    const key = place === undefined ? undefined : await hold(issue, { place });
    // Or the answer alone is lost.
    if (place === undefined) stage.linear.failNext({ operation: "OpenSession", kind: "network", afterWork: true });
    asked.push({ issue, key, run: await people.ask(`write content/${place ?? "answer"}.md: one for ${issue}`) });
    await linear.sessionOn(issue);
  }
  await until("both to be held", async () => {
    const held = await heldKeys();
    return asked.every(({ key }) => key === undefined || held.has(key)) ? true : undefined;
  });
  await killAll();
  for (const { issue, run } of asked) {
    const session = await linear.sessionOn(issue);
    await linear.choose(session, await linear.offered(session, "Approve version 1"), DECIDER);
    await linear.untilStatus(session, "complete");
    expect(await linear.runOf(session)).toBe(run);
    expectWhole(issue, session, /^thought: Marketing requester asked for this in Slack/);
  }
});
