// From an issue to a merged pull request: what people do in Linear, and what they see there.
import { afterAll, beforeAll, expect, test } from "vitest";
import { WEBSITE } from "./flow-policy.ts";
import { LINEAR_APP_USER } from "../scripts/seed-linear.ts";
import { ASKER, COLLEAGUE, DECIDER, linesOf, STRANGER, trackerOf, type Tracked } from "./linear-people.ts";
import { blocksOf, eventsOf, OWNER, peopleOf, runOf, type People } from "./people.ts";
import { openTestStage, type TestStage } from "./stage.ts";

let stage: TestStage;
let people: People;
let linear: Tracked;

const HANDBOOK = { repo: "acme/handbook", base: "main", paths: { write: ["content/**"] } };

beforeAll(async () => {
  stage = await openTestStage({
    teams: [
      {
        members: { slackUsergroups: ["S0MKT"], linearTeams: ["MKT"] },
        channels: { requests: ["C0MKT"], review: "C0WEBREV" },
        repositories: [{ ...WEBSITE, linear: { labels: ["website"] } }, HANDBOOK],
      },
    ],
  });
  people = peopleOf(stage);
  linear = trackerOf(stage);
});
afterAll(() => stage.close());

/** The pull request's page, as a person reads it. */
async function readPull(number: number): Promise<string> {
  const page = new URL(stage.github.pageUrl);
  const token = page.searchParams.get("token") ?? "";
  const cookie = `cs_${token.slice(0, 8)}=${token}`;
  const answer = await fetch(`${page.origin}/acme/website/pull/${number}`, { headers: { cookie } });
  return answer.text();
}

