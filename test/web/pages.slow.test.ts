// The pages as a browser shows them: both themes, wide and narrow, and what changes while one looks.
import type { Browser, Page } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openBrowser } from "./browser.ts";
import { hostileScene } from "./hostile.ts";
import { summaryOf, type SceneData } from "./scene-parts.ts";
import { failedScene, openScene, refusedScene, waitingScene, workingScene } from "./scenes.ts";
import { servePages, storeOf, type Served } from "./serve.ts";

const scenes = [waitingScene(), workingScene(), openScene(), failedScene(), refusedScene(), hostileScene()];
const paths = ["/runs", ...scenes.map((scene) => `/runs/${scene.view.run.id}`)];
let browser: Browser;
let served: Served;
let current: readonly SceneData[] = scenes;

beforeAll(async () => {
  served = await servePages({
    loadView: (id) => storeOf(current).loadView(id),
    listEvents: (id) => storeOf(current).listEvents(id),
    listRuns: (page) =>
      storeOf(
        current,
        current.map((scene) => summaryOf(scene)),
      ).listRuns(page),
  });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  await served.close();
});

async function openPage(path: string, look: { readonly width: number; readonly theme: string }) {
  const page = await browser.newPage();
  const said: string[] = [];
  page.on("console", (message) => said.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => said.push(String(error)));
  page.on("dialog", (dialog) => {
    said.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.setViewport({ width: look.width, height: 900 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: look.theme }]);
  await page.goto(served.url + path, { waitUntil: "load" });
  return { page, said };
}

async function openAllFolds(page: Page): Promise<void> {
  await page.evaluate(`for (const fold of document.querySelectorAll("details")) fold.open = true;`);
}

describe.each(["light", "dark"])("in the %s theme", (theme) => {
  it.each([1280, 390])("nothing scrolls sideways and nothing complains, %i px wide", async (width) => {
    for (const path of paths) {
      const { page, said } = await openPage(path, { width, theme });
      await openAllFolds(page);
      expect(await page.evaluate("document.documentElement.scrollWidth - window.innerWidth"), path).toBeLessThanOrEqual(
        0,
      );
      expect(said, path).toEqual([]);
      await page.close();
    }
  });
});

it("shows other colours in the dark", async () => {
  const grounds: unknown[] = [];
  for (const theme of ["light", "dark"]) {
    const { page } = await openPage("/runs", { width: 1280, theme });
    grounds.push(await page.evaluate("getComputedStyle(document.body).backgroundColor"));
    await page.close();
  }
  expect(grounds[0]).not.toBe(grounds[1]);
});

it("puts in what changed while one looks, keeps open what was opened, and stops at the end", async () => {
  const { page, said } = await openPage("/runs/7KR5AA", { width: 1280, theme: "light" });
  await page.evaluate(`document.querySelector("details").open = true; window.stays = true;`);
  const working = workingScene();
  const over: SceneData = {
    view: {
      ...working.view,
      run: { ...working.view.run, state: { phase: "answered", turn: 1, text: "There is nothing to do." } },
    },
    events: working.events,
  };
  current = [over];
  await page.waitForFunction(`document.querySelector("main").dataset.live === "still"`, { timeout: 20_000 });
  current = scenes;
  expect(await page.evaluate(`document.querySelector("main").innerText`)).toContain("There is nothing to do.");
  expect(await page.evaluate(`document.querySelector("details").open`)).toBe(true);
  expect(await page.evaluate("window.stays")).toBe(true);
  expect(said).toEqual([]);
  await page.close();
});

it("reads the same without its script", async () => {
  const page = await browser.newPage();
  await page.setJavaScriptEnabled(false);
  await page.goto(`${served.url}/runs/7KQ2AA`, { waitUntil: "load" });
  expect(await page.$$eval("tr.add", (rows) => rows.length)).toBe(6);
  await page.close();
});
