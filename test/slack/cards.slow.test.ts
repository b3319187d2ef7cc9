// Every card in the local Slack's page at the width of a phone. Pictures go to CARD_PICTURES, to be looked at.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { KnownBlock } from "@slack/types";
import { WebClient } from "@slack/web-api";
import { launch, type Browser } from "puppeteer-core";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { planSlots } from "../../src/slack/render.ts";
import { planBlocks } from "../../src/slack/render-stream.ts";
import { STATES } from "./states.ts";
import { scene } from "./views.ts";
import { BOT_TOKEN, MARKETING, startWorkspace } from "./workspace.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-dev-shm-usage"] });
});
afterAll(() => browser.close());

const names = Object.keys(STATES);
const groups = Array.from({ length: Math.ceil(names.length / 5) }, (_, index) => names.slice(index * 5, index * 5 + 5));
const pictures = process.env["CARD_PICTURES"];

it.each(groups.map((group, index) => [index, group] as const))("cards %i fit a phone: %j", async (index, group) => {
  const slack = await startWorkspace();
  const client = new WebClient(BOT_TOKEN, { slackApiUrl: slack.url });
  for (const name of group) {
    for (const slot of planSlots(scene(STATES[name]!))) {
      const shown =
        slot.kind === "stream"
          ? { text: slot.plan.text, blocks: [...planBlocks(slot.plan)] }
          : { text: slot.face.text, blocks: withWakes(slot.face) };
      await client.chat.postMessage({ channel: MARKETING, ...shown });
    }
  }
  const context = await browser.createBrowserContext();
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  page.on("pageerror", (error) => problems.push(String(error)));
  await page.setViewport({ width: 390, height: 5200 });
  await page.goto(slack.pageUrl);
  await page.waitForSelector(".msg");
  if (pictures !== undefined) {
    mkdirSync(pictures, { recursive: true });
    await page.screenshot({ path: join(pictures, `cards-${index}.png`) });
  }
  const wide = await page.$$eval(".msg", (all) => all.filter((each) => each.scrollWidth > 390).length);
  expect(wide).toBe(0);
  expect(problems).toEqual([]);
});

function withWakes(face: { readonly blocks: readonly KnownBlock[]; readonly wakes?: KnownBlock }): KnownBlock[] {
  const [first, ...rest] = face.blocks;
  return first === undefined ? [] : [first, ...(face.wakes === undefined ? [] : [face.wakes]), ...rest];
}
