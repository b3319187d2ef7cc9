// A workspace with a session in which everything was said once, and the page on it.
import { onTestFinished } from "vitest";
import { listenLocal, sendJson } from "../../../src/local/http.ts";
import type { Linear } from "../../../src/local/linear/context.ts";
import { makeCourier } from "../../../src/local/linear/courier.ts";
import type { Activity, Session } from "../../../src/local/linear/model.ts";
import { servePage } from "../../../src/local/linear/page.ts";
import { choose, delegate, prompt } from "../../../src/local/linear/people.ts";
import type { LocalLinearSeed } from "../../../src/local/linear/seed.ts";
import { addActivity, type NewActivity } from "../../../src/local/linear/sessions.ts";
import { announce, makeWorld, plantIssue } from "../../../src/local/linear/world.ts";

export const APP = "app-countersign";
export const ANNA = "anna";
export const OWEN = "owen";
export const GUEST = "gus";
const TOKEN = "page-token-of-this-test";

// One pixel, to be seen as one.
const PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
  "base64",
);
const DESCRIPTION = `Pressing **Sign up** with nothing typed shows “Thank you”. Seen on the *pricing* page and on the blog.

- the form says \`ok\`
- nobody gets a [newsletter](https://example.com/news)

![what one sees](/uploads/shots/form.png)`;

export const seed: LocalLinearSeed = {
  organization: { id: "org", name: "Acme", urlKey: "acme" },
  app: { userId: APP, name: "Countersign", handle: "countersign", oauthClientId: "client" },
  people: [
    { id: ANNA, name: "Anna Ask", email: "anna@example.com" },
    { id: OWEN, name: "Owen Own", email: "owen@example.com", isAdmin: true },
    { id: GUEST, name: "Gus Guest", email: "gus@example.com", isGuest: true },
    { id: "sue", name: "Sue Suspended", email: "sue@example.com", isActive: false },
  ],
  teams: [
    { id: "team-mkt", key: "MKT", name: "Marketing", members: [ANNA, OWEN] },
    { id: "team-web", key: "WEB", name: "Website", members: [OWEN, GUEST] },
  ],
  projects: [{ id: "project-spring", name: "Spring launch", team: "MKT" }],
  labels: [
    { id: "label-web", name: "website" },
    { id: "label-bug", name: "bug" },
  ],
  uploads: [
    { path: "shots/form.png", contentType: "image/png", bytes: PIXEL },
    { path: "shots/page.svg", contentType: "image/svg+xml", bytes: Buffer.from("<svg onload='alert(1)'/>") },
  ],
  issues: [
    {
      id: "issue-128",
      team: "MKT",
      number: 128,
      title: "Newsletter form accepts an empty address",
      description: DESCRIPTION,
      creator: ANNA,
      assignee: ANNA,
      state: "started",
      labels: ["website", "bug"],
      project: "Spring launch",
      comments: [
        {
          id: "comment-one",
          user: OWEN,
          body: "Three people asked why they never got the newsletter.",
          minutesAgo: 90,
        },
        { id: "comment-two", user: ANNA, body: "Me too.", minutesAgo: 80, parent: "comment-one" },
      ],
    },
    { id: "issue-126", team: "MKT", number: 126, title: "Shorten the hero headline", creator: OWEN, state: "started" },
    { id: "issue-125", team: "MKT", number: 125, title: "Press page: new logo downloads", creator: ANNA },
    {
      id: "issue-119",
      team: "MKT",
      number: 119,
      title: "Opening hours in the footer",
      creator: ANNA,
      state: "completed",
    },
    { id: "issue-7", team: "WEB", number: 7, title: "Dark mode flickers on load", creator: OWEN, state: "unstarted" },
    { id: "issue-3", team: "WEB", number: 3, title: "Drop the old cookie banner", creator: OWEN, state: "canceled" },
  ],
};

export interface PageWorld {
  readonly linear: Linear;
  readonly origin: string;
  readonly pageUrl: string;
}

