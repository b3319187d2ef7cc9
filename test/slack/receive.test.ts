import { describe, expect, it } from "vitest";
import { createSlackReceiver } from "../../src/slack/receive.ts";
import {
  APP_TOKEN,
  BOT_TOKEN,
  clock,
  MARKETING,
  memoryIntake,
  memoryLog,
  OWNER,
  REQUESTER,
  startReceiver,
  startWorkspace,
  TEAM,
} from "./workspace.ts";

const ASK = "raise the monthly price to $39";

describe("the receiver", () => {
  it("stores a mention once though it arrives as two events, then acknowledges both", async () => {
    const slack = await startWorkspace();
    const intake = memoryIntake();
    await startReceiver(slack, intake);
    const said = await slack.say({ user: REQUESTER, channel: MARKETING, text: `@Countersign ${ASK}` });
    expect(said.failed).toBeUndefined();
    expect(intake.calls).toEqual([`post:${MARKETING}:${said.ts}`, `post:${MARKETING}:${said.ts}`]);
    expect([...intake.stored.values()]).toEqual([
      {
        as: "mention",
        value: {
          kind: "mention",
          requester: { id: `slack:${REQUESTER}`, name: expect.stringMatching(/^(?:U0REQ|Marketing requester)$/) },
          place: { surface: "slack", workspace: TEAM, channel: MARKETING, threadTs: said.ts, messageTs: said.ts },
          text: ASK,
          files: [],
        },
      },
    ]);
  });

  it("leaves a mention unacknowledged while storing fails, so that it comes again until it is stored", async () => {
    const slack = await startWorkspace();
    const intake = memoryIntake();
    const log = memoryLog();
    intake.failures = 3;
    await startReceiver(slack, intake, { log });
    const said = await slack.say({ user: REQUESTER, channel: MARKETING, text: `@Countersign ${ASK}` });
    expect(said.failed).toBeUndefined();
    expect(intake.stored.size).toBe(1);
    expect(intake.calls.length).toBeGreaterThanOrEqual(4);
    expect(slack.state().deliveries.map(({ outcome }) => outcome)).toEqual(["acked", "acked"]);
    expect(log.lines.filter(({ says }) => says.includes("not acknowledged"))).toHaveLength(3);
  });

  it("shows the person that a command failed when storing fails, stores nothing, and never does it later", async () => {
    const slack = await startWorkspace({ commandAckMs: 150 });
    const intake = memoryIntake();
    intake.failures = 1;
    await startReceiver(slack, intake);
    const done = await slack.slash({ user: REQUESTER, channel: MARKETING, command: "/agent", text: ASK });
    expect(done).toEqual({ ok: false, failed: "operation_timeout" });
    expect(intake.stored.size).toBe(0);
    const again = await slack.slash({ user: REQUESTER, channel: MARKETING, command: "/agent", text: ASK });
    expect(again).toEqual({ ok: true });
    expect([...intake.stored.values()].map(({ as, value }) => [as, value.kind])).toEqual([["request", "command"]]);
  });

  it("goes on over the other connection while one is refreshed, and comes back with both", async () => {
    const slack = await startWorkspace();
    const intake = memoryIntake();
    const receiver = await startReceiver(slack, intake, { sockets: 2 });
    await expect.poll(() => receiver.connected()).toBe(2);
    slack.disconnectSockets("refresh_requested");
    const said = await slack.say({ user: REQUESTER, channel: MARKETING, text: `@Countersign ${ASK}` });
    expect(said.failed).toBeUndefined();
    expect(intake.stored.size).toBe(1);
    await expect.poll(() => receiver.connected(), { timeout: 10_000 }).toBe(2);
  });

  it("reconnects after the connection was lost without a word", async () => {
    const slack = await startWorkspace();
    const intake = memoryIntake();
    const receiver = await startReceiver(slack, intake);
    slack.disconnectSockets("connection_lost");
    await expect.poll(() => slack.state().sockets, { timeout: 10_000 }).toBe(1);
    await expect.poll(() => receiver.connected(), { timeout: 10_000 }).toBe(1);
    const done = await slack.slash({ user: REQUESTER, channel: MARKETING, command: "/agent", text: ASK });
    expect(done).toEqual({ ok: true });
  });

  it.each([
    ["SLACK_BOT_TOKEN", { botToken: "xoxb-wrong", appToken: APP_TOKEN }],
    ["SLACK_APP_TOKEN", { botToken: BOT_TOKEN, appToken: "xapp-wrong" }],
  ])("does not start with a %s that Slack refuses, and names it", async (name, tokens) => {
    const slack = await startWorkspace();
    const receiver = createSlackReceiver({
      ...tokens,
      apiUrl: slack.url,
      intake: memoryIntake(),
      sockets: 2,
      clock,
      log: memoryLog(),
    });
    await expect(receiver.start()).rejects.toThrow(`Slack refused ${name} (invalid_auth)`);
    await receiver.stop();
  });

  it("answers a bare mention and help once, privately, and stores nothing", async () => {
    const slack = await startWorkspace();
    const intake = memoryIntake();
    await startReceiver(slack, intake);
    await slack.say({ user: REQUESTER, channel: MARKETING, text: "@Countersign help" });
    const thanks = await slack.say({ user: OWNER, channel: MARKETING, text: "@Countersign thanks" });
    const state = await slack.waitFor((now) => (now.messages.at(-1)?.reactions.length ?? 0) > 0 && now, {
      timeoutMs: 5000,
      what: "a reaction",
    });
    expect(state.ephemerals[REQUESTER]?.map(({ text }) => text)).toEqual(["Type /agent and what should change."]);
    expect(state.messages.find(({ ts }) => ts === thanks.ts)?.reactions).toMatchObject([{ name: "+1" }]);
    expect(intake.calls).toEqual([]);
  });
});

