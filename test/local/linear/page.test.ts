import { describe, expect, it } from "vitest";
import { prompt } from "../../../src/local/linear/people.ts";
import type { PageData } from "../../../src/local/linear/page-data.ts";
import type { ShownActivity } from "../../../src/local/linear/page-session.ts";
import { activitiesOf, findIssue } from "../../../src/local/linear/world.ts";
import { issueIn, start } from "./fixture.ts";
import { ANNA, APP, GUEST, OWEN, plantOther, seed, SELECT, startPage, startSession, tellStory } from "./page-world.ts";
import type { PageWorld } from "./page-world.ts";

interface Page {
  readonly origin: string;
  readonly cookie: string;
  get(path: string): Promise<Response>;
  act(kind: string, body: object): Promise<unknown>;
  data(issue?: string): Promise<PageData>;
}

async function openPage({ pageUrl, origin }: Omit<PageWorld, "linear">): Promise<Page> {
  const first = await fetch(pageUrl, { redirect: "manual" });
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
    data: async (issue) =>
      (await (await get(`/page/data${issue === undefined ? "" : `?issue=${issue}`}`)).json()) as PageData,
  };
}

const activitiesIn = (data: PageData): readonly ShownActivity[] => data.issue?.sessions[0]?.activities ?? [];
const questionsIn = (data: PageData) =>
  activitiesIn(data).flatMap((each) => (each.kind === "elicitation" ? each.question : []));

describe("who may use the page", () => {
  it("locks pages, data, files and acts without the token of this start", async () => {
    const world = await startPage();
    for (const path of [
      "/",
      "/issue/MKT-128",
      "/team/MKT",
      "/acme/issue/MKT-128/words",
      "/page/data",
      "/page/events",
      "/page/app.js",
      "/page/uploads/shots/form.png",
      "/look/tokens.css",
    ])
      expect((await fetch(`${world.origin}${path}`, { redirect: "manual" })).status).toBe(401);
    expect((await fetch(`${world.origin}/?token=wrong`)).status).toBe(401);
    const act = await fetch(`${world.origin}/page/do/remove`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ user: ANNA, issue: "MKT-128" }),
    });
    expect(act.status).toBe(401);
    expect(findIssue(world.linear.world, "MKT-128")?.trashed).toBe(false);
  });

  it("refuses other origins and forms", async () => {
    const world = await startPage();
    const page = await openPage(world);
    const remove = (headers: Record<string, string>) =>
      fetch(`${page.origin}/page/do/remove`, {
        method: "POST",
        headers: { cookie: page.cookie, ...headers },
        body: JSON.stringify({ user: ANNA, issue: "MKT-128" }),
      });
    expect((await remove({ "content-type": "application/json", origin: "http://evil.example.com" })).status).toBe(403);
    expect((await remove({ "content-type": "text/plain" })).status).toBe(415);
    expect(findIssue(world.linear.world, "MKT-128")?.trashed).toBe(false);
  });

  it("runs its own scripts only, and serves nothing beside its folder", async () => {
    const page = await openPage(await startPage());
    const shell = await page.get("/issue/MKT-128");
    expect(shell.headers.get("content-security-policy")).toContain("script-src 'self'");
    expect(await shell.text()).not.toMatch(/<script>|style="|onclick=/);
    for (const path of ["/page/app.js", "/page/linear.css", "/look/tokens.css", "/look/pages.css"])
      expect((await page.get(path)).status).toBe(200);
    expect((await page.get("/page/..%2fserver.ts")).status).toBe(404);
  });

  it("shows uploaded pictures and makes all else a download", async () => {
    const page = await openPage(await startPage());
    const picture = await page.get("/page/uploads/shots/form.png");
    expect([picture.headers.get("content-type"), picture.headers.get("content-disposition")]).toEqual([
      "image/png",
      "inline",
    ]);
    const drawing = await page.get("/page/uploads/shots/page.svg");
    expect(drawing.headers.get("content-disposition")).toBe("attachment");
    expect(drawing.headers.get("content-security-policy")).toContain("sandbox");
    expect((await page.get("/page/uploads/none.png")).status).toBe(404);
  });

  it("escapes titles, names and what agents wrote in its frame", async () => {
    const hostile = `</title><img src=x onerror="alert(1)">`;
    const issues = seed.issues.map((issue) =>
      issue.number === 128 ? { ...issue, title: hostile, description: hostile } : issue,
    );
    const world = await startPage({
      seed: { ...seed, issues, people: [...seed.people, { id: "x", name: hostile, email: "x" }] },
    });
    startSession(world.linear, "MKT-128").says({ content: { type: "thought", body: hostile } });
    const text = await (await (await openPage(world)).get("/issue/MKT-128")).text();
    expect(text).not.toContain("<img");
    expect(text.match(/<\/title>/g)).toHaveLength(1);
  });
});

