import { LinearWebhookClient } from "@linear/sdk/webhooks";
import { expect, it } from "vitest";
import { ADA, BEN, BOT, Clock, clientOf, open, quiet, receive, SECRET, sessionIn, SILENT, start } from "./fixture.ts";

it("signs each webhook so that the SDK believes it", async () => {
  const linear = await start();
  const hook = await receive(linear);
  await open(linear);
  await quiet(linear);
  expect(hook.got).toHaveLength(3);
  for (const { raw, headers, body } of hook.got) {
    const client = new LinearWebhookClient(SECRET);
    expect(client.verify(Buffer.from(raw), String(headers["linear-signature"]), body.webhookTimestamp)).toBe(true);
    expect(() =>
      new LinearWebhookClient("wrong").verify(
        Buffer.from(raw),
        String(headers["linear-signature"]),
        body.webhookTimestamp,
      ),
    ).toThrow();
  }
  expect(new Set(hook.got.map(({ headers }) => headers["linear-delivery"])).size).toBe(3);
  expect(new Set(hook.got.map(({ body }) => body.webhookId)).size).toBe(1);
});

it("delegating tells of the session, of the issue and the app's inbox", async () => {
  const linear = await start();
  const hook = await receive(linear);
  const session = await open(linear);
  await quiet(linear);
  const [created] = hook.of("AgentSessionEvent");
  expect(created?.body).toMatchObject({
    type: "AgentSessionEvent",
    action: "created",
    organizationId: "org-1",
    oauthClientId: "oauth-1",
    appUserId: BOT,
    agentSession: {
      id: session,
      status: "pending",
      creatorId: ADA,
      creator: { id: ADA, email: "ada@acme.test" },
      issue: { identifier: "ENG-1", team: { key: "ENG" }, description: expect.stringContaining(linear.url) },
      comment: { id: sessionIn(linear, session).commentId },
    },
    guidance: [
      { body: "Be brief.", origin: { type: "Organization" } },
      { body: "Write a test first.", origin: { type: "Team", team: { key: "ENG" } } },
    ],
  });
  expect(created?.body.promptContext).toContain("Happens to me too.");
  expect(created?.body.agentActivity).toBeUndefined();
  expect(created?.body.previousComments).toBeUndefined();
  expect(hook.of("Issue")[0]?.body).toMatchObject({
    action: "update",
    actor: { id: ADA, type: "user" },
    data: { delegateId: BOT, assigneeId: ADA, state: { type: "backlog" }, labels: [{ name: "bug" }] },
    updatedFrom: { delegateId: null, updatedAt: expect.any(String) },
  });
  expect(hook.of("AppUserNotification")[0]?.body).toMatchObject({
    action: "issueAssignedToYou",
    appUserId: BOT,
    notification: { type: "issueAssignedToYou", actorId: ADA, issue: { identifier: "ENG-1" } },
  });
});

it("tells who wrote or stopped, with their words and their address", async () => {
  const linear = await start();
  const hook = await receive(linear);
  const session = await open(linear);
  await linear.prompt({ user: BEN, session, body: "Also the logout" });
  await linear.stop({ user: ADA, session });
  await quiet(linear);
  const prompted = hook.of("AgentSessionEvent").filter(({ body }) => body.action === "prompted");
  const byStop = (signal: string | null) => prompted.find(({ body }) => body.agentActivity.signal === signal)?.body;
  expect(byStop(null)).toMatchObject({
    agentSession: { id: session },
    agentActivity: {
      content: { type: "prompt", body: "Also the logout" },
      userId: BEN,
      user: { email: "ben@acme.test" },
    },
  });
  expect(byStop("stop")).toMatchObject({ agentActivity: { userId: ADA }, agentSession: { status: "stopping" } });
});

it("a mention in a thread opens a session that knows what was said before", async () => {
  const linear = await start();
  const hook = await receive(linear);
  const made = await linear.comment({
    user: ADA,
    issue: "ENG-1",
    body: "@countersign can you look?",
    parent: "comment-1",
  });
  const plain = await linear.comment({ user: ADA, issue: "ENG-1", body: "mail bob@countersign.test instead" });
  expect(plain.session).toBeUndefined();
  await quiet(linear);
  expect(hook.of("AgentSessionEvent").map(({ body }) => body)).toMatchObject([
    {
      agentSession: { id: made.session, commentId: "comment-1", sourceCommentId: made.comment },
      previousComments: [{ id: "comment-1", body: "Happens to me too.", userId: BEN }],
    },
  ]);
  const actions = hook.of("AppUserNotification").map(({ body }) => body.action);
  expect(new Set(actions)).toEqual(new Set(["issueCommentMention", "issueNewComment"]));
  expect(hook.of("Comment")).toHaveLength(2);
});