describe("commands without a store", () => {
  it.each([
    ["help", "Type /agent and what should change."],
    ["usage", "/agent usage is not available here yet. Nothing was done."],
  ])("answers /agent %s in the acknowledgement", async (text, says) => {
    const slack = await startWorkspace();
    const intake = memoryIntake();
    await startReceiver(slack, intake);
    expect(await slack.slash({ user: REQUESTER, channel: MARKETING, command: "/agent", text })).toEqual({ ok: true });
    expect(slack.state().ephemerals[REQUESTER]?.map((each) => each.text)).toEqual([says]);
    expect(intake.calls).toEqual([]);
  });

  it("refuses a text over the limit with a clear answer instead of cutting it", async () => {
    const slack = await startWorkspace();
    const intake = memoryIntake();
    await startReceiver(slack, intake);
    await slack.slash({ user: REQUESTER, channel: MARKETING, command: "/agent", text: "a b ".repeat(10_100) });
    const [answer] = slack.state().ephemerals[REQUESTER] ?? [];
    expect(answer?.text).toContain("your text has 40,399 characters; up to 40,000 can be read");
    expect(intake.calls).toEqual([]);
  });

  it("opens the form for one or two words, filled in, and stores the submission under its view and hash", async () => {
    const slack = await startWorkspace();
    const intake = memoryIntake();
    await startReceiver(slack, intake);
    await slack.slash({ user: REQUESTER, channel: MARKETING, command: "/agent", text: "hlep --repo acme/website" });
    const view = await slack.waitFor((now) => now.views[REQUESTER]?.at(-1), { timeoutMs: 5000, what: "the form" });
    expect(view.title).toBe("Ask for a change");
    expect(JSON.stringify(view.body)).toContain('"initial_value":"hlep"');
    const empty = await slack.submit({
      user: REQUESTER,
      viewId: view.id,
      values: { text: { text: "  " }, repository: { repository: "acme/website" }, team: { team: "" } },
    });
    expect(empty).toMatchObject({ ok: false });
    const done = await slack.submit({
      user: REQUESTER,
      viewId: view.id,
      values: { text: { text: ASK }, repository: { repository: "acme/website" }, team: { team: "" } },
    });
    expect(done).toEqual({ ok: true });
    expect([...intake.stored]).toMatchObject([
      [
        expect.stringMatching(new RegExp(`^view:${view.id}:.+`)),
        {
          as: "request",
          value: { kind: "form", text: ASK, repository: "acme/website", place: { channel: MARKETING } },
        },
      ],
    ]);
  });
});
