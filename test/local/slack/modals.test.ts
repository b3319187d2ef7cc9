import type { App } from "@slack/bolt";
import { describe, expect, it } from "vitest";
import { ANNA, errorOf, MKT, OWEN, startApp, startSlack, webClient } from "./fixture.ts";
import type { LocalSlack } from "../../../src/local/slack/server.ts";

const plain = (text: string) => ({ type: "plain_text" as const, text });
const card = [
  {
    type: "actions" as const,
    block_id: "decide",
    elements: [
      { type: "button" as const, text: plain("Approve"), action_id: "approve", value: "A1", style: "primary" as const },
      { type: "button" as const, text: plain("Request changes"), action_id: "changes", value: "A1" },
      {
        type: "static_select" as const,
        action_id: "pick",
        options: [
          { text: plain("Monthly"), value: "m" },
          { text: plain("Yearly"), value: "y" },
        ],
      },
    ],
  },
];
const form = {
  type: "modal" as const,
  callback_id: "changes",
  title: plain("Request changes"),
  submit: plain("Send"),
  private_metadata: "A1",
  notify_on_close: true,
  blocks: [
    {
      type: "input" as const,
      block_id: "what",
      label: plain("What?"),
      element: { type: "plain_text_input" as const, action_id: "text", min_length: 3 },
    },
  ],
};

async function withCard(listen: (app: App) => void): Promise<{ readonly slack: LocalSlack; readonly ts: string }> {
  const slack = await startSlack();
  await startApp(slack, listen);
  const { ts = "" } = await webClient(slack).chat.postMessage({ channel: MKT, text: "card", blocks: card });
  return { slack, ts };
}

describe("clicks", () => {
  it("carry what Slack's clicks carry, and answer by response_url", async () => {
    const seen: unknown[] = [];
    const { slack, ts } = await withCard((app) => {
      app.action("approve", async ({ ack, body, respond }) => {
        seen.push(body);
        await ack();
        await respond({ text: "Not yours", replace_original: false, response_type: "ephemeral" });
      });
    });
    expect(await slack.click({ user: OWEN, channel: MKT, ts, actionId: "approve" })).toEqual({ ok: true });
    await slack.waitFor((state) => state.ephemerals[OWEN]?.some(({ text }) => text === "Not yours"), {
      what: "the private answer",
    });
    expect(seen).toMatchObject([
      {
        type: "block_actions",
        user: { id: OWEN, team_id: "T0ACME" },
        team: { id: "T0ACME" },
        channel: { id: MKT, name: "marketing" },
        container: { type: "message", message_ts: ts, channel_id: MKT, is_ephemeral: false },
        message: { ts, bot_id: "B0BOT", text: "card" },
        actions: [
          {
            type: "button",
            action_id: "approve",
            block_id: "decide",
            value: "A1",
            text: plain("Approve"),
            style: "primary",
          },
        ],
      },
    ]);
  });

  it("carry a choice and the state of the message", async () => {
    const seen: unknown[] = [];
    const { slack, ts } = await withCard((app) => {
      app.action("pick", async ({ ack, body }) => {
        seen.push(body);
        await ack();
      });
    });
    await slack.click({ user: OWEN, channel: MKT, ts, actionId: "pick", selected: "y" });
    const selected_option = { text: plain("Yearly"), value: "y" };
    expect(seen).toMatchObject([
      {
        actions: [{ type: "static_select", selected_option }],
        state: { values: { decide: { pick: { type: "static_select", selected_option } } } },
      },
    ]);
    await expect(slack.click({ user: OWEN, channel: MKT, ts, actionId: "pick", selected: "never" })).rejects.toThrow(
      "does not offer",
    );
    await expect(slack.click({ user: OWEN, channel: MKT, ts, actionId: "nope" })).rejects.toThrow(
      "nothing to press called nope",
    );
  });

  it("fail visibly when nobody acks, and are not sent again", async () => {
    const slack = await startSlack({ commandAckMs: 50 });
    await startApp(slack, () => {});
    const { ts = "" } = await webClient(slack).chat.postMessage({ channel: MKT, text: "card", blocks: card });
    expect(await slack.click({ user: OWEN, channel: MKT, ts, actionId: "approve" })).toEqual({
      ok: false,
      failed: "operation_timeout",
    });
    expect(slack.state().ephemerals[OWEN]).toMatchObject([
      { from: "slack", text: expect.stringContaining("Approve") as string },
    ]);
    expect(slack.state().deliveries.filter(({ type }) => type === "interactive")).toMatchObject([{ attempts: 1 }]);
  });

  it("on an ephemeral carry no message, and only its reader can make them", async () => {
    const seen: { readonly container: unknown; readonly message?: unknown }[] = [];
    const { slack } = await withCard((app) => {
      app.action("approve", async ({ ack, body, respond }) => {
        if (body.type === "block_actions")
          seen.push({ container: body.container, ...("message" in body ? { message: body.message } : {}) });
        await ack();
        await respond({ delete_original: true });
      });
    });
    const { message_ts: ts = "" } = await webClient(slack).chat.postEphemeral({
      channel: MKT,
      user: ANNA,
      text: "yours",
      blocks: card,
    });
    await expect(slack.click({ user: OWEN, channel: MKT, ts, actionId: "approve" })).rejects.toThrow("sees no message");
    await slack.click({ user: ANNA, channel: MKT, ts, actionId: "approve" });
    expect(seen).toEqual([{ container: { type: "message", message_ts: ts, channel_id: MKT, is_ephemeral: true } }]);
    await slack.waitFor((state) => state.ephemerals[ANNA]?.length === 0, { what: "the ephemeral to be gone" });
  });

  it("let a response_url be used five times", async () => {
    const urls: string[] = [];
    const { slack, ts } = await withCard((app) => {
      app.action("approve", async ({ ack, body }) => {
        if (body.type === "block_actions") urls.push(body.response_url);
        await ack();
      });
    });
    await slack.click({ user: OWEN, channel: MKT, ts, actionId: "approve" });
    const statuses: number[] = [];
    for (let use = 0; use < 6; use += 1)
      statuses.push((await fetch(urls[0] ?? "", { method: "POST", body: JSON.stringify({ text: `${use}` }) })).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 404]);
    expect(slack.state().ephemerals[OWEN]?.map(({ text }) => text)).toEqual(["0", "1", "2", "3", "4"]);
  });
});

