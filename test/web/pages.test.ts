import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { createPages } from "../../src/web/pages.ts";
import { RUNS_A_PAGE } from "../../src/web/runs-page.ts";
import type { Log } from "../../src/ports.ts";
import { sha256 } from "./record.ts";
import { summaryOf } from "./scene-parts.ts";
import { failedScene, openScene, refusedScene, waitingScene, workingScene } from "./scenes.ts";
import { LOOK_DIR, quiet, servePages, storeOf, type Served } from "./serve.ts";

const scenes = [waitingScene(), workingScene(), openScene(), failedScene(), refusedScene()];
const many = Array.from({ length: RUNS_A_PAGE + 7 }, (_, index) =>
  summaryOf(openScene(), { id: `7Z${String(index).padStart(4, "0")}`, title: `Change number ${index}` }),
);
let served: Served;
let full: Served;

beforeAll(async () => {
  served = await servePages(
    storeOf(
      scenes,
      scenes.map((scene) => summaryOf(scene)),
    ),
  );
  full = await servePages(storeOf([], many));
});
afterAll(async () => {
  await served.close();
  await full.close();
});

async function get(path: string, init: RequestInit = {}): Promise<{ readonly res: Response; readonly text: string }> {
  const res = await fetch(served.url + path, { redirect: "manual", ...init });
  return { res, text: await res.text() };
}

describe("what a run's page shows", () => {
  test.each<[string, string, readonly string[]]>([
    [
      "a change that waits",
      "/runs/7KQ2AA",
      [
        "Ready for approval",
        "An owner decides in Slack about version 2",
        "Nobody yet",
        "Versions",
        "Waits for approval",
        "Replaced",
        "Please say from when it applies.",
        "Not counted: Marketing requester pressed Approve",
        "test passed, 31 s (failed before)",
        "Worked, turn 2",
        "6 thread messages, 1 picture",
        "ANTHROPIC_API_KEY",
        "Unbroken",
        "matches the stored change",
      ],
    ],
    [
      "a run at work",
      "/runs/7KR5AA",
      ["Working", "Now I run the tests.", "3 tool calls", "1 denied", 'class="live"', "2 min 8 s"],
    ],
    [
      "an open pull request",
      "/runs/7KP9AA",
      [
        "Pull request open",
        "exactly the approved change",
        "CI: build passed · preview deploy in progress",
        "1 of 1 needed",
        "published exactly",
        'href="https://github.example.com/acme/website/pull/482"',
        "Approved by Web owner",
      ],
    ],
    [
      "a failure",
      "/runs/7KM6AA",
      [
        "Stopped by a problem",
        "Setting up failed: npm ci ended with code 1.",
        "nothing reached GitHub",
        "npm error packages.example.com was not reached",
      ],
    ],
    [
      "a refusal",
      "/runs/7KB1AA",
      [
        "Not started",
        "marketing has no repository called acme/billing. It may change: acme/website.",
        "rule: teams/marketing.yaml, repositories",
      ],
    ],
  ])("%s", async (_says, path, words) => {
    const { res, text } = await get(path);
    expect(res.status).toBe(200);
    for (const word of words) expect(text).toContain(word);
  });

  it("keeps a still page still and a moving one moving", async () => {
    expect((await get("/runs/7KR5AA")).text).toContain('data-live="moves"');
    expect((await get("/runs/7KM6AA")).text).toContain('data-live="still"');
  });

  it("shows an older version when asked for it, and none that is not there", async () => {
    const { text } = await get("/runs/7KQ2AA?version=1");
    expect(text).toContain("on version 1 as frozen");
    expect((await get("/runs/7KQ2AA?version=3")).res.status).toBe(404);
    expect((await get("/runs/7KQ2AA?version=x")).res.status).toBe(404);
  });

  it("says broken, where and why, when an event was changed afterwards", async () => {
    const scene = waitingScene("7KBR0K");
    const events = scene.events.map((event) => (event.seq === 4 ? { ...event, atMs: event.atMs + 1 } : event));
    const broken = await servePages(storeOf([{ ...scene, events }]));
    const text = await (await fetch(`${broken.url}/runs/7KBR0K`)).text();
    const json = await (await fetch(`${broken.url}/runs/7KBR0K.json`)).json();
    await broken.close();
    expect(text).toContain("Broken");
    expect(text).toContain("At event 4: its content was changed");
    expect(text).not.toContain("Unbroken");
    expect(json).toMatchObject({ record: { unbroken: false, broken: { seq: 4 } } });
  });

  it("says that a seal no longer matches what is stored", async () => {
    const scene = waitingScene("7KSEA1");
    const changes = scene.view.changes.map((change) => ({ ...change, resultTree: "f".repeat(40) }));
    const swapped = await servePages(storeOf([{ ...scene, view: { ...scene.view, changes } }]));
    const text = await (await fetch(`${swapped.url}/runs/7KSEA1`)).text();
    await swapped.close();
    expect(text).toContain("does not match the stored change");
  });

  it("shows an erased payload as erased, and the chain still whole", async () => {
    const scene = waitingScene("7KERA5");
    const events = scene.events.map(({ payload, ...event }) =>
      event.seq === 1 ? event : { ...event, payload: payload ?? {} },
    );
    const erased = await servePages(storeOf([{ ...scene, events }]));
    const text = await (await fetch(`${erased.url}/runs/7KERA5`)).text();
    await erased.close();
    expect(text).toContain("requested (erased)");
    expect(text).toContain("1 payload");
    expect(text).toContain("Unbroken");
  });
});

