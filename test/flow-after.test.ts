// What happens around a pull request: merges, foreign pushes, CI, further versions, a base that moved on.
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readHostObject } from "./flow-proof.ts";
import { blocksOf, eventsOf, OWNER, peopleOf, REQUESTER, runOf, SUPPORT, threadOf, type People } from "./people.ts";
import { openTestStage, type TestStage } from "./stage.ts";

const REPO = "acme/website";
const SOMEBODY = { name: "Web owner", email: "owner@acme.example.com" };

let stage: TestStage;
let people: People;

beforeAll(async () => {
  stage = await openTestStage();
  people = peopleOf(stage);
});
afterAll(() => stage.close());

interface Open {
  readonly run: string;
  readonly number: number;
  readonly headSha: string;
  readonly branch: string;
}

async function publish(text: string): Promise<Open> {
  const run = await people.ask(text);
  await people.press(OWNER, await people.cardOf(run, 1), "approve");
  return opened(run);
}

async function opened(run: string): Promise<Open> {
  const open = await people.untilPhase(run, "pr_open");
  const { rows } = await stage.query<{ branch: string }>("select pr_head_branch as branch from runs where id = $1", [
    run,
  ]);
  return { run, number: Number(open["number"]), headSha: String(open["headSha"]), branch: rows[0]?.branch ?? "" };
}

/** Our own check on a commit, as the local GitHub has it. */
async function approvalCheck(sha: string): Promise<string | null | undefined> {
  const told = JSON.parse(await readFile(`${stage.dir}/github/github.json`, "utf8")) as {
    repositories: { checkRuns: { name: string; headSha: string; conclusion: string | null }[] }[];
  };
  const runs = told.repositories.flatMap(({ checkRuns }) => checkRuns);
  return runs.findLast((each) => each.headSha === sha && each.name === "countersign/approval")?.conclusion;
}

async function untilCheck(sha: string, conclusion: string): Promise<void> {
  await until(`the check of ${sha} to be ${conclusion}`, async () => (await approvalCheck(sha)) === conclusion);
}