describe("modals", () => {
  it("open, check input as the client does, submit and close", async () => {
    const sent: unknown[] = [];
    const { slack, ts } = await withCard((app) => {
      app.action("changes", async ({ ack, body, client }) => {
        await ack();
        if (body.type === "block_actions") await client.views.open({ trigger_id: body.trigger_id, view: form });
      });
      app.view("changes", async ({ ack, view, body }) => {
        sent.push({ values: view.state.values, meta: view.private_metadata, by: body.user.id });
        await ack();
      });
    });
    await slack.click({ user: OWEN, channel: MKT, ts, actionId: "changes" });
    const view = await slack.waitFor((state) => state.views[OWEN]?.at(-1), { what: "the modal" });
    expect(view.title).toBe("Request changes");
    const submit = (text: string | null) => slack.submit({ user: OWEN, viewId: view.id, values: { what: { text } } });
    expect(await submit(null)).toEqual({ ok: false, errors: { what: "Please complete this required field." } });
    expect(await submit("ab")).toEqual({ ok: false, errors: { what: "Please enter at least 3 characters." } });
    expect(sent).toEqual([]);
    expect(await submit("Say the year")).toEqual({ ok: true });
    expect(sent).toEqual([
      { values: { what: { text: { type: "plain_text_input", value: "Say the year" } } }, meta: "A1", by: OWEN },
    ]);
    expect(slack.state().views[OWEN]).toEqual([]);
  });

  it("follow errors, update, push and clear", async () => {
    const answers = [
      { response_action: "errors" as const, errors: { what: "Already decided" } },
      { response_action: "update" as const, view: { ...form, title: plain("Second") } },
      { response_action: "push" as const, view: { ...form, title: plain("Third") } },
      { response_action: "clear" as const },
    ];
    const { slack, ts } = await withCard((app) => {
      openForm(app);
      app.view("changes", async ({ ack }) => {
        const answer = answers.shift();
        if (answer !== undefined) await ack(answer);
      });
    });
    await slack.click({ user: OWEN, channel: MKT, ts, actionId: "changes" });
    await slack.waitFor((state) => state.views[OWEN]?.length, { what: "the modal" });
    const submit = () =>
      slack.submit({ user: OWEN, viewId: top(slack)?.id ?? "", values: { what: { text: "again" } } });
    expect(await submit()).toEqual({ ok: false, errors: { what: "Already decided" } });
    expect(top(slack)?.errors).toEqual({ what: "Already decided" });
    await submit();
    expect([slack.state().views[OWEN]?.length, top(slack)?.title, top(slack)?.errors]).toEqual([1, "Second", {}]);
    await submit();
    expect(slack.state().views[OWEN]?.map(({ title }) => title)).toEqual(["Second", "Third"]);
    await submit();
    expect(slack.state().views[OWEN]).toEqual([]);
  });

  it("show trouble when the answer names an input that is not there", async () => {
    const { slack, ts } = await withCard((app) => {
      openForm(app);
      app.view("changes", async ({ ack }) => {
        await ack({ response_action: "errors", errors: { other: "?" } });
      });
    });
    await slack.click({ user: OWEN, channel: MKT, ts, actionId: "changes" });
    const view = await slack.waitFor((state) => state.views[OWEN]?.at(-1), { what: "the modal" });
    const result = await slack.submit({ user: OWEN, viewId: view.id, values: { what: { text: "again" } } });
    expect(result).toMatchObject({ ok: false, failed: expect.stringContaining("no input block other") as string });
    expect(top(slack)?.problem).toContain("trouble");
  });

  it("tell the app when closed, if it asked to know", async () => {
    const closed: string[] = [];
    const { slack, ts } = await withCard((app) => {
      openForm(app);
      app.view({ callback_id: "changes", type: "view_closed" }, async ({ ack, view }) => {
        closed.push(view.id);
        await ack();
      });
    });
    await slack.click({ user: OWEN, channel: MKT, ts, actionId: "changes" });
    const view = await slack.waitFor((state) => state.views[OWEN]?.at(-1), { what: "the modal" });
    expect(await slack.closeView({ user: OWEN, viewId: view.id })).toEqual({ ok: true });
    expect(closed).toEqual([view.id]);
  });

  it("refuse spent, stale and invented triggers, bad views and lost races", async () => {
    const triggers: string[] = [];
    const { slack, ts } = await withCard((app) => {
      app.action("changes", async ({ ack, body }) => {
        if (body.type === "block_actions") triggers.push(body.trigger_id);
        await ack();
      });
    });
    const web = webClient(slack);
    await slack.click({ user: OWEN, channel: MKT, ts, actionId: "changes" });
    const [trigger_id = ""] = triggers;
    const open = (view: unknown) => web.apiCall("views.open", { trigger_id, view });
    expect(await errorOf(open({ ...form, title: plain("x".repeat(25)) }))).toBe("invalid_arguments");
    expect(await errorOf(open({ ...form, submit: undefined }))).toBe("invalid_arguments");
    expect(await errorOf(open(form))).toBeUndefined();
    expect(await errorOf(open(form))).toBe("exchanged_trigger_id");
    expect(await errorOf(web.views.open({ trigger_id: "1.2.3", view: form }))).toBe("invalid_trigger_id");
    const view = top(slack);
    expect(await errorOf(web.views.update({ view_id: view?.id ?? "", view: form, hash: "stale" }))).toBe(
      "hash_conflict",
    );
    expect(await errorOf(web.views.update({ view_id: "V0NONE", view: form }))).toBe("not_found");
    expect(
      await errorOf(web.views.update({ view_id: view?.id ?? "", view: { ...form, title: plain("New") } })),
    ).toBeUndefined();
    expect(top(slack)?.title).toBe("New");
  });
});

function openForm(app: App): void {
  app.action("changes", async ({ ack, body, client }) => {
    await ack();
    if (body.type === "block_actions") await client.views.open({ trigger_id: body.trigger_id, view: form });
  });
}

function top(slack: LocalSlack) {
  return slack.state().views[OWEN]?.at(-1);
}
