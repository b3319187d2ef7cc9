import { describe, expect, it } from "vitest";
import {
  ANNA,
  BOT,
  errorOf,
  GUEST,
  MKT,
  OWEN,
  REVIEW,
  SECRET,
  seed,
  startApp,
  startSlack,
  webClient,
} from "./fixture.ts";

const section = (text: string) => ({ type: "section" as const, text: { type: "mrkdwn" as const, text } });
const bad = { type: "section" as const, text: { type: "mrkdwn" as const, text: "" } };

describe("posting", () => {
  it("keeps what was posted, in order, with thread, metadata and blocks", async () => {
    const slack = await startSlack();
    const web = webClient(slack);
    const root = await web.chat.postMessage({
      channel: MKT,
      text: "Working",
      blocks: [section("*Working*")],
      metadata: { event_type: "countersign_run", event_payload: { run: "7KQ2" } },
      unfurl_links: false,
      unfurl_media: false,
    });
    const thread = root.ts ?? "";
    await web.chat.postMessage({ channel: MKT, text: "step 1", thread_ts: thread });
    await web.chat.postMessage({ channel: MKT, text: "done", thread_ts: thread, reply_broadcast: true });
    const replies = await web.conversations.replies({ channel: MKT, ts: thread, include_all_metadata: true });
    expect(replies.messages?.map(({ text }) => text)).toEqual(["Working", "step 1", "done"]);
    expect(replies.messages?.[0]).toMatchObject({
      reply_count: 2,
      bot_id: "B0BOT",
      user: BOT,
      metadata: { event_type: "countersign_run", event_payload: { run: "7KQ2" } },
    });
    const history = await web.conversations.history({ channel: MKT });
    expect(history.messages?.map(({ text }) => text)).toEqual(["done", "Working", "Good morning."]);
    expect(history.messages?.[1]).not.toHaveProperty("metadata");
    expect(slack.state().channels[MKT]?.messages.at(-1)?.replies).toHaveLength(2);
  });

  it("pages history and replies by cursor", async () => {
    const slack = await startSlack();
    const web = webClient(slack);
    for (const text of ["1", "2", "3"]) await web.chat.postMessage({ channel: MKT, text });
    const texts: (string | undefined)[] = [];
    for await (const page of web.paginate("conversations.history", { channel: MKT, limit: 2 }))
      texts.push(...((page as { messages?: { text?: string }[] }).messages ?? []).map(({ text }) => text));
    expect(texts).toEqual(["3", "2", "1", "Good morning."]);
  });

  it.each<[string, (web: ReturnType<typeof webClient>) => Promise<unknown>, string]>([
    ["no text", (web) => web.chat.postMessage({ channel: MKT, text: "" }), "no_text"],
    ["an unknown channel", (web) => web.chat.postMessage({ channel: "C0NONE", text: "a" }), "channel_not_found"],
    [
      "a private channel without the app",
      (web) => web.chat.postMessage({ channel: SECRET, text: "a" }),
      "channel_not_found",
    ],
    ["reading a channel without the app", (web) => web.conversations.history({ channel: REVIEW }), "not_in_channel"],
    [
      "an unknown thread",
      (web) => web.chat.postMessage({ channel: MKT, text: "a", thread_ts: "1.000000" }),
      "thread_not_found",
    ],
    ["bad blocks", (web) => web.chat.postMessage({ channel: MKT, text: "a", blocks: [bad] }), "invalid_blocks"],
    [
      "blocks that are no list",
      (web) => web.apiCall("chat.postMessage", { channel: MKT, blocks: "[oops" }),
      "invalid_blocks_format",
    ],
    [
      "metadata without a payload",
      (web) => web.apiCall("chat.postMessage", { channel: MKT, text: "a", metadata: { event_type: "x" } }),
      "invalid_metadata_schema",
    ],
    [
      "metadata that is text",
      (web) => web.apiCall("chat.postMessage", { channel: MKT, text: "a", metadata: "x" }),
      "invalid_metadata_format",
    ],
    ["an endless text", (web) => web.chat.postMessage({ channel: MKT, text: "x".repeat(40_001) }), "msg_too_long"],
    ["no channel", (web) => web.apiCall("chat.postMessage", { text: "a" }), "invalid_arguments"],
    [
      "an ephemeral to someone outside",
      (web) => web.chat.postEphemeral({ channel: MKT, user: GUEST, text: "a" }),
      "user_not_in_channel",
    ],
    [
      "an ephemeral where the app is not",
      (web) => web.chat.postEphemeral({ channel: REVIEW, user: ANNA, text: "a" }),
      "not_in_channel",
    ],
    ["a method nobody wrote", (web) => web.apiCall("chat.shout", { channel: MKT }), "unknown_method"],
    ["an unknown person", (web) => web.users.info({ user: "U0NONE" }), "user_not_found"],
    ["an unknown address", (web) => web.users.lookupByEmail({ email: "no@example.com" }), "users_not_found"],
    ["an unknown group", (web) => web.usergroups.users.list({ usergroup: "S0NONE" }), "no_such_subteam"],
    ["a thread that is none", (web) => web.conversations.replies({ channel: MKT, ts: "1.000000" }), "thread_not_found"],
  ])("refuses %s", async (_says, call, error) => {
    const slack = await startSlack();
    expect(await errorOf(call(webClient(slack)))).toBe(error);
    expect(slack.calls().at(-1)?.answer).toMatchObject({ ok: false, error });
  });

  it("says what is wrong with blocks in response_metadata.messages", async () => {
    const slack = await startSlack();
    const error: unknown = await webClient(slack)
      .chat.postMessage({ channel: MKT, text: "a", blocks: [bad] })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      data: {
        response_metadata: { messages: ["[ERROR] must be more than 0 characters [json-pointer:/blocks/0/text/text]"] },
      },
    });
  });

  it("takes JSON bodies as well as forms", async () => {
    const slack = await startSlack();
    const response = await fetch(`${slack.url}chat.postMessage`, {
      method: "POST",
      headers: { authorization: "Bearer xoxb-local-test", "content-type": "application/json; charset=utf-8" },
      body: JSON.stringify({ channel: MKT, text: "json", blocks: [section("hi")] }),
    });
    expect(await response.json()).toMatchObject({ ok: true, channel: MKT });
  });

  it("refuses a reply to a reply", async () => {
    const slack = await startSlack();
    const web = webClient(slack);
    const root = await web.chat.postMessage({ channel: MKT, text: "root" });
    const reply = await web.chat.postMessage({ channel: MKT, text: "reply", thread_ts: root.ts ?? "" });
    expect(await errorOf(web.chat.postMessage({ channel: MKT, text: "deeper", thread_ts: reply.ts ?? "" }))).toBe(
      "cannot_reply_to_message",
    );
  });

  it("needs the scope of a method", async () => {
    const slack = await startSlack({ seed: { ...seed, bot: { ...seed.bot, scopes: ["chat:write"] } } });
    const web = webClient(slack);
    expect(await errorOf(web.usergroups.list())).toBe("missing_scope");
    expect(await errorOf(web.chat.postMessage({ channel: REVIEW, text: "a" }))).toBe("not_in_channel");
    expect(await errorOf(web.chat.postMessage({ channel: MKT, text: "a" }))).toBeUndefined();
  });
});

