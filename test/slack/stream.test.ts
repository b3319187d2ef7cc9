import { WebClient } from "@slack/web-api";
import { describe, expect, it } from "vitest";
import type { Chat, Clock, Planned, RunView, SendResult } from "../../src/ports.ts";
import type { LocalSlack } from "../../src/local/slack/server.ts";
import { createPace } from "../../src/slack/stream.ts";
import { STATES } from "./states.ts";
import { NOW_MS } from "./views.ts";
import { BOT_TOKEN, memoryIntake, REQUESTER, startChat, startReceiver, startWorkspace, TEAM } from "./workspace.ts";

const RUN = "7KQ2ZZ";

function handClock(): Clock & { nowAtMs: number } {
  const hand = { nowAtMs: NOW_MS, nowMs: () => hand.nowAtMs, sleep: async () => undefined };
  return hand;
}

interface Stage {
  readonly slack: LocalSlack;
  readonly chat: Chat;
  readonly clock: ReturnType<typeof handClock>;
  readonly thread: { readonly channel: string; readonly ts: string };
}

async function setStage(): Promise<Stage> {
  const slack = await startWorkspace();
  const clock = handClock();
  const chat = startChat(slack, { clock });
  const { thread: _none, ...run } = STATES["getting-ready"]!.run;
  const [card] = await chat.planRun({ ...STATES["getting-ready"]!, run });
  const result = await chat.post(card!, { runId: RUN, slot: "card" });
  const { channel, ts } = result.kind === "sent" ? result.remote : {};
  return { slack, chat, clock, thread: { channel: String(channel), ts: String(ts) } };
}

async function planStream({ chat, thread }: Stage, given: RunView): Promise<Planned> {
  const planned = (await chat.planRun({ ...given, run: { ...given.run, thread } })).find(
    ({ slot }) => slot === "stream:1",
  );
  if (planned === undefined) throw new Error("no stream planned");
  return planned;
}

function withProgress(files: readonly string[], said: string): RunView {
  const given = STATES["working"]!;
  const { state } = given.run;
  if (state.phase !== "working") throw new Error("not working");
  const progress = { ...state.agent.progress, files, said };
  return { ...given, run: { ...given.run, state: { ...state, agent: { ...state.agent, progress } } } };
}

function remoteOf(result: SendResult): Readonly<Record<string, unknown>> {
  if (result.kind !== "sent") throw new Error(`not sent: ${JSON.stringify(result)}`);
  return result.remote;
}

function streamIn(slack: LocalSlack) {
  const found = slack.state().messages.find(({ stream }) => stream !== undefined);
  if (found?.stream === undefined) throw new Error("no stream stands");
  return { ...found, stream: found.stream };
}

function methods(slack: LocalSlack): readonly string[] {
  return slack
    .calls()
    .map(({ method }) => method)
    .filter((method) => /Stream|chat\.update/.test(method));
}

async function closeStream(slack: LocalSlack): Promise<void> {
  const { channel, ts } = streamIn(slack);
  await new WebClient(BOT_TOKEN, { slackApiUrl: slack.url }).chat.stopStream({ channel, ts });
}

const key = { runId: RUN, slot: "stream:1" };

