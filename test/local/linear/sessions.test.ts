import { randomUUID } from "node:crypto";
import { ForbiddenLinearError, InvalidInputLinearError, type LinearClient } from "@linear/sdk";
import { expect, it, test } from "vitest";
import type { LocalLinear } from "../../../src/local/linear/server.ts";
import {
  accessIn,
  ADA,
  BEN,
  BOT,
  Clock,
  clientOf,
  GUEST,
  issueIn,
  open,
  RIVAL,
  sessionIn,
  start,
  token,
} from "./fixture.ts";

type Content = Record<string, unknown>;

function say(linear: LocalLinear, session: string, content: Content, marks: object = {}) {
  return clientOf(linear).createAgentActivity({ agentSessionId: session, content, ...marks });
}

const ACTION = { type: "action", action: "Running tests", parameter: "npm test" };

test.each<[string, Content, string]>([
  ["a thought makes a session active", { type: "thought", body: "Hm" }, "active"],
  ["an action makes a session active", ACTION, "active"],
  ["a question waits for input", { type: "elicitation", body: "Which one?" }, "awaitingInput"],
  ["a response completes it", { type: "response", body: "Done" }, "complete"],
  ["an error ends it", { type: "error", body: "Sorry" }, "error"],
])("%s", async (_says, content, status) => {
  const linear = await start();
  const session = await open(linear);
  expect(sessionIn(linear, session).status).toBe("pending");
  await say(linear, session, content);
  expect(sessionIn(linear, session)).toMatchObject({ status, activities: [{ content }] });
});

it("a person's prompt continues a complete session, until the app answers", async () => {
  const linear = await start();
  const session = await open(linear);
  await say(linear, session, { type: "response", body: "Done" });
  await linear.prompt({ user: BEN, session, body: "One more thing" });
  expect(sessionIn(linear, session)).toMatchObject({ status: "active", endedAtMs: undefined });
  await say(linear, session, { type: "response", body: "Done again" });
  expect(sessionIn(linear, session).status).toBe("complete");
});

it("a stopped session is stopping until the app's last word", async () => {
  const linear = await start();
  const session = await open(linear);
  await say(linear, session, { type: "thought", body: "Hm" });
  await linear.stop({ user: ADA, session });
  await say(linear, session, { type: "thought", body: "Cleaning up" });
  expect(sessionIn(linear, session).status).toBe("stopping");
  expect((await clientOf(linear).agentSession(session)).status).toBe("stopping");
  await say(linear, session, { type: "response", body: "Stopped before any change" });
  expect(sessionIn(linear, session).status).toBe("complete");
  await expect(linear.stop({ user: ADA, session })).rejects.toThrow(/nothing to stop/);
});

it("a session without a sign within ten seconds is unresponsive, until one comes", async () => {
  const clock = new Clock();
  const linear = await start({ now: clock.now });
  const session = await open(linear);
  clock.pass(9_999);
  expect(sessionIn(linear, session).unresponsive).toBe(false);
  clock.pass(1);
  expect(sessionIn(linear, session)).toMatchObject({ unresponsive: true, status: "pending" });
  await say(linear, session, { type: "thought", body: "Late" });
  expect(sessionIn(linear, session)).toMatchObject({ unresponsive: false, status: "active" });
});

it("links count as a sign of life, a title does not", async () => {
  const clock = new Clock();
  const linear = await start({ now: clock.now });
  const [titled, linked] = [await open(linear), (await linear.automate({ issue: "OPS-7" })).session];
  await clientOf(linear).updateAgentSession(titled, { summary: "Fix it" });
  await clientOf(linear).updateAgentSession(linked, { externalUrls: [{ label: "Run", url: "http://127.0.0.1/1" }] });
  clock.pass(11_000);
  expect(sessionIn(linear, titled).unresponsive).toBe(true);
  expect(sessionIn(linear, linked)).toMatchObject({ unresponsive: false, status: "pending" });
});

it("half an hour of silence makes a session stale, any activity brings it back", async () => {
  const clock = new Clock();
  const linear = await start({ now: clock.now });
  const session = await open(linear);
  await say(linear, session, { type: "elicitation", body: "Which?" });
  clock.pass(30 * 60_000 - 1);
  expect(sessionIn(linear, session).status).toBe("awaitingInput");
  clock.pass(1);
  expect((await clientOf(linear).agentSession(session)).status).toBe("stale");
  await say(linear, session, { type: "thought", body: "Still here" }, { ephemeral: true });
  expect(sessionIn(linear, session).status).toBe("active");
});