describe("where addresses lead", () => {
  it.each([
    ["/", 200, undefined],
    ["/team/WEB", 200, undefined],
    ["/issue/mkt-128", 200, undefined],
    ["/issue/MKT-1", 404, undefined],
    ["/team/NONE", 404, undefined],
    ["/acme", 303, "/"],
    ["/acme/issue/MKT-128/newsletter-form", 303, "/issue/MKT-128"],
    ["/acme/profiles/anna", 303, "/"],
    ["/elsewhere", 404, undefined],
  ])("%s answers %i", async (path, status, location) => {
    const answer = await (await openPage(await startPage())).get(path);
    expect([answer.status, answer.headers.get("location") ?? undefined]).toEqual([status, location]);
  });

  it("marks itself among the links of the bar", async () => {
    const text = await (await (await openPage(await startPage())).get("/")).text();
    const nav = /<nav aria-label="Demo pages">(.*?)<\/nav>/.exec(text)?.[1] ?? "";
    expect([...nav.matchAll(/>(\w+)<\/a>/g)].map(([, label]) => label)).toEqual(["Chat", "Issues", "Code", "Runs"]);
    expect(text).toContain("Local stand-in for an issue tracker · this machine only");
  });
});

it("is what the local Linear gives as its page and as an issue's address", async () => {
  const linear = await start();
  const page = await openPage({ pageUrl: linear.pageUrl, origin: linear.url });
  const [issue] = linear.state().issues;
  if (issue === undefined) throw new Error("no issue");
  const answer = await page.get(new URL(issueIn(linear, issue.identifier).url).pathname);
  expect(answer.headers.get("location")).toBe(`/issue/${issue.identifier}`);
  expect(await (await page.get(`/issue/${issue.identifier}`)).text()).toContain(`<title>${issue.identifier} `);
});

describe("what the page shows", () => {
  it("lists every team's issues, newest number first, without deleted ones", async () => {
    const world = await startPage();
    const page = await openPage(world);
    expect((await page.data()).issues.map(({ key }) => key)).toEqual([
      "MKT-128",
      "MKT-126",
      "MKT-125",
      "MKT-119",
      "WEB-7",
      "WEB-3",
    ]);
    await page.act("remove", { user: ANNA, issue: "MKT-126" });
    const after = await page.data("MKT-126");
    expect(after.issues.map(({ key }) => key)).not.toContain("MKT-126");
    expect(after.issue?.trashed).toBe(true);
  });

  it("shows states in the team's order, and review apart from progress", async () => {
    const { teams } = await (await openPage(await startPage())).data();
    expect(teams[0]?.states.map(({ name, look }) => [name, look])).toEqual([
      ["Triage", "triage"],
      ["Backlog", "backlog"],
      ["Todo", "unstarted"],
      ["In Progress", "started"],
      ["In Review", "review"],
      ["Done", "completed"],
      ["Canceled", "canceled"],
    ]);
  });

  it("keeps what was said in a session on its card, and replies under their comment", async () => {
    const world = await startPage();
    tellStory(world.linear, "MKT-128");
    const { issue } = await (await openPage(world)).data("MKT-128");
    expect(issue?.comments.map(({ author, reply }) => [author.name, reply])).toEqual([
      ["Owen Own", false],
      ["Anna Ask", true],
    ]);
    expect(issue?.sessions[0]?.activities.map(({ kind }) => kind)).toEqual([
      "thought",
      "elicitation",
      "action",
      "action",
      "action",
      "prompt",
      "thought",
    ]);
    expect(issue?.sessions[0]?.activities.at(-1)).toMatchObject({ ephemeral: true });
  });

  it("folds an answer into its question and opens the newest one only", async () => {
    const world = await startPage();
    const session = tellStory(world.linear, "MKT-128");
    const page = await openPage(world);
    expect(questionsIn(await page.data("MKT-128"))).toMatchObject([
      { open: false, answer: { text: "acme/website", by: "Anna Ask" } },
    ]);
    const { says } = startSession(world.linear, "WEB-7");
    says(SELECT);
    expect(questionsIn(await page.data("WEB-7"))).toMatchObject([
      { open: true, options: [{ value: "refuse" }, { value: "accept" }] },
    ]);
    says({ content: { type: "elicitation", body: "Or what?" } });
    expect(questionsIn(await page.data("WEB-7")).map(({ open }) => open)).toEqual([false, true]);
    says({ content: { type: "response", body: "Never mind" } });
    expect(questionsIn(await page.data("WEB-7")).map(({ open }) => open)).toEqual([false, false]);
    prompt(world.linear, { user: OWEN, session: session.id, body: "And again" });
    expect(activitiesIn(await page.data("MKT-128")).at(-1)).toMatchObject({ kind: "prompt", body: "And again" });
  });

  it("leaves out links that are no web addresses", async () => {
    const world = await startPage();
    const { session } = startSession(world.linear, "MKT-128");
    session.externalUrls = [
      { label: "bad", url: "javascript:alert(1)" },
      { label: "Run", url: "https://example.com/run" },
    ];
    const { issue } = await (await openPage(world)).data("MKT-128");
    expect(issue?.sessions[0]?.links.map(({ label }) => label)).toEqual(["Run"]);
  });

  it("hears that something changed", async () => {
    const world = await startPage();
    const events = await (await openPage(world)).get("/page/events");
    const reader = events.body?.getReader();
    const next = async () => new TextDecoder().decode((await reader?.read())?.value);
    expect(await next()).toContain("hello");
    plantOther(world.linear);
    expect(await next()).toContain("changed");
    await reader?.cancel();
  });
});