it("a session of an automation names no creator", async () => {
  const linear = await start();
  const hook = await receive(linear);
  await linear.automate({ issue: "ENG-1" });
  await quiet(linear);
  const [created] = hook.of("AgentSessionEvent");
  expect(created?.body.agentSession.creator).toBeUndefined();
  expect(created?.body.agentSession.creatorId).toBeUndefined();
});

it("tells what the app did itself, under the app's name", async () => {
  const linear = await start();
  const hook = await receive(linear);
  await clientOf(linear).updateIssue("ENG-1", { title: "Login loops" });
  await quiet(linear);
  expect(hook.got.map(({ body }) => body)).toMatchObject([
    {
      type: "Issue",
      action: "update",
      actor: { id: "oauth-1", type: "oauthClient" },
      updatedFrom: { title: "Login redirect loops in the web shop" },
    },
  ]);
});

it("tells of un-delegating, cancelling, deleting, access and removal", async () => {
  const linear = await start();
  const hook = await receive(linear);
  const { issue } = await linear.createIssue({ user: ADA, team: "ENG", title: "New" });
  await linear.delegate({ user: ADA, issue });
  await linear.delegate({ user: ADA, issue, to: null });
  await linear.setState({ user: ADA, issue, type: "canceled" });
  await linear.remove({ user: ADA, issue });
  await linear.changeTeamAccess({ removed: ["OPS"] });
  await linear.revokeApp();
  await linear.setState({ user: ADA, issue: "ENG-1", type: "started" });
  await quiet(linear);
  const told = hook.got.map(({ body }) => `${body.type} ${body.action}`).sort();
  expect(told).toEqual([
    "AgentSessionEvent created",
    "AppUserNotification issueAssignedToYou",
    "AppUserNotification issueUnassignedFromYou",
    "Issue create",
    "Issue remove",
    "Issue update",
    "Issue update",
    "Issue update",
    "OAuthApp revoked",
    "PermissionChange teamAccessChanged",
  ]);
  expect(hook.of("PermissionChange")[0]?.body).toMatchObject({
    removedTeamIds: ["team-ops"],
    canAccessAllPublicTeams: false,
  });
  await expect(clientOf(linear).viewer).rejects.toMatchObject({ type: "AuthenticationError" });
});

it("sends again under the same id what was not answered with 200, then gives up", async () => {
  const linear = await start({ retryDelaysMs: [1, 1] });
  const hook = await receive(linear);
  hook.statuses.push(500, 202, 200);
  await linear.remove({ user: ADA, issue: "ENG-1" });
  await quiet(linear);
  expect(linear.deliveries()).toMatchObject([{ event: "Issue", statuses: [500, 202, 200], outcome: "delivered" }]);
  expect(new Set(hook.got.map(({ raw }) => raw)).size).toBe(1);
  expect(new Set(hook.got.map(({ headers }) => headers["linear-delivery"])).size).toBe(1);
  hook.statuses.push(500, 500, 500);
  await linear.remove({ user: BEN, issue: "OPS-7" });
  await quiet(linear);
  expect(linear.deliveries()[1]).toMatchObject({ statuses: [500, 500, 500], outcome: "failed" });
});

it("a webhook sent again can carry a new timestamp, signed anew", async () => {
  const clock = new Clock();
  const linear = await start({ retryDelaysMs: [1], retryKeepsTimestamp: false, now: clock.now });
  const hook = await receive(linear);
  hook.statuses.push(500);
  await linear.remove({ user: ADA, issue: "ENG-1" });
  clock.pass(70_000);
  await quiet(linear);
  const again = hook.got[1]!;
  expect(again.body.webhookTimestamp - hook.got[0]!.body.webhookTimestamp).toBe(70_000);
  expect(again.headers["linear-signature"]).not.toBe(hook.got[0]!.headers["linear-signature"]);
  const { id } = linear.deliveries()[0]!;
  expect(await linear.redeliver(id, { timestampMs: 5 })).toBe(200);
  expect(hook.got[2]?.body).toMatchObject({ webhookTimestamp: 5 });
  expect(hook.got[2]?.headers["linear-delivery"]).toBe(id);
});

it("counts a receiver that takes too long as one that did not answer", async () => {
  const linear = await start({ retryDelaysMs: [], webhookTimeoutMs: 30 });
  const hook = await receive(linear);
  hook.statuses.push(SILENT);
  await linear.remove({ user: ADA, issue: "ENG-1" });
  await quiet(linear);
  expect(hook.got).toHaveLength(1);
  expect(linear.deliveries()).toMatchObject([{ statuses: [0], outcome: "failed" }]);
});
