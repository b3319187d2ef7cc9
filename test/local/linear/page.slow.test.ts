import { type Browser, type Page } from "puppeteer-core";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { openBrowser } from "../../web/browser.ts";
import { findIssue, stateOf } from "../../../src/local/linear/world.ts";
import { OWEN, plantOther, seed, SELECT, startPage, startSession, tellStory, type PageWorld } from "./page-world.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

const WIDE = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };

interface Opened extends PageWorld {
  readonly page: Page;
  readonly problems: string[];
}

async function open(world: PageWorld, path: string, size = WIDE): Promise<Opened> {
  const context = await browser.createBrowserContext();
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  page.on("pageerror", (error) => problems.push(String(error)));
  await page.setViewport(size);
  await page.goto(`${world.origin}${path}?token=${new URL(world.pageUrl).searchParams.get("token")}`);
  return { ...world, page, problems };
}

async function waitForText(page: Page, selector: string, text: string): Promise<void> {
  const found = `[...document.querySelectorAll(${JSON.stringify(selector)})].some((node) => node.textContent.includes(${JSON.stringify(text)}))`;
  await page.waitForFunction(found, { timeout: 5_000 }).catch((cause: unknown) => {
    throw new Error(`no "${text}" in ${selector}`, { cause });
  });
}

const textOf = (page: Page, selector: string) => page.$eval(selector, (node) => node.textContent);
const sideways = (page: Page) => page.evaluate("document.documentElement.scrollWidth - innerWidth");

it("goes from the list into an issue, delegates it, and shows what the agent does as it comes", async () => {
  const { page, linear, problems } = await open(await startPage(), "/");
  await page.click('[data-part="row/MKT-125"]');
  await waitForText(page, "h1", "Press page: new logo downloads");
  await page.click('[data-part="delegate"] > summary');
  await page.click('[data-part="delegate/app-countersign"]');
  await waitForText(page, ".acts", "Countersign has said nothing yet.");
  const [session] = linear.world.sessions.values();
  if (session === undefined) throw new Error("no session");
  session.unresponsive = true;
  plantOther(linear);
  await waitForText(page, ".pill", "No sign of life");
  await page.click('[data-part="delegate"] > summary');
  await page.click('[data-part="delegate/nobody"]');
  await waitForText(page, ".prop", "No delegate");
  expect(findIssue(linear.world, "MKT-125")?.delegateId).toBeUndefined();
  await waitForText(page, "#nav", "A new one");
  expect(problems).toEqual([]);
});

it("answers an open choice, and shows who chose what", async () => {
  const world = await startPage();
  const { session, says } = startSession(world.linear, "MKT-126");
  says(SELECT);
  const { page, problems } = await open(world, "/issue/MKT-126");
  await waitForText(page, ".pill", "Needs an answer");
  await page.focus('.choice input[value="accept"]');
  await page.keyboard.press("Space");
  plantOther(world.linear);
  await waitForText(page, "#nav", "A new one");
  await page.keyboard.press("Enter");
  await waitForText(page, ".act-ans", "Accept it");
  await waitForText(page, ".act-ans", "chosen by Anna Ask");
  expect(session.status).toBe("active");
  expect(await page.$(".act-ask form")).toBeNull();
  expect(problems).toEqual([]);
});

it("shows every kind of activity, with long results folded and the plan counted", async () => {
  const world = await startPage();
  tellStory(world.linear, "MKT-128");
  const { page, problems } = await open(world, "/issue/MKT-128");
  expect(await textOf(page, ".sess-plan h3")).toBe("Plan 2 of 5");
  expect(await textOf(page, ".is-brief")).toContain("Reading the style guide");
  expect(await textOf(page, ".act-got")).toBe("12 passed");
  expect(await page.$eval(".act-result", (node) => node.querySelector(".md")?.checkVisibility())).toBe(false);
  await page.click(".act-result summary");
  expect(await textOf(page, ".act-result pre")).toContain("ok 30 -");
  expect(await page.$eval(".sess a.btn", (node) => [node.textContent, node.getAttribute("rel")])).toEqual([
    "Run 7KS1",
    "noreferrer",
  ]);
  expect(await page.$eval("#text img", (node) => node.getAttribute("src"))).toBe("/page/uploads/shots/form.png");
  expect(problems).toEqual([]);
});

