// Whose issue it is and who works on it: the tracker is asked, and a silent one never holds routing for long.
import { describe, expect, it } from "vitest";
import type { IssueFacts } from "../../src/core/issue.ts";
import type { NamedPullRequest, Run, RunSummary, Tracker } from "../../src/ports.ts";
import {
  findNamedIssue,
  listOtherWork,
  readIssueOf,
  suggestRepositories,
  type IssuePorts,
} from "../../src/steps/find-issue.ts";
import { ISSUE, NOW_MS, runOf } from "./runs.ts";

const FACTS: IssueFacts = { ...ISSUE, over: false, labels: ["bug"], project: "Prices" };
const run = runOf({ phase: "received" });
const never = (): Promise<never> => new Promise(() => undefined);
const away = (): Promise<never> => Promise.reject(new Error("503"));
const REPOSITORY = { id: 7, fullName: "acme/website", defaultBranch: "main" };

interface Given {
  readonly find?: Tracker["findIssue"];
  readonly suggest?: Tracker["suggestRepositories"];
  readonly ageMs?: number;
  readonly runs?: readonly RunSummary[];
  readonly pulls?: readonly NamedPullRequest[];
}

interface Waited extends IssuePorts {
  readonly waits: number[];
  readonly asked: string[];
}

/** Waiting takes no time: it is over at once where nothing else is. */
function portsOf(given: Given = {}): Waited {
  const waits: number[] = [];
  const asked: string[] = [];
  const { find = async () => FACTS, suggest = async () => [], ageMs = 0 } = given;
  return {
    waits,
    asked,
    store: { listRunsOnIssue: async () => given.runs ?? [] },
    codeHost: { listPullRequestsNaming: async () => given.pulls ?? [] },
    tracker: {
      findIssue: (key) => {
        asked.push(key);
        return find(key);
      },
      suggestRepositories: suggest,
    },
    clock: {
      nowMs: () => NOW_MS + ageMs,
      sleep: (ms, signal) => {
        waits.push(ms);
        return new Promise((resolve, reject) => {
          const timer = setTimeout(resolve, 5);
          signal?.addEventListener("abort", () => {
            clearTimeout(timer);
            reject(new Error("aborted"));
          });
        });
      },
    },
  };
}

describe("the issue of a run", () => {
  it("is as the tracker tells it now", async () => {
    expect(await readIssueOf(portsOf(), run)).toEqual(FACTS);
  });

  it("is over where the tracker says there is none any more", async () => {
    const ports = portsOf({ find: async () => undefined });
    expect(await readIssueOf(ports, run)).toEqual({ ...ISSUE, over: true, labels: [] });
  });

  it.each([
    ["says nothing", never],
    ["is away", away],
  ])("is waited for three seconds at a time, and a minute in all, where the tracker %s", async (_how, find) => {
    const young = portsOf({ find });
    await expect(readIssueOf(young, run)).rejects.toThrow("the tracker does not say");
    expect(young.waits).toEqual([3000]);
    await expect(readIssueOf(portsOf({ find, ageMs: 59_999 }), run)).rejects.toThrow("does not say");
    expect(await readIssueOf(portsOf({ find, ageMs: 60_000 }), run)).toEqual({ ...ISSUE, over: false, labels: [] });
  });

  it("is nothing for a run about none, and nobody is asked", async () => {
    const ports = portsOf();
    const { issue: _none, ...without } = run;
    expect(await readIssueOf(ports, without)).toBeUndefined();
    expect(ports.asked).toEqual([]);
  });
});

