import type { App } from "@slack/bolt";
import { describe, expect, it } from "vitest";
import { ANNA, APP_TOKEN, BOT_TOKEN, errorOf, MKT, OWEN, REVIEW, startApp, startSlack, webClient } from "./fixture.ts";

describe("socket mode with the real client", () => {
  it("delivers a command with Slack's fields and escaped text, and shows the ack's text to the person only", async () => {
    const slack = await startSlack();
    const seen: Record<string, unknown>[] = [];
    await startApp(slack, (app) => {
      app.command("/agent", async ({ command, ack }) => {
        seen.push({ ...command });
        await ack("On it");
      });
    });
    const done = await slack.slash({ user: ANNA, channel: MKT, command: "/agent", text: "fix <b> & ask @Owen Own" });
    expect(done).toEqual({ ok: true });
    expect(seen).toMatchObject([
      {
        command: "/agent",
        text: `fix &lt;b&gt; &amp; ask <@${OWEN}|owen.own>`,
        user_id: ANNA,
        user_name: "anna.ask",
        channel_id: MKT,
        channel_name: "marketing",
        team_id: "T0ACME",
        team_domain: "acme",
        api_app_id: "A0APP",
      },
    ]);
    expect(seen[0]).not.toHaveProperty("thread_ts");
    const state = slack.state();
    expect(state.ephemerals[ANNA]?.map(({ text, from }) => [from, text])).toEqual([["app", "On it"]]);
    expect(state.ephemerals[OWEN]).toEqual([]);
  });

  it("tells the person when nobody acks a command, and never sends it again", async () => {
    const slack = await startSlack({ commandAckMs: 60 });
    await startApp(slack, () => {});
    const done = await slack.slash({ user: ANNA, channel: MKT, command: "/agent", text: "hello" });
    expect(done).toEqual({ ok: false, failed: "operation_timeout" });
    expect(slack.state().ephemerals[ANNA]?.map(({ from, text }) => [from, text])).toEqual([
      ["slack", '/agent failed with the error "operation_timeout"'],
    ]);
    expect(slack.state().deliveries).toEqual([
      { type: "slash_commands", name: "/agent", attempts: 1, outcome: "operation_timeout" },
    ]);
  });

  it("fails a command at once when no app is connected", async () => {
    const slack = await startSlack();
    const done = await slack.slash({ user: ANNA, channel: MKT, command: "/agent", text: "hello" });
    expect(done).toEqual({ ok: false, failed: "dispatch_failed" });
  });

  it("turns a typed mention into app_mention and message with one ts, and escapes what people type", async () => {
    const slack = await startSlack();
    const seen: { readonly type: string; readonly ts: string; readonly text: string }[] = [];
    await startApp(slack, (app) => {
      app.event("app_mention", async ({ event }) => {
        seen.push({ type: event.type, ts: event.ts, text: event.text });
      });
      app.message(async ({ message }) => {
        seen.push({ type: message.type, ts: message.ts, text: "text" in message ? (message.text ?? "") : "" });
      });
    });
    const { ts, failed } = await slack.say({
      user: ANNA,
      channel: MKT,
      text: "@countersign use <b> & https://example.com/a?b=1&c=2.",
    });
    expect(failed).toBeUndefined();
    const text = "<@U0BOT> use &lt;b&gt; &amp; <https://example.com/a?b=1&amp;c=2>.";
    await expect
      .poll(() => seen.toSorted((a, b) => a.type.localeCompare(b.type)))
      .toEqual([
        { type: "app_mention", ts, text },
        { type: "message", ts, text },
      ]);
  });

  it("gives typed text as the composer's rich text too", async () => {
    const slack = await startSlack();
    const seen: unknown[] = [];
    await startApp(slack, (app) => {
      app.event("app_mention", async ({ event }) => {
        seen.push(event.blocks);
      });
    });
    await slack.say({ user: ANNA, channel: MKT, text: "@Countersign a < b, see https://example.com @web-owners" });
    await expect
      .poll(() => seen)
      .toMatchObject([
        [
          {
            type: "rich_text",
            elements: [
              {
                type: "rich_text_section",
                elements: [
                  { type: "user", user_id: "U0BOT" },
                  { type: "text", text: " a < b, see " },
                  { type: "link", url: "https://example.com" },
                  { type: "text", text: " " },
                  { type: "usergroup", usergroup_id: "S0WEB" },
                ],
              },
            ],
          },
        ],
      ]);
  });

  it("sends nothing of a channel the app is not in until it is invited", async () => {
    const slack = await startSlack();
    const seen: string[] = [];
    await startApp(slack, (app) => {
      app.event("app_mention", async ({ event }) => {
        seen.push(event.text);
      });
    });
    await slack.say({ user: ANNA, channel: REVIEW, text: "@Countersign one" });
    expect(slack.state().deliveries).toEqual([]);
    expect(await slack.slash({ user: ANNA, channel: REVIEW, command: "/invite", text: "@Countersign" })).toEqual({
      ok: true,
    });
    await slack.say({ user: ANNA, channel: REVIEW, text: "@Countersign two" });
    await expect.poll(() => seen).toEqual(["<@U0BOT> two"]);
  });
});