it("keeps typed words, the caret, folds and the scroll position while the workspace changes", async () => {
  const world = await startPage();
  tellStory(world.linear, "MKT-128");
  const [session] = world.linear.world.sessions.values();
  if (session === undefined) throw new Error("no session");
  const { page } = await open(world, "/issue/MKT-128", { width: 1280, height: 500 });
  await page.click(".act-result summary");
  await page.type("#say", "half a thought");
  await page.keyboard.press("ArrowLeft");
  await page.type(`#reply-${session.id}`, "and a half");
  const before = await page.evaluate("scrollY");
  plantOther(world.linear);
  session.plan = [{ content: "Only one step", status: "pending" }];
  plantOther(world.linear);
  await waitForText(page, ".sess-plan", "Only one step");
  expect(await page.evaluate("[document.activeElement.id, document.activeElement.selectionStart, say.value]")).toEqual([
    `reply-${session.id}`,
    10,
    "half a thought",
  ]);
  expect(await page.evaluate("[scrollY, document.querySelector('.act-result').open]")).toEqual([before, true]);
  await page.reload();
  expect(await page.evaluate("say.value")).toBe("half a thought");
  await page.focus(`#reply-${session.id}`);
  await page.keyboard.press("Enter");
  await waitForText(page, ".act-prompt", "and a half");
  expect(await page.evaluate(`document.getElementById("reply-${session.id}").value`)).toBe("");
});

it("stops a session, and cancels, dismisses and deletes", async () => {
  const world = await startPage();
  const { session } = startSession(world.linear, "MKT-126");
  const { page, linear } = await open(world, "/issue/MKT-126");
  await page.click(`[data-part="stop/${session.id}"]`);
  await waitForText(page, ".pill", "Stopping");
  await waitForText(page, ".act-end", "Anna Ask asked it to stop");
  await page.click('[data-part="status"] > summary');
  await waitForText(page, '[data-part="status"]', "stops the run");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await waitForText(page, '[data-part="status"] > summary', "Canceled");
  const issue = findIssue(linear.world, "MKT-126");
  expect(issue && stateOf(linear.world, issue).type).toBe("canceled");
  await page.click(`[data-part="dismiss/${session.id}"]`);
  await waitForText(page, ".pill", "Dismissed");
  await page.click("#issue-menu summary");
  await page.click("#remove");
  await Promise.all([page.waitForNavigation(), page.click('dialog [value="yes"]')]);
  expect(new URL(page.url()).pathname).toBe("/team/MKT");
  expect(issue?.trashed).toBe(true);
});

it("acts as who was picked, on every page", async () => {
  const { page, linear } = await open(await startPage(), "/issue/MKT-125");
  await page.click("#act-as summary");
  await page.click("#people li:nth-child(2) button");
  await waitForText(page, "#me", "Owen Own");
  await page.reload();
  await waitForText(page, "#me", "Owen Own");
  await page.click("#say-mention");
  await page.keyboard.type("have a look");
  await page.click("#say-form [type=submit]");
  await waitForText(page, ".comments", "@countersign have a look");
  await waitForText(page, ".sess", "for Owen Own");
  expect([...linear.world.sessions.values()].map(({ creatorId }) => creatorId)).toEqual([OWEN]);
  await page.click("#act-as summary");
  await page.click("#people li:nth-child(3) button");
  await page.waitForSelector(".is-unseen");
  expect(await page.$$eval("#teams a", (links) => links.map((link) => link.getAttribute("href")))).toEqual([
    "/team/WEB",
  ]);
});

it("makes an issue from the form", async () => {
  const { page } = await open(await startPage(), "/team/WEB");
  await page.click("[data-new-issue]");
  await page.keyboard.type("Bigger logo");
  await page.type("#new-text", "Twice as **big**");
  await Promise.all([page.waitForNavigation(), page.click("#new [type=submit]")]);
  expect(new URL(page.url()).pathname).toBe("/issue/WEB-8");
  expect(await page.$eval("#text", (node) => node.innerHTML)).toContain("<b>big</b>");
});

