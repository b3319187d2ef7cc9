// Exact words choose; nothing else does.
import { describe, expect, it } from "vitest";
import {
  offersOf,
  offersOfWords,
  readOffer,
  toInteraction,
  wereOffered,
  type OfferedAct,
} from "../../src/core/offer.ts";
import { interactionSchema } from "../../src/core/interaction.ts";
import type { InPhase, RunState } from "../../src/core/run-state.ts";

const SEAL = "1f3c9a2b".repeat(8);
const waiting: InPhase<"awaiting_approval"> = {
  phase: "awaiting_approval",
  turn: 2,
  change: 2,
  seal: SEAL,
  approvals: [],
  askedAtMs: 1,
  expiresAtMs: 2,
  approvable: true,
};
const asking = (choice: InPhase<"needs_input">["choice"]): RunState => ({ phase: "needs_input", choice });
const teams = asking({ kind: "team", teams: ["marketing", "web"] });
const repositories = asking({ kind: "repository", team: "marketing", repositories: ["acme/website", "acme/blog"] });
const ownerless = asking({ kind: "owner", team: "marketing", ownerGroups: ["S0WEB"] });
const busy = asking({ kind: "busy", issue: "ENG-1", work: [{ says: "run 7KQ2ZZ" }] });
const approved = { phase: "approved", turn: 1, change: 1, seal: SEAL, approvals: [], approvedAtMs: 1 } as const;
const held: RunState = { ...approved, held: "a rule protects agent/**" };
const failed: RunState = { phase: "failed", turn: 1, cause: { kind: "gave-up", detail: "x" } };
const cancelled: InPhase<"cancelled"> = { phase: "cancelled", turn: 1, by: "Ann", why: "stopped" };

const words = (state: RunState): readonly string[] => offersOf(state).map(({ value }) => value);

it.each<[string, RunState, readonly string[]]>([
  ["a team", teams, ["marketing", "web"]],
  ["a repository", repositories, ["acme/website", "acme/blog"]],
  ["an owner to answer for it", ownerless, ["Start it, I answer for it", "Don't start"]],
  ["whether to start all the same", busy, ["Start anyway", "Don't start"]],
  ["the decision about a version", waiting, ["Approve version 2 (1f3c9a2)", "Reject version 2 (1f3c9a2)"]],
  [
    "a failing check",
    { ...waiting, approvable: false },
    ["Send the failure of version 2 (1f3c9a2) back", "Reject version 2 (1f3c9a2)"],
  ],
  [
    "a base that changed the same lines",
    { ...waiting, approvable: false, conflict: true },
    ["Redo version 2 (1f3c9a2) on today's base", "Reject version 2 (1f3c9a2)"],
  ],
  ["an approval that could not be published", held, ["Try again"]],
  ["a failure", failed, ["Try again"]],
  ["a stop after it began", cancelled, ["Try again"]],
  ["a stop before it began", { ...cancelled, turn: 0 }, []],
  ["an approval on its way", approved, []],
  ["a queued run", { phase: "queued", turn: 1 }, []],
  ["a request that is looked at", { phase: "received" }, []],
])("%s is offered by these words", (_what, state, expected) => {
  expect(words(state)).toEqual(expected);
});

it("every offer is read back as the act it stands for, and no two of a state look alike", () => {
  for (const state of [teams, repositories, ownerless, busy, waiting, held, failed, cancelled]) {
    const offers = offersOf(state);
    expect(offers.map(({ value }) => readOffer(state, value))).toEqual(offers.map(({ act }) => act));
    expect(new Set(offers.map(({ value }) => value)).size).toBe(offers.length);
  }
});