describe("changing", () => {
  it("drops blocks when only text is given, keeps metadata, marks the edit", async () => {
    const slack = await startSlack();
    const web = webClient(slack);
    const metadata = { event_type: "run", event_payload: { id: "1" } };
    const { ts = "" } = await web.chat.postMessage({ channel: MKT, text: "one", blocks: [section("one")], metadata });
    await web.chat.update({ channel: MKT, ts, text: "two" });
    expect(slack.state().messages.at(-1)).toMatchObject({
      text: "two",
      blocks: [],
      metadata,
      edits: 1,
      edited: { user: BOT },
    });
    expect(await errorOf(web.chat.update({ channel: MKT, ts, text: "x".repeat(4001) }))).toBe("msg_too_long");
    expect(await errorOf(web.chat.update({ channel: MKT, ts: "1.000000", text: "x" }))).toBe("message_not_found");
    const morning = slack.state().messages[0]?.ts ?? "";
    expect(await errorOf(web.chat.update({ channel: MKT, ts: morning, text: "x" }))).toBe("cant_update_message");
    await web.chat.delete({ channel: MKT, ts });
    expect(slack.state().messages).toHaveLength(1);
  });

  it("tells the app of its own posts, edits and deletions, as Slack does", async () => {
    const slack = await startSlack();
    const seen: (string | undefined)[] = [];
    await startApp(
      slack,
      (app) => {
        app.use(async ({ body, next }) => {
          const { event } = body as { event: { subtype?: string; bot_id?: string } };
          seen.push(event.subtype ?? event.bot_id);
          await next();
        });
      },
      { ignoreSelf: false },
    );
    const web = webClient(slack);
    const { ts = "" } = await web.chat.postMessage({ channel: MKT, text: "one" });
    await web.chat.update({ channel: MKT, ts, text: "two" });
    await web.chat.delete({ channel: MKT, ts });
    await expect.poll(() => seen).toEqual(["B0BOT", "message_changed", "message_deleted"]);
  });

  it("adds a reaction once, and links to messages", async () => {
    const slack = await startSlack();
    const web = webClient(slack);
    const { ts = "" } = await web.chat.postMessage({ channel: MKT, text: "one" });
    await web.reactions.add({ channel: MKT, timestamp: ts, name: "eyes" });
    expect(await errorOf(web.reactions.add({ channel: MKT, timestamp: ts, name: "eyes" }))).toBe("already_reacted");
    expect(slack.state().messages.at(-1)?.reactions).toEqual([{ name: "eyes", users: [BOT] }]);
    const link = await web.chat.getPermalink({ channel: MKT, message_ts: ts });
    expect(link.permalink).toMatch(new RegExp(`/archives/${MKT}/p${ts.replace(".", "")}$`));
  });
});

