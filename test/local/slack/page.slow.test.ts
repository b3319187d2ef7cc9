import type { App } from "@slack/bolt";
import { launch, type Browser, type Page } from "puppeteer-core";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import type { LocalSlack } from "../../../src/local/slack/server.ts";
import { ANNA, GUEST, MKT, OWEN, REVIEW, startApp, startSlack, webClient } from "./fixture.ts";

const plain = (text: string) => ({ type: "plain_text" as const, text });
const button = (text: string, action_id: string, more: object = {}) => ({
  type: "button" as const,
  text: plain(text),
  action_id,
  ...more,
});
const approve = button("Approve and open PR", "approve", {
  style: "primary",
  confirm: {
    title: plain("Approve anyway?"),
    text: plain("main has 2 newer commits"),
    confirm: plain("Yes, approve"),
    deny: plain("Back"),
  },
});
const card = [
  { type: "context" as const, elements: [{ type: "mrkdwn" as const, text: "needs 1 of @web-owners" }] },
  {
    type: "rich_text" as const,
    elements: [
      {
        type: "rich_text_preformatted" as const,
        elements: [{ type: "text" as const, text: `+${"wide ".repeat(60)}` }],
      },
    ],
  },
  { type: "actions" as const, elements: [approve, button("Request changes", "changes")] },
];
const pullRequest = [
  { type: "actions" as const, elements: [button("Open pull request", "open", { url: "http://127.0.0.1:9/pr/1" })] },
];
const form = {
  type: "modal" as const,
  callback_id: "changes",
  title: plain("Request changes"),
  submit: plain("Send"),
  blocks: [
    {
      type: "input" as const,
      block_id: "what",
      label: plain("What should be different?"),
      element: { type: "plain_text_input" as const, action_id: "text" },
    },
  ],
};

let browser: Browser;
beforeAll(async () => {
  browser = await launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
});
afterAll(() => browser.close());

/** The demo's story in small, with the real client on the other side. */
function story(app: App): void {
  app.command("/agent", async ({ command, ack, client }) => {
    await ack();
    const { ts = "" } = await client.chat.postMessage({ channel: command.channel_id, text: "Working on it" });
    const stream = await client.chat.startStream({
      channel: command.channel_id,
      thread_ts: ts,
      recipient_user_id: command.user_id,
      recipient_team_id: command.team_id,
      task_display_mode: "plan",
      chunks: [
        { type: "plan_update", title: "Step 1 of 1" },
        { type: "task_update", id: "1", title: "Run the tests", status: "in_progress", output: "1 of 2" },
      ],
    });
    await client.chat.stopStream({
      channel: command.channel_id,
      ts: stream.ts ?? "",
      chunks: [{ type: "task_update", id: "1", title: "Run the tests", status: "complete" }],
    });
    await client.chat.postMessage({
      channel: command.channel_id,
      thread_ts: ts,
      text: "Approve? Raise the price",
      blocks: card,
    });
  });
  app.action("approve", async ({ ack, body, client }) => {
    await ack();
    if (body.type !== "block_actions" || body.message === undefined) return;
    const at = { channel: MKT, thread_ts: String(body.message["thread_ts"]) };
    if (body.user.id === ANNA) {
      await client.chat.postEphemeral({
        ...at,
        user: ANNA,
        text: "You asked for this change, so someone else approves it.",
      });
      return;
    }
    await client.chat.update({ channel: MKT, ts: body.message.ts, text: "Approved by Owen Own", blocks: [] });
    await client.chat.postMessage({ ...at, text: "Pull request #1 is open", blocks: pullRequest });
  });
  app.action("changes", async ({ ack, body, client }) => {
    await ack();
    if (body.type === "block_actions") await client.views.open({ trigger_id: body.trigger_id, view: form });
  });
  app.action("open", async ({ ack }) => ack());
  app.view("changes", async ({ ack, view }) => {
    const said = view.state.values["what"]?.["text"]?.value;
    await (said === "no" ? ack({ response_action: "errors", errors: { what: "Say a little more" } }) : ack());
  });
}

interface Opened {
  readonly slack: LocalSlack;
  readonly page: Page;
  readonly problems: string[];
}

async function open(size: { readonly width: number; readonly height: number }): Promise<Opened> {
  const slack = await startSlack({ guide: { command: "/agent raise the price" }, commandAckMs: 3_000 });
  await startApp(slack, story);
  const context = await browser.createBrowserContext();
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  page.on("pageerror", (error) => problems.push(String(error)));
  await page.setViewport(size);
  await page.goto(slack.pageUrl);
  await page.waitForSelector(".msg");
  return { slack, page, problems };
}

