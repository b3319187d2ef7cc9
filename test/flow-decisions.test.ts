// Who decides about a change, and what a late, second or foreign decision does: nothing but an answer.
import { afterAll, beforeAll, expect, test } from "vitest";
import { readHostObject } from "./flow-proof.ts";
import {
  approveLate,
  blocksOf,
  eventsOf,
  GUEST,
  OWNER,
  peopleOf,
  PLATFORM,
  REQUESTER,
  runOf,
  SUPPORT,
  threadOf,
  type People,
} from "./people.ts";
import { openTestStage, setGroup, type TestStage } from "./stage.ts";

const OWNERS = ["S0WEBOWNERS", "S0PLATFORM"];
const elsewhere = { channels: {} };

let stage: TestStage;
let people: People;

beforeAll(async () => {
  stage = await openTestStage({
    teams: [
      { owners: { slackUsergroups: OWNERS } },
      { team: "pairs", ...elsewhere, owners: { slackUsergroups: OWNERS, required: 2 } },
      { team: "hasty", ...elsewhere, owners: { slackUsergroups: OWNERS, expires: "3s" } },
      { team: "reviewed", channels: { review: "C0WEBREV" }, owners: { slackUsergroups: OWNERS } },
    ],
  });
  people = peopleOf(stage);
});
afterAll(() => stage.close());

test.concurrent(
  "only owners who did not ask can approve; everybody else is told why, alone, and nothing changes",
  async () => {
    const run = await people.ask("write content/only-owners.md: one");
    const card = await people.cardOf(run, 1);
    await people.press(REQUESTER, card, "approve");
    expect(await people.privately(REQUESTER, /approves it/, run)).toBe(
      "You asked for this change, so someone else approves it.",
    );
    for (const stranger of [SUPPORT, GUEST]) {
      await people.press(stranger, card, "approve");
      expect(await people.privately(stranger, /can approve/, run)).toBe(
        "Only @web-owners or @platform can approve changes to acme/website. Nothing was changed.",
      );
    }
    expect(await people.stateOf(run)).toMatchObject({ phase: "awaiting_approval", approvals: [] });
    expect(await eventsOf(stage, run, "vote_refused")).toHaveLength(3);
    await people.withdraw(run);
  },
);

test.concurrent(
  "two owners at the same moment: one pull request, and the second hears that it was decided",
  async () => {
    const run = await people.ask("write content/two-at-once.md: one");
    const card = await people.cardOf(run, 1);
    await Promise.all([people.press(OWNER, card, "approve"), people.press(PLATFORM, card, "approve")]);
    const open = await people.untilPhase(run, "pr_open");
    expect(open["approvals"]).toHaveLength(1);
    const late = String(open["approvals"]) === `slack:${OWNER}` ? PLATFORM : OWNER;
    expect(await people.privately(late, /decided before you pressed/, run)).toBeTruthy();
    expect(await eventsOf(stage, run, "pull_request_opened")).toHaveLength(1);
    expect(await eventsOf(stage, run, "vote")).toHaveLength(1);
  },
);

test.concurrent(
  "an owner's request for changes makes version 2, which the same owner may approve; version 1 counts no more",
  async () => {
    const run = await people.ask("write content/review.md: one");
    const first = await people.cardOf(run, 1);
    await people.fillForm(OWNER, first, "request_changes", "append content/review.md: two");
    const second = await people.cardOf(run, 2);
    const replaced = await people.messageThat(
      "card 1 pointing to card 2",
      (each) => each.ts === first.ts && each.text.startsWith("Replaced") && blocksOf(each).includes("version 2"),
    );
    expect(blocksOf(replaced)).not.toContain("action_id");

    await approveLate(stage, OWNER, { run, change: 1 });
    const note = await people.privateNote(OWNER, /That card was version 1/, run);
    expect(note.text).toBe("That card was version 1; version 2 is waiting now. Nothing was approved.");
    await people.pressPrivate(OWNER, note, "show_card");
    const shown = await people.privateNote(OWNER, /is waiting there/, run);
    expect(blocksOf(shown)).toContain(second.permalink);
    expect(await people.stateOf(run)).toMatchObject({ phase: "awaiting_approval", change: 2, approvals: [] });

    await people.press(OWNER, second, "approve");
    const open = await people.untilPhase(run, "pr_open");
    expect(open).toMatchObject({ change: 2, approvals: [`slack:${OWNER}`] });
    expect(readHostObject(stage.dir, "blob", `${String(open["headSha"])}:content/review.md`)).toBe("one\ntwo\n");
  },
);

