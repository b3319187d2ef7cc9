import { describe, expect, it } from "vitest";
import type { Place } from "../../src/core/request.ts";
import {
  memoryIntake,
  BOT,
  MARKETING,
  OTHER,
  OWNER,
  OWNERS,
  REQUESTER,
  seed,
  startChat,
  startReceiver,
  startWorkspace,
  TEAM,
} from "./workspace.ts";

const place: Place = { surface: "slack", workspace: TEAM, channel: MARKETING };

describe("people and groups", () => {
  it.each([
    [`slack:${OWNER}`, "member", "Web owner"],
    ["slack:U0GUEST", "guest", "Guest"],
    ["slack:U0ROBOT", "bot", "Robot"],
    ["slack:U0NOBODY", "unknown", "slack:U0NOBODY"],
    ["linear:someone", "unknown", "linear:someone"],
  ])("reads %s as a %s", async (id, kind, name) => {
    const robot = { id: "U0ROBOT", name: "Robot", title: "", email: "", isBot: true };
    const slack = await startWorkspace({ seed: { ...seed, people: [...seed.people, robot] } });
    const read = await startChat(slack).readPerson(id);
    expect(read.kind).toBe(kind);
    expect(read.name).toBe(name);
  });

  it("asks Slack every time authority is read, and says unreadable instead of empty", async () => {
    const slack = await startWorkspace();
    const chat = startChat(slack);
    expect(await chat.readGroup(OWNERS)).toEqual(new Set([`slack:${OWNER}`, `slack:${OTHER}`]));
    await chat.readGroup(OWNERS);
    await chat.readPerson(`slack:${OWNER}`);
    await chat.readPerson(`slack:${OWNER}`);
    const asked = slack.calls().map(({ method }) => method);
    expect(asked.filter((method) => method === "usergroups.users.list")).toHaveLength(2);
    expect(asked.filter((method) => method === "users.info")).toHaveLength(2);
    expect(await chat.readGroup("S0NOSUCH")).toBeUndefined();
    slack.failNext({ method: "usergroups.users.list", status: 503, times: 1 });
    expect(await chat.readGroup(OWNERS)).toBeUndefined();
  });

  it("throws when a person cannot be read, rather than calling them unknown", async () => {
    const slack = await startWorkspace();
    slack.failNext({ method: "users.info", error: "internal_error", times: 1 });
    await expect(startChat(slack).readPerson(`slack:${OWNER}`)).rejects.toThrow();
  });
});

describe("a thread as context", () => {
  it("is its root and last messages before the one that asked, with our own posts left out and outsiders marked", async () => {
    const slack = await startWorkspace({
      seed: { ...seed, channels: seed.channels.map((each) => ({ ...each, members: [...each.members, "U0GUEST"] })) },
    });
    await startReceiver(slack, memoryIntake());
    const chat = startChat(slack);
    const root = await slack.say({ user: OWNER, channel: MARKETING, text: "Prices <b> & more, ask @Other owner" });
    for (const text of ["one", "two", "three \u202e"]) {
      await slack.say({ user: "U0GUEST", channel: MARKETING, text, threadTs: root.ts });
    }
    await chat.react({ ...place, messageTs: root.ts }, "+1");
    const asked = await slack.say({
      user: REQUESTER,
      channel: MARKETING,
      text: "@Countersign do it",
      threadTs: root.ts,
    });
    await slack.say({ user: OWNER, channel: MARKETING, text: "after", threadTs: root.ts });
    const at = { ...place, threadTs: root.ts, messageTs: asked.ts };
    const read = await chat.readThread(at, { limit: 2 });
    expect(read.map(({ author, text, outsider }) => [author, text, outsider])).toEqual([
      ["Web owner", "Prices <b> & more, ask @Other owner", false],
      ["Guest", "two", true],
      ["Guest", "three ", true],
    ]);
    const since = read.at(-2)!.atMs;
    expect((await chat.readThread(at, { limit: 50, sinceMs: since })).map(({ text }) => text)).toEqual(["three "]);
    expect(await chat.readThread({ ...place, threadTs: asked.ts, messageTs: asked.ts }, { limit: 50 })).toEqual([]);
    expect(await chat.readThread(place, { limit: 50 })).toEqual([]);
    expect(slack.state().messages.some(({ user }) => user === BOT)).toBe(false);
  });
});

describe("files", () => {
  it("are read up to their limit, with the token shown to Slack alone", async () => {
    const slack = await startWorkspace();
    const intake = memoryIntake();
    await startReceiver(slack, intake);
    const content = "a,b\n1,2\n";
    await slack.say({
      user: REQUESTER,
      channel: MARKETING,
      text: "@Countersign use this table",
      files: [{ name: "table.csv", bytes: Buffer.from(content), mimetype: "text/csv" }],
    });
    const [stored] = intake.stored.values();
    if (stored === undefined || !("files" in stored.value)) throw new Error("no file arrived");
    const [file] = stored.value.files;
    expect(file).toMatchObject({ name: "table.csv", sizeBytes: content.length });
    const chat = startChat(slack);
    const bytes = await chat.downloadFile(file!, 1000);
    expect(Buffer.from(bytes ?? []).toString()).toBe(content);
    expect(await chat.downloadFile(file!, 3)).toBeUndefined();
    expect(await chat.downloadFile({ ...file!, id: "F0NONE" }, 1000)).toBeUndefined();
  });

  it("react twice without complaint", async () => {
    const slack = await startWorkspace();
    const chat = startChat(slack);
    const { ts } = slack.state().channels[MARKETING]!.messages[0]!;
    await chat.react({ ...place, messageTs: ts }, "+1");
    await chat.react({ ...place, messageTs: ts }, "+1");
    expect(slack.state().messages[0]?.reactions).toMatchObject([{ name: "+1", users: [BOT] }]);
  });
});
