import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { ANNA, BOT_TOKEN, errorOf, MKT, OWEN, startApp, startSlack, webClient } from "./fixture.ts";

const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

describe("files of the app", () => {
  it("uploads in two steps and shares behind the answer", async () => {
    const slack = await startSlack();
    const web = webClient(slack);
    const { ts = "" } = await web.chat.postMessage({ channel: MKT, text: "root" });
    await web.filesUploadV2({
      channel_id: MKT,
      thread_ts: ts,
      content: "-old\n+new\n",
      filename: "run.diff",
      snippet_type: "diff",
      title: "Full diff",
      initial_comment: "The full diff",
    });
    const shared = await slack.waitFor((state) => state.messages.find(({ files }) => files.length > 0), {
      what: "the shared file",
    });
    expect(shared).toMatchObject({
      text: "The full diff",
      threadTs: ts,
      files: [{ name: "run.diff", title: "Full diff", snippetType: "diff", text: "-old\n+new\n" }],
    });
    const { file } = await web.files.info({ file: shared.files[0]?.id ?? "" });
    expect(file).toMatchObject({ filetype: "diff", size: 10, channels: [MKT] });
  });

  it("needs the bytes and the announced length before it is a file", async () => {
    const slack = await startSlack();
    const web = webClient(slack);
    const { upload_url = "", file_id = "" } = await web.files.getUploadURLExternal({ filename: "a.txt", length: 3 });
    const complete = () => web.files.completeUploadExternal({ files: [{ id: file_id }] });
    expect(await errorOf(complete())).toBe("file_not_found");
    expect((await fetch(upload_url, { method: "POST", body: "four" })).status).toBe(400);
    expect((await fetch(upload_url, { method: "POST", body: "abc" })).status).toBe(200);
    expect((await fetch(upload_url, { method: "POST", body: "abc" })).status).toBe(404);
    expect(await errorOf(web.files.info({ file: file_id }))).toBe("file_not_found");
    expect(await errorOf(complete())).toBeUndefined();
  });

  it("shows a picture by slack_file once it is uploaded, and nothing else by it", async () => {
    const slack = await startSlack();
    const web = webClient(slack);
    const show = (id: string) =>
      errorOf(
        web.chat.postMessage({
          channel: MKT,
          text: "a",
          blocks: [{ type: "image", alt_text: "before", slack_file: { id } }],
        }),
      );
    expect(await show("F0NONE")).toBe("invalid_blocks");
    const upload = async (filename: string, bytes: Buffer): Promise<string> => {
      const { upload_url = "", file_id = "" } = await web.files.getUploadURLExternal({
        filename,
        length: bytes.length,
      });
      await fetch(upload_url, { method: "POST", body: new Uint8Array(bytes) });
      await web.files.completeUploadExternal({ files: [{ id: file_id }] });
      return file_id;
    };
    expect(await show(await upload("a.txt", Buffer.from("abc")))).toBe("invalid_blocks");
    expect(await show(await upload("a.png", PNG))).toBeUndefined();
  });
});

it("hands a person's file to the app with its token, and a sign-in page to everyone else", async () => {
  const slack = await startSlack();
  const urls: string[] = [];
  await startApp(slack, (app) => {
    app.message(async ({ message }) => {
      if ("files" in message) urls.push(...(message.files ?? []).map(({ url_private = "" }) => url_private));
    });
  });
  await slack.say({ user: ANNA, channel: MKT, text: "see picture", files: [{ name: "sketch.png", bytes: PNG }] });
  await expect.poll(() => urls).toHaveLength(1);
  const get = (token: string) => fetch(urls[0] ?? "", { headers: { authorization: `Bearer ${token}` } });
  const good = await get(BOT_TOKEN);
  expect([good.headers.get("content-type"), Buffer.from(await good.arrayBuffer()).equals(PNG)]).toEqual([
    "image/png",
    true,
  ]);
  const bad = await get("xoxb-other");
  expect([bad.status, bad.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
});

describe("what survives a restart", () => {
  const folder = async (): Promise<string> => {
    const stateDir = await mkdtemp(join(tmpdir(), "local-slack-"));
    onTestFinished(() => rm(stateDir, { recursive: true, force: true }));
    return stateDir;
  };

  it("keeps messages, threads, files and memberships, and forgets ephemerals", async () => {
    const stateDir = await folder();
    const first = await startSlack({ stateDir, commandAckMs: 20 });
    const web = webClient(first);
    const { ts = "" } = await web.chat.postMessage({
      channel: MKT,
      text: "root",
      metadata: { event_type: "r", event_payload: { id: "1" } },
    });
    await first
      .say({
        user: ANNA,
        channel: MKT,
        text: "reply",
        threadTs: ts,
        files: [{ name: "a.txt", bytes: Buffer.from("abc") }],
      })
      .catch(() => undefined);
    await web.chat.postEphemeral({ channel: MKT, user: OWEN, text: "private" });
    await first.slash({ user: ANNA, channel: "C0WEBREV", command: "/invite", text: "@Countersign" });
    const before = first.state();
    await first.close();
    const second = await startSlack({ stateDir });
    const after = second.state();
    expect(after.messages.map(({ text, ts: at, metadata }) => [text, at, metadata])).toEqual(
      before.messages.map(({ text, ts: at, metadata }) => [text, at, metadata]),
    );
    expect(after.files).toMatchObject([{ name: "a.txt", text: "abc" }]);
    expect(after.channels["C0WEBREV"]?.members).toContain("U0BOT");
    expect(after.ephemerals[OWEN]).toEqual([]);
    expect(await readdir(stateDir)).toEqual(["slack.json"]);
  });

  it("refuses a file it did not write, and says which", async () => {
    const stateDir = await folder();
    await writeFile(join(stateDir, "slack.json"), JSON.stringify({ version: 9 }));
    await expect(startSlack({ stateDir })).rejects.toThrow("slack.json is not what this version wrote");
  });
});