describe("redelivery of events", () => {
  it("sends an unacked event again with its attempt, and the same event id", async () => {
    const slack = await startSlack({ commandAckMs: 80 });
    const seen: { readonly id: string; readonly retry: unknown; readonly reason: unknown }[] = [];
    await startRaw(slack.url, (envelope, ack) => {
      seen.push({ id: envelope.payload.event_id, retry: envelope.retry_attempt, reason: envelope.retry_reason });
      if (seen.length === 3) ack();
    });
    const said = await slack.say({ user: ANNA, channel: MKT, text: "no mention" });
    expect(said.failed).toBeUndefined();
    expect(new Set(seen.map(({ id }) => id)).size).toBe(1);
    expect(seen.map(({ retry, reason }) => [retry, reason])).toEqual([
      [0, ""],
      [1, "timeout"],
      [2, "timeout"],
    ]);
  });

  it("gives up after the last retry and says so", async () => {
    const slack = await startSlack({ commandAckMs: 30, retryDelaysMs: [0, 1] });
    await startRaw(slack.url, () => {});
    expect(await slack.say({ user: ANNA, channel: MKT, text: "lost" })).toMatchObject({ failed: "not_acked" });
    expect(slack.state().deliveries).toMatchObject([{ attempts: 3, outcome: "given_up" }]);
  });

  it("redelivers on the other socket when one dies with the event unacked", async () => {
    const slack = await startSlack();
    const seen: number[] = [];
    const first = await startRaw(slack.url, (_envelope, _ack, socket) => {
      seen.push(1);
      socket.close();
    });
    const second = await startRaw(slack.url, (_envelope, ack) => {
      seen.push(2);
      ack();
    });
    expect(slack.state().sockets).toBe(2);
    expect((await slack.say({ user: ANNA, channel: MKT, text: "who hears?" })).failed).toBeUndefined();
    expect(seen).toEqual([1, 2]);
    expect([first.num, second.num]).toEqual([1, 2]);
  });

  it("gives each envelope to one socket, in turn", async () => {
    const slack = await startSlack();
    const seen: string[] = [];
    for (const name of ["a", "b"])
      await startRaw(slack.url, (_envelope, ack) => {
        seen.push(name);
        ack();
      });
    for (const text of ["1", "2", "3", "4"]) await slack.say({ user: ANNA, channel: MKT, text });
    expect(seen.toSorted()).toEqual(["a", "a", "b", "b"]);
  });

  it("reaches the real client after a refresh took its only socket", async () => {
    const slack = await startSlack();
    const seen: string[] = [];
    await startApp(slack, (app: App) => {
      app.message(async ({ message }) => {
        if ("text" in message) seen.push(message.text ?? "");
      });
    });
    slack.disconnectSockets("refresh_requested");
    expect((await slack.say({ user: ANNA, channel: MKT, text: "in the gap" })).failed).toBeUndefined();
    expect(seen).toEqual(["in the gap"]);
  });
});

describe("tokens and tickets", () => {
  it("keeps the two kinds of token apart", async () => {
    const slack = await startSlack();
    expect(await errorOf(webClient(slack, APP_TOKEN).auth.test())).toContain("not_allowed_token_type");
    expect(await errorOf(webClient(slack, BOT_TOKEN).apps.connections.open({}))).toContain("not_allowed_token_type");
    expect(await errorOf(webClient(slack, "xoxb-other").auth.test())).toContain("invalid_auth");
    expect(await errorOf(webClient(slack, "").auth.test())).toContain("not_authed");
    expect(await webClient(slack).auth.test()).toMatchObject({
      ok: true,
      user_id: "U0BOT",
      bot_id: "B0BOT",
      team_id: "T0ACME",
    });
  });

  it("opens a socket once a ticket, and not for a page of another origin", async () => {
    const slack = await startSlack();
    const { url = "" } = await webClient(slack, APP_TOKEN).apps.connections.open({});
    expect(await dial(url, { origin: "http://evil.example.com" })).toBe("refused");
    const again = await webClient(slack, APP_TOKEN).apps.connections.open({});
    expect(await dial(again.url ?? "")).toBe("open");
    expect(await dial(again.url ?? "")).toBe("refused");
    expect(slack.calls().every(({ args }) => !("token" in args))).toBe(true);
  });
});

interface RawEnvelope {
  readonly envelope_id: string;
  readonly retry_attempt?: number;
  readonly retry_reason?: string;
  readonly payload: { readonly event_id: string };
}

type OnEnvelope = (envelope: RawEnvelope, ack: () => void, socket: WebSocket) => void;

async function startRaw(apiUrl: string, onEnvelope: OnEnvelope): Promise<{ readonly num: number }> {
  const response = await fetch(`${apiUrl}apps.connections.open`, {
    method: "POST",
    headers: { authorization: `Bearer ${APP_TOKEN}` },
  });
  const { url } = (await response.json()) as { readonly url: string };
  const socket = new WebSocket(url);
  return new Promise((resolve) => {
    socket.addEventListener("message", ({ data }) => {
      const message = JSON.parse(String(data)) as RawEnvelope & {
        readonly type: string;
        readonly num_connections: number;
      };
      if (message.type === "hello") resolve({ num: message.num_connections });
      else onEnvelope(message, () => socket.send(JSON.stringify({ envelope_id: message.envelope_id })), socket);
    });
  });
}

async function dial(url: string, headers: Record<string, string> = {}): Promise<"open" | "refused"> {
  const { WebSocket: Client } = await import("ws");
  const socket = new Client(url, { headers });
  return new Promise((resolve) => {
    socket.on("error", () => resolve("refused"));
    socket.on("open", () => {
      socket.terminate();
      resolve("open");
    });
  });
}
