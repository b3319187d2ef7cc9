import { describe, expect, it } from "vitest";
import type { LocalSlack } from "../../../src/local/slack/server.ts";
import type { PageData } from "../../../src/local/slack/page-data.ts";
import { ANNA, GUEST, MKT, OWEN, SECRET, startApp, startSlack, webClient } from "./fixture.ts";

interface Page {
  readonly origin: string;
  readonly cookie: string;
  get(path: string): Promise<Response>;
  act(kind: string, body: object): Promise<unknown>;
  data(as: string): Promise<PageData>;
}

async function openPage(slack: LocalSlack): Promise<Page> {
  const { origin } = new URL(slack.pageUrl);
  const first = await fetch(slack.pageUrl, { redirect: "manual" });
  const cookie = (first.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  const get = (path: string) => fetch(`${origin}${path}`, { headers: { cookie }, redirect: "manual" });
  return {
    origin,
    cookie,
    get,
    act: async (kind, body) => {
      const headers = { cookie, "content-type": "application/json" };
      return (await fetch(`${origin}/page/do/${kind}`, { method: "POST", headers, body: JSON.stringify(body) })).json();
    },
    data: async (as) => (await (await get(`/page/data?as=${as}`)).json()) as PageData,
  };
}

describe("who may use the page", () => {
  it("locks page, data, files and acts without the token of this start", async () => {
    const slack = await startSlack();
    const { origin } = new URL(slack.pageUrl);
    for (const path of [
      "/",
      "/page/data?as=U0ANNA",
      "/page/events",
      "/page/app.js",
      "/look/tokens.css",
      "/archives/C0MKT/p1000000",
    ])
      expect((await fetch(`${origin}${path}`)).status).toBe(401);
    expect((await fetch(`${origin}/?token=wrong`)).status).toBe(401);
    const act = await fetch(`${origin}/page/do/say`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ user: ANNA, channel: MKT, text: "a" }),
    });
    expect(act.status).toBe(401);
    expect(slack.state().messages).toHaveLength(1);
  });

  it("refuses other origins, other host names and forms", async () => {
    const slack = await startSlack();
    const page = await openPage(slack);
    const say = (headers: Record<string, string>) =>
      fetch(`${page.origin}/page/do/say`, {
        method: "POST",
        headers: { cookie: page.cookie, ...headers },
        body: JSON.stringify({ user: ANNA, channel: MKT, text: "a" }),
      });
    expect((await say({ "content-type": "application/json", origin: "http://evil.example.com" })).status).toBe(403);
    expect((await say({ "content-type": "text/plain" })).status).toBe(415);
    expect(slack.state().messages).toHaveLength(1);
  });

  it("runs its own scripts only, and serves nothing beside its folder", async () => {
    const page = await openPage(await startSlack());
    const shell = await page.get("/");
    expect(shell.headers.get("content-security-policy")).toContain("script-src 'self'");
    expect(await shell.text()).not.toMatch(/<script>|style="|onclick=/);
    for (const path of ["/page/app.js", "/page/workspace.css", "/look/tokens.css", "/look/pages.css"])
      expect((await page.get(path)).status).toBe(200);
    expect((await page.get("/page/..%2fserver.ts")).status).toBe(404);
  });

  it("escapes names in its frame", async () => {
    const base = (await import("./fixture.ts")).seed;
    const page = await openPage(await startSlack({ seed: { ...base, team: { ...base.team, name: "<img src=x>" } } }));
    expect(await (await page.get("/")).text()).not.toContain("<img src=x>");
  });
});

