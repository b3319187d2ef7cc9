import { describe, expect, test } from "vitest";
import type { IssueFacts } from "../../src/core/issue.ts";
import type { Policy } from "../../src/core/policy.ts";
import type { TeamFile } from "../../src/core/policy-schema.ts";
import { decideRouting, type Routing, type RoutingFacts } from "../../src/core/routing.ts";
import { MARKETING, ORG, POLICY } from "./fixtures.ts";

const GROUPS = new Map<string, ReadonlySet<string>>([
  ["S0MKT", new Set(["slack:UREQ", "slack:UBOTH"])],
  ["S0WEBOWNERS", new Set(["slack:UOWN", "slack:UBOTH"])],
  ["S0PLATFORM", new Set(["slack:UADM"])],
]);

function facts(more: Partial<RoutingFacts> = {}): RoutingFacts {
  return {
    requester: { id: "slack:UREQ", kind: "member" },
    channel: "C0MKT",
    text: "fix the failing test",
    groups: GROUPS,
    ...more,
  };
}

function shortly(routing: Routing): string {
  if (routing.kind === "allow") return `allow ${routing.rules.team} ${routing.rules.repository}`;
  if (routing.kind === "choose") return `choose ${routing.choice.kind}`;
  return `refuse ${routing.refusal.kind}`;
}

test.each<[string, Partial<RoutingFacts>, string]>([
  ["the place picks the team, and its first repository is used", {}, "allow marketing acme/website"],
  ["a repository named in the text wins", { text: "in acme/blog fix the date" }, "allow marketing acme/blog"],
  [
    "a link names the repository",
    { text: "see https://github.com/acme/blog/pull/3 and mend it" },
    "allow marketing acme/blog",
  ],
  ["an alias names the repository, as whole words only", { text: "the blog has a typo" }, "allow marketing acme/blog"],
  ["part of a word is no alias", { text: "the blogger page has a typo" }, "allow marketing acme/website"],
  ["two aliases: the person chooses", { text: "move it from the site to the blog" }, "choose repository"],
  ["a repository the team does not have", { repository: "acme/billing" }, "refuse no-repository"],
  ["an alias may be given as the repository", { repository: "blog" }, "allow marketing acme/blog"],
  ["elsewhere, the person's only team", { channel: "C0GENERAL" }, "allow marketing acme/website"],
  [
    "elsewhere, a person of two teams chooses",
    { channel: "C0GENERAL", requester: { id: "slack:UBOTH", kind: "member" } },
    "choose team",
  ],
  [
    "somebody of another team in this team's channel",
    { requester: { id: "slack:UADM", kind: "member" } },
    "refuse not-in-team",
  ],
  ["somebody of no team", { channel: "C0GENERAL", requester: { id: "slack:UX", kind: "member" } }, "refuse no-team"],
  ["a named team the person is not in", { team: "web" }, "refuse not-in-team"],
  ["a guest, although listed in the group", { requester: { id: "slack:UREQ", kind: "guest" } }, "refuse not-a-person"],
  ["a bot", { requester: { id: "slack:UREQ", kind: "bot" } }, "refuse not-a-person"],
  [
    "only the requester could approve",
    { channel: "C0WEB", requester: { id: "slack:UOWN", kind: "member" } },
    "refuse nobody-else",
  ],
  [
    "an owners' group that is empty or unreadable",
    { groups: new Map([["S0MKT", new Set(["slack:UREQ"])]]) },
    "refuse no-owners",
  ],
])("%s", (_says, more, expected) => {
  expect(shortly(decideRouting(POLICY, facts(more)))).toBe(expected);
});

test("a member of the owners' group may ask as long as another owner can approve", () => {
  const policy = { version: "p", org: ORG, teams: [MARKETING] };
  expect(shortly(decideRouting(policy, facts({ requester: { id: "slack:UBOTH", kind: "member" } })))).toBe(
    "allow marketing acme/website",
  );
});

