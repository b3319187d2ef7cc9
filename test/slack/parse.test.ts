import { assert, property, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { interactionSchema } from "../../src/core/interaction.ts";
import { newRequestSchema } from "../../src/core/request.ts";
import { parseSubmission } from "../../src/slack/parse-form.ts";
import { parsePress } from "../../src/slack/parse-press.ts";
import { parseMention, parseSlash } from "../../src/slack/parse.ts";
import { plainText } from "../../src/slack/plain-text.ts";
import { planSlots } from "../../src/slack/render.ts";
import { STATES } from "./states.ts";
import { ownerId, scene } from "./views.ts";
import { BOT, MARKETING, OWNER, REQUESTER, TEAM } from "./workspace.ts";

const self = { userId: BOT, botId: "B0BOT", teamId: TEAM };

function post(event: Readonly<Record<string, unknown>>): unknown {
  const base = {
    type: "app_mention",
    user: REQUESTER,
    ts: "17.1",
    channel: MARKETING,
    text: `<@${BOT}> mend the footer`,
  };
  return { type: "event_callback", event_id: "Ev1", team_id: TEAM, event: { ...base, ...event } };
}

describe("posts", () => {
  it.each<[string, Readonly<Record<string, unknown>>]>([
    ["our own", { user: BOT }],
    ["another bot's", { bot_id: "B0OTHER" }],
    ["an edit", { type: "message", subtype: "message_changed" }],
    ["an edited mention", { edited: { user: REQUESTER, ts: "17.2" } }],
    ["somebody joining", { type: "message", subtype: "channel_join" }],
    ["a message that does not mention us", { type: "message", text: "mend the footer" }],
    ["a mention of somebody else", { text: "<@U0OTHER> mend the footer" }],
    ["a direct message", { type: "message", channel_type: "im" }],
    ["an event of another kind", { type: "reaction_added" }],
  ])("are ignored: %s", (_what, event) => {
    expect(parseMention(post(event), self)).toEqual({ ok: false, problem: { kind: "ignored" } });
  });

  it("take the mention out, read tokens as people see them, and keep five files", () => {
    const files = Array.from({ length: 7 }, (_, index) => ({
      id: `F${index}`,
      name: `${index}.png`,
      size: index,
      mimetype: "image/png",
    }));
    const text = `<@${BOT}> use &lt;b&gt; &amp; <https://evil.example.com|acme.example.com>, see <#C0MKT|marketing> <!here> <@U0OTHER|other>`;
    const parsed = parseMention(post({ text, files, thread_ts: "16.9" }), self);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problem));
    const { key, request } = parsed.value;
    expect(key).toBe(`post:${MARKETING}:17.1`);
    expect(newRequestSchema.parse(request)).toEqual(request);
    expect(request.text).toBe("use <b> & acme.example.com (https://evil.example.com), see #marketing @here @other");
    expect(request.place).toMatchObject({ threadTs: "16.9", messageTs: "17.1" });
    expect(request.files.map(({ id }) => id)).toEqual(["F0", "F1", "F2", "F3", "F4"]);
  });

  it("have the same key as mention and as message, and a different one in another channel", () => {
    const keyOf = (event: Readonly<Record<string, unknown>>) => {
      const parsed = parseMention(post(event), self);
      return parsed.ok ? parsed.value.key : undefined;
    };
    expect(keyOf({ type: "message" })).toBe(keyOf({}));
    expect(keyOf({ channel: "C0OTHER" })).not.toBe(keyOf({}));
  });

  it("over the limit are refused with their length, never cut", () => {
    const parsed = parseMention(post({ text: `<@${BOT}> ${"x".repeat(40_001)}` }), self);
    expect(parsed).toMatchObject({ ok: false, problem: { kind: "too_long", characters: 40_001 } });
    expect(parseMention(post({ text: `<@${BOT}> ${"x".repeat(40_000)}` }), self).ok).toBe(true);
  });
});

function slash(text: string): unknown {
  return { team_id: TEAM, channel_id: MARKETING, user_id: REQUESTER, user_name: "requester", text, trigger_id: "t.1" };
}

