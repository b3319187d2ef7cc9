import { describe, expect, it } from "vitest";
import type { RunView, SendResult } from "../../src/ports.ts";
import { mentionsOf } from "./rules.ts";
import { firstPost, fresh, messageAt, ours, plannedFor, RUN, sentAt } from "./sending.ts";
import { hostileView, STATES, waiting } from "./states.ts";
import { approval, change, mention, ownerId, request, rules, view } from "./views.ts";
import {
  MARKETING,
  OTHER,
  OWNER,
  OWNERS,
  PRIVATE,
  REQUESTER,
  REVIEW,
  seed,
  startChat,
  startWorkspace,
} from "./workspace.ts";

describe("posting", () => {
  it("makes a command's card the root of its thread, and everything else a reply to it", async () => {
    const slack = await startWorkspace();
    const chat = startChat(slack);
    const given = fresh(STATES["waiting-for-approval"]!);
    const remotes = new Map<string, { readonly channel: string; readonly ts: string }>();
    for (const planned of await chat.planRun(given)) {
      remotes.set(planned.slot, sentAt(await chat.post(planned, { runId: RUN, slot: planned.slot })));
    }
    expect([...remotes.keys()]).toEqual(["card", "approval:1", "stream:1"]);
    const root = remotes.get("card")!;
    expect(messageAt(slack, root)).toMatchObject({
      channel: MARKETING,
      metadata: { event_type: "countersign_delivery", event_payload: { run: RUN, slot: "card" } },
    });
    expect(messageAt(slack, root).threadTs).toBeUndefined();
    for (const slot of ["approval:1", "stream:1"]) {
      expect(messageAt(slack, remotes.get(slot)!).threadTs).toBe(root.ts);
    }
  });

  it("puts the approval where owners read it with a pointer in the thread, and wakes the owners once", async () => {
    const slack = await startWorkspace();
    const chat = startChat(slack);
    const given = fresh(STATES["waiting-in-review-channel"]!);
    for (const planned of await chat.planRun(given)) await chat.post(planned, { runId: RUN, slot: planned.slot });
    const state = slack.state();
    const card = state.channels[REVIEW]?.messages[0];
    expect(card?.notified.toSorted()).toEqual([OTHER, OWNER]);
    const root = state.channels[MARKETING]?.messages.at(-1);
    expect(root?.notified).toEqual([]);
    expect(root?.replies.map((reply) => reply.notified)).toEqual([[], []]);
    const planned = await plannedFor(chat, given, "pointer:1");
    expect(JSON.stringify(planned.content)).toContain(`<${card?.permalink}|version 1>`);
  });

  it("edits without waking anybody and without losing the key", async () => {
    const slack = await startWorkspace();
    const chat = startChat(slack);
    const before = fresh(STATES["waiting-for-approval"]!);
    const card = sentAt(await chat.post(await plannedFor(chat, before, "card"), { runId: RUN, slot: "card" }));
    const planned = await plannedFor(chat, before, "approval:1");
    const at = sentAt(await chat.post(planned, { runId: RUN, slot: "approval:1" }));
    expect(messageAt(slack, at).notified.toSorted()).toEqual([OTHER, OWNER]);
    const after = view(
      { ...waiting, approvals: [ownerId] },
      { changes: [change()], votes: [approval], run: { thread: card } },
    );
    const edited = await plannedFor(chat, after, "approval:1");
    expect(edited.digest).not.toBe(planned.digest);
    expect(await chat.edit(edited, at)).toEqual({ kind: "sent", remote: at });
    const shown = messageAt(slack, at);
    expect(mentionsOf(shown)).toEqual([]);
    expect(shown.metadata).toMatchObject({ event_payload: { run: RUN, slot: "approval:1" } });
    expect(slack.calls().filter(({ method }) => method === "chat.update")).toHaveLength(1);
  });

  it("wakes two owners where the group is large, never the requester, and the same two again", async () => {
    const many = Array.from({ length: 7 }, (_, index) => `U0MANY${index}`);
    const people = many.map((id) => ({ id, name: id, title: "", email: `${id.toLowerCase()}@example.com` }));
    const slack = await startWorkspace({
      seed: {
        ...seed,
        people: [...seed.people, ...people],
        usergroups: [{ id: OWNERS, handle: "web-owners", members: [...many, REQUESTER] }],
        channels: seed.channels.map((each) =>
          each.id === MARKETING ? { ...each, members: [...each.members, ...many] } : each,
        ),
      },
    });
    const chat = startChat(slack);
    const given = fresh(STATES["waiting-for-approval"]!);
    await chat.post(await plannedFor(chat, given, "card"), { runId: RUN, slot: "card" });
    const planned = await plannedFor(chat, given, "approval:1");
    const at = sentAt(await chat.post(planned, { runId: RUN, slot: "approval:1" }));
    const woken = messageAt(slack, at).notified;
    expect(woken).toHaveLength(2);
    expect(woken).not.toContain(REQUESTER);
    const again = await startChat(slack).planRun(given);
    expect(again.find(({ slot }) => slot === "approval:1")?.content).toEqual(planned.content);
  });

  it("falls back to the thread when the review channel does not take the card", async () => {
    const slack = await startWorkspace();
    const chat = startChat(slack);
    const given = fresh(view(waiting, { changes: [change()], run: { rules: { ...rules, reviewChannel: PRIVATE } } }));
    const results = new Map<string, SendResult>();
    for (const planned of await chat.planRun(given)) {
      results.set(planned.slot, await chat.post(planned, { runId: RUN, slot: planned.slot }));
    }
    const card = sentAt(results.get("card")!);
    expect(messageAt(slack, sentAt(results.get("approval:1")!))).toMatchObject({
      channel: MARKETING,
      threadTs: card.ts,
    });
    expect(results.get("pointer:1")).toMatchObject({ kind: "refused" });
  });

  it("shows a command's card in direct messages where the app is not in the channel", async () => {
    const slack = await startWorkspace();
    const chat = startChat(slack);
    const { run, ...rest } = fresh(STATES["waiting-for-approval"]!);
    const given = { ...rest, run: { ...run, request: { ...request, place: { ...request.place, channel: PRIVATE } } } };
    const card = sentAt(await chat.post(await plannedFor(chat, given, "card"), { runId: RUN, slot: "card" }));
    expect(card.channel).toMatch(/^D/);
    const reply = sentAt(
      await chat.post(await plannedFor(chat, given, "approval:1"), { runId: RUN, slot: "approval:1" }),
    );
    expect(messageAt(slack, reply)).toMatchObject({ channel: card.channel, threadTs: card.ts });
  });

  it("speaks in the channel when the message its thread hung on was deleted", async () => {
    const slack = await startWorkspace();
    const chat = startChat(slack);
    const planned = await plannedFor(chat, STATES["failed-tampered"]!, "outcome:1");
    const at = sentAt(await chat.post(planned, { runId: RUN, slot: "outcome:1" }));
    expect(messageAt(slack, at)).toMatchObject({ channel: MARKETING, notified: [REQUESTER] });
  });

  it("shows the refusal of a command to its requester alone", async () => {
    const slack = await startWorkspace();
    const chat = startChat(slack);
    const [planned, ...more] = await chat.planRun(fresh(STATES["refused-command"]!));
    expect(more).toEqual([]);
    expect(planned).toMatchObject({ slot: "refusal", once: true });
    await chat.post(planned!, { runId: RUN, slot: "refusal" });
    const state = slack.state();
    expect(ours(slack)).toEqual([]);
    expect(state.ephemerals[REQUESTER]?.map(({ text }) => text)).toEqual([
      "Not started: marketing has no repository called acme/billing.",
    ]);
  });

  it("answers a refused mention in its thread", async () => {
    const slack = await startWorkspace();
    const { ts } = firstPost(slack);
    const chat = startChat(slack);
    const place = { ...mention.place, threadTs: ts, messageTs: ts };
    const given = fresh({
      ...STATES["refused-no-team"]!,
      run: { ...STATES["refused-no-team"]!.run, request: { ...mention, place } },
    });
    const at = sentAt(await chat.post(await plannedFor(chat, given, "card"), { runId: RUN, slot: "card" }));
    expect(messageAt(slack, at).threadTs).toBe(ts);
  });

  it("takes hostile text as it is: nobody is woken and Slack accepts every message", async () => {
    const slack = await startWorkspace();
    const chat = startChat(slack);
    const evil = "<!channel> <@U0OTHER> <https://evil.example.com|acme> \u001b[31m\u202e @here ".repeat(500);
    const given = fresh(hostileView(evil));
    for (const planned of await chat.planRun(given)) {
      const result = await chat.post(planned, { runId: RUN, slot: planned.slot });
      expect([planned.slot, result.kind]).toEqual([planned.slot, "sent"]);
    }
    const woken = slack.state().messages.flatMap(({ notified }) => notified);
    expect(woken.toSorted()).toEqual([OTHER, OWNER]);
  });
});

