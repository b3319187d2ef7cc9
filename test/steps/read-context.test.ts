// What the agent is given beside the request: from chat and tracker, quoted, and never more because one of them is away.
import { expect, it } from "vitest";
import { ISSUE_AS_SENT } from "../../src/core/request.ts";
import type { ContextMessage, Run, Turn } from "../../src/ports.ts";
import { readContext, type ContextPorts } from "../../src/steps/read-context.ts";
import { SILENT } from "../setup/store.ts";
import { NOW_MS, runOf } from "./runs.ts";

const told: ContextMessage = { author: "Ann", atMs: 1, text: "Prices are old.", outsider: false };
const background = [
  { author: ISSUE_AS_SENT, text: "<issue/>" },
  { author: "Guidance for agents (workspace)", text: "Be brief." },
];

function runWith(more: Partial<Run["request"]> = {}): Run {
  const run = runOf({ phase: "provisioning", turn: 1 });
  return { ...run, request: { ...run.request, background, ...more } };
}

function turnOf(turn: number, files: Turn["files"] = []): Turn {
  const author = { id: "slack:U0ANN", name: "Ann" };
  const kind = turn === 1 ? ("request" as const) : ("follow_up" as const);
  return { turn, kind, prompt: "x", author, authorMayVote: false, files, atMs: 1, contextCount: 0, pictureCount: 0 };
}

function portsOf(
  given: Partial<NonNullable<ContextPorts["tracker"]>> = {},
): ContextPorts & { readonly read: string[] } {
  const read: string[] = [];
  const fileOf = (from: string) => async (file: { readonly id: string }) => {
    read.push(`${from} ${file.id}`);
    return file.id.includes("lost") ? undefined : new Uint8Array([1]);
  };
  return {
    read,
    chat: { readThread: async () => [told], downloadFile: fileOf("chat") },
    tracker: { readIssueText: async () => [told], downloadFile: fileOf("tracker"), ...given },
    log: SILENT,
  };
}

it("the issue is given as it stands now, with the guidance that came along", async () => {
  const context = await readContext(portsOf(), { run: runWith(), turn: turnOf(1) });
  expect(context).toMatchObject({
    messages: [],
    issue: { identifier: "ENG-1", messages: [told, { author: "Guidance for agents (workspace)", text: "Be brief." }] },
  });
});

it.each([
  ["is away", () => Promise.reject(new Error("503"))],
  ["does not show it any more", async () => []],
])("it is given as it was sent where the tracker %s", async (_how, readIssueText) => {
  const { issue } = await readContext(portsOf({ readIssueText }), { run: runWith(), turn: turnOf(1) });
  expect(issue?.messages).toEqual(background.map((each) => ({ ...each, atMs: NOW_MS, outsider: false })));
});

it("it is given once: later turns know it already", async () => {
  const ports = portsOf({ readIssueText: () => Promise.reject(new Error("not asked")) });
  expect(await readContext(ports, { run: runWith(), turn: turnOf(2) })).toEqual({
    messages: [],
    files: [],
    pictures: 0,
  });
});

it("a thread is read for a mention in Slack, beside the issue it names", async () => {
  const place = { surface: "slack", workspace: "T", channel: "C", threadTs: "1.2" } as const;
  const context = await readContext(portsOf(), { run: runWith({ kind: "mention", place }), turn: turnOf(1) });
  expect(context.messages).toEqual([told]);
  expect(context.issue?.identifier).toBe("ENG-1");
});

it("files are read where they are from, five at most, and one that cannot be read is left out", async () => {
  const file = (id: string, mimeType = "text/plain") => ({ id, name: id, sizeBytes: 1, mimeType });
  const files = [
    file("https://uploads.linear.app/a.png", "image/png"),
    file("F0CHAT", "image/png"),
    file("F0LOST-lost"),
    file("F3"),
    file("F4"),
    file("F5"),
  ];
  const ports = portsOf();
  const context = await readContext(ports, { run: runWith(), turn: turnOf(1, files) });
  expect(ports.read).toEqual([
    "tracker https://uploads.linear.app/a.png",
    "chat F0CHAT",
    "chat F0LOST-lost",
    "chat F3",
    "chat F4",
  ]);
  expect(context.files.map(({ name }) => name)).toEqual(["https://uploads.linear.app/a.png", "F0CHAT", "F3", "F4"]);
  expect(context.pictures).toBe(2);
});