describe("commands", () => {
  it.each<[string, Readonly<Record<string, unknown>>]>([
    ["mend the footer please", { kind: "request", key: "command:t.1" }],
    [
      "mend the footer --repo acme/website",
      { kind: "request", request: { text: "mend the footer", repository: "acme/website" } },
    ],
    ["", { kind: "form", prefill: { text: "" } }],
    ["hlep", { kind: "form", prefill: { text: "hlep" } }],
    ["--team web fix", { kind: "form", prefill: { text: "fix", team: "web" } }],
    ["help", { kind: "help" }],
    ["usage", { kind: "not-yet", word: "usage" }],
    ["status", { kind: "interaction", interaction: { kind: "status" } }],
    ["stop 7kq2zz", { kind: "interaction", interaction: { kind: "stop", runId: "7KQ2ZZ" } }],
    ["stop the carousel from moving", { kind: "request" }],
  ])("/agent %s", (text, expected) => {
    expect(parseSlash(slash(text))).toMatchObject({ ok: true, value: expected });
  });

  it("without what Slack always sends are malformed, not guessed", () => {
    expect(parseSlash({ text: "mend the footer" })).toMatchObject({ ok: false, problem: { kind: "malformed" } });
  });
});

function press(actionId: string, value: string, more: Readonly<Record<string, unknown>> = {}): unknown {
  return {
    type: "block_actions",
    trigger_id: "t.2",
    user: { id: OWNER, name: "owner", team_id: TEAM },
    team: { id: TEAM },
    channel: { id: MARKETING },
    container: { type: "message", message_ts: "18.1" },
    message: { ts: "18.1" },
    actions: [{ action_id: actionId, value }],
    ...more,
  };
}

describe("buttons", () => {
  it("every button on every card is understood, and says about which run", () => {
    const pressed = Object.values(STATES).flatMap((given) =>
      planSlots(scene(given)).flatMap((slot) =>
        slot.kind === "stream"
          ? []
          : slot.face.blocks.flatMap((block) => (block.type === "actions" ? block.elements : [])),
      ),
    );
    const values = pressed.flatMap((element) => {
      if (element.type === "button") return [[element.action_id ?? "", element.value ?? "", element.url] as const];
      if (element.type !== "static_select") return [];
      return (element.options ?? []).map((option) => [element.action_id ?? "", option.value ?? "", undefined] as const);
    });
    const seen = new Set<string>();
    for (const [actionId, value, url] of values) {
      const parsed = parsePress(press(actionId, value));
      if (url !== undefined) {
        expect(parsed).toEqual({ ok: false, problem: { kind: "ignored" } });
        continue;
      }
      if (!parsed.ok) throw new Error(`${actionId} ${value}: ${JSON.stringify(parsed.problem)}`);
      if (parsed.value.kind === "interaction") {
        const { key, interaction } = parsed.value;
        expect(key).toBe("click:t.2");
        expect(interactionSchema.parse(interaction)).toEqual(interaction);
        expect(interaction).toMatchObject({ runId: "7KQ2ZZ", by: { id: ownerId } });
        seen.add(interaction.kind);
      } else seen.add(parsed.value.kind === "form" ? parsed.value.form.name : parsed.value.kind);
    }
    expect([...seen].toSorted()).toEqual([
      "approve",
      "ask",
      "ask_platform",
      "choose_repository",
      "choose_team",
      "full_diff",
      "full_log",
      "go_ahead",
      "help",
      "leave_out",
      "redo",
      "reject",
      "request_changes",
      "send_failure_back",
      "stop",
      "try_again",
      "withdraw",
    ]);
  });

  it("of a select carry the chosen option", () => {
    const value = JSON.stringify({ run: "7KQ2ZZ", team: "web" });
    const actions = [{ action_id: "choose_team", selected_option: { value } }];
    expect(parsePress(press("", "", { actions }))).toMatchObject({
      ok: true,
      value: { interaction: { kind: "choose_team", team: "web" } },
    });
  });

  it.each<[string, Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>]>([
    ["at the top of a channel", {}, { channel: MARKETING, messageTs: "18.1" }],
    ["in a thread", { message: { ts: "18.2", thread_ts: "18.1" } }, { threadTs: "18.1", messageTs: "18.2" }],
    [
      "in an ephemeral in a thread",
      { message: undefined, container: { message_ts: "18.3", thread_ts: "18.1", is_ephemeral: true } },
      { threadTs: "18.1" },
    ],
  ])("say where they were pressed: %s", (_where, more, place) => {
    const parsed = parsePress(press("stop", JSON.stringify({ run: "7KQ2ZZ" }), more));
    if (!parsed.ok || parsed.value.kind !== "interaction") throw new Error("not an interaction");
    expect(parsed.value.interaction.place).toEqual({ surface: "slack", workspace: TEAM, channel: MARKETING, ...place });
  });

  it.each([
    ["approve", JSON.stringify({ run: "7KQ2ZZ", change: 1 })],
    ["approve", JSON.stringify({ change: 1, seal: "x" })],
    ["full_diff", JSON.stringify({ run: "7KQ2ZZ" })],
    ["stop", "not json"],
    ["choose_team", JSON.stringify({ run: "7KQ2ZZ" })],
  ])("with a value that does not say what it is about do nothing: %s %s", (actionId, value) => {
    expect(parsePress(press(actionId, value))).toMatchObject({ ok: false, problem: { kind: "malformed" } });
  });

  it("of somebody else's app are ignored", () => {
    expect(parsePress(press("deploy_now", "{}"))).toEqual({ ok: false, problem: { kind: "ignored" } });
  });
});