export async function startPage(given: { readonly seed?: LocalLinearSeed } = {}): Promise<PageWorld> {
  const world = makeWorld(given.seed ?? seed, { now: Date.now });
  const courier = makeCourier({
    retryDelaysMs: [],
    retryKeepsTimestamp: true,
    timeoutMs: 1_000,
    now: Date.now,
    changed: () => announce(world),
  });
  const linear: Linear = { world, courier, assignMakesSession: false, announceOwnSessions: true };
  const parts = {
    linear,
    lookDir: new URL("../../../src/web/look", import.meta.url).pathname,
    pageToken: TOKEN,
    bar: [
      { label: "Chat", url: "http://127.0.0.1:4000/" },
      { label: "Code", url: "http://127.0.0.1:4002/" },
      { label: "Runs", url: "http://127.0.0.1:4003/runs" },
    ],
  };
  const http = await listenLocal(async (req, res, url) => {
    if (!(await servePage(parts, { req, res, url }))) sendJson(res, 404, { error: "not_found" });
  }, 0);
  world.origin = http.url;
  onTestFinished(() => http.close());
  return { linear, origin: http.url, pageUrl: `${http.url}/?token=${TOKEN}` };
}

export type Says = (given: Omit<NewActivity, "userId">) => Activity;

/** A session on an issue, and the app's voice in it. */
export function startSession(linear: Linear, issue: string): { readonly session: Session; readonly says: Says } {
  const { session: id = "" } = delegate(linear, { user: ANNA, issue });
  const session = linear.world.sessions.get(id);
  if (session === undefined) throw new Error(`no session on ${issue}`);
  return { session, says: (given) => addActivity(linear, session, { userId: APP, ...given }) };
}

export const SELECT = {
  content: { type: "elicitation", body: "Should an address without a dot be refused too, like `name@acme`?" },
  signal: "select",
  signalMetadata: {
    options: [
      { value: "refuse", label: "Refuse it" },
      { value: "accept", label: "Accept it" },
    ],
  },
} as const;

/** Every kind of activity, with one question answered and one open. */
export function tellStory(linear: Linear, issue: string): Session {
  const { session, says } = startSession(linear, issue);
  says({ content: { type: "thought", body: "Picked up. I read the issue and its **2 comments**." } });
  says({
    content: { type: "elicitation", body: "Which repository?" },
    signal: "select",
    signalMetadata: { options: [{ value: "acme/website" }, { value: "acme/blog" }] },
  });
  choose(linear, { user: ANNA, session: session.id, value: "acme/website" });
  says({ content: { type: "action", action: "Read", parameter: "public/newsletter/form.js" } });
  says({ content: { type: "action", action: "Ran", parameter: "npm test -- newsletter", result: "12 passed" } });
  const log = Array.from({ length: 30 }, (_, line) => `ok ${line + 1} - the newsletter form keeps what was typed`);
  says({
    content: { type: "action", action: "Ran", parameter: "npm test", result: `\`\`\`\n${log.join("\n")}\n\`\`\`` },
  });
  prompt(linear, { user: OWEN, session: session.id, body: "Please keep the *wording* as it is." });
  says({ content: { type: "thought", body: "Reading the style guide" }, ephemeral: true });
  session.plan = [
    { content: "Read issue and comments", status: "completed" },
    { content: "Find the check", status: "completed" },
    { content: "Ask the blog team", status: "canceled" },
    { content: "Change it and add a test", status: "inProgress" },
    { content: "Check in a fresh sandbox", status: "pending" },
  ];
  session.externalUrls = [{ label: "Run 7KS1", url: "http://127.0.0.1:4003/runs/7KS1" }];
  announce(linear.world);
  return session;
}

export function plantOther(linear: Linear): void {
  plantIssue(linear.world, { id: "issue-130", team: "MKT", number: 130, title: "A new one", creator: OWEN });
  announce(linear.world);
}
