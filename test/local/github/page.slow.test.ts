import { existsSync } from "node:fs";
import { launch, type Browser, type Page } from "puppeteer-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Octokit } from "octokit";
import { FULL, at, openChange, startBench, type Bench } from "./help.ts";

const CHROMIUM = process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium";

let bench: Bench;
let client: Octokit;
let browser: Browser;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  if (!existsSync(CHROMIUM)) throw new Error(`no Chromium at ${CHROMIUM}: set CHROMIUM_PATH`);
  bench = await startBench({
    people: [
      { id: 1001, login: "web-owner", name: "Web owner" },
      { id: 1002, login: "marketing", name: "Marketing requester" },
    ],
  });
  client = await bench.client();
  browser = await launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
  page = await browser.newPage();
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(bench.github.pageUrl);
});
afterAll(async () => {
  await browser.close();
  await bench.close();
});

async function press(selector: string): Promise<void> {
  await Promise.all([page.waitForNavigation(), page.click(selector)]);
}
const stateText = (): Promise<string> => page.$eval('[data-part="state"]', (part) => part.textContent.trim());

test("a draft becomes ready, is merged and closed for good, by the buttons alone and as the person chosen", async () => {
  const { number } = await openChange(bench, client, { branch: "agent/browser", draft: true });
  const url = `${bench.github.gitUrl}/${FULL}/pull/${number}`;
  await page.goto(url);
  expect(await page.$eval(".mergebox button[disabled]", (button) => button.textContent.trim())).toBe("Merge");
  await page.click(".actas summary");
  await press('.actas button[value="marketing"]');
  expect(page.url()).toBe(url);
  await press('form[action$="/ready"] button');
  expect(await stateText()).toMatch(/^Open/);
  await page.type("#say-text", "Thanks.");
  await press("#say button:not([formaction])");
  await press('form[action$="/merge"] button');
  expect(await stateText()).toMatch(/^MergedMarketing requester merged 1 commit/);
  const { data } = await client.rest.pulls.get({ ...at, pull_number: number });
  expect(data).toMatchObject({ merged: true, merged_by: { login: "marketing" }, comments: 1 });
});

test("an open page follows by itself, and leaves alone what its reader is writing and folding", async () => {
  const { number, sha } = await openChange(bench, client, {
    branch: "agent/follow",
    path: "content/follow.md",
    text: "1\n",
  });
  await page.goto(`${bench.github.gitUrl}/${FULL}/pull/${number}`);
  await page.type("#say-text", "Half a sentence");
  await page.click(".dfile summary");
  await bench.github.setChecks({ repo: FULL, sha, name: "build", conclusion: "failure", title: "3 of 48 fail" });
  await partHas("checks", "3 of 48 fail");
  await bench.github.closePullRequest({ repo: FULL, number, by: "web-owner" });
  await partHas("state", "Closed");
  expect(await page.evaluate("document.querySelector('#say-text').value")).toBe("Half a sentence");
  expect(await page.evaluate("document.querySelector('.dfile').open")).toBe(false);
});

/** Written as text: these run in the browser, whose types the project does not load. */
async function partHas(part: string, text: string): Promise<void> {
  await page.waitForFunction(`document.querySelector('[data-part="${part}"]').textContent.includes("${text}")`);
}

test("nothing runs sideways from 390 to 1280 px, and no policy or script complains", async () => {
  const { number } = await openChange(bench, client, {
    branch: `agent/marketing/7KQ2-${"very-long-".repeat(12)}name`,
    path: `content/${"long-".repeat(30)}name.md`,
    text: `${"word ".repeat(200)}\n${"x".repeat(400)}\n`,
    body: `| a | b |\n| --- | --- |\n| ${"x".repeat(200)} | y |\n\n\`\`\`\n${"x".repeat(400)}\n\`\`\``,
  });
  for (const width of [390, 1280])
    for (const path of [
      "/",
      `/${FULL}`,
      `/${FULL}/pulls`,
      `/${FULL}/branches`,
      `/${FULL}/commits/main`,
      `/${FULL}/pull/${number}`,
    ]) {
      await page.setViewport({ width, height: 900 });
      await page.goto(`${bench.github.gitUrl}${path}`);
      const extra = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
      expect([path, width, extra]).toEqual([path, width, 0]);
    }
  expect(complaints).toEqual([]);
});
