import type { AnyChunk } from "@slack/types";
import { expect, it } from "vitest";
import { ANNA, errorOf, MKT, OWEN, startApp, startSlack, webClient } from "./fixture.ts";
import type { LocalSlack } from "../../../src/local/slack/server.ts";

type Web = ReturnType<typeof webClient>;

function task(id: string, more: object = {}): AnyChunk {
  const chunk: AnyChunk = { type: "task_update", id, title: `Task ${id}`, status: "in_progress" };
  return { ...chunk, ...more };
}

async function thread(
  slack: LocalSlack,
  web: Web,
): Promise<{ readonly slack: LocalSlack; readonly web: Web; readonly thread_ts: string }> {
  const { ts = "" } = await web.chat.postMessage({ channel: MKT, text: "run" });
  return { slack, web, thread_ts: ts };
}

async function begin(): Promise<{ readonly slack: LocalSlack; readonly web: Web; readonly args: StartArgs }> {
  const slack = await startSlack();
  const web = webClient(slack);
  const { thread_ts } = await thread(slack, web);
  return { slack, web, args: { channel: MKT, thread_ts, recipient_user_id: ANNA, recipient_team_id: "T0ACME" } };
}

interface StartArgs {
  readonly channel: string;
  readonly thread_ts: string;
  readonly recipient_user_id: string;
  readonly recipient_team_id: string;
}

it("collects tasks: title and status replace, details and output append, and becomes a plan when stopped", async () => {
  const { slack, web, args } = await begin();
  const { ts = "" } = await web.chat.startStream({
    ...args,
    task_display_mode: "plan",
    chunks: [{ type: "plan_update", title: "Getting ready" }, task("1")],
  });
  await web.chat.appendStream({ channel: MKT, ts, chunks: [task("1", { details: "npm", output: "1 of " })] });
  await web.chat.appendStream({
    channel: MKT,
    ts,
    chunks: [
      task("1", { title: "Tests", status: "complete", details: " test", output: "2" }),
      { type: "plan_update", title: "Done" },
    ],
  });
  const live = slack.state().messages.at(-1);
  expect(live?.stream).toMatchObject({
    state: "in_progress",
    planTitle: "Done",
    tasks: [{ id: "1", title: "Tests", status: "complete", details: "npm test", output: "1 of 2" }],
  });
  expect(await errorOf(web.chat.update({ channel: MKT, ts, text: "x" }))).toBe("streaming_state_conflict");
  await web.chat.stopStream({
    channel: MKT,
    ts,
    blocks: [{ type: "divider" }],
    metadata: { event_type: "s", event_payload: {} },
  });
  const after = slack.state().messages.at(-1);
  expect(after?.stream?.state).toBe("completed");
  expect(after?.metadata).toEqual({ event_type: "s", event_payload: {} });
  expect(after?.blocks).toMatchObject([
    { type: "plan", title: "Done", tasks: [{ type: "task_card", task_id: "1", title: "Tests", status: "complete" }] },
    { type: "divider" },
  ]);
  expect(await errorOf(web.chat.appendStream({ channel: MKT, ts, chunks: [task("1")] }))).toBe(
    "message_not_in_streaming_state",
  );
  expect(await errorOf(web.chat.stopStream({ channel: MKT, ts }))).toBe("message_not_in_streaming_state");
  expect(await errorOf(web.chat.update({ channel: MKT, ts, text: "x" }))).toBeUndefined();
});

it("streams text of the SDK's own streamer", async () => {
  const { slack, web, args } = await begin();
  const streamer = web.chatStream({ ...args, buffer_size: 5 });
  await streamer.append({ markdown_text: "Hello " });
  await streamer.append({ markdown_text: "world, and more" });
  await streamer.stop({ markdown_text: "." });
  expect(slack.state().messages.at(-1)).toMatchObject({
    text: "Hello world, and more.",
    blocks: [{ type: "markdown", text: "Hello world, and more." }],
  });
});

