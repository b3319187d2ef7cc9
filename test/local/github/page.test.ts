import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Octokit } from "octokit";
import { FULL, at, openChange, startBench, type Bench } from "./help.ts";

let bench: Bench;
let client: Octokit;
let cookie: string;
let origin: string;

beforeAll(async () => {
  bench = await startBench({
    people: [
      { id: 1001, login: "web-owner", name: "Web owner" },
      { id: 1002, login: "marketing", name: "Marketing requester" },
    ],
  });
  client = await bench.client();
  origin = bench.github.gitUrl;
  const opened = await fetch(bench.github.pageUrl, { redirect: "manual" });
  cookie = String(opened.headers.get("set-cookie")).split(";")[0]!;
});
afterAll(() => bench.close());

const get = async (
  path: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string; headers: Headers }> => {
  const response = await fetch(`${origin}${path}`, { headers: { cookie, ...headers }, redirect: "manual" });
  return { status: response.status, text: await response.text(), headers: response.headers };
};
const post = async (
  path: string,
  form: Record<string, string> = {},
  headers: Record<string, string> = { origin },
): Promise<{ status: number; text: string; headers: Headers }> => {
  const response = await fetch(`${origin}${path}`, {
    method: "POST",
    headers: { cookie, "content-type": "application/x-www-form-urlencoded", ...headers },
    body: new URLSearchParams(form).toString(),
    redirect: "manual",
  });
  return { status: response.status, text: await response.text(), headers: response.headers };
};

describe("who may look and act", () => {
  test("without this start's token there is nothing to see and nothing to do", async () => {
    const { number } = await openChange(bench, client, { branch: "agent/locked", draft: true });
    const path = `/${FULL}/pull/${number}`;
    expect((await get(path, { cookie: "" })).status).toBe(401);
    expect((await get("/?token=wrong", { cookie: "" })).status).toBe(401);
    expect((await post(`${path}/ready`, {}, { origin, cookie: "" })).status).toBe(401);
    expect((await get(path)).status).toBe(200);
  });

  test("a form that no page of ours sent does nothing", async () => {
    const { number } = await openChange(bench, client, { branch: "agent/forged", text: "Forged\n", draft: true });
    const path = `/${FULL}/pull/${number}/ready`;
    expect((await post(path, {}, {})).status).toBe(403);
    expect((await post(path, {}, { origin: "http://127.0.0.1:1" })).status).toBe(403);
    expect((await post(path, {}, { origin: "null" })).status).toBe(403);
    expect((await post(path, {}, { origin, "content-type": "text/plain" })).status).toBe(403);
    const { data } = await client.rest.pulls.get({ ...at, pull_number: number });
    expect(data.draft).toBe(true);
  });

  test("pages carry the policy that forbids foreign code", async () => {
    const { headers } = await get("/");
    expect(headers.get("content-security-policy")).toContain("script-src 'self'");
    expect(headers.get("content-security-policy")).toContain("default-src 'none'");
  });

  test("assets come from their two folders and from nowhere else", async () => {
    expect((await get("/look/tokens.css")).text).toContain("--seal");
    expect((await get("/page/live.js")).status).toBe(200);
    for (const path of ["/look/..%2f..%2fconfig.ts", "/page/..%2fserver.ts", "/look/none.css"])
      expect((await get(path)).status).toBe(404);
  });
});

describe("acting", () => {
  test("as the person chosen: ready, comment, merge", async () => {
    const { number } = await openChange(bench, client, {
      branch: "agent/act",
      path: "content/act.md",
      text: "Act\n",
      draft: true,
    });
    const path = `/${FULL}/pull/${number}`;
    const chosen = await post("/act-as", { login: "marketing", back: path });
    expect([chosen.status, chosen.headers.get("location")]).toEqual([303, path]);
    const as = { origin, cookie: `${cookie}; ${String(chosen.headers.get("set-cookie")).split(";")[0]}` };
    const early = await post(`${path}/merge`, {}, as);
    expect([early.status, early.text.includes("Pull Request is still a draft")]).toEqual([405, true]);
    expect((await post(`${path}/ready`, {}, as)).status).toBe(303);
    expect((await post(`${path}/comment`, { body: "Fine." }, as)).status).toBe(303);
    expect((await post(`${path}/merge`, {}, as)).status).toBe(303);
    const { data } = await client.rest.pulls.get({ ...at, pull_number: number });
    expect(data).toMatchObject({ merged: true, draft: false, merged_by: { login: "marketing" }, comments: 1 });
    expect((await get(path)).text).toMatch(/Marketing requester<\/b> merged 1 commit/);
  });

  test("closing keeps what was said, and reopening works", async () => {
    const { number } = await openChange(bench, client, {
      branch: "agent/close",
      path: "content/close.md",
      text: "Close\n",
    });
    const path = `/${FULL}/pull/${number}`;
    await post(`${path}/close`, { body: "superseded by the redesign" });
    const { data: said } = await client.rest.issues.listComments({ ...at, issue_number: number });
    expect(said.map((one) => [one.user?.login, one.body])).toEqual([["web-owner", "superseded by the redesign"]]);
    expect((await client.rest.pulls.get({ ...at, pull_number: number })).data.state).toBe("closed");
    await post(`${path}/reopen`);
    expect((await client.rest.pulls.get({ ...at, pull_number: number })).data.state).toBe("open");
  });

  test("a conflict switches Merge off and is said when tried anyway", async () => {
    const { number } = await openChange(bench, client, {
      branch: "agent/clash",
      path: "content/legal.md",
      text: "One\n",
    });
    await bench.github.pushTo({
      repo: FULL,
      branch: "main",
      files: { "content/legal.md": "Two\n" },
      author: { name: "A", email: "a@example.com" },
    });
    const shown = (await get(`/${FULL}/pull/${number}`)).text;
    expect(shown).toContain("This branch has conflicts.");
    expect(shown).not.toContain(`/${FULL}/pull/${number}/merge"`);
    expect((await post(`/${FULL}/pull/${number}/merge`)).text).toContain("not mergeable");
  });

  test("an open redirect is not among the things one can do", async () => {
    for (const back of ["//evil.example", "/\\evil.example", "https://evil.example"])
      expect((await post("/act-as", { login: "web-owner", back })).headers.get("location")).toBe("/");
    expect((await post("/act-as", { login: "nobody", back: "/" })).status).toBe(404);
  });
});