test.concurrent("the requester may ask for changes too; somebody who may not is told so", async () => {
  const run = await people.ask("write content/by-requester.md: one");
  const first = await people.cardOf(run, 1);
  await people.fillForm(REQUESTER, first, "request_changes", "write content/by-requester.md: two");
  const second = await people.cardOf(run, 2);
  await people.fillForm(SUPPORT, second, "request_changes", "write content/by-requester.md: three");
  expect(await people.privately(SUPPORT, /can't request changes/, run)).toContain("Nothing was changed");
  expect(await people.stateOf(run)).toMatchObject({ phase: "awaiting_approval", change: 2 });
  await people.withdraw(run);
  await approveLate(stage, OWNER, { run, change: 2 });
  expect(await people.privately(OWNER, /decided before you pressed/, run)).toBeTruthy();
  expect(await people.stateOf(run)).toMatchObject({ phase: "cancelled", why: "withdrawn" });
});

test.concurrent("an owner rejects with a reason that the requester hears; a member cannot", async () => {
  const run = await people.ask("write content/rejected.md: one");
  const card = await people.cardOf(run, 1);
  await people.fillForm(SUPPORT, card, "reject", "I do not like it");
  expect(await people.privately(SUPPORT, /can approve changes/, run)).toContain("Nothing was changed");
  await people.fillForm(OWNER, card, "reject", "The legal team has to agree first");
  await people.untilPhase(run, "rejected");
  const outcome = await people.messageThat(
    "the rejection",
    (each) => each.threadTs === threadOf(stage, run) && each.text.startsWith("Not approved") && each.ts !== card.ts,
  );
  expect(blocksOf(outcome)).toContain("The legal team has to agree first");
  expect(outcome.notified).toEqual([REQUESTER]);
  await approveLate(stage, OWNER, { run, change: 1 });
  expect(await people.privately(OWNER, /Version 1 was decided/, run)).toBeTruthy();
  expect(await people.stateOf(run)).toMatchObject({ phase: "rejected" });
});

test.concurrent(
  "two of two: the first vote is counted, the same owner's second is not, the other owner's opens the pull request",
  async () => {
    const run = await people.ask("write content/pairs.md: one --team pairs");
    const card = await people.cardOf(run, 1);
    await people.press(OWNER, card, "approve");
    expect(await people.privately(OWNER, /counts: 1 of 2/, run)).toBeTruthy();
    expect(await people.stateOf(run)).toMatchObject({ phase: "awaiting_approval", approvals: [`slack:${OWNER}`] });
    await people.press(OWNER, card, "approve");
    expect(await people.privately(OWNER, /have approved version 1 already/, run)).toBeTruthy();
    await people.press(PLATFORM, card, "approve");
    const open = await people.untilPhase(run, "pr_open");
    expect(open["approvals"]).toEqual([`slack:${OWNER}`, `slack:${PLATFORM}`]);
  },
);

test.concurrent("nobody in time: the change expires and can no longer be approved", async () => {
  const run = await people.ask("write content/hasty.md: one --team hasty");
  await people.untilPhase(run, "expired");
  await approveLate(stage, OWNER, { run, change: 1 });
  expect(await people.privately(OWNER, /in time/, run)).toContain("can't be approved any more");
  const outcome = await people.messageThat(
    "the expiry",
    (each) => each.text.startsWith("Nobody decided in time") && each.notified.length > 0,
  );
  expect(outcome.notified).toEqual([REQUESTER]);
});

test.concurrent("with a channel for reviews the card stands there and the thread points to it", async () => {
  const run = await people.ask("write content/reviewed.md: one --team reviewed");
  const card = await people.cardOf(run, 1);
  expect(card.channel).toBe("C0WEBREV");
  const pointer = await people.messageThat(
    "a pointer with a link to the card",
    (each) => each.threadTs === threadOf(stage, run) && blocksOf(each).includes(card.permalink),
  );
  expect(blocksOf(pointer)).toContain("#C0WEBREV");
  await people.press(OWNER, card, "approve");
  await people.untilPhase(run, "pr_open");
  await people.messageThat("the decided pointer", (each) => each.ts === pointer.ts && each.text.startsWith("Approved"));
  expect(runOf(card)).toBe(run);
});

test("an owner who left the group before publishing does not count: the approval is void and may be given anew", async () => {
  const run = await people.ask("write content/left.md: one --team pairs");
  const card = await people.cardOf(run, 1);
  await people.press(OWNER, card, "approve");
  await people.privately(OWNER, /counts: 1 of 2/, run);
  setGroup("S0WEBOWNERS", []);
  await people.press(PLATFORM, card, "approve");
  await people.messageThat("the void approval", (each) => each.ts === card.ts && blocksOf(each).includes("are void"));
  expect(await people.stateOf(run)).toMatchObject({ phase: "awaiting_approval", approvals: [], approvable: true });
  expect(await eventsOf(stage, run, "pull_request_opened")).toEqual([]);

  setGroup("S0WEBOWNERS", [OWNER]);
  await people.press(OWNER, card, "approve");
  await people.press(PLATFORM, card, "approve");
  await people.untilPhase(run, "pr_open");
});