describe("what went wrong", () => {
  it.each([
    ["a rate limit", { status: 429, retryAfterSeconds: 7 }, { kind: "later", afterMs: 7000 }],
    ["Slack being down", { status: 503 }, { kind: "later" }],
    ["an answer that is lost", { dropResponse: true }, { kind: "later" }],
    ["blocks Slack will never take", { error: "invalid_blocks" }, { kind: "refused", error: "invalid_blocks" }],
    ["Slack's own trouble", { error: "internal_error" }, { kind: "later" }],
  ])("is told apart: %s", async (_what, fault, expected) => {
    const slack = await startWorkspace();
    const chat = startChat(slack);
    const planned = await plannedFor(chat, fresh(STATES["working"]!), "card");
    slack.failNext({ method: "chat.postMessage", ...fault, times: 1 });
    expect(await chat.post(planned, { runId: RUN, slot: "card" })).toMatchObject(expected);
    expect(slack.calls().filter(({ method }) => method === "chat.postMessage")).toHaveLength(1);
  });

  it("finds a post whose answer was lost, in the channel and in the thread, and nothing that is not there", async () => {
    const slack = await startWorkspace();
    const chat = startChat(slack);
    const given = fresh(STATES["waiting-for-approval"]!);
    for (const slot of ["card", "approval:1"]) {
      const planned = await plannedFor(chat, given, slot);
      const key = { runId: RUN, slot };
      expect(await chat.findPosted(planned, key)).toBeUndefined();
      slack.failNext({ method: "chat.postMessage", dropResponse: true, times: 1 });
      expect(await chat.post(planned, key)).toMatchObject({ kind: "later" });
      const found = await chat.findPosted(planned, key);
      expect(
        messageAt(slack, { channel: String(found?.["channel"]), ts: String(found?.["ts"]) }).metadata,
      ).toMatchObject({
        event_payload: { slot },
      });
      expect(await chat.findPosted(planned, { runId: "OTHER0", slot })).toBeUndefined();
    }
    expect(ours(slack)).toHaveLength(2);
  });

  it("waits for the thread instead of posting a reply beside it", async () => {
    const slack = await startWorkspace();
    const chat = startChat(slack);
    const planned = await plannedFor(chat, fresh(STATES["waiting-for-approval"]!), "approval:1");
    expect(await chat.post(planned, { runId: RUN, slot: "approval:1" })).toMatchObject({ kind: "later" });
    expect(ours(slack)).toEqual([]);
  });
});

