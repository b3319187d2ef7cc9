// What lost webhooks would have told, asked for afterwards; and what is read of issues.
import { describe, expect, it } from "vitest";
import { ADA, BEN, BOT, clientOf, open, RIVAL, start } from "../local/linear/fixture.ts";
import { adapterOn } from "./adapter.ts";
import { post, RIVAL_APP, say } from "./sending.ts";

describe("what was missed", () => {
  it("is a session nobody took up, with the words that called us, and whatever was written in it", async () => {
    const linear = await start();
    const { tracker } = adapterOn(linear);
    const delegated = await open(linear);
    const { session: called = "" } = await linear.comment({
      user: BEN,
      issue: "ENG-1",
      body: "@countersign raise it to 39",
    });
    const { comment: thread } = await linear.comment({ user: ADA, issue: "ENG-1", body: "Old prices." });
    const inThread = await linear.comment({
      user: BEN,
      issue: "ENG-1",
      body: "@countersign mend those",
      parent: thread,
    });
    const automated = await linear.automate({ issue: "ENG-1" });
    const { activity } = await linear.prompt({ user: ADA, session: delegated, body: "And the logout." });
    const missed = await tracker.listMissed(0);
    const byKey = new Map(missed.map((each) => [each.key.key, each]));
    expect(byKey.get(`session:${called}`)).toMatchObject({
      kind: "request",
      request: { kind: "comment", text: "raise it to 39" },
    });
    expect(byKey.get(`session:${inThread.session}`)).toMatchObject({
      request: { kind: "comment", text: "mend those" },
    });
    expect(byKey.get(`opened:${automated.session}`)).toMatchObject({ kind: "event", event: { kind: "opened" } });
    expect(byKey.get(`activity:${activity}`)).toMatchObject({
      event: { kind: "reply", missed: true, session: delegated, request: { text: "And the logout." } },
    });
  });

  it("has the keys of the webhooks: what arrived in time is no news", async () => {
    const linear = await start();
    const { tracker } = adapterOn(linear);
    const session = await open(linear);
    expect((await tracker.listMissed(0)).map(({ key }) => key)).toEqual([
      { source: "linear", key: `session:${session}` },
    ]);
    await post(tracker, say(session, "hello"));
    expect(await tracker.listMissed(0)).toEqual([]);
  });

  it("is also that a session was stopped, put away, or lost its issue", async () => {
    const linear = await start();
    const { tracker } = adapterOn(linear);
    const stopped = await open(linear);
    await linear.stop({ user: ADA, session: stopped });
    const dismissed = (await linear.comment({ user: ADA, issue: "ENG-1", body: "@countersign look" })).session ?? "";
    await linear.dismiss({ user: ADA, session: dismissed });
    await linear.setState({ user: ADA, issue: "ENG-1", type: "canceled" });
    const halts = (await tracker.listMissed(0)).flatMap((each) =>
      each.kind === "event" && each.event.kind === "halt" ? [[each.event.session, each.event.why]] : [],
    );
    expect(halts).toEqual(
      expect.arrayContaining([
        [stopped, "stop_signal"],
        [stopped, "issue_canceled"],
        [dismissed, "dismissed"],
      ]),
    );
  });

  it("is nothing that is older than asked for, and nothing of other apps", async () => {
    const linear = await start({ otherApps: [RIVAL_APP] });
    const { tracker } = adapterOn(linear);
    await linear.delegate({ user: ADA, issue: "ENG-1", to: RIVAL });
    expect(await tracker.listMissed(0)).toEqual([]);
    await linear.delegate({ user: ADA, issue: "ENG-1", to: BOT });
    expect(await tracker.listMissed(Date.now() + 60_000)).toEqual([]);
    expect(await tracker.listMissed(0)).toHaveLength(1);
  });

  it("comes in the order it was written, whatever order it is told in", async () => {
    const linear = await start();
    const { tracker } = adapterOn(linear);
    const session = await open(linear);
    await post(tracker, say(session, "hello"));
    const said = [];
    for (const body of ["First.", "Second.", "Third."]) {
      const { activity } = await linear.prompt({ user: ADA, session, body });
      said.push(`activity:${activity}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const told = await tracker.listMissed(0);
    expect(told.map(({ key }) => key.key)).toEqual(said);
  });

  it("in an old session is its new words, not the old ones", async () => {
    const clock = { ms: Date.now(), now: () => clock.ms };
    const linear = await start({ now: clock.now });
    const { tracker } = adapterOn(linear);
    const session = await open(linear);
    await post(tracker, say(session, "hello"));
    await linear.prompt({ user: ADA, session, body: "Old words." });
    clock.ms += 7 * 3_600_000;
    await linear.prompt({ user: ADA, session, body: "New words." });
    const missed = await tracker.listMissed(clock.ms - 6 * 3_600_000);
    expect(missed).toMatchObject([{ event: { kind: "reply", request: { text: "New words." } } }]);
  });
});

it("a picture is read from Linear's own file host alone, whole and within bounds", async () => {
  const linear = await start();
  const { tracker } = adapterOn(linear);
  const shot = { id: `${linear.url}/uploads/shot.png`, name: "shot.png", sizeBytes: 0, mimeType: "image/png" };
  expect(await tracker.downloadFile(shot, 10)).toEqual(Buffer.from([1, 2, 3]));
  expect(await tracker.downloadFile(shot, 2)).toBeUndefined();
  expect(await tracker.downloadFile({ ...shot, id: `${linear.url}/uploads/none.png` }, 10)).toBeUndefined();
  const before = linear.calls().length;
  for (const id of ["https://evil.example.com/uploads/shot.png", `${linear.url}/graphql`, "shot.png"]) {
    expect(await tracker.downloadFile({ ...shot, id }, 10)).toBeUndefined();
  }
  expect(linear.calls()).toHaveLength(before);
});

it("an issue is read with its text and comments, oldest first, and what apps said is left out", async () => {
  const linear = await start();
  const { tracker } = adapterOn(linear);
  await clientOf(linear).createComment({ issueId: "issue-1", body: "I am on it." });
  const texts = await tracker.readIssueText("issue-1");
  expect(texts.map(({ author, outsider }) => [author, outsider])).toEqual([
    ["Ada Lovelace", false],
    ["Ben Okri", false],
  ]);
  expect(texts[0]?.text).toContain("ENG-1 Login redirect loops in the web shop\n\nSee ![shot](");
});
