// The demo as a person meets it: `npm run demo` in a process of its own, and the whole guide strip in a browser.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launch, type Browser, type Page } from "puppeteer-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LINEAR_APP_USER } from "../scripts/seed-linear.ts";
import { eraseStack } from "../scripts/local-services.ts";

const BROWSER_FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

let dir = "";
let demo: ChildProcess;
let said = "";
let browser: Browser;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "countersign-demo-"));
  demo = spawn(process.execPath, ["scripts/demo.ts", "--dir", dir], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, DISPLAY: "" },
  });
  for (const stream of [demo.stdout, demo.stderr]) stream?.on("data", (chunk: Buffer) => (said += chunk.toString()));
  await until(() => /demo is open/.test(said) && /Ctrl-C/.test(said), "the demo's link");
  browser = await launch({ executablePath: "/usr/bin/chromium", args: BROWSER_FLAGS });
});

afterAll(async () => {
  await browser?.close();
  const gone = new Promise((resolve) => demo.once("exit", resolve));
  demo.kill("SIGTERM");
  await gone;
  eraseStack(dir);
  await rm(dir, { recursive: true, force: true });
});

async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + 90_000;
  // A page that is on its way to the next one answers nothing yet.
  const looks = async (): Promise<boolean> => Promise.resolve(holds()).catch(() => false);
  while (!(await looks())) {
    if (Date.now() > end || demo.exitCode !== null) throw new Error(`waited for ${what}; the demo said:\n${said}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const step = (page: Page) => page.$eval("#guide [aria-current] b", (node) => node.textContent);
const text = (page: Page): Promise<string> => page.evaluate("document.body.innerText") as Promise<string>;

/** Found and pressed in one go: the page draws itself anew while a run moves. */
async function press(page: Page, label: string): Promise<void> {
  const pressed = await page.evaluate(`(() => {
    const found = [...document.querySelectorAll("button, a")].findLast((node) => node.textContent.trim() === ${JSON.stringify(label)} && node.checkVisibility());
    found?.click();
    return found !== undefined;
  })()`);
  if (pressed !== true) throw new Error(`no button ${label} in:\n${await text(page)}`);
}

/** What the gold step of the guide offers to do. */
async function follow(page: Page): Promise<void> {
  await page.waitForSelector("#guide [aria-current] :is(a, button)");
  await page.evaluate('document.querySelector("#guide [aria-current] :is(a, button)").click()');
}

async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env["PICTURES"];
  if (folder === undefined) return;
  await new Promise((resolve) => setTimeout(resolve, 700));
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

test("the guide strip leads from the first command to the pull request", async () => {
  const page = await browser.newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  await page.setViewport({ width: 1280, height: 880 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "light" }]);
  const url = /http:\/\/127\.0\.0\.1:\d+\/\?token=[a-f0-9]+/.exec(said)?.[0] ?? "";
  await page.goto(url, { waitUntil: "domcontentloaded" });
  await page.waitForSelector(".msg");
  expect(await step(page)).toBe("Type this");

  await press(page, "Fill it in");
  await page.keyboard.press("Enter");
  await until(async () => (await step(page)) === "Watch", "step 2");
  await follow(page);
  await until(async () => /Progress · Fix the failing test/.test(await text(page)), "the plan in the thread");
  await until(async () => (await step(page)) === "Try to approve your own", "step 3");
  const card = await text(page);
  expect(card).toContain("failed before");

  await press(page, "Approve and open PR");
  await until(
    async () => /You asked for this change, so someone else approves it/.test(await text(page)),
    "the private refusal",
  );
  await until(async () => (await step(page)) === "Act as Web owner", "step 4");
  await picture(page, "workspace");
  await follow(page);
  await until(
    async () => (await page.$eval("[data-as]", (node) => node.textContent)) === "as Web owner",
    "acting as Web owner",
  );
  await press(page, "Approve and open PR");
  await until(async () => (await step(page)) === "See the pull request", "step 5");
  await until(async () => /Pull request open/.test(await text(page)), "the pull request's card");

  const link = await page.evaluate(
    `[...document.querySelectorAll("a")].map((node) => node.href).find((href) => /\\/pull\\/\\d+$/.test(href))`,
  );
  await page.goto(String(link), { waitUntil: "domcontentloaded" });
  const pull = await text(page);
  expect(pull).toContain("Fix the failing test");
  expect(pull).toContain("countersign/approval");
  await press(page, "Ready for review");
  await until(async () => !/Draft/.test(await text(page)), "ready for review");
  await press(page, "Merge");
  await until(async () => /Merged/.test(await text(page)), "merged");
  await page.goto(url, { waitUntil: "domcontentloaded" });
  await until(async () => /Merged · |Merged #|Merged/.test(await text(page)), "the merged card");
  expect(problems).toEqual([]);
  await page.close();
});

/** Chosen from a menu, or opened and then chosen. */
async function pick(page: Page, part: string): Promise<void> {
  await page.waitForSelector(`[data-part="${part}"]`, { visible: true });
  await page.evaluate(`document.querySelector('[data-part="${part}"]').click()`);
}

/** The open choice that begins so, and Answer. */
async function answer(page: Page, begins: string): Promise<void> {
  await until(
    async () =>
      (await page.evaluate(`(() => {
        const found = [...document.querySelectorAll(".act-ask .choice input")].find((node) => node.value.startsWith(${JSON.stringify(begins)}));
        found?.click();
        return found !== undefined;
      })()`)) === true,
    `the choice ${begins}`,
  );
  await press(page, "Answer");
}

test("an issue is handed over, asked about, approved by its owner and ends in a pull request, all on its own page", async () => {
  const page = await browser.newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  await page.setViewport({ width: 1280, height: 900 });
  const address = /hand an issue over: (http:\/\/127\.0\.0\.1:\d+\/\?token=[a-f0-9]+)/.exec(said)?.[1] ?? "";
  const url = new URL(address);
  url.pathname = "/issue/MKT-130";
  await page.goto(url.href, { waitUntil: "domcontentloaded" });
  await until(async () => /Raise the monthly price/.test(await text(page)), "the issue");
  await page.click('[data-part="delegate"] > summary');
  await pick(page, `delegate/${LINEAR_APP_USER}`);
  await answer(page, "acme/website");
  await answer(page, "Approve version 1");
  await until(async () => /so someone else approves it/.test(await text(page)), "the refusal of the requester");
  await page.click("#act-as > summary");
  await page.evaluate(
    `[...document.querySelectorAll("#people button")].find((node) => /Web owner/.test(node.textContent)).click()`,
  );
  await answer(page, "Approve version 1");
  await until(async () => /is open: exactly the change that was approved/.test(await text(page)), "the outcome");
  expect(await text(page)).toMatch(/In Progress/);
  expect(await text(page)).toContain("6 of 6");
  await page.setViewport({ width: 390, height: 844 });
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(390);
  expect(problems).toEqual([]);
  await page.close();
});

test("the page of the run tells the whole story, also on a phone", async () => {
  const page = await browser.newPage();
  await page.setViewport({ width: 1280, height: 880 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "light" }]);
  const runs = /http:\/\/127\.0\.0\.1:\d+\/runs/.exec(said)?.[0] ?? "";
  await page.goto(runs, { waitUntil: "domcontentloaded" });
  const run = String(
    await page.evaluate(
      `[...document.querySelectorAll("a")].map((node) => node.href).find((href) => /runs\\/[0-9A-Z]{6}$/.test(href))`,
    ),
  );
  await page.goto(run, { waitUntil: "domcontentloaded" });
  expect(await text(page)).toContain("Unbroken");
  await picture(page, "run");
  await page.setViewport({ width: 390, height: 844 });
  for (const address of [run, runs]) {
    await page.goto(address, { waitUntil: "domcontentloaded" });
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(390);
  }
  await page.close();
});

test("what others may read is closed to them", async () => {
  const endpoints: unknown = JSON.parse(await readFile(join(dir, "endpoints.json"), "utf8"));
  expect(endpoints).toMatchObject({ slack: {}, github: {}, linear: {}, e2b: {}, postgres: {} });
  const stranger = /http:\/\/127\.0\.0\.1:\d+\//.exec(said)?.[0] ?? "";
  expect((await fetch(stranger)).status).toBe(401);
  expect((await fetch(stranger, { headers: { host: "evil.example.com" } })).status).toBeGreaterThanOrEqual(400);
});