it("an ephemeral activity goes when the next one comes, and its id stays taken", async () => {
  const linear = await start();
  const session = await open(linear);
  const id = randomUUID();
  await say(linear, session, ACTION, { id, ephemeral: true });
  await say(linear, session, { type: "thought", body: "Next" });
  expect(sessionIn(linear, session).activities.map(({ content }) => content.type)).toEqual(["thought"]);
  await expect(say(linear, session, ACTION, { id })).rejects.toBeInstanceOf(InvalidInputLinearError);
});

test.each<[string, Content, object]>([
  ["a body that is missing", { type: "thought" }, {}],
  ["a body that is empty", { type: "thought", body: " " }, {}],
  ["an action without its parameter", { type: "action", action: "Run" }, {}],
  ["a kind that does not exist", { type: "idea", body: "x" }, {}],
  ["a prompt, which is for people", { type: "prompt", body: "x" }, {}],
  ["a field that the kind does not have", { type: "thought", body: "x", title: "y" }, {}],
  ["an ephemeral response", { type: "response", body: "x" }, { ephemeral: true }],
  ["a stop signal from an app", { type: "elicitation", body: "x" }, { signal: "stop" }],
  ["a select without options", { type: "elicitation", body: "x" }, { signal: "select" }],
  [
    "a select with an option without value",
    { type: "elicitation", body: "x" },
    { signal: "select", signalMetadata: { options: [{ label: "Yes" }] } },
  ],
  ["a select on a thought", { type: "thought", body: "x" }, { signal: "select", signalMetadata: {} }],
  ["an id that is no UUID v4", { type: "thought", body: "x" }, { id: "01890a5d-ac96-774b-bcce-b302099a8057" }],
])("refuses %s", async (_says, content, marks) => {
  const linear = await start();
  const session = await open(linear);
  await expect(say(linear, session, content, marks)).rejects.toBeInstanceOf(InvalidInputLinearError);
  expect(sessionIn(linear, session)).toMatchObject({ status: "pending", activities: [] });
});

test.each<[string, Parameters<LinearClient["updateAgentSession"]>[1]]>([
  ["a plan that is no list", { plan: { steps: [] } }],
  ["a step with an unknown status", { plan: [{ content: "x", status: "done" }] }],
  ["an empty summary", { summary: "" }],
  ["a summary of two lines", { summary: "a\nb" }],
  ["a summary of 256 characters", { summary: "a".repeat(256) }],
  ["a link that is no web address", { externalUrls: [{ label: "x", url: "javascript:1" }] }],
])("refuses %s and changes nothing", async (_says, input) => {
  const linear = await start();
  const session = await open(linear);
  await expect(clientOf(linear).updateAgentSession(session, input)).rejects.toBeInstanceOf(InvalidInputLinearError);
  const { externalUrls, plan, summary } = sessionIn(linear, session);
  expect({ externalUrls, plan, summary }).toEqual({ externalUrls: [] });
});

it("replaces the plan as a whole, and lets externalUrls win over added and removed ones", async () => {
  const linear = await start();
  const session = await open(linear);
  const sdk = clientOf(linear);
  const [a, b, c] = ["a", "b", "c"].map((label) => ({ label, url: `http://127.0.0.1/${label}` }));
  await sdk.updateAgentSession(session, { plan: [{ content: "1", status: "pending" }], externalUrls: [a!, b!] });
  await sdk.updateAgentSession(session, {
    plan: [{ content: "2", status: "inProgress" }],
    addedExternalUrls: [c!],
    removedExternalUrls: [a!.url],
  });
  expect(sessionIn(linear, session)).toMatchObject({
    plan: [{ content: "2", status: "inProgress" }],
    externalUrls: [b, c],
  });
  await sdk.updateAgentSession(session, { externalUrls: [a!], addedExternalUrls: [b!], removedExternalUrls: [a!.url] });
  expect(sessionIn(linear, session).externalUrls).toEqual([a]);
});

