import { expect, test } from "vitest";
import { decideGuide, type GuideLook } from "../../../src/local/slack/guide.ts";
import type { LocalSlackState, MessageState } from "../../../src/local/slack/state.ts";
import { ANNA, MKT, OWEN, seed } from "./fixture.ts";

type Act = LocalSlackState["acts"][number];

const CARD = "2.000000";
const act = (user: string, kind: Act["kind"], label: string, more: Partial<Act> = {}): Act => ({
  atMs: 1_000_000,
  user,
  kind,
  channel: MKT,
  label,
  ...more,
});
const asked = act(ANNA, "command", "/agent raise the price");
const vote = (user: string) => act(user, "click", "Approve and open PR", { ts: CARD });

function post(ts: string, ...buttons: readonly { readonly text: string; readonly url?: string }[]): MessageState {
  const elements = buttons.map(({ text, url }) => ({
    type: "button",
    text: { type: "plain_text", text },
    ...(url === undefined ? {} : { url }),
  }));
  return {
    channel: MKT,
    ts,
    threadTs: "1.000000",
    user: "U0BOT",
    botId: "B0BOT",
    author: "Countersign",
    permalink: "",
    atMs: 1_000_500,
    text: "",
    blocks: [
      { type: "context", elements: [{ type: "mrkdwn", text: "needs 1 of @web-owners" }] },
      ...(elements.length > 0 ? [{ type: "actions", elements }] : []),
    ],
    edits: 0,
    reactions: [],
    files: [],
    notified: [],
    replies: [],
  };
}

const card = post(CARD, { text: "Approve and open PR" });
const decided = post(CARD);
const pullRequest = post("3.000000", { text: "Open pull request", url: "http://127.0.0.1/pr/1" });

function look(acts: readonly Act[], messages: readonly MessageState[], viewer = ANNA): GuideLook {
  const { people, usergroups } = seed;
  return { state: { acts, messages }, people, usergroups, command: "/agent raise the price", viewer, channel: MKT };
}

const fill = { kind: "fill", text: "/agent raise the price", channel: MKT };
const show = { kind: "go", channel: MKT, threadTs: "1.000000" };

test.each<[string, GuideLook, number, unknown]>([
  ["begins with what to type", look([], []), 1, fill],
  ["stays there when the command failed", look([{ ...asked, failed: "operation_timeout" }], []), 1, fill],
  ["takes no other command for it", look([act(ANNA, "command", "/invite @Countersign")], []), 1, fill],
  ["watches while the agent works", look([asked], []), 2, undefined],
  ["shows the thread of the run", look([asked], [{ ...decided, ts: "1.000000", threadTs: undefined }]), 2, show],
  ["takes no card from before the request", look([asked], [{ ...card, atMs: 1 }]), 2, undefined],
  ["asks the requester to try their own card", look([asked], [card]), 3, show],
  ["asks others to act as the requester first", look([asked], [card], OWEN), 3, { kind: "act-as", user: ANNA }],
  ["then sends them to an owner", look([asked, vote(ANNA)], [card]), 4, { kind: "act-as", user: OWEN }],
  ["and the owner to the card", look([asked, vote(ANNA)], [card], OWEN), 4, show],
  ["does not take a vote for a decision", look([asked, vote(ANNA), vote(OWEN)], [card], OWEN), 4, show],
  [
    "skips the try when an owner was faster",
    look([asked, vote(OWEN)], [decided, pullRequest], OWEN),
    5,
    { kind: "open", url: "http://127.0.0.1/pr/1" },
  ],
  [
    "does not count the requester's vote as the decision",
    look([asked, vote(ANNA)], [decided]),
    4,
    { kind: "act-as", user: OWEN },
  ],
  ["waits for the pull request", look([asked, vote(OWEN)], [decided], OWEN), 5, undefined],
  [
    "is through when it was opened",
    look([asked, vote(OWEN), act(OWEN, "click", "Open pull request")], [decided, pullRequest]),
    6,
    undefined,
  ],
])("%s", (_says, input, at, next) => {
  const steps = decideGuide(input);
  expect(steps.map(({ state }) => state)).toEqual(
    [1, 2, 3, 4, 5].map((step) => (step < at ? "done" : step === at ? "now" : "later")),
  );
  expect(steps.find(({ state }) => state === "now")?.act).toEqual(next);
  expect(steps.filter(({ state }) => state !== "now").every((step) => step.act === undefined)).toBe(true);
});