describe("asked on the tracker", () => {
  const SITE: TeamFile = { ...MARKETING, members: { slackUsergroups: ["S0MKT"], linearTeams: ["MKT"] } };
  const MAPPED: TeamFile = {
    ...SITE,
    repositories: [
      { ...SITE.repositories[0]!, linear: { projects: ["Prices"] } },
      { ...SITE.repositories[1]!, linear: { labels: ["blog"], teams: ["ENG"] } },
    ],
  };
  const OTHER: TeamFile = {
    ...SITE,
    team: "web",
    members: { slackUsergroups: ["S0WEBOWNERS"], linearTeams: ["ENG"] },
    channels: { requests: ["C0WEB"] },
  };
  const policyOf = (...teams: readonly TeamFile[]): Policy => ({ version: "p", org: ORG, teams });
  const lenient: Policy = { ...policyOf(SITE), org: { ...ORG, linear: { unmatched: "one-more-owner" } } };
  const issue: IssueFacts = {
    id: "issue-1",
    identifier: "MKT-4",
    title: "Raise the price",
    url: "https://linear.app/acme/issue/MKT-4",
    teamId: "team-mkt",
    teamKey: "MKT",
    over: false,
    labels: [],
  };
  const about = (more: Partial<IssueFacts>): Partial<RoutingFacts> => ({ issue: { ...issue, ...more } });
  const prices = about({ project: "Prices" });
  const asked = (more: Partial<RoutingFacts> = {}): RoutingFacts =>
    facts({ onTracker: true, channel: "session-1", text: "Resolve the issue MKT-4.", issue, ...more });
  const member = (id: string, linearTeams: readonly string[]): Partial<RoutingFacts> => ({
    requester: { id, kind: "member", linearTeams },
  });
  const guess = (name: string, confidence: number) => ({ name, confidence });
  const automation: Partial<RoutingFacts> = { requester: { id: "linear:automation", kind: "automation" } };
  const unmatched: Partial<RoutingFacts> = {
    requester: { id: "linear:1", kind: "unmatched", linearTeams: ["MKT"] },
  };
  const work = [{ says: "run 7KQ2ZZ, asked for by Ann: Raise the price" }];

  test.each<[string, Policy, Partial<RoutingFacts>, string]>([
    ["the issue's team picks the team", policyOf(MAPPED, OTHER), prices, "allow marketing acme/website"],
    [
      "who is in the tracker's team is a member",
      policyOf(MAPPED),
      { ...member("slack:UX", ["MKT"]), ...prices },
      "allow marketing acme/website",
    ],
    ["who is in neither group is not", policyOf(MAPPED), member("slack:UX", ["ENG"]), "refuse not-in-team"],
    [
      "an issue of a team that nobody's policy names, asked for by a member of one",
      policyOf(MAPPED),
      about({ teamKey: "OPS", project: "prices" }),
      "allow marketing acme/website",
    ],
    [
      "a channel of the same name as the session picks nothing",
      policyOf({ ...MAPPED, channels: { requests: ["session-1"] } }, OTHER),
      { ...about({ teamKey: "OPS" }), ...member("slack:UX", []) },
      "refuse no-team",
    ],
    [
      "two teams of one tracker team: the person chooses",
      policyOf(SITE, { ...SITE, team: "sales" }),
      {},
      "choose team",
    ],
    [
      "one of the two, chosen",
      policyOf(SITE, { ...SITE, team: "sales" }),
      { team: "sales", repository: "blog" },
      "allow sales acme/blog",
    ],
    [
      "the project picks the repository, whatever its case",
      policyOf(MAPPED),
      about({ project: "PRICES" }),
      "allow marketing acme/website",
    ],
    ["a label picks it", policyOf(MAPPED), about({ labels: ["bug", "Blog"] }), "allow marketing acme/blog"],
    [
      "two that are mapped: the person chooses",
      policyOf(MAPPED),
      about({ project: "Prices", labels: ["blog"] }),
      "choose repository",
    ],
    [
      "named in the words, it is not what is mapped",
      policyOf(MAPPED),
      { ...prices, text: "in acme/blog, please" },
      "allow marketing acme/blog",
    ],
    [
      "a repository named that the team does not have",
      policyOf(MAPPED),
      { ...prices, repository: "acme/billing" },
      "refuse no-repository",
    ],
    ["nothing says which: the person chooses", policyOf(MAPPED), {}, "choose repository"],
    [
      "a team of one repository asks nobody",
      policyOf({ ...SITE, repositories: SITE.repositories.slice(1) }),
      {},
      "allow marketing acme/blog",
    ],
    [
      "the tracker is sure",
      policyOf(MAPPED),
      { suggested: [guess("acme/blog", 0.95), guess("acme/website", 0.3)] },
      "allow marketing acme/blog",
    ],
    [
      "the tracker is not sure enough",
      policyOf(MAPPED),
      { suggested: [guess("acme/blog", 0.79)] },
      "choose repository",
    ],
    [
      "the tracker has two in mind",
      policyOf(MAPPED),
      { suggested: [guess("acme/website", 0.85), guess("acme/blog", 0.95)] },
      "choose repository",
    ],
    [
      "the tracker is sure of what the team may not change",
      policyOf(MAPPED),
      { suggested: [guess("acme/billing", 1)] },
      "choose repository",
    ],
    [
      "what policy maps goes before any guess",
      policyOf(MAPPED),
      { ...prices, suggested: [guess("acme/blog", 1)] },
      "allow marketing acme/website",
    ],
    ["somebody without a verified match is refused", policyOf(SITE), unmatched, "refuse unmatched"],
    [
      "or needs one more owner, as policy says",
      lenient,
      { ...unmatched, repository: "blog" },
      "allow marketing acme/blog",
    ],
    [
      "and is refused where there are not so many",
      { ...lenient, teams: [{ ...SITE, owners: { slackUsergroups: ["S0PLATFORM"] } }] },
      { ...unmatched, repository: "blog" },
      "refuse nobody-else",
    ],
    [
      "a guest of the tracker",
      policyOf(SITE),
      { requester: { id: "linear:2", kind: "guest", linearTeams: ["MKT"] } },
      "refuse not-a-person",
    ],
    [
      "another app",
      policyOf(SITE),
      { requester: { id: "linear:3", kind: "bot", linearTeams: ["MKT"] } },
      "refuse not-a-person",
    ],
    ["nobody asked: an owner has to answer for it", policyOf(MAPPED), { ...automation, ...prices }, "choose owner"],
    [
      "nobody asked, in a team without policy",
      policyOf(MAPPED),
      { ...automation, ...about({ teamKey: "OPS" }) },
      "refuse no-team",
    ],
    [
      "an owner answered for it, and need not be a member",
      policyOf(MAPPED),
      { ...member("slack:UOWN", []), ...prices, vouched: true },
      "allow marketing acme/website",
    ],
    [
      "an owner answered for it who is the only one",
      policyOf({ ...MAPPED, owners: { slackUsergroups: ["S0PLATFORM"] } }),
      { ...member("slack:UADM", []), ...prices, vouched: true },
      "refuse nobody-else",
    ],
    ["somebody works on it already", policyOf(MAPPED), { ...prices, otherWork: work }, "choose busy"],
    [
      "somebody does, and a person said to start all the same",
      policyOf(MAPPED),
      { ...prices, otherWork: work, goAhead: true },
      "allow marketing acme/website",
    ],
  ])("%s", (_says, policy, more, expected) => {
    expect(shortly(decideRouting(policy, asked(more)))).toBe(expected);
  });

  test("in Slack an issue in the words maps nothing: the place and the words pick as ever", () => {
    const routing = decideRouting(policyOf(MAPPED), facts({ issue: { ...issue, labels: ["blog"] } }));
    expect(shortly(routing)).toBe("allow marketing acme/website");
  });

  test("what the tracker thinks likely stands first in the choice", () => {
    const routing = decideRouting(
      policyOf(MAPPED),
      asked({ suggested: [guess("acme/blog", 0.6), guess("acme/x", 0.9)] }),
    );
    expect(routing).toEqual({
      kind: "choose",
      choice: { kind: "repository", team: "marketing", repositories: ["acme/blog", "acme/website"] },
    });
  });

  test("who has no verified match makes one more vote needed, and the rules say so", () => {
    const routing = decideRouting(lenient, asked({ ...unmatched, repository: "blog" }));
    expect(routing).toMatchObject({ kind: "allow", rules: { votesRequired: 2 } });
    expect(decideRouting(lenient, asked({ repository: "blog" }))).toMatchObject({ rules: { votesRequired: 1 } });
  });

  test("the owner choice names who may answer, the busy one what is in the way", () => {
    expect(decideRouting(policyOf(MAPPED), asked({ ...automation, ...prices }))).toMatchObject({
      choice: { kind: "owner", team: "marketing", ownerGroups: ["S0WEBOWNERS"] },
    });
    expect(decideRouting(policyOf(MAPPED), asked({ ...prices, otherWork: work }))).toMatchObject({
      choice: { kind: "busy", issue: "MKT-4", work },
    });
  });
});