describe("whom a post wakes", () => {
  const post = (text: string, blocks: unknown[] = []) => ({ channel: MKT, text, blocks });
  const rich = (...elements: object[]) => ({ type: "rich_text", elements: [{ type: "rich_text_section", elements }] });
  it.each<[string, { readonly text: string; readonly blocks: unknown[] }, string[]]>([
    ["a person named in text", post(`<@${OWEN}>`), [OWEN]],
    ["a group in mrkdwn", post("a", [section("<!subteam^S0WEB> please")]), [OWEN]],
    ["everyone in the channel", post("<!channel>"), [ANNA, OWEN]],
    ["a token inside rich text", post("a", [rich({ type: "text", text: `<@${OWEN}> <!channel>` })]), []],
    ["a mention element of rich text", post("a", [rich({ type: "user", user_id: OWEN })]), [OWEN]],
    ["a group element of rich text", post("a", [rich({ type: "usergroup", usergroup_id: "S0WEB" })]), [OWEN]],
    ["escaped text", post(`&lt;@${OWEN}&gt;`), []],
    ["plain_text", post("a", [{ type: "header", text: { type: "plain_text", text: `<@${OWEN}>` } }]), []],
    ["someone outside the channel", post(`<@${GUEST}>`), []],
  ])("%s", async (_says, message, woken) => {
    const slack = await startSlack();
    await webClient(slack).apiCall("chat.postMessage", { ...message, channel: MKT });
    expect(slack.state().messages.at(-1)?.notified).toEqual(woken);
  });

  it("wakes nobody by an edit", async () => {
    const slack = await startSlack();
    const web = webClient(slack);
    const { ts = "" } = await web.chat.postMessage({ channel: MKT, text: "quiet" });
    await web.chat.update({ channel: MKT, ts, text: `<@${OWEN}>` });
    expect(slack.state().messages.at(-1)?.notified).toEqual([]);
  });
});

describe("injected faults", () => {
  it("answers an error, a status and a rate limit, as often as asked", async () => {
    const slack = await startSlack();
    const web = webClient(slack);
    slack.failNext({ method: "chat.postMessage", error: "fatal_error", times: 2 });
    const post = (): Promise<unknown> => web.chat.postMessage({ channel: MKT, text: "a" });
    expect([await errorOf(post()), await errorOf(post()), await errorOf(post())]).toEqual([
      "fatal_error",
      "fatal_error",
      undefined,
    ]);
    slack.failNext({ method: "*", status: 503 });
    expect(await errorOf(post())).toContain("503");
    slack.failNext({ method: "chat.postMessage", retryAfterSeconds: 7 });
    expect(await web.chat.postMessage({ channel: MKT, text: "a" }).catch((error: unknown) => error)).toMatchObject({
      retryAfter: 7,
    });
    expect(slack.state().messages.filter(({ text }) => text === "a")).toHaveLength(1);
  });

  it("loses the answer of a call that took effect", async () => {
    const slack = await startSlack();
    slack.failNext({ method: "chat.postMessage", dropResponse: true });
    expect(await errorOf(webClient(slack).chat.postMessage({ channel: MKT, text: "once" }))).toBeDefined();
    expect(slack.state().messages.filter(({ text }) => text === "once")).toHaveLength(1);
    expect(slack.calls().at(-1)).toMatchObject({ method: "chat.postMessage", status: 0 });
  });
});

describe("people and places", () => {
  it("answers who is who", async () => {
    const slack = await startSlack();
    const web = webClient(slack);
    expect((await web.users.info({ user: GUEST })).user).toMatchObject({
      real_name: "Gus Guest",
      is_restricted: true,
      is_bot: false,
    });
    expect((await web.users.lookupByEmail({ email: "Owen@example.com" })).user).toMatchObject({
      id: OWEN,
      profile: { email: "owen@example.com" },
    });
    expect((await web.users.list({})).members?.map(({ id }) => id)).toEqual([ANNA, OWEN, GUEST, BOT]);
    expect((await web.usergroups.list({ include_users: true })).usergroups).toMatchObject([
      { id: "S0WEB", handle: "web-owners", users: [OWEN] },
    ]);
    expect((await web.usergroups.users.list({ usergroup: "S0WEB" })).users).toEqual([OWEN]);
    expect((await web.conversations.members({ channel: MKT })).members).toEqual([ANNA, OWEN, BOT]);
    expect((await web.conversations.list({})).channels?.map(({ name }) => name)).toEqual(["marketing", "web-review"]);
    expect((await web.conversations.info({ channel: REVIEW })).channel).toMatchObject({
      is_member: false,
      is_private: false,
    });
    await web.conversations.join({ channel: REVIEW });
    expect((await web.conversations.info({ channel: REVIEW })).channel).toMatchObject({ is_member: true });
    const direct = await web.conversations.open({ users: ANNA });
    await web.chat.postMessage({ channel: ANNA, text: "to you" });
    expect(slack.state().channels[direct.channel?.id ?? ""]?.messages.map(({ text }) => text)).toEqual(["to you"]);
  });
});
