import { expect, test } from "vitest";
import {
  castVote,
  mayAct,
  standingVotes,
  type Act,
  type Authority,
  type Ballot,
  type Vote,
} from "../../src/core/approval.ts";

const OWNERS = new Set(["slack:UOWN", "slack:UOWN2", "slack:UREQ", "slack:UAUTHOR"]);
const authority: Authority = {
  owners: OWNERS,
  members: new Set(["slack:UREQ", "slack:UMEM"]),
  admins: new Set(["slack:UADM"]),
};
const ballot: Ballot = {
  change: 2,
  seal: "s2",
  approvable: true,
  required: 1,
  expiresAtMs: 1000,
  approvals: [],
  requesterId: "slack:UREQ",
  promptAuthorIds: ["slack:UREQ", "slack:UAUTHOR"],
};
const vote: Vote = { voter: { id: "slack:UOWN", kind: "member" }, change: 2, seal: "s2" };

test.each<
  [string, { ballot?: Partial<Ballot>; vote?: Partial<Vote>; authority?: Partial<Authority>; nowMs?: number }, string]
>([
  ["an owner's vote is enough", {}, "enough"],
  ["of two needed, the first is not enough", { ballot: { required: 2 } }, "counted"],
  ["the second of two is", { ballot: { required: 2, approvals: ["slack:UOWN2"] } }, "enough"],
  ["the same owner twice counts once", { ballot: { required: 2, approvals: ["slack:UOWN"] } }, "already"],
  ["the requester, though an owner", { vote: { voter: { id: "slack:UREQ", kind: "member" } } }, "requester"],
  [
    "who wrote a turn's prompt, though an owner",
    { vote: { voter: { id: "slack:UAUTHOR", kind: "member" } } },
    "prompt_author",
  ],
  ["somebody who is no owner", { vote: { voter: { id: "slack:UMEM", kind: "member" } } }, "not_owner"],
  ["a guest in the owners' group", { vote: { voter: { id: "slack:UOWN", kind: "guest" } } }, "not_owner"],
  ["a bot in the owners' group", { vote: { voter: { id: "slack:UOWN", kind: "bot" } } }, "not_owner"],
  ["version 1 after version 2 exists", { vote: { change: 1, seal: "s1" } }, "too_late"],
  ["the right version under another seal", { vote: { seal: "s1" } }, "too_late"],
  ["after the date", { nowMs: 1000 }, "expired"],
  ["while a required check fails", { ballot: { approvable: false } }, "not_approvable"],
  ["while the owners cannot be read", { authority: { owners: undefined } }, "unreadable"],
])("%s: %j is %s", (_says, given, expected) => {
  const now = { authority: { ...authority, ...given.authority }, nowMs: given.nowMs ?? 1 };
  const decided = castVote({ ...ballot, ...given.ballot }, { ...vote, ...given.vote }, now);
  const shown =
    decided.kind === "refused" ? decided.why : decided.kind === "counted" && decided.enough ? "enough" : decided.kind;
  expect(shown).toBe(expected);
});

test("at publishing, only votes of people who are still owners stand", () => {
  const votes = {
    approvals: ["slack:UOWN", "slack:UGONE", "slack:UREQ"],
    requesterId: "slack:UREQ",
    promptAuthorIds: [],
  };
  expect(standingVotes(votes, OWNERS)).toEqual(["slack:UOWN"]);
});

test.each<[Act, string, boolean]>([
  ["stop", "slack:UADM", true],
  ["stop", "slack:UMEM", true],
  ["stop", "slack:UX", false],
  ["prompt", "slack:UOWN", true],
  ["prompt", "slack:UADM", false],
  ["request_changes", "slack:UREQ", true],
  ["request_changes", "slack:UMEM", false],
  ["withdraw", "slack:UOWN", false],
  ["reject", "slack:UOWN", true],
  ["reject", "slack:UMEM", false],
])("%s by %s: %s", (act, id, expected) => {
  expect(mayAct(act, { id, kind: "member" }, { requesterId: "slack:UREQ", authority })).toBe(expected);
});

test("a guest may do nothing, whatever groups say", () => {
  expect(mayAct("stop", { id: "slack:UREQ", kind: "guest" }, { requesterId: "slack:UREQ", authority })).toBe(false);
});