test.concurrent(
  "a delegated issue becomes a merged pull request, approved on the issue by an owner and by nobody else",
  async () => {
    const issue = await linear.issue("write content/linear.md: from the issue", { title: "A page from an issue" });
    await stage.linear.assign({ user: ASKER, issue, to: COLLEAGUE });
    const session = await linear.delegate(issue);
    const approve = await linear.offered(session, "Approve version 1");
    const run = await linear.runOf(session);

    // In progress, delegated, and still the human's.
    expect(linear.issueOf(issue)).toMatchObject({
      state: { type: "started", name: "In Progress" },
      delegate: "Countersign",
      assignee: "Support lead",
    });
    expect(linear.sessionOf(session)).toMatchObject({ status: "awaitingInput", unresponsive: false });
    expect(linear.sessionOf(session).plan?.map((step) => step.status)).toEqual([
      "completed",
      "completed",
      "completed",
      "completed",
      "inProgress",
      "pending",
    ]);
    // The same card, for owners in Slack: the channel for reviews, with the issue linked.
    const card = await people.cardOf(run, 1);
    expect(card.channel).toBe("C0WEBREV");
    expect(blocksOf(card)).toContain(issue);

    await linear.choose(session, approve);
    await linear.said(session, /You asked for this change, so someone else approves it/);
    await linear.choose(session, approve, COLLEAGUE);
    await linear.said(session, /Only its owners can approve/);
    for (const words of ["approved, open the PR", "Approve", `${approve}!`, "LGTM, ship it"]) {
      await linear.reply(session, words, DECIDER);
    }
    await linear.said(session, /words decide nothing/);
    expect(await people.stateOf(run)).toMatchObject({ phase: "awaiting_approval", approvals: [] });

    await linear.offered(session, "Approve version 1");
    await linear.choose(session, approve, DECIDER);
    const open = await people.untilPhase(run, "pr_open");
    await linear.said(
      session,
      /^\[Pull request #\d+\]\(.*\) is open: exactly the change that was approved\. Approved by Web owner\./,
    );
    expect((await linear.untilStatus(session, "complete")).externalUrls.map(({ label }) => label)).toEqual([
      `Run ${run}`,
      `Pull request #${String(open["number"])}`,
    ]);
    const decided = await people.messageThat(
      "the decided card",
      (message) => runOf(message) === run && message.text.startsWith("Approved"),
    );
    expect(blocksOf(decided)).toContain("Approved by Web owner");
    expect(await readPull(Number(open["number"]))).toContain(`Fixes ${issue}`);

    const number = Number(open["number"]);
    await stage.github.markReady({ repo: "acme/website", number, by: "web-owner" });
    await stage.github.merge({ repo: "acme/website", number, by: "web-owner" });
    await linear.said(session, /^Merged/);
    expect((await eventsOf(stage, run, "vote"))[0]?.payload).toMatchObject({
      by: { id: "slack:U0OWN", account: `linear:${DECIDER}` },
    });
  },
);

test.concurrent(
  "an issue that no label maps is asked about, the requester chooses, and the first decision may come from Slack",
  async () => {
    const issue = await linear.issue("write content/style.md: plain words", { labels: [], title: "Plain words" });
    const session = await linear.delegate(issue);
    await linear.offered(session, "acme/handbook");
    await linear.reply(session, "the handbook please");
    await linear.said(session, /Please choose one of these/);
    await linear.choose(session, "acme/handbook", COLLEAGUE);
    await linear.said(session, /You can't answer this/);
    await linear.choose(session, "acme/handbook");
    const approve = await linear.offered(session, "Approve version 1");
    const run = await linear.runOf(session);
    expect((await eventsOf(stage, run, "routed"))[0]?.payload).toMatchObject({ repository: "acme/handbook" });
    await people.press(OWNER, await people.cardOf(run, 1), "approve");
    await people.untilPhase(run, "pr_open");
    expect(linesOf(await linear.untilStatus(session, "complete")).at(-1)).toContain("Approved by Web owner");
    await linear.reply(session, approve, DECIDER);
    await linear.said(session, /was decided before you answered/);
    expect(linear.sessionOf(session).status).toBe("complete");
  },
);

test.concurrent(
  "a mention in a comment is a request of its own words, with the issue as quoted background",
  async () => {
    const issue = await linear.issue("write content/hijack.md: no", { title: "Talk about it" });
    const { session = "" } = await stage.linear.comment({
      user: ASKER,
      issue,
      body: "@countersign write content/mention.md: from a comment",
    });
    await linear.offered(session, "Approve version 1");
    const run = await linear.runOf(session);
    const card = await people.cardOf(run, 1);
    expect(blocksOf(card)).toContain("content/mention.md");
    expect(blocksOf(card)).not.toContain("hijack");
    const read = await stage.query<{ context_count: number }>("select context_count from turns where run_id = $1", [
      run,
    ]);
    expect(read.rows[0]?.context_count).toBeGreaterThanOrEqual(1);
    await linear.choose(session, await linear.offered(session, "Reject version 1"), DECIDER);
    await linear.said(session, /^Not approved: Web owner rejected version 1/);
  },
);

test.concurrent("a plain assignment opens a session of its own, once", async () => {
  const issue = await linear.issue("write content/assigned.md: yes", { title: "Assigned" });
  await stage.linear.assign({ user: ASKER, issue, to: LINEAR_APP_USER });
  const session = await linear.sessionOn(issue);
  await linear.offered(session, "Approve version 1");
  expect(stage.linear.state().sessions.filter((each) => each.identifier === issue)).toHaveLength(1);
  await stage.linear.assign({ user: ASKER, issue, to: ASKER });
  await linear.said(session, /^Stopped by Marketing requester/);
});

test.concurrent(
  "a reply while the change waits is made a version only when its author says so; a question gets its answer",
  async () => {
    const issue = await linear.issue("write content/again.md: one", { title: "Again" });
    const session = await linear.delegate(issue);
    await linear.offered(session, "Approve version 1");
    const run = await linear.runOf(session);
    await linear.reply(session, "write content/again.md: two");
    const again = await linear.offered(session, "Change it again");
    await linear.choose(session, again, COLLEAGUE);
    expect(await people.stateOf(run)).toMatchObject({ phase: "awaiting_approval", change: 1 });
    await linear.offered(session, "Approve version 1");
    await linear.reply(session, "is that all?");
    await linear.offered(session, "Make it a change");
    await linear.reply(session, "thanks!");
    await linear.said(session, /Glad it helps/);
    await linear.reply(session, again);
    const approve = await linear.offered(session, "Approve version 2");
    expect(blocksOf(await people.cardOf(run, 2))).toContain("two");
    await linear.reply(session, approve.replace("version 2", "version 1"), DECIDER);
    await linear.said(session, /That was version 1; version 2 is waiting now/);
    await linear.choose(session, approve, DECIDER);
    await people.untilPhase(run, "pr_open");
  },
);

test.concurrent(
  "a reply after the pull request is a further version of it; stopping that leaves the pull request",
  async () => {
    const issue = await linear.issue("write content/further.md: one", { title: "Further" });
    const session = await linear.delegate(issue);
    await linear.choose(session, await linear.offered(session, "Approve version 1"), DECIDER);
    await people.untilPhase(await linear.runOf(session), "pr_open");
    await linear.reply(session, "write content/further.md: two");
    await linear.offered(session, "Approve version 2");
    await stage.linear.stop({ user: COLLEAGUE, session });
    await linear.said(session, /^Stopped by Support lead\..*The open pull request is as it was/);
  },
);

test.concurrent.each([
  ["the Stop of the session", (session: string) => stage.linear.stop({ user: COLLEAGUE, session })],
  ["taking the issue back", (_: string, issue: string) => stage.linear.delegate({ user: ASKER, issue, to: null })],
  ["dismissing the session", (session: string) => stage.linear.dismiss({ user: ASKER, session })],
  [
    "canceling the issue",
    (_: string, issue: string) => stage.linear.setState({ user: ASKER, issue, type: "canceled" }),
  ],
  ["deleting the issue", (_: string, issue: string) => stage.linear.remove({ user: ASKER, issue })],
])("%s stops the work at once", async (_says, act) => {
  const issue = await linear.issue("wait 60 seconds", { title: "Long work" });
  const session = await linear.delegate(issue);
  const run = await linear.runOf(session);
  await people.untilPhase(run, "working");
  await act(session, issue);
  expect(await people.untilPhase(run, "cancelled")).toMatchObject({ why: "stopped" });
  expect((await eventsOf(stage, run, "stopped")).length).toBe(1);
});

test.concurrent("stopped work begins anew when asked to, in the same session", async () => {
  const issue = await linear.issue("answer: done after all", { title: "Stopped first" });
  const session = await linear.delegate(issue);
  await linear.said(session, /No files changed/);
  await linear.reply(session, "answer: and once more");
  await linear.said(session, /and once more/);
  expect(stage.linear.state().sessions.filter((each) => each.identifier === issue)).toHaveLength(1);
});

test.concurrent("who has no counterpart in Slack starts nothing, and is told why and what to do", async () => {
  const issue = await linear.issue("write content/stranger.md: no", { title: "From a stranger", user: STRANGER });
  const session = await linear.delegate(issue, STRANGER);
  await linear.said(session, /\*\*Not started\*\*.*no counterpart in Slack.*same address/s);
  expect(linear.sessionOf(session).status).toBe("error");
  await linear.reply(session, "write content/mine.md: yes", ASKER);
  await linear.offered(session, "Approve version 1");
  await stage.linear.stop({ user: ASKER, session });
  await linear.untilStatus(session, "complete");
});

test.concurrent(
  "a session made by an automation runs only once an owner answers for it, and somebody else approves",
  async () => {
    const issue = await linear.issue("write content/robot.md: yes", { title: "From an automation" });
    const { session } = await stage.linear.automate({ issue });
    const vouch = await linear.offered(session, "Start it, I answer for it");
    await linear.choose(session, vouch, ASKER);
    await linear.said(session, /You can't answer this/);
    await linear.choose(session, vouch, DECIDER);
    // Its one owner is its requester now: nobody else could approve it, and that is said before anything runs.
    await linear.said(session, /\*\*Not started\*\*.*needs a second person/s);
  },
);

test.concurrent(
  "a request in Slack that names an issue is seen there too, and somebody at work on it is said first",
  async () => {
    const issue = await linear.issue("described", { title: "Named in Slack" });
    const run = await people.ask(`write content/named.md: one for ${issue}`);
    const session = await linear.sessionOn(issue);
    expect(await linear.runOf(session)).toBe(run);
    await linear.said(session, /Marketing requester asked for this in Slack/);
    const approve = await linear.offered(session, "Approve version 1");
    expect(linear.issueOf(issue)).toMatchObject({ delegate: "Countersign", state: { type: "started" } });

    await people.type(`write content/second.md: two --issue ${issue}`);
    const ask = await people.messageThat("a question", (each) =>
      each.text.startsWith(`Question: Somebody works on ${issue}`),
    );
    expect(blocksOf(ask)).toContain(run);
    await people.press("U0REQ", ask, "stop");
    const asking = /\\"run\\":\\"([0-9A-Z]{6})/.exec(blocksOf(ask))?.[1] ?? "";
    await people.untilPhase(asking, "cancelled");

    const mention = { user: COLLEAGUE, issue, body: "@countersign write content/third.md: three" };
    const { session: second = "" } = await stage.linear.comment(mention);
    await linear.said(second, /Somebody works on/);
    await linear.choose(second, "Start anyway", COLLEAGUE);
    await linear.offered(second, "Approve version 1");
    await stage.linear.stop({ user: COLLEAGUE, session: second });
    await linear.untilStatus(second, "complete");

    await linear.choose(session, approve, DECIDER);
    await people.untilPhase(run, "pr_open");
    const { session: third = "" } = await stage.linear.comment(mention);
    await linear.said(third, /pull request #.?\d+/);
    await linear.choose(third, "Don't start", COLLEAGUE);
    await linear.said(third, /^Stopped by Support lead/);
  },
);

test.concurrent(
  "what happens to the pull request is told on the issue, and failing CI can be sent back from there",
  async () => {
    const issue = await linear.issue("write content/ci.md: yes", { title: "CI" });
    const session = await linear.delegate(issue);
    await linear.choose(session, await linear.offered(session, "Approve version 1"), DECIDER);
    const run = await linear.runOf(session);
    const open = await people.untilPhase(run, "pr_open");
    await stage.github.setChecks({
      repo: "acme/website",
      sha: String(open["headSha"]),
      name: "build",
      conclusion: "failure",
    });
    await linear.said(session, /CI failed on \[Pull request #\d+\].*: build/);
    await linear.choose(session, await linear.offered(session, "Send the CI failure back"));
    await linear.said(session, /No files changed|Working on it again/);
    await people.untilPhase(run, "answered");
  },
);

test.concurrent("an issue that is canceled already asks for nothing", async () => {
  const issue = await linear.issue("write content/gone.md: no", { title: "Canceled" });
  await stage.linear.setState({ user: ASKER, issue, type: "canceled" });
  const session = await linear.delegate(issue);
  await linear.said(session, /\*\*Not started\*\*.*is canceled or deleted/s);
});

test.concurrent(
  "an issue named outright that is not the team's own is refused; words that only look like one are not",
  async () => {
    await people.type("write content/x.md: x --issue OPS-7");
    expect(await people.privately("U0REQ", /Not started: there is no issue OPS-7/)).toBeTruthy();
    const run = await people.ask("write content/utf.md: in UTF-8 and not in OPS-7");
    await people.cardOf(run, 1);
    expect((await stage.query("select issue from runs where id = $1", [run])).rows).toEqual([{ issue: null }]);
    await people.withdraw(run);
  },
);