it("runs nothing that people or agents wrote, and loads nothing from elsewhere", async () => {
  const hostile = [
    `<img src=x onerror="window.hit=1"><script>window.hit=1</script>`,
    `[a](javascript:window.hit=1) [b](data:text/html,x) [c](vbscript:x) ![d](https://evil.example.com/x.png)`,
    `![e](/uploads/../page/data) **<b onclick=x>**`,
    '`<i>` [<u>x</u>](https://example.com/"onmouseover="x)',
  ].join("\n\n");
  const issues = seed.issues.map((each) =>
    each.number === 128 ? { ...each, title: hostile, description: hostile } : each,
  );
  const world = await startPage({ seed: { ...seed, issues } });
  const { says } = startSession(world.linear, "MKT-128");
  for (const type of ["thought", "elicitation", "response", "error"] as const)
    says({ content: { type, body: hostile } });
  says({ content: { type: "action", action: hostile, parameter: hostile, result: hostile } });
  const { page } = await open(world, "/issue/MKT-128");
  await page.waitForSelector(".act-did");
  expect(await page.evaluate("window.hit")).toBeUndefined();
  const addresses = await page.$$eval("#main a[href], #main img", (nodes) =>
    nodes.map((node) => node.getAttribute("href") ?? node.getAttribute("src") ?? ""),
  );
  expect(addresses.filter((address) => /^\w+:/.test(address) && !address.startsWith("https:"))).toEqual([]);
  expect(
    await page.$$eval("#main img", (nodes) => nodes.every((node) => node.getAttribute("src")?.startsWith("/page/"))),
  ).toBe(true);
  expect(await page.$$("#main script, #main u, #main [onclick], #main [onerror], #main [onmouseover]")).toEqual([]);
});

it("draws a very long and odd text at once", async () => {
  const odd = [
    "[".repeat(20_000),
    "*".repeat(20_000),
    "`a".repeat(10_000),
    "> ".repeat(5_000),
    "_a".repeat(9_999),
  ].join("\n\n");
  const issues = seed.issues.map((each) => (each.number === 128 ? { ...each, description: odd } : each));
  const { page, problems } = await open(await startPage({ seed: { ...seed, issues } }), "/issue/MKT-128");
  await waitForText(page, "#text", "[[[[");
  const spentMs = await page.evaluate("performance.now()");
  expect(spentMs).toBeLessThan(4_000);
  expect(problems).toEqual([]);
});

it.each(["light", "dark"])("fits 390 px without scrolling sideways, with buttons to press, in %s", async (theme) => {
  const long = "averylongwordwithoutanyspace".repeat(12);
  const issues = seed.issues.map((each) => (each.number === 128 ? { ...each, title: long, description: long } : each));
  const world = await startPage({ seed: { ...seed, issues } });
  tellStory(world.linear, "MKT-128");
  const { says } = startSession(world.linear, "MKT-126");
  says({ content: { type: "thought", body: `${long}\n\n\`${long}\`\n\n\`\`\`\n${long}\n\`\`\`` } });
  says({ content: { type: "action", action: "Ran", parameter: long, result: long } });
  says(SELECT);
  const { page } = await open(world, "/", PHONE);
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
  for (const path of ["/", "/issue/MKT-128", "/issue/MKT-126"]) {
    await page.goto(`${world.origin}${path}`);
    expect([path, await sideways(page)]).toEqual([path, 0]);
    const low = await page.$$eval("main .btn, .topbar .btn", (nodes) =>
      nodes
        .filter((node) => node.checkVisibility() && node.getBoundingClientRect().height < 40)
        .map((node) => node.textContent),
    );
    expect([path, low]).toEqual([path, []]);
  }
  expect(await page.$eval(".iss-list", (node) => node.checkVisibility())).toBe(false);
});

it("rings and names every stop of the Tab key", async () => {
  const world = await startPage();
  tellStory(world.linear, "MKT-128");
  const { page } = await open(world, "/issue/MKT-128");
  const look = `(() => {
    const node = document.activeElement;
    const label = node.getAttribute("aria-label") ?? node.labels?.[0]?.textContent ?? node.textContent;
    const box = node.closest(".choice") ?? node;
    return [label.trim(), getComputedStyle(box).outlineStyle];
  })()`;
  const stops: [string, string][] = [];
  for (let stop = 0; stop < 28; stop += 1) {
    await page.keyboard.press("Tab");
    stops.push((await page.evaluate(look)) as [string, string]);
  }
  expect(stops.filter(([label, outline]) => label === "" || outline !== "solid")).toEqual([]);
  expect(stops.map(([label]) => label)).toEqual(expect.arrayContaining(["Status: In Progress", "Stop", "Dismiss"]));
});

it("says when the service is gone, and comes back by itself", async () => {
  const world = await startPage();
  const { page } = await open(world, "/");
  await page.setOfflineMode(true);
  plantOther(world.linear);
  await waitForText(page, "#link-state", "does not answer");
  await page.setOfflineMode(false);
  await waitForText(page, "#groups", "A new one");
});