describe("an issue named in words", () => {
  const named = (
    ports: IssuePorts,
    ask: { readonly text: string; readonly issue?: string },
    teams: readonly string[] = ["ENG"],
  ) => findNamedIssue(ports, run, { ask, linearTeams: teams });
  const only =
    (key: string): Tracker["findIssue"] =>
    async (asked) =>
      asked === key ? { ...FACTS, identifier: key } : undefined;

  it("is found by its key, also behind what only looks like one", async () => {
    const ports = portsOf({ find: only("ENG-1") });
    expect(await named(ports, { text: "UTF-8 is broken, see ENG-1" })).toMatchObject({ kind: "found" });
    expect(ports.asked).toEqual(["UTF-8", "ENG-1"]);
  });

  it("is found by its flag alone, whatever else the words name", async () => {
    const ports = portsOf({ find: only("ENG-1") });
    expect(await named(ports, { text: "like OPS-7", issue: "ENG-1" })).toMatchObject({ kind: "found" });
    expect(ports.asked).toEqual(["ENG-1"]);
  });

  it.each<[string, Given, { readonly text: string; readonly issue?: string }, readonly string[], object]>([
    ["no key at all", {}, { text: "raise the price" }, ["ENG"], { kind: "none" }],
    ["a key that is none", { find: async () => undefined }, { text: "UTF-8" }, ["ENG"], { kind: "none" }],
    ["an issue of another team, in passing", {}, { text: "as in ENG-1" }, ["OPS"], { kind: "none" }],
    ["a tracker that is silent, in passing", { find: never }, { text: "as in ENG-1" }, ["ENG"], { kind: "none" }],
    [
      "an issue asked for outright that is not there",
      { find: async () => undefined },
      { text: "x", issue: "ENG-9" },
      ["ENG"],
      { kind: "missing", asked: "ENG-9" },
    ],
    [
      "one asked for outright that is another team's: unknown and forbidden are the same",
      {},
      { text: "x", issue: "ENG-1" },
      ["OPS"],
      { kind: "missing", asked: "ENG-1" },
    ],
    [
      "a team without any team of the tracker",
      {},
      { text: "x", issue: "ENG-1" },
      [],
      { kind: "missing", asked: "ENG-1" },
    ],
  ])("%s", async (_what, given, ask, teams, expected) => {
    expect(await named(portsOf(given), ask, teams)).toEqual(expected);
  });

  it("asked for outright is waited for while the run is young, then left out", async () => {
    const ask = { text: "x", issue: "ENG-1" };
    await expect(named(portsOf({ find: away }), ask)).rejects.toThrow("does not say");
    expect(await named(portsOf({ find: away, ageMs: 60_000 }), ask)).toEqual({ kind: "none" });
  });

  it("where no tracker is connected, in passing is nothing and outright is missing", async () => {
    const { tracker: _none, ...ports } = portsOf();
    expect(await named(ports, { text: "see ENG-1" })).toEqual({ kind: "none" });
    expect(await named(ports, { text: "x", issue: "ENG-1" })).toEqual({ kind: "missing", asked: "ENG-1" });
  });

  it("costs one silence, however many keys the words name", async () => {
    const ports = portsOf({ find: never });
    await named(ports, { text: "A-1 B-2 C-3" });
    expect(ports.waits).toEqual([3000]);
  });
});

describe("a guess at the repository", () => {
  it("is asked for the session and the names at hand", async () => {
    const asked: unknown[] = [];
    const suggest: Tracker["suggestRepositories"] = async (about) => {
      asked.push(about);
      return [{ name: "acme/website", confidence: 0.9 }];
    };
    expect(await suggestRepositories(portsOf({ suggest }), run, ["acme/website"])).toHaveLength(1);
    expect(asked).toEqual([{ issueId: "issue-1", session: "session-1", repositories: ["acme/website"] }]);
  });

  it.each([
    ["silent", never],
    ["away", away],
  ])("is no guess where the tracker is %s: the person chooses", async (_how, suggest) => {
    expect(await suggestRepositories(portsOf({ suggest }), run, ["acme/website"])).toEqual([]);
  });
});

describe("other work on an issue", () => {
  const other = (id: string, phase: RunSummary["phase"]): RunSummary => ({
    id,
    title: "Raise it",
    phase,
    requester: { id: "slack:U0BEN", name: "Ben" },
    createdAtMs: 1,
    updatedAtMs: 1,
  });
  const pull = { number: 481, title: "ENG-1 new prices", url: "https://github.com/acme/website/pull/481" };
  const work = (ports: IssuePorts) => listOtherWork(ports, run, { issue: FACTS, repository: REPOSITORY });

  it("is what others run and what is open for it, never the run itself", async () => {
    const runs = [other(run.id, "received"), other("8KQ2AB", "working")];
    expect(await work(portsOf({ runs, pulls: [pull] }))).toEqual([
      { says: "run 8KQ2AB, asked for by Ben: Raise it" },
      { says: "pull request #481: ENG-1 new prices", url: pull.url },
    ]);
  });

  it("names a run with a pull request once", async () => {
    const runs = [other("8KQ2AB", "pr_open")];
    expect(await work(portsOf({ runs, pulls: [pull] }))).toHaveLength(1);
    expect(await work(portsOf({ runs }))).toHaveLength(1);
  });

  it("is nothing where nobody is at it", async () => {
    expect(await work(portsOf())).toEqual([]);
  });
});

it("an issue is asked for by its id, which stays when it moves to another team", async () => {
  const ports = portsOf();
  const moved: Run = { ...run, issue: { ...ISSUE, identifier: "OPS-4" } };
  await readIssueOf(ports, moved);
  expect(ports.asked).toEqual(["issue-1"]);
});