describe("progress as a stream", () => {
  it("starts for the requester, appends only what changed, and ends with the turn", async () => {
    const stage = await setStage();
    const { slack, chat, clock } = stage;
    let remote = remoteOf(await chat.post(await planStream(stage, STATES["getting-ready"]!), key));
    expect(streamIn(slack)).toMatchObject({
      threadTs: stage.thread.ts,
      stream: { displayMode: "plan", recipientUserId: REQUESTER, recipientTeamId: TEAM, state: "in_progress" },
    });
    clock.nowAtMs += 3000;
    remote = remoteOf(
      await chat.edit(await planStream(stage, withProgress(["a.md"], "first <!channel> words")), remote),
    );
    clock.nowAtMs += 3000;
    remote = remoteOf(await chat.edit(await planStream(stage, withProgress(["a.md", "b.md"], "second words")), remote));
    const live = streamIn(slack);
    expect(live.stream.tasks.map(({ id, title, status }) => [id, title, status])).toEqual([
      ["ready", "Getting ready", "complete"],
      ["work", "Working: 2 files changed, 14 steps", "in_progress"],
      ["check", "Checking", "pending"],
      ["approve", "Approval by an owner", "pending"],
      ["publish", "Pull request", "pending"],
    ]);
    expect(live.stream.tasks[1]?.details).toBe("first &lt;!channel&gt; words\nsecond words");
    expect(live.notified).toEqual([]);
    const appended = slack.calls().findLast(({ method }) => method === "chat.appendStream");
    expect(JSON.stringify(appended?.args)).not.toContain("Getting ready");
    remote = remoteOf(await chat.edit(await planStream(stage, STATES["waiting-for-approval"]!), remote));
    expect(streamIn(slack).stream.state).toBe("completed");
    expect(streamIn(slack).metadata).toMatchObject({ event_payload: { run: RUN, slot: "stream:1" } });
    remote = remoteOf(await chat.edit(await planStream(stage, STATES["merged"]!), remote));
    expect(JSON.stringify(streamIn(slack).blocks)).toContain("Pull request #482");
    expect(methods(slack)).toEqual([
      "chat.startStream",
      "chat.appendStream",
      "chat.appendStream",
      "chat.stopStream",
      "chat.update",
    ]);
  });

  it("closes a stream before Slack would let it die, and goes on with the same message", async () => {
    const stage = await setStage();
    const { slack, chat, clock } = stage;
    const first = remoteOf(await chat.post(await planStream(stage, withProgress([], "a")), key));
    clock.nowAtMs += 241_000;
    const closed = remoteOf(await chat.edit(await planStream(stage, withProgress(["a.md"], "b")), first));
    clock.nowAtMs += 6000;
    const edited = remoteOf(await chat.edit(await planStream(stage, withProgress(["a.md", "b.md"], "c")), closed));
    expect(methods(slack)).toEqual(["chat.startStream", "chat.stopStream", "chat.update"]);
    expect(edited["ts"]).toBe(first["ts"]);
    expect(JSON.stringify(streamIn(slack).blocks)).toContain("Working: 2 files changed");
  });

  it.each([
    ["it died", async ({ slack }: Stage) => closeStream(slack)],
    [
      "a person stopped it",
      async ({ slack, thread }: Stage) => {
        await startReceiver(slack, memoryIntake());
        await slack.stop({ user: REQUESTER, channel: thread.channel, threadTs: thread.ts });
      },
    ],
  ])("edits the same message when the stream turns out to be over: %s", async (_why, end) => {
    const stage = await setStage();
    const { slack, chat, clock } = stage;
    const first = remoteOf(await chat.post(await planStream(stage, withProgress([], "a")), key));
    await end(stage);
    clock.nowAtMs += 3000;
    const next = remoteOf(await chat.edit(await planStream(stage, STATES["checking"]!), first));
    expect(next).toMatchObject({ ts: first["ts"], stream: { stopped: true } });
    expect(methods(slack).slice(-2)).toEqual(["chat.appendStream", "chat.update"]);
    expect(JSON.stringify(streamIn(slack).blocks)).toContain("Checking: lint");
  });

  it("shows progress as an edited message where Slack has no streams, and asks for one only once", async () => {
    const stage = await setStage();
    const { slack, chat, clock } = stage;
    slack.failNext({ method: "chat.startStream", error: "unknown_method", times: 1 });
    const first = remoteOf(await chat.post(await planStream(stage, withProgress([], "a")), key));
    clock.nowAtMs += 6000;
    await chat.edit(await planStream(stage, withProgress(["a.md"], "b")), first);
    await chat.post(await planStream(stage, withProgress(["a.md"], "b")), { runId: RUN, slot: "stream:2" });
    expect(methods(slack)).toEqual(["chat.startStream", "chat.update"]);
    const plans = slack.state().messages.filter(({ blocks }) => JSON.stringify(blocks).includes('"plan"'));
    expect(plans).toHaveLength(2);
    expect(JSON.stringify(plans[0]?.blocks)).toContain("Working: 1 file changed");
  });

  it("skips progress that Slack has no room for, and never the end", async () => {
    const stage = await setStage();
    const { slack, chat, clock } = stage;
    const first = remoteOf(await chat.post(await planStream(stage, withProgress([], "a")), key));
    clock.nowAtMs += 3000;
    slack.failNext({ method: "chat.appendStream", status: 429, retryAfterSeconds: 9, times: 1 });
    expect(await chat.edit(await planStream(stage, withProgress(["a.md"], "b")), first)).toEqual({
      kind: "sent",
      remote: first,
    });
    slack.failNext({ method: "chat.stopStream", status: 429, retryAfterSeconds: 9, times: 1 });
    const end = await planStream(stage, STATES["waiting-for-approval"]!);
    expect(await chat.edit(end, first)).toMatchObject({ kind: "later", afterMs: 9000 });
    expect(await chat.edit(end, first)).toMatchObject({ kind: "sent" });
    expect(streamIn(slack).stream.state).toBe("completed");
  });

  it("does not hold up cards while progress is limited", async () => {
    const stage = await setStage();
    const { slack, chat } = stage;
    slack.failNext({ method: "chat.startStream", status: 429, retryAfterSeconds: 30, times: 1 });
    expect(await chat.post(await planStream(stage, withProgress([], "a")), key)).toMatchObject({ kind: "later" });
    const [card] = await chat.planRun({
      ...STATES["checking"]!,
      run: { ...STATES["checking"]!.run, thread: stage.thread },
    });
    expect(await chat.edit(card!, stage.thread)).toMatchObject({ kind: "sent" });
  });

  it("adopts a stream whose start was never answered instead of starting a second one", async () => {
    const stage = await setStage();
    const { slack, chat } = stage;
    const planned = await planStream(stage, withProgress([], "a"));
    expect(await chat.findPosted(planned, key)).toBeUndefined();
    slack.failNext({ method: "chat.startStream", dropResponse: true, times: 1 });
    expect(await chat.post(planned, key)).toMatchObject({ kind: "later" });
    const found = await chat.findPosted(planned, key);
    expect(found).toMatchObject({ ts: streamIn(slack).ts });
    const next = remoteOf(await chat.edit(await planStream(stage, STATES["checking"]!), found!));
    expect(next["ts"]).toBe(streamIn(slack).ts);
    expect(streamIn(slack).stream.state).toBe("completed");
  });
});

describe("the pace of progress", () => {
  it("lets one message speak every two seconds, steps at once, and all of them 80 times a minute", () => {
    const clock = handClock();
    const pace = createPace(clock);
    expect(pace.allows("a", "progress")).toBe(true);
    expect(pace.allows("a", "progress")).toBe(false);
    expect(pace.allows("a", "step")).toBe(true);
    clock.nowAtMs += 2000;
    expect(pace.allows("a", "progress")).toBe(true);
    const allowed = Array.from({ length: 200 }, (_, index) => pace.allows(`m${index}`, "progress"));
    expect(allowed.filter(Boolean)).toHaveLength(77);
    expect(pace.allows("z", "step")).toBe(true);
    clock.nowAtMs += 60_000;
    expect(pace.allows("a", "progress")).toBe(true);
  });
});