it.each<[string, (web: Web, args: StartArgs, ts: string) => Promise<unknown>, string]>([
  [
    "no recipient",
    (web, { recipient_user_id: _none, ...args }) => web.chat.startStream(args),
    "missing_recipient_user_id",
  ],
  [
    "no recipient team",
    (web, { recipient_team_id: _none, ...args }) => web.chat.startStream(args),
    "missing_recipient_team_id",
  ],
  [
    "an unknown chunk",
    (web, args) => web.chat.startStream({ ...args, chunks: [{ type: "table" } as unknown as AnyChunk] }),
    "invalid_chunks",
  ],
  [
    "a task with a wrong status",
    (web, args) => web.chat.startStream({ ...args, chunks: [task("1", { status: "done" })] }),
    "invalid_chunks",
  ],
  [
    "details over 256",
    (web, args) => web.chat.startStream({ ...args, chunks: [task("1", { details: "x".repeat(257) })] }),
    "invalid_chunks",
  ],
  [
    "chunks and markdown_text",
    (web, args) => web.chat.startStream({ ...args, markdown_text: "a", chunks: [task("1")] }),
    "cannot_provide_both_markdown_text_and_chunks",
  ],
  [
    "a chunk over 12,000",
    (web, args) => web.chat.startStream({ ...args, chunks: [{ type: "markdown_text", text: "x".repeat(12_001) }] }),
    "msg_too_long",
  ],
  [
    "51 blocks",
    (web, args) =>
      web.chat.startStream({
        ...args,
        chunks: [{ type: "blocks", blocks: Array.from({ length: 51 }, () => ({ type: "divider" })) }],
      }),
    "msg_blocks_too_many",
  ],
  [
    "the other way to send text",
    (web, _args, ts) => web.chat.appendStream({ channel: MKT, ts, markdown_text: "a" }),
    "streaming_mode_mismatch",
  ],
  ["nothing to append", (web, _args, ts) => web.chat.appendStream({ channel: MKT, ts }), "invalid_arguments"],
  [
    "a message that is no stream",
    (web, args) => web.chat.appendStream({ channel: MKT, ts: args.thread_ts, markdown_text: "a" }),
    "message_not_in_streaming_state",
  ],
  [
    "no message",
    (web) => web.chat.appendStream({ channel: MKT, ts: "1.000000", markdown_text: "a" }),
    "message_not_found",
  ],
])("refuses %s", async (_says, call, error) => {
  const { web, args } = await begin();
  const { ts = "" } = await web.chat.startStream({ ...args, chunks: [task("0")] });
  expect(await errorOf(call(web, args, ts))).toBe(error);
});

it("refuses to grow somebody else's message", async () => {
  const { slack, web } = await begin();
  const morning = slack.state().messages[0]?.ts ?? "";
  expect(await errorOf(web.chat.appendStream({ channel: MKT, ts: morning, markdown_text: "a" }))).toBe(
    "message_not_owned_by_app",
  );
});

it("wakes whom streamed text names", async () => {
  const { slack, web, args } = await begin();
  const { ts = "" } = await web.chat.startStream({ ...args, markdown_text: "hello" });
  await web.chat.appendStream({ channel: MKT, ts, markdown_text: ` <@${OWEN}>` });
  expect(slack.state().messages.at(-1)?.notified).toEqual([OWEN]);
});

it("keeps the session's status and stops its streams when a person presses Stop", async () => {
  const { slack, web, args } = await begin();
  const stopped: unknown[] = [];
  await startApp(slack, (app) => {
    app.use(async ({ body, next }) => {
      const { event } = body as { event?: { type?: string } };
      if (event?.type === "agent_session_stopped") stopped.push(event);
      await next();
    });
  });
  const session = { channel_id: MKT, thread_ts: args.thread_ts };
  await web.apiCall("agents.sessions.setStatus", {
    ...session,
    status: "processing",
    title: "Raise the price",
    initiator_user_id: ANNA,
  });
  const { ts = "" } = await web.chat.startStream({ ...args, chunks: [task("1")] });
  await slack.stop({ user: OWEN, channel: MKT, threadTs: args.thread_ts });
  await expect
    .poll(() => stopped)
    .toMatchObject([{ channel: MKT, user: OWEN, thread_ts: args.thread_ts, streaming_message_ts: [ts] }]);
  expect(await errorOf(web.chat.appendStream({ channel: MKT, ts, chunks: [task("1")] }))).toBe("stopped_by_user");
  await web.apiCall("agents.sessions.setStatus", { ...session, status: "active", title: "ignored" });
  expect(slack.state().sessions).toEqual([
    { channel: MKT, threadTs: args.thread_ts, status: "active", title: "Raise the price", initiator: ANNA },
  ]);
  expect(await errorOf(web.apiCall("agents.sessions.setStatus", { channel_id: MKT, status: "active" }))).toBe(
    "thread_ts_required",
  );
  await web.apiCall("assistant.threads.setStatus", { ...session, status: "is reading" });
  expect(slack.state().statuses).toEqual({ [`${MKT}:${args.thread_ts}`]: "is reading" });
  await web.chat.postMessage({ channel: MKT, thread_ts: args.thread_ts, text: "read" });
  expect(slack.state().statuses).toEqual({});
});