describe("the list", () => {
  it("has every run with its state, newest first", async () => {
    const { text } = await get("/runs");
    const ids = [...text.matchAll(/href="\/runs\/(7K\w{4})"/g)].map((match) => match[1]);
    expect(ids).toEqual(["7KQ2AA", "7KR5AA", "7KP9AA", "7KM6AA", "7KB1AA"]);
    expect(text).toContain("1 moving, 1 waiting for a person");
    expect(text).toContain("5 runs, all there are");
  });

  it("leads from page to page, each run once", async () => {
    const seen: string[] = [];
    let path: string | undefined = "/runs";
    for (let pages = 0; path !== undefined && pages < 5; pages += 1) {
      const text = await (await fetch(full.url + path)).text();
      seen.push(...[...text.matchAll(/href="\/runs\/(7Z\d{4})"/g)].map((match) => match[1] ?? ""));
      path = /rel="next" href="([^"]+)"/.exec(text)?.[1];
    }
    expect(seen).toEqual(many.map((run) => run.id));
  });

  it("says how to start where there are no runs, and only there", async () => {
    const empty = await servePages(storeOf([]));
    const first = await (await fetch(`${empty.url}/runs`)).text();
    const older = await (await fetch(`${empty.url}/runs?before=7Z0001`)).text();
    await empty.close();
    expect(first).toContain("<code>/agent</code>");
    expect(older).toContain("Nothing older");
    expect(older).not.toContain("<code>/agent</code>");
  });
});

describe("how it answers", () => {
  test.each<[string, string, number]>([
    ["an unknown run", "/runs/7NNNNN", 404],
    ["a run id with odd characters", "/runs/..%2f..%2fetc", 404],
    ["an unknown run's record", "/runs/7NNNNN.json", 404],
    ["an unknown run's diff", "/runs/7NNNNN/diff", 404],
    ["an unknown version's diff", "/runs/7KQ2AA/diff?version=9", 404],
    ["a run without a change", "/runs/7KM6AA/diff", 404],
    ["an odd page mark", "/runs?before=%27%3B--", 404],
    ["an unknown file", "/look/nothing.css", 404],
    ["a file outside its folder", "/look/..%2fpages.ts", 404],
    ["a file of another kind", "/look/pages.ts", 404],
    ["the start", "/", 303],
    ["a stylesheet", "/look/tokens.css", 200],
    ["the script", "/look/live.js", 200],
  ])("%s", async (_says, path, status) => {
    const { res } = await get(path);
    expect(res.status).toBe(status);
    if (path === "/") expect(res.headers.get("location")).toBe("/runs");
  });

  it("says which run is unknown, on a page", async () => {
    const { res, text } = await get("/runs/7NNNNN");
    expect(res.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(text).toContain("There is no run 7NNNNN.");
  });

  test.each(["/runs", "/runs/7KQ2AA", "/runs/7KQ2AA.json", "/runs/7KQ2AA/diff", "/look/live.js", "/runs/7NNNNN"])(
    "fences %s",
    async (path) => {
      const { res } = await get(path);
      const policy = res.headers.get("content-security-policy") ?? "";
      for (const rule of [
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "form-action 'none'",
        "frame-ancestors 'none'",
      ])
        expect(policy).toContain(rule);
      expect(policy).not.toContain("unsafe");
      expect(res.headers.get("x-content-type-options")).toBe("nosniff");
      expect(res.headers.get("cache-control")).toBe("no-store");
    },
  );

  test.each(["POST", "PUT", "DELETE", "OPTIONS"])("refuses %s", async (method) => {
    for (const path of ["/", "/runs", "/runs/7KQ2AA", "/look/live.js"]) {
      const { res } = await get(path, { method });
      expect(res.status).toBe(405);
      expect(res.headers.get("allow")).toBe("GET, HEAD");
    }
  });

  it("answers HEAD with the same headers and no body", async () => {
    const head = await get("/runs/7KQ2AA", { method: "HEAD" });
    const whole = await get("/runs/7KQ2AA");
    expect(head.text).toBe("");
    expect(head.res.headers.get("content-length")).toBe(String(Buffer.byteLength(whole.text)));
  });

  it("leaves what is not its own to others", async () => {
    for (const path of ["/metrics", "/healthz", "/runsome", "/look"]) expect((await get(path)).res.status).toBe(418);
  });

  it("gives the raw diff and the raw record", async () => {
    const diff = await get("/runs/7KQ2AA/diff?version=2");
    expect(diff.res.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(diff.text).toBe(scenes[0]?.view.changes[1]?.diff);
    const record = JSON.parse((await get("/runs/7KQ2AA.json")).text);
    expect(record.run.id).toBe("7KQ2AA");
    expect(record.events).toHaveLength(scenes[0]?.events.length ?? 0);
    expect(record.record).toMatchObject({ unbroken: true, head: scenes[0]?.events.at(-1)?.hash });
  });

  it("says that a page could not be made, and the log says why", async () => {
    const logged: unknown[] = [];
    const log: Log = { ...quiet, error: (fields) => logged.push(fields) };
    const failing = await servePages(
      {
        ...storeOf([]),
        loadView: async () => {
          throw new Error("database of secret-host is down");
        },
      },
      { log },
    );
    const res = await fetch(`${failing.url}/runs/7KQ2AA`);
    const text = await res.text();
    await failing.close();
    expect(res.status).toBe(500);
    expect(text).not.toContain("secret-host");
    expect(JSON.stringify(logged)).toContain("secret-host");
  });

  it("can be made without a time zone or a clock", () => {
    expect(typeof createPages({ store: storeOf([]), lookDir: LOOK_DIR, sha256, log: quiet })).toBe("function");
  });
});