describe("showing", () => {
  test("what others wrote is text: title, body, branch, path, comment, check", async () => {
    const evil = "<img src=x onerror=alert(1)>";
    const path = 'content/a"><script>alert(2)</script>.md';
    const { number, sha } = await openChange(bench, client, {
      branch: "agent/e<b>vil",
      path,
      text: `${evil}\n`,
      body: evil,
    });
    await client.rest.pulls.update({ ...at, pull_number: number, title: evil });
    await client.rest.issues.createComment({ ...at, issue_number: number, body: evil });
    await bench.github.setChecks({ repo: FULL, sha, name: evil, conclusion: "failure", title: evil, summary: evil });
    const { data: checks } = await client.rest.checks.listForRef({ ...at, ref: sha });
    const pages = [
      `/${FULL}/pull/${number}`,
      `/${FULL}/pulls`,
      `/${FULL}/branches`,
      `/${FULL}/commit/${sha}`,
      `/${FULL}/tree/agent/e%3Cb%3Evil/content`,
      `/${FULL}/runs/${checks.check_runs[0]!.id}`,
    ];
    for (const page of pages) {
      const { status, text } = await get(page);
      expect([page, status]).toEqual([page, 200]);
      expect(text).not.toMatch(/<img|<script>|<b>vil/);
    }
  });

  test("the diff with line numbers and the words that changed", async () => {
    const { number } = await openChange(bench, client, { branch: "agent/words", text: "Starter costs $39.\n" });
    const { text } = await get(`/${FULL}/pull/${number}`);
    expect(text).toContain('<td class="cd">Starter costs $<del>29</del>.</td>');
    expect(text).toContain('<td class="cd">Starter costs $<ins>39</ins>.</td>');
    const plain = await get(`/${FULL}/pull/${number}.diff`);
    expect(plain.text).toContain("+Starter costs $39.");
    expect(plain.headers.get("content-type")).toContain("text/plain");
    expect(plain.headers.get("content-security-policy")).toContain("sandbox");
  });

  test("binary files, renames, modes and what is too long", async () => {
    const long = Array.from({ length: 1500 }, (_, line) => `line ${line}`).join("\n");
    await bench.github.pushTo({
      repo: FULL,
      branch: "agent/kinds",
      files: {
        "logo.png": Buffer.from([0, 1, 2, 0]),
        "content/terms.md": "No refunds, ever, for anyone, at all.\n",
        "long.txt": long,
        "bin/build": { content: "#!/bin/sh\necho built\n", mode: "100644" },
      },
      author: { name: "A", email: "a@example.com" },
    });
    const { data } = await client.rest.pulls.create({ ...at, head: "agent/kinds", base: "main", title: "Kinds" });
    const { text } = await get(`/${FULL}/pull/${data.number}`);
    expect(text).toContain("Binary file, not shown.");
    expect(text).toContain("Too long to show here.");
    expect(text).toContain("mode 100755 → 100644");
  });

  test("files, folders, commits and raw text at any ref", async () => {
    expect((await get(`/${FULL}`)).text).toContain("<h1>Website</h1>");
    expect((await get(`/${FULL}/tree/main/content`)).text).toContain("pricing.md");
    expect((await get(`/${FULL}/blob/main/README.md`)).text).toContain("# Website");
    const raw = await get(`/${FULL}/raw/main/README.md`);
    expect([raw.text, raw.headers.get("content-type")]).toEqual(["# Website\n", "text/plain; charset=utf-8"]);
    expect((await get(`/${FULL}/commits/main`)).text).toContain("First commit");
    for (const missing of [
      `/${FULL}/blob/main/none`,
      `/${FULL}/pull/99999`,
      "/acme/none",
      `/${FULL}/tree/nowhere`,
      `/${FULL}/%zz`,
    ])
      expect([missing, (await get(missing)).status]).toEqual([missing, 404]);
  });

  test("the live fragment is the page's own main part", async () => {
    const { data } = await client.rest.pulls.list({ ...at, state: "all", per_page: 1 });
    const { text } = await get(`/${FULL}/pull/${data[0]!.number}/live`);
    expect(text).toMatch(/^<main class="prp" id="main" data-live=/);
    expect(text).not.toContain("<html");
  });
});