async function until(what: string, look: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 90_000;
  while (!(await look())) {
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const inThread = (run: string, says: RegExp) =>
  people.messageThat(
    `a message like ${String(says)}`,
    (each) => each.threadTs === threadOf(stage, run) && says.test(each.text),
  );

test.concurrent(
  "ready, CI and closing on GitHub come back to the thread; a failure of CI is one reply a commit",
  async () => {
    const open = await publish("write content/ci.md: one");
    await untilCheck(open.headSha, "success");
    await stage.github.markReady({ repo: REPO, number: open.number, by: "web-owner" });
    await people.messageThat(
      "no draft any more",
      (each) =>
        runOf(each) === open.run &&
        /Pull request #\d+ is open/.test(each.text) &&
        !blocksOf(each).includes("It is a draft"),
    );
    for (const name of ["build", "lint"]) {
      await stage.github.setChecks({ repo: REPO, sha: open.headSha, name, conclusion: "failure" });
    }
    const reply = await people.messageThat(
      "both failures in one reply",
      (each) => /CI failed/.test(each.text) && blocksOf(each).includes("lint, build"),
    );
    const replies = () => stage.slack.state().messages.filter((each) => each.text.startsWith("CI failed"));
    expect(replies().map((each) => each.ts)).toEqual([reply.ts]);
    await stage.github.closePullRequest({ repo: REPO, number: open.number, by: "web-owner" });
    await people.untilPhase(open.run, "closed");
    await inThread(open.run, /^Closed without merging/);
    expect(replies()).toHaveLength(1);
  },
);

test.concurrent("a foreign push turns card and check red, and merging it says so", async () => {
  const open = await publish("write content/pushed.md: one");
  await untilCheck(open.headSha, "success");
  const files = { "content/pushed.md": "somebody else's\n" };
  const { sha } = await stage.github.pushTo({ repo: REPO, branch: open.branch, files, author: SOMEBODY });
  await people.messageThat(
    "the warning",
    (each) => runOf(each) === open.run && blocksOf(each).includes("no longer exactly the approved change"),
  );
  expect(await people.stateOf(open.run)).toMatchObject({ headMatches: false, headSha: sha });
  await untilCheck(sha, "failure");
  await stage.github.markReady({ repo: REPO, number: open.number, by: "web-owner" });
  await stage.github.merge({ repo: REPO, number: open.number, by: "web-owner" });
  const merged = await people.untilPhase(open.run, "merged");
  expect(merged).toMatchObject({ headMatches: false });
});

test.concurrent("a follow-up goes onto the same branch as a fast-forward, with an approval of its own", async () => {
  const open = await publish("write content/follow.md: one");
  await people.mention("append content/follow.md: two", { threadTs: threadOf(stage, open.run) });
  const second = await people.cardOf(open.run, 2);
  expect(await stage.github.branchSha(REPO, open.branch)).toBe(open.headSha);
  await people.press(OWNER, second, "approve");
  await people.untilPhase(open.run, "pr_open");
  const again = await opened(open.run);
  expect(again).toMatchObject({ number: open.number, branch: open.branch });
  expect(await stage.github.branchSha(REPO, open.branch)).toBe(again.headSha);
  expect((await eventsOf(stage, open.run, "pull_request_opened")).map(({ payload }) => payload["parent"])[1]).toBe(
    open.headSha,
  );
  expect(readHostObject(stage.dir, "blob", `${again.headSha}:content/follow.md`)).toBe("one\ntwo\n");
  await untilCheck(again.headSha, "success");
});

test.concurrent(
  "a push between a follow-up's approval card and its publishing voids it; redone on the new head it goes out",
  async () => {
    const open = await publish("write content/raced.md: one");
    await people.mention("append content/raced.md: two", { threadTs: threadOf(stage, open.run) });
    const second = await people.cardOf(open.run, 2);
    const files = { "content/other.md": "pushed meanwhile\n" };
    const { sha } = await stage.github.pushTo({ repo: REPO, branch: open.branch, files, author: SOMEBODY });
    await people.press(OWNER, second, "approve");
    const stale = await people.cardWith("redo", open.run);
    expect(blocksOf(stale)).toContain("somebody else pushed");
    await people.press(REQUESTER, stale, "redo");
    const third = await people.cardOf(open.run, 3);
    await people.press(OWNER, third, "approve");
    await people.untilPhase(open.run, "pr_open");
    const again = await opened(open.run);
    expect((await eventsOf(stage, open.run, "pull_request_opened")).at(-1)?.payload).toMatchObject({ parent: sha });
    expect(readHostObject(stage.dir, "blob", `${again.headSha}:content/other.md`)).toBe("pushed meanwhile\n");
  },
);

test.concurrent("merged while a further version waits: that version gets a pull request of its own", async () => {
  const open = await publish("write content/merged-early.md: one");
  await people.mention("append content/merged-early.md: two", { threadTs: threadOf(stage, open.run) });
  const second = await people.cardOf(open.run, 2);
  await stage.github.markReady({ repo: REPO, number: open.number, by: "web-owner" });
  await stage.github.merge({ repo: REPO, number: open.number, by: "web-owner" });
  const told = async () => JSON.stringify(await eventsOf(stage, open.run, "pull_request_event"));
  await until("the merge in the record", async () => (await told()).includes('"kind":"merged"'));
  await people.press(OWNER, second, "approve");
  const again = await opened(open.run);
  expect(again.number).not.toBe(open.number);
  expect(readHostObject(stage.dir, "blob", `${again.headSha}:content/merged-early.md`)).toBe("one\ntwo\n");
});

test.concurrent(
  "a base that moved elsewhere does not disturb: the sealed change goes out on its sealed base",
  async () => {
    const run = await people.ask("write content/moved.md: one");
    const card = await people.cardOf(run, 1);
    await stage.github.pushTo({ repo: REPO, branch: "main", files: { "content/news.md": "news\n" }, author: SOMEBODY });
    await people.press(OWNER, card, "approve");
    const open = await opened(run);
    const { rows } = await stage.query<{ base: string }>("select base_commit as base from changes where run_id = $1", [
      run,
    ]);
    expect((await eventsOf(stage, run, "pull_request_opened"))[0]?.payload).toMatchObject({ parent: rows[0]?.base });
    expect(readHostObject(stage.dir, "blob", `${open.headSha}:content/news.md`)).toBeUndefined();
  },
);

test.concurrent(
  "a base that changed the same lines makes the approval void; redone on today's base it goes out",
  async () => {
    const run = await people.ask("write content/index.md: ours");
    const card = await people.cardOf(run, 1);
    await stage.github.pushTo({
      repo: REPO,
      branch: "main",
      files: { "content/index.md": "theirs\n" },
      author: SOMEBODY,
    });
    await people.press(OWNER, card, "approve");
    const stale = await people.cardWith("redo", run);
    expect(blocksOf(stale)).toContain("main changed the same lines");
    expect(blocksOf(stale)).not.toContain('"action_id":"approve"');
    expect(await eventsOf(stage, run, "pull_request_opened")).toEqual([]);
    await people.press(REQUESTER, stale, "redo");
    const second = await people.cardOf(run, 2);
    await people.press(OWNER, second, "approve");
    const open = await opened(run);
    expect(readHostObject(stage.dir, "blob", `${open.headSha}:content/index.md`)).toBe("ours\n");
  },
);

test.concurrent(
  "GitHub down while publishing: the approval is kept and goes out by itself when it is back",
  async () => {
    const run = await people.ask("write content/outage.md: one");
    const card = await people.cardOf(run, 1);
    stage.github.failNext({ method: "POST", path: /git\/refs$/, status: 503, times: 6 });
    await people.press(OWNER, card, "approve");
    const open = await opened(run);
    expect(await stage.github.branchSha(REPO, open.branch)).toBe(open.headSha);
    expect(await eventsOf(stage, run, "pull_request_opened")).toHaveLength(1);
  },
);

test.concurrent("GitHub redelivers: three times the same merge is one", async () => {
  const open = await publish("write content/redelivered.md: one");
  await stage.github.markReady({ repo: REPO, number: open.number, by: "web-owner" });
  await stage.github.merge({ repo: REPO, number: open.number, by: "web-owner" });
  await people.untilPhase(open.run, "merged");
  const closed = stage.github
    .deliveries()
    .findLast((each) => each.event === "pull_request" && each.action === "closed");
  for (let time = 0; time < 3; time += 1) stage.github.redeliver(closed?.id ?? 0);
  await stage.github.delivered();
  const { rows } = await stage.query(
    "select from inbox where source = 'github' and content->>'kind' = 'merged' and (content->>'number')::int = $1",
    [open.number],
  );
  expect(rows).toHaveLength(1);
  expect(
    (await eventsOf(stage, open.run, "pull_request_event")).filter(({ payload }) => payload["kind"] === "merged"),
  ).toHaveLength(1);
});

test.concurrent(
  "Slack redelivers: the same command, mention, click and form three times each have one effect",
  async () => {
    const place = { surface: "slack", workspace: "T0ACME", channel: "C0MKT" } as const;
    const by = { id: `slack:${REQUESTER}`, name: "Marketing requester" };
    const thrice = async <T>(accept: (key: { source: "slack"; key: string }) => Promise<T>): Promise<readonly T[]> => {
      const key = { source: "slack", key: `test:${randomUUID()}` } as const;
      return Promise.all([accept(key), accept(key), accept(key)]);
    };
    const asked = { requester: by, place, text: "write content/thrice.md: one", files: [] };
    const commands = await thrice((key) => stage.intake.acceptRequest(key, { ...asked, kind: "command" }));
    expect(commands.map((each) => each.kind).toSorted()).toEqual(["duplicate", "duplicate", "new"]);
    expect(new Set(commands.map((each) => each.runId)).size).toBe(1);
    const run = commands[0]?.runId ?? "";
    const card = await people.cardOf(run, 1);
    const forms = await thrice((key) =>
      stage.intake.acceptInteraction(key, {
        kind: "request_changes",
        by,
        place,
        runId: run,
        change: 1,
        text: "append content/thrice.md: two",
      }),
    );
    expect(forms.filter((each) => each.kind === "new")).toHaveLength(1);
    const second = await people.cardOf(run, 2);
    expect(second.ts).not.toBe(card.ts);
    const root = await stage.slack.say({ user: SUPPORT, channel: "C0MKT", text: "in this thread" });
    const mentions = await thrice((key) =>
      stage.intake.acceptMention(key, {
        ...asked,
        kind: "mention",
        text: "answer: once only",
        place: { ...place, threadTs: root.ts, messageTs: root.ts },
      }),
    );
    expect(new Set(mentions.map((each) => each.runId)).size).toBe(1);
    await people.untilPhase(mentions[0]?.runId ?? "", "answered");
    const { rows } = await stage.query<{ seal: string }>("select seal from changes where run_id = $1 and number = 2", [
      run,
    ]);
    const owner = { id: `slack:${OWNER}`, name: "Web owner" };
    await thrice((key) =>
      stage.intake.acceptInteraction(key, {
        kind: "approve",
        by: owner,
        place,
        runId: run,
        change: 2,
        seal: rows[0]?.seal ?? "",
      }),
    );
    await people.untilPhase(run, "pr_open");
    expect(await eventsOf(stage, run, "changes_requested")).toHaveLength(1);
    expect(await eventsOf(stage, run, "vote")).toHaveLength(1);
    expect(await eventsOf(stage, run, "pull_request_opened")).toHaveLength(1);
  },
);

test("Stop while the pull request is being opened is answered, not carried out: it opens, and is recorded", async () => {
  const run = await people.ask("write content/stopped-late.md: one");
  const card = await people.cardOf(run, 1);
  stage.github.failNext({ method: "POST", path: /\/pulls$/, delayMs: 3000, dropResponse: true, times: 1 });
  await people.press(OWNER, card, "approve");
  await people.untilPhase(run, "publishing");
  await people.type(`stop ${run}`, { user: SUPPORT });
  expect(await people.privately(SUPPORT, /does not fit any more/)).toContain("Nothing was changed");
  await people.untilPhase(run, "pr_open");
  expect(await eventsOf(stage, run, "stopped")).toEqual([]);
});
