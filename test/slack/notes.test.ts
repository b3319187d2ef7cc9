import { describe, expect, it } from "vitest";
import { note } from "../../src/core/notes.ts";
import { fresh, messageAt, plannedFor, RUN, sentAt } from "./sending.ts";
import { STATES } from "./states.ts";
import { change, ownerId, request, requesterId } from "./views.ts";
import { OWNER, REQUESTER, REVIEW, startChat, startWorkspace } from "./workspace.ts";

describe("notes", () => {
  const place = request.place;

  it("reach one person in the thread they pressed in", async () => {
    const slack = await startWorkspace();
    const chat = startChat(slack);
    const given = fresh(STATES["waiting-for-approval"]!);
    const card = sentAt(await chat.post(await plannedFor(chat, given, "card"), { runId: RUN, slot: "card" }));
    const told = note(
      { key: "answer:1", to: { id: requesterId, name: "x" }, place: { ...place, threadTs: card.ts } },
      { kind: "requester_cannot", change: 1 },
    );
    const planned = await chat.planNote(told, given);
    expect(planned.once).toBe(true);
    await chat.post(planned, { runId: RUN, slot: planned.slot });
    expect(slack.state().ephemerals[REQUESTER]).toMatchObject([
      { text: "You asked for this change, so someone else approves it.", threadTs: card.ts },
    ]);
  });

  it("post the whole diff as a file in the thread of the card it was asked on", async () => {
    const slack = await startWorkspace();
    const chat = startChat(slack);
    const given = fresh(STATES["waiting-for-approval"]!);
    const card = sentAt(await chat.post(await plannedFor(chat, given, "card"), { runId: RUN, slot: "card" }));
    const asked = note(
      { key: "answer:2", to: { id: ownerId, name: "x" }, place: { ...place, messageTs: card.ts } },
      { kind: "full_diff", change: 1 },
    );
    const planned = await chat.planNote(asked, given);
    expect(await chat.post(planned, { runId: RUN, slot: planned.slot })).toMatchObject({ kind: "sent" });
    const shared = await slack.waitFor((now) => now.messages.find(({ files }) => files.length > 0), {
      timeoutMs: 5000,
      what: "the file",
    });
    expect(shared.threadTs).toBe(card.ts);
    expect(shared.files[0]).toMatchObject({ name: `${RUN}-version-1.diff`, text: change().diff });
    const missing = await chat.planNote({ ...asked, data: { change: 9 } }, given);
    await chat.post(missing, { runId: RUN, slot: missing.slot });
    expect(slack.state().ephemerals[OWNER]).toMatchObject([{ text: "That diff is not kept any more." }]);
  });

  it("answer a person who has no run, and never throw when Slack is away", async () => {
    const slack = await startWorkspace();
    const chat = startChat(slack);
    const told = note({ key: "answer:3", to: { id: requesterId, name: "x" }, place }, { kind: "status", runs: [] });
    await chat.answer(told);
    expect(slack.state().ephemerals[REQUESTER]).toMatchObject([{ text: "You have no runs that move or wait." }]);
    slack.failNext({ method: "*", status: 503, times: 5 });
    await expect(chat.answer(told)).resolves.toBeUndefined();
  });

  it("post a call for platform in its channel with who asks and why", async () => {
    const slack = await startWorkspace();
    const chat = startChat(slack);
    const asked = note(
      { key: "platform:1", place: { ...place, channel: REVIEW } },
      { kind: "platform_request", by: { id: requesterId, name: "Marketing requester" } },
    );
    const planned = await chat.planNote(asked, STATES["refused-no-repository"]);
    const at = sentAt(await chat.post(planned, { runId: RUN, slot: planned.slot }));
    expect(at.channel).toBe(REVIEW);
    expect(JSON.stringify(messageAt(slack, at).blocks)).toContain("marketing has no repository called acme/billing.");
  });

  it("of a kind this version does not know are told plainly instead of holding up the rest", async () => {
    const slack = await startWorkspace();
    const chat = startChat(slack);
    const place = { ...request.place };
    const odd = { key: "answer:9", kind: "from_the_future", to: { id: requesterId, name: "x" }, place, data: {} };
    const planned = await chat.planNote(odd, STATES["working"]);
    expect(await chat.post(planned, { runId: RUN, slot: planned.slot })).toMatchObject({ kind: "sent" });
    expect(slack.state().ephemerals[REQUESTER]).toMatchObject([
      { text: "There is news about this run; its card shows it." },
    ]);
  });
});