describe("what a person sees", () => {
  it("shows channels they are in and ephemerals that are theirs", async () => {
    const slack = await startSlack();
    const page = await openPage(slack);
    const web = webClient(slack);
    const { ts = "" } = await web.chat.postMessage({ channel: MKT, text: "root" });
    await web.chat.postEphemeral({ channel: MKT, user: ANNA, text: "only Anna", thread_ts: ts });
    const anna = await page.data(ANNA);
    expect(anna.channels.map(({ name }) => name)).toEqual(["marketing", "web-review"]);
    expect(anna.channels[0]?.messages.at(-1)?.replies).toMatchObject([
      { text: "only Anna", private: true, from: "app" },
    ]);
    const owen = await page.data(OWEN);
    expect(owen.channels.map(({ id }) => id)).toContain(SECRET);
    expect(JSON.stringify(owen)).not.toContain("only Anna");
    expect((await page.data(GUEST)).channels).toEqual([]);
    expect((await page.get("/page/data?as=U0NONE")).status).toBe(404);
  });

  it("follows a permalink into the thread", async () => {
    const slack = await startSlack();
    const page = await openPage(slack);
    const web = webClient(slack);
    const { ts = "" } = await web.chat.postMessage({ channel: MKT, text: "root" });
    const reply = await web.chat.postMessage({ channel: MKT, text: "reply", thread_ts: ts });
    const { permalink = "" } = await web.chat.getPermalink({ channel: MKT, message_ts: reply.ts ?? "" });
    const { pathname, search } = new URL(permalink);
    expect((await page.get(`${pathname}${search}`)).headers.get("location")).toBe(`/#/${MKT}/${ts}`);
  });

  it("hears that something changed", async () => {
    const slack = await startSlack();
    const page = await openPage(slack);
    const events = await page.get("/page/events");
    const reader = events.body?.getReader();
    const next = async () => new TextDecoder().decode((await reader?.read())?.value);
    expect(await next()).toContain("hello");
    await webClient(slack).chat.postMessage({ channel: MKT, text: "new" });
    expect(await next()).toContain("changed");
    await reader?.cancel();
  });
});

describe("what a person does on the page", () => {
  it("says, attaches, commands and clicks", async () => {
    const slack = await startSlack();
    const page = await openPage(slack);
    await startApp(slack, (app) => {
      app.command("/agent", async ({ ack }) => ack());
      app.action("go", async ({ ack }) => ack());
    });
    const uploaded = await fetch(`${page.origin}/page/upload?as=${ANNA}&name=${encodeURIComponent("päge.txt")}`, {
      method: "POST",
      headers: { cookie: page.cookie },
      body: "abc",
    });
    const { id } = (await uploaded.json()) as { readonly id: string };
    expect(await page.act("say", { user: ANNA, channel: MKT, text: "look", fileIds: [id] })).toMatchObject({
      ok: true,
    });
    expect(slack.state().messages.at(-1)).toMatchObject({
      text: "look",
      user: ANNA,
      files: [{ name: "päge.txt", text: "abc" }],
    });
    const file = await page.get(`/page/files/${id}`);
    expect([file.headers.get("content-disposition"), await file.text()]).toEqual([
      "attachment; filename*=UTF-8''p%C3%A4ge.txt",
      "abc",
    ]);
    expect(await page.act("slash", { user: ANNA, channel: MKT, command: "/agent", text: "go" })).toEqual({ ok: true });
    const blocks = [
      {
        type: "actions" as const,
        elements: [{ type: "button" as const, action_id: "go", text: { type: "plain_text" as const, text: "Go" } }],
      },
    ];
    const { ts } = await webClient(slack).chat.postMessage({ channel: MKT, text: "card", blocks });
    expect(await page.act("click", { user: OWEN, channel: MKT, ts, actionId: "go" })).toEqual({ ok: true });
    expect(slack.state().acts.map(({ user, kind, label }) => [user, kind, label])).toEqual([
      [ANNA, "say", "look"],
      [ANNA, "command", "/agent go"],
      [OWEN, "click", "Go"],
    ]);
  });

  it("says in words what cannot be done", async () => {
    const slack = await startSlack();
    const page = await openPage(slack);
    expect(await page.act("say", { user: GUEST, channel: MKT, text: "hello" })).toEqual({
      ok: false,
      failed: "U0GUEST is not in #marketing",
    });
    expect(await page.act("say", { user: ANNA, channel: MKT })).toMatchObject({
      ok: false,
      failed: expect.stringContaining("text") as string,
    });
    expect(await page.act("dance", { user: ANNA })).toEqual({ ok: false, failed: "not_found" });
  });
});