describe("states that follow each other", () => {
  it("keep four posts a version through a whole life, and end with every card closed", async () => {
    const slack = await startWorkspace();
    const chat = startChat(slack);
    const remotes = new Map<string, Readonly<Record<string, unknown>>>();
    const shown = new Map<string, string>();
    const states: readonly RunView[] = [
      STATES["queued"]!,
      STATES["getting-ready"]!,
      STATES["working"]!,
      STATES["checking"]!,
      STATES["waiting-for-approval"]!,
      STATES["approved"]!,
      STATES["pull-request-open"]!,
      STATES["merged"]!,
    ];
    for (const given of states) {
      const card = remotes.get("card");
      const at = fresh(given);
      const thread = card === undefined ? {} : { thread: { channel: String(card["channel"]), ts: String(card["ts"]) } };
      for (const planned of await chat.planRun({ ...at, run: { ...at.run, ...thread } })) {
        const before = remotes.get(planned.slot);
        if (shown.get(planned.slot) === planned.digest) continue;
        const result =
          before === undefined
            ? await chat.post(planned, { runId: RUN, slot: planned.slot })
            : await chat.edit(planned, before);
        if (result.kind !== "sent") throw new Error(JSON.stringify(result));
        remotes.set(planned.slot, result.remote);
        shown.set(planned.slot, planned.digest);
      }
    }
    expect([...remotes.keys()]).toEqual(["card", "stream:1", "approval:1", "outcome:1"]);
    const state = slack.state();
    expect(ours(slack)).toHaveLength(4);
    const buttons = state.messages.flatMap(({ blocks }) =>
      [...JSON.stringify(blocks).matchAll(/"action_id":"([^"]*)"/g)].map((match) => match[1]),
    );
    expect(new Set(buttons)).toEqual(new Set(["open_link"]));
    expect(state.messages.find(({ stream }) => stream !== undefined)?.stream?.state).toBe("completed");
  });
});