describe("an approval needs its exact words", () => {
  const approve = "Approve version 2 (1f3c9a2)";
  const act: OfferedAct = { kind: "approve", change: 2, seal: SEAL };

  it.each([
    ["as they are", approve],
    ["with spaces around them", `  ${approve}\n`],
  ])("%s", (_how, text) => {
    expect(readOffer(waiting, text)).toEqual(act);
  });

  it.each([
    ["in small letters", approve.toLowerCase()],
    ["in capitals", approve.toUpperCase()],
    ["with two spaces", approve.replace(" ", "  ")],
    ["on two lines", approve.replace(" ", "\n")],
    ["quoted", `"${approve}"`],
    ["as a block quote", `> ${approve}`],
    ["with a full stop", `${approve}.`],
    ["with words before", `Please ${approve}`],
    ["with words after", `${approve} please`],
    ["denied", `Don't ${approve}`],
    ["twice", `${approve}\n${approve}`],
    ["alone", "approve"],
    ["as yes", "yes"],
    ["as thanks", "LGTM, ship it"],
    ["without the seal", "Approve version 2"],
    ["with an empty seal", "Approve version 2 ()"],
    ["with another seal", "Approve version 2 (0000000)"],
    ["with a seal cut short", "Approve version 2 (1f3c9a)"],
    ["with the whole seal", `Approve version 2 (${SEAL})`],
    ["with a number written otherwise", "Approve version 02 (1f3c9a2)"],
    ["with letters that look alike", approve.replace("A", "А")],
    ["with a hidden character", approve.replace("v", "v\u200b")],
    ["with a hard space", approve.replace(" ", "\u00a0")],
    ["of a rejection with another seal", "Reject version 2 (0000000)"],
    ["that are nothing", ""],
  ])("not %s", (_how, text) => {
    expect(readOffer(waiting, text)).toBeUndefined();
  });

  it.each<[string, RunState]>([
    ["a newer version waits", { ...waiting, change: 3 }],
    ["the run is worked on again", { phase: "queued", turn: 3 }],
    [
      "it was published meanwhile",
      { phase: "publishing", turn: 2, change: 2, seal: SEAL, approvals: [], approvedAtMs: 1 },
    ],
    ["it expired", { phase: "expired", turn: 2, change: 2 }],
  ])("and counts for nothing else where %s: no seal fits it", (_where, state) => {
    expect(readOffer(state, approve)).toEqual({ kind: "approve", change: 2, seal: "" });
    expect(readOffer(state, "Reject version 2 (1f3c9a2)")).toEqual({ kind: "reject", change: 2 });
  });

  it.each([
    ["checks fail now", { ...waiting, approvable: false }],
    ["the base conflicts now", { ...waiting, approvable: false, conflict: true }],
  ])("and is judged, and refused with the reason, where %s", (_where, state) => {
    expect(readOffer(state, approve)).toEqual(act);
  });
});

it.each<[string, RunState, string]>([
  ["words of another question", repositories, "Start anyway"],
  ["an answer after the question", { phase: "queued", turn: 1 }, "acme/website"],
  ["a repository that was not offered", repositories, "acme/billing"],
  ["a repository in other letters", repositories, "ACME/Website"],
  ["try again while it works", { phase: "queued", turn: 1 }, "Try again"],
  ["try again in other letters", failed, "try again"],
])("%s choose nothing", (_what, state, text) => {
  expect(readOffer(state, text)).toBeUndefined();
});

it("what was offered once is known as such in whatever state, and free text never is", () => {
  const states = [ownerless, busy, waiting, { ...waiting, approvable: false }, held, failed];
  const conflict = { ...waiting, approvable: false, conflict: true };
  const offered = [...states, conflict]
    .flatMap((state) => words(state))
    .concat(offersOfWords("17", true).map((each) => each.value));
  expect(offered.filter((text) => !wereOffered(text))).toEqual([]);
  expect(readOffer({ phase: "answered", turn: 1, text: "x" }, "Try again")).toEqual({ kind: "try_again" });
  expect(["try again", "Redo it", "Approve", "Please send the CI failure back", ""].filter(wereOffered)).toEqual([]);
});

it("words about words are bound to the reply they are about, in whatever state", () => {
  const offered = [...offersOfWords("17", false), ...offersOfWords("17", true)];
  expect(offered.map(({ value }) => value)).toEqual([
    "Change it again (reply 17)",
    "Leave it (reply 17)",
    "Make it a change (reply 17)",
    "Leave it (reply 17)",
  ]);
  for (const { value, act } of offered) expect(readOffer(waiting, value)).toEqual(act);
  expect(readOffer(waiting, "Change it again")).toBeUndefined();
  expect(readOffer(waiting, "Change it again (reply x)")).toBeUndefined();
});

it("an act is stored as a button of a card stores it, with who and where", () => {
  const who = {
    by: { id: "slack:U0OWN", name: "Web owner", account: "linear:1" },
    place: { surface: "linear" as const, workspace: "org-1", channel: "session-1" },
    runId: "7KQ2ZZ",
  };
  const acts = [teams, repositories, busy, waiting, { ...waiting, approvable: false }, held]
    .flatMap((state) => offersOf(state))
    .concat(offersOfWords("17", false))
    .map(({ act }) => act);
  for (const act of acts) {
    if (act.kind === "vouch" || act.kind === "stop") continue;
    const interaction = toInteraction(act, who);
    expect(interactionSchema.parse(JSON.parse(JSON.stringify(interaction)))).toEqual(interaction);
    expect(interaction).toMatchObject({ ...act, ...who });
  }
});