function submission(callbackId: string, values: Readonly<Record<string, string>>, data: unknown): unknown {
  const state = Object.fromEntries(Object.entries(values).map(([field, value]) => [field, { [field]: { value } }]));
  return {
    type: "view_submission",
    user: { id: OWNER, name: "owner" },
    team: { id: TEAM },
    view: {
      id: "V1",
      hash: "h1",
      callback_id: callbackId,
      private_metadata: JSON.stringify(data),
      state: { values: state },
    },
  };
}

describe("forms", () => {
  const about = { channel: MARKETING, threadTs: "18.1", messageTs: "18.2", run: "7KQ2ZZ", change: 1 };

  it.each([
    ["reject", { reason: "not now" }, { kind: "reject", reason: "not now" }],
    ["request_changes", { text: "in euro too" }, { kind: "request_changes", text: "in euro too" }],
  ])("%s becomes an interaction under view and hash", (form, values, interaction) => {
    expect(parseSubmission(submission(form, values, about))).toMatchObject({
      ok: true,
      value: {
        kind: "interaction",
        key: "view:V1:h1",
        interaction: { ...interaction, runId: "7KQ2ZZ", change: 1, by: { id: ownerId } },
      },
    });
  });

  it.each([
    ["reject", { reason: " " }, "reason"],
    ["request_changes", { text: "" }, "text"],
    ["ask", { text: "--team web" }, "text"],
  ])("%s left empty says so beside its field", (form, values, field) => {
    const parsed = parseSubmission(submission(form, values, about));
    expect(parsed).toMatchObject({ ok: true, value: { kind: "errors", errors: { [field]: expect.any(String) } } });
  });

  it("ask keeps the thread it was opened in, but not the message that was pressed", () => {
    const parsed = parseSubmission(submission("ask", { text: "mend it", team: "web" }, about));
    if (!parsed.ok || parsed.value.kind !== "request") throw new Error("not a request");
    expect(newRequestSchema.parse(parsed.value.request)).toEqual(parsed.value.request);
    expect(parsed.value.request).toMatchObject({ kind: "form", text: "mend it", team: "web" });
    expect(parsed.value.request.place).toEqual({
      surface: "slack",
      workspace: TEAM,
      channel: MARKETING,
      threadTs: "18.1",
    });
  });

  it("without what they are about are malformed", () => {
    const parsed = parseSubmission(submission("reject", { reason: "no" }, { channel: MARKETING }));
    expect(parsed).toMatchObject({ ok: false, problem: { kind: "malformed" } });
  });
});

describe("plain text", () => {
  it("never loses what stands outside tokens, whatever the text is", () => {
    assert(
      property(string({ unit: "grapheme", maxLength: 200 }), (typed) => {
        const sent = typed.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
        expect(plainText(sent)).toBe(typed);
      }),
    );
  });

  it.each([
    ["<https://example.com>", "https://example.com"],
    ["<https://example.com/|example.com>", "https://example.com/"],
    ["<https://evil.example.com|Click>", "Click (https://evil.example.com)"],
    ["<mailto:a@example.com|a@example.com>", "mailto:a@example.com"],
    ["<!subteam^S1|@web-owners>", "@web-owners"],
    ["<!date^1^{date}|Monday>", "Monday"],
    ["a < b and <unknown thing>", "a < b and <unknown thing>"],
    ["&amp;lt;b&amp;gt;", "&lt;b&gt;"],
  ])("%s reads %s", (sent, read) => {
    expect(plainText(sent)).toBe(read);
  });
});