it("a person may pick what the newest question offers, and nothing else", async () => {
  const linear = await start();
  const session = await open(linear);
  const ask = (value: string) =>
    say(
      linear,
      session,
      { type: "elicitation", body: "Approve?" },
      { signal: "select", signalMetadata: { options: [{ value, label: "Yes" }] } },
    );
  await ask("approve 1");
  await ask("approve 2");
  expect(sessionIn(linear, session).options).toEqual(["approve 2"]);
  await expect(linear.choose({ user: ADA, session, value: "approve 1" })).rejects.toThrow(/does not offer/);
  await linear.choose({ user: ADA, session, value: "approve 2" });
  expect(sessionIn(linear, session)).toMatchObject({ status: "active", options: [] });
});

it("another app can neither write into a session nor change it", async () => {
  const rival = { userId: RIVAL, name: "Rival", handle: "rival", oauthClientId: "oauth-2" };
  const linear = await start({ otherApps: [{ ...rival, clientId: "client-2", clientSecret: "secret-2" }] });
  const session = await open(linear);
  const given = await token(linear, {
    grant_type: "client_credentials",
    scope: "read,write",
    client_id: "client-2",
    client_secret: "secret-2",
  });
  const foreign = clientOf(linear, accessIn(given));
  expect((await foreign.viewer).id).toBe(RIVAL);
  const content = { type: "thought", body: "Mine now" };
  await expect(foreign.createAgentActivity({ agentSessionId: session, content })).rejects.toBeInstanceOf(
    ForbiddenLinearError,
  );
  await expect(foreign.updateAgentSession(session, { summary: "Mine" })).rejects.toBeInstanceOf(ForbiddenLinearError);
  const { session: theirs } = await linear.delegate({ user: ADA, issue: "ENG-1", to: RIVAL });
  expect(sessionIn(linear, theirs!).appUserId).toBe(RIVAL);
  await expect(say(linear, theirs!, content)).rejects.toBeInstanceOf(ForbiddenLinearError);
});

it("a response stands in the issue's thread too", async () => {
  const linear = await start();
  const session = await open(linear);
  await say(linear, session, { type: "response", body: "Fixed the redirect" });
  const { commentId } = sessionIn(linear, session);
  expect(issueIn(linear, "ENG-1").comments.at(-1)).toMatchObject({
    author: "Countersign",
    body: "Fixed the redirect",
    parentId: commentId,
  });
});

it("dismissing a session takes the delegate away and ends what people can do in it", async () => {
  const linear = await start();
  const session = await open(linear);
  await linear.dismiss({ user: BEN, session });
  expect(sessionIn(linear, session)).toMatchObject({ dismissedById: BEN, dismissedAtMs: expect.any(Number) });
  expect(issueIn(linear, "ENG-1").delegateId).toBeUndefined();
  await expect(linear.prompt({ user: ADA, session, body: "Go on" })).rejects.toThrow(/dismissed/);
});

it("assigning is not delegating, unless the workspace is set up so", async () => {
  const plain = await start();
  expect(await plain.assign({ user: ADA, issue: "ENG-1", to: BOT })).toEqual({});
  expect(issueIn(plain, "ENG-1")).toMatchObject({ assigneeId: BOT, sessions: [] });
  expect(issueIn(plain, "ENG-1").delegateId).toBeUndefined();
  const eager = await start({ assignMakesSession: true });
  const { session } = await eager.assign({ user: ADA, issue: "ENG-1", to: BOT });
  expect(issueIn(eager, "ENG-1")).toMatchObject({ delegateId: BOT, sessions: [session] });
});

it("guests act in their own teams only, and nobody acts on what is in the trash", async () => {
  const linear = await start();
  await expect(linear.delegate({ user: GUEST, issue: "ENG-1" })).rejects.toThrow(/guest/);
  await linear.remove({ user: ADA, issue: "ENG-1" });
  await expect(linear.delegate({ user: ADA, issue: "ENG-1" })).rejects.toThrow(/trash/);
  expect((await clientOf(linear).issue("ENG-1")).trashed).toBe(true);
});

it("what the app may not see is not there for it", async () => {
  const linear = await start();
  const session = await open(linear);
  await linear.changeTeamAccess({ removed: ["ENG"] });
  await expect(clientOf(linear).issue("ENG-1")).rejects.toThrow(/Entity not found: Issue/);
  await expect(say(linear, session, { type: "thought", body: "x" })).rejects.toBeInstanceOf(InvalidInputLinearError);
  await expect(linear.delegate({ user: ADA, issue: "ENG-1", to: null })).resolves.toEqual({});
  await expect(linear.delegate({ user: ADA, issue: "ENG-1" })).rejects.toThrow(/no access/);
});
