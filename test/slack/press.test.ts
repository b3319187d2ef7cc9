import { describe, expect, it } from "vitest";
import type { LocalSlack } from "../../src/local/slack/server.ts";
import { fresh, RUN, sentAt } from "./sending.ts";
import { STATES } from "./states.ts";
import { ownerId, SEAL } from "./views.ts";
import { MARKETING, memoryIntake, OWNER, REQUESTER, startChat, startReceiver, startWorkspace } from "./workspace.ts";

/** The card that waits, its approval below it in the thread, and our receiver listening. */
async function setStage() {
  const slack = await startWorkspace({ commandAckMs: 300 });
  const intake = memoryIntake();
  await startReceiver(slack, intake);
  const chat = startChat(slack);
  const given = fresh(STATES["waiting-for-approval"]!);
  const at = new Map<string, { readonly channel: string; readonly ts: string }>();
  for (const planned of await chat.planRun(given)) {
    at.set(planned.slot, sentAt(await chat.post(planned, { runId: RUN, slot: planned.slot })));
  }
  return { slack, intake, card: at.get("card")!, approval: at.get("approval:1")! };
}

function formOf(slack: LocalSlack, user: string) {
  return slack.waitFor((now) => now.views[user]?.at(-1), { timeoutMs: 5000, what: "the form" });
}

describe("pressing", () => {
  it("Approve stores one vote with the seal it was cast on, then answers Slack", async () => {
    const { slack, intake, card, approval } = await setStage();
    const done = await slack.click({ user: OWNER, channel: MARKETING, ts: approval.ts, actionId: "approve" });
    expect(done).toEqual({ ok: true });
    expect([...intake.stored.values()].map(({ value }) => value)).toEqual([
      {
        kind: "approve",
        runId: RUN,
        change: 1,
        seal: SEAL,
        by: { id: ownerId, name: expect.any(String) },
        place: expect.objectContaining({ channel: MARKETING, threadTs: card.ts, messageTs: approval.ts }),
      },
    ]);
  });

  it("shows the person that nothing was done when storing fails, and leaves nothing half done", async () => {
    const { slack, intake, approval } = await setStage();
    intake.failures = 1;
    const done = await slack.click({ user: OWNER, channel: MARKETING, ts: approval.ts, actionId: "approve" });
    expect(done.ok).toBe(false);
    expect(intake.stored.size).toBe(0);
    expect(slack.state().ephemerals[OWNER]?.some(({ from }) => from === "slack")).toBe(true);
  });

  it("Reject opens a form at once; the reason is stored when it is sent, and not when storing fails", async () => {
    const { slack, intake, approval } = await setStage();
    await slack.click({ user: OWNER, channel: MARKETING, ts: approval.ts, actionId: "reject" });
    const form = await formOf(slack, OWNER);
    expect(form.title).toBe("Reject this change");
    expect(intake.stored.size).toBe(0);
    const values = { reason: { reason: "the redesign replaces this page" } };
    intake.failures = 1;
    expect((await slack.submit({ user: OWNER, viewId: form.id, values })).ok).toBe(false);
    expect(intake.stored.size).toBe(0);
    expect(await slack.submit({ user: OWNER, viewId: form.id, values })).toEqual({ ok: true });
    expect([...intake.stored]).toMatchObject([
      [
        expect.stringContaining(`view:${form.id}:`),
        { value: { kind: "reject", runId: RUN, change: 1, by: { id: ownerId } } },
      ],
    ]);
    expect(slack.state().views[OWNER]).toEqual([]);
  });

  it("Request changes and Withdraw work for the requester too, as their own person", async () => {
    const { slack, intake, card, approval } = await setStage();
    await slack.click({ user: REQUESTER, channel: MARKETING, ts: approval.ts, actionId: "request_changes" });
    const form = await formOf(slack, REQUESTER);
    await slack.submit({ user: REQUESTER, viewId: form.id, values: { text: { text: "in euro too" } } });
    await slack.click({ user: REQUESTER, channel: MARKETING, ts: card.ts, actionId: "withdraw" });
    expect([...intake.stored.values()].map(({ value }) => [value.kind, "by" in value ? value.by.id : ""])).toEqual([
      ["request_changes", `slack:${REQUESTER}`],
      ["withdraw", `slack:${REQUESTER}`],
    ]);
  });

  it("a form that Slack no longer opens is said to the person who pressed", async () => {
    const { slack, approval } = await setStage();
    slack.failNext({ method: "views.open", error: "expired_trigger_id", times: 1 });
    await slack.click({ user: OWNER, channel: MARKETING, ts: approval.ts, actionId: "reject" });
    const told = await slack.waitFor((now) => now.ephemerals[OWNER]?.at(-1), { timeoutMs: 5000, what: "an answer" });
    expect(told.text).toContain("could not be opened in time");
  });
});

describe("what was stored but not acknowledged", () => {
  it("comes again over the next connection and changes nothing", async () => {
    const slack = await startWorkspace();
    const intake = memoryIntake();
    const { acceptMention } = intake;
    let cuts = 2;
    const cutting = {
      ...intake,
      acceptMention: async (...given: Parameters<typeof acceptMention>) => {
        const accepted = await acceptMention(...given);
        if (cuts > 0) {
          cuts -= 1;
          slack.disconnectSockets("connection_lost");
        }
        return accepted;
      },
    };
    await startReceiver(slack, cutting, { sockets: 2 });
    const said = await slack.say({ user: REQUESTER, channel: MARKETING, text: "@Countersign mend the footer" });
    expect(said.failed).toBeUndefined();
    expect(intake.calls.length).toBeGreaterThan(2);
    expect(intake.stored.size).toBe(1);
  });
});