const step = (page: Page) => page.$eval("#guide [aria-current] b", (node) => node.textContent);

// Expressions are text: the test project's types know no browser.
async function until(page: Page, expression: string): Promise<void> {
  await page.waitForFunction(expression, { polling: 50, timeout: 10_000 });
}

function waitForText(page: Page, selector: string, text: string): Promise<void> {
  return until(
    page,
    `[...document.querySelectorAll(${JSON.stringify(selector)})].some((node) => node.textContent.includes(${JSON.stringify(text)}))`,
  );
}

const CONTROLS = "dialog button, #thread .b-actions > *";

async function press(page: Page, label: string): Promise<void> {
  await waitForText(page, CONTROLS, label);
  await page.evaluate(
    `[...document.querySelectorAll("${CONTROLS}")].find((node) => node.textContent.includes("${label}")).click()`,
  );
}

async function openThread(page: Page): Promise<void> {
  await page.waitForSelector(".msg-thread");
  await page.evaluate("document.querySelector('.msg-thread').click()");
  await page.waitForSelector("#thread:not([hidden])");
}

const NO_DIALOG = "document.querySelector('dialog') === null";

it("plays the demo's five steps by keyboard and clicks", async () => {
  const { slack, page, problems } = await open({ width: 1280, height: 880 });
  expect(await step(page)).toBe("Type this");
  await page.click("#guide [aria-current] button");
  await until(page, "document.activeElement.id === 'say'");
  expect(await page.$eval("#chan-hint", (node) => node.textContent)).toContain("what should change?");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".msg-thread");
  await waitForText(page, "#guide [aria-current] b", "Try to approve your own");
  await page.click("#guide [aria-current] button");
  await waitForText(page, "#thread .plan", "Run the tests");
  await press(page, "Approve and open PR");
  await waitForText(page, "dialog", "main has 2 newer commits");
  await page.keyboard.press("Escape");
  await until(page, NO_DIALOG);
  expect(slack.state().acts.filter(({ kind }) => kind === "click")).toEqual([]);
  await press(page, "Approve and open PR");
  await press(page, "Yes, approve");
  await waitForText(page, "#thread .is-eph", "someone else approves it");
  expect(await page.$eval(".is-eph .only-you", (node) => node.textContent)).toBe("Only visible to you");
  await waitForText(page, "#guide [aria-current] b", "Act as Owen Own");
  await page.click("#guide [aria-current] button");
  await waitForText(page, "#me", "Owen Own");
  expect(await page.$(".is-eph")).toBeNull();
  await press(page, "Approve and open PR");
  await press(page, "Yes, approve");
  await waitForText(page, "#guide [aria-current] b", "See the pull request");
  await waitForText(page, "#live", "Pull request #1 is open");
  await press(page, "Open pull request");
  await slack.waitFor(({ acts }) => acts.some(({ label }) => label === "Open pull request"), {
    what: "the click on the link",
  });
  await page.bringToFront();
  await until(page, "document.querySelectorAll('#guide .is-done').length === 5");
  expect(problems.filter((text) => !text.includes("ERR_CONNECTION_REFUSED"))).toEqual([]);
});

it("fills, corrects and closes a modal by keyboard", async () => {
  const { slack, page } = await open({ width: 1280, height: 880 });
  await slack.slash({ user: ANNA, channel: MKT, command: "/agent", text: "raise the price" });
  await openThread(page);
  await press(page, "Request changes");
  await page.waitForSelector("dialog[open] input");
  expect(await page.evaluate("document.activeElement.dataset.block")).toBe("what");
  await page.keyboard.press("Enter");
  await waitForText(page, "dialog .error", "required");
  await page.keyboard.type("no");
  await page.keyboard.press("Enter");
  await waitForText(page, "dialog .error", "Say a little more");
  expect(await page.$eval("dialog input", (node) => node.value)).toBe("no");
  await page.keyboard.type("w from December");
  await page.keyboard.press("Enter");
  await until(page, NO_DIALOG);
  expect(slack.state().acts.at(-1)).toMatchObject({ kind: "submit", label: "Request changes" });
  await press(page, "Request changes");
  await page.waitForSelector("dialog[open] input");
  await page.keyboard.press("Escape");
  await until(page, NO_DIALOG);
  expect(slack.state().views[ANNA]).toEqual([]);
});