describe("what people do on the page", () => {
  it("delegates, answers, replies, stops and dismisses", async () => {
    const world = await startPage();
    const { linear } = world;
    const page = await openPage(world);
    const made = (await page.act("delegate", { user: ANNA, issue: "MKT-126", to: APP })) as {
      readonly session: string;
    };
    const session = linear.world.sessions.get(made.session);
    if (session === undefined) throw new Error("no session");
    const at = { user: ANNA, session: session.id };
    expect(await page.act("choose", { ...at, value: "refuse" })).toMatchObject({ ok: false });
    expect(await page.act("prompt", { ...at, body: "hello" })).toMatchObject({ ok: true });
    expect(await page.act("stop", at)).toEqual({ ok: true });
    expect(session.status).toBe("stopping");
    expect(activitiesOf(linear.world, session.id).map(({ content, signal }) => [content.type, signal])).toEqual([
      ["prompt", undefined],
      ["prompt", "stop"],
    ]);
    expect(await page.act("dismiss", at)).toEqual({ ok: true });
    expect(findIssue(linear.world, "MKT-126")?.delegateId).toBeUndefined();
  });

  it("sets exactly the state that was picked", async () => {
    const world = await startPage();
    const page = await openPage(world);
    const review = (await page.data()).teams[0]?.states.find(({ name }) => name === "In Review");
    expect(await page.act("status", { user: OWEN, issue: "MKT-125", state: review?.id })).toEqual({ ok: true });
    expect(findIssue(world.linear.world, "MKT-125")?.stateId).toBe(review?.id);
    const other = (await page.data()).teams[1]?.states[0];
    expect(await page.act("status", { user: OWEN, issue: "MKT-125", state: other?.id })).toMatchObject({ ok: false });
  });

  it("writes comments, and a mention opens a session", async () => {
    const page = await openPage(await startPage());
    expect(await page.act("comment", { user: OWEN, issue: "MKT-125", body: "plain" })).not.toHaveProperty("session");
    const said = await page.act("comment", { user: OWEN, issue: "MKT-125", body: "@countersign please" });
    expect(said).toMatchObject({ ok: true, session: expect.any(String) as string });
    const { issue } = await page.data("MKT-125");
    expect(issue?.comments.map(({ body, opened }) => [body, opened === issue.sessions[0]?.slugId])).toEqual([
      ["plain", false],
      ["@countersign please", true],
    ]);
  });

  it("assigns, and makes issues", async () => {
    const page = await openPage(await startPage());
    expect(await page.act("assign", { user: ANNA, issue: "MKT-125", to: OWEN })).toEqual({ ok: true });
    const made = await page.act("create", { user: ANNA, team: "team-web", title: " Bigger logo ", description: "" });
    expect(made).toEqual({ ok: true, key: "WEB-8" });
    const { issues, issue } = await page.data("WEB-8");
    expect(issue).toMatchObject({ title: "Bigger logo", description: "", creator: { id: ANNA } });
    expect(issues.find(({ key }) => key === "MKT-125")?.assignee).toEqual({ id: OWEN, name: "Owen Own" });
  });

  it("says in words what cannot be done", async () => {
    const world = await startPage();
    const page = await openPage(world);
    const state = (await page.data()).teams[0]?.states[0]?.id;
    const guest = "Gus Guest is a guest and not in this team";
    expect(await page.act("status", { user: GUEST, issue: "MKT-128", state })).toEqual({ ok: false, failed: guest });
    expect(await page.act("create", { user: GUEST, team: "team-mkt", title: "x", description: "" })).toEqual({
      ok: false,
      failed: guest,
    });
    expect(await page.act("status", { user: "sue", issue: "MKT-128", state })).toMatchObject({ ok: false });
    expect(await page.act("comment", { user: ANNA, issue: "MKT-128" })).toMatchObject({
      failed: expect.stringContaining("body") as string,
    });
    expect(await page.act("create", { user: ANNA, team: "team-mkt", title: "  ", description: "" })).toMatchObject({
      failed: expect.stringContaining("an issue needs a title") as string,
    });
    expect(await page.act("dance", { user: ANNA })).toEqual({ ok: false, failed: "not_found" });
    expect(world.linear.world.issues.size).toBe(6);
  });
});
