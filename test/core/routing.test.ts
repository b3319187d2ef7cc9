import { expect, test } from "vitest";
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