it("counts what is unread, completes names, replies in threads and attaches files", async () => {
  const { slack, page } = await open({ width: 1280, height: 880 });
  const web = webClient(slack);
  await web.chat.postMessage({ channel: REVIEW, text: "Approve? Raise the price" });
  await waitForText(page, "#channels .is-unread", "web-review1 unread");
  await page.click(`#channels a[href="#/${REVIEW}"]`);
  await waitForText(page, "#chan-list", "Approve? Raise the price");
  await until(page, "document.querySelector('.is-unread') === null");
  await page.click(`#channels a[href="#/${MKT}"]`);
  const { ts = "" } = await web.chat.postMessage({ channel: MKT, text: "root" });
  await page.goto(`${new URL(slack.pageUrl).origin}/archives/${MKT}/p${ts.replace(".", "")}`);
  await waitForText(page, "#thread-list", "root");
  await page.type("#reply", "@cou");
  await waitForText(page, "#thread-suggest [aria-selected=true]", "@Countersign");
  await page.keyboard.press("Tab");
  await page.keyboard.type("look at <b>this</b>");
  await page.evaluate(`{
    const input = document.querySelector("#thread-form input[type=file]");
    const given = new DataTransfer();
    given.items.add(new File(["abc"], "notes.txt"));
    input.files = given.files;
    input.dispatchEvent(new Event("change"));
  }`);
  await waitForText(page, "#thread-files", "notes.txt");
  await page.focus("#reply");
  await page.keyboard.press("Enter");
  await waitForText(page, "#thread-list .msg-text", "@Countersign look at <b>this</b>");
  await waitForText(page, "#thread-list .snippet", "notes.txt");
  expect(slack.state().messages.at(-1)).toMatchObject({
    text: "<@U0BOT> look at &lt;b&gt;this&lt;/b&gt;",
    threadTs: ts,
  });
});

it("shows one pane at a time at 390 px, without scrolling sideways", async () => {
  const { slack, page } = await open({ width: 390, height: 844 });
  const sideways = () => page.evaluate("document.documentElement.scrollWidth - innerWidth");
  const seen = (selector: string) => page.$eval(selector, (node) => node.checkVisibility({ visibilityProperty: true }));
  await slack.slash({ user: ANNA, channel: MKT, command: "/agent", text: "raise the price" });
  await page.waitForSelector(".msg-thread");
  expect([await seen("#chan-list"), await seen("#nav"), await sideways()]).toEqual([true, false, 0]);
  await page.click("#nav-open");
  expect([await seen("#nav"), await sideways()]).toEqual([true, 0]);
  await page.click("#nav-close");
  await openThread(page);
  await waitForText(page, "#thread", "Approve and open PR");
  expect([await seen("#thread-list"), await seen("#chan-list"), await sideways()]).toEqual([true, false, 0]);
  await page.click("#thread-back");
  expect([await seen("#chan-list"), await seen("#thread")]).toEqual([true, false]);
});

it("shows nothing of others to a person in no channel", async () => {
  const { page } = await open({ width: 1280, height: 880 });
  await page.click('[aria-label="Act as Gus Guest"]');
  await page.waitForSelector("#chan-list.is-empty");
  expect(await page.$(".msg")).toBeNull();
  expect(await page.evaluate("sessionStorage.getItem('act-as')")).toBe(GUEST);
  await page.reload();
  await waitForText(page, "#me", "Gus Guest");
});

it("rings every stop of the Tab key", async () => {
  const { slack, page } = await open({ width: 1280, height: 880 });
  await slack.slash({ user: OWEN, channel: MKT, command: "/agent", text: "raise the price" });
  await openThread(page);
  await waitForText(page, "#thread", "Approve and open PR");
  await page.evaluate("document.activeElement.blur()");
  const ring = `(() => {
    const node = document.activeElement;
    const box = node.matches("textarea") ? node.closest(".composer") : node;
    const { outlineStyle, boxShadow } = getComputedStyle(box);
    return [node.id || node.className || node.tagName, outlineStyle === "solid" || (box !== node && boxShadow !== "none")];
  })()`;
  const stops: unknown[] = [];
  for (let stop = 0; stop < 16; stop += 1) {
    await page.keyboard.press("Tab");
    stops.push(await page.evaluate(ring));
  }
  expect(stops.filter((stop) => Array.isArray(stop) && stop[1] === false)).toEqual([]);
  expect(stops).toContainEqual(["say", true]);
});
