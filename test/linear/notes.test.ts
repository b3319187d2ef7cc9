// Answers to what somebody wrote in a session: their words, and whose turn it is after them.
import { describe, expect, it } from "vitest";
import { noteContentSchema, type NoteContent } from "../../src/core/notes.ts";
import { renderNote } from "../../src/linear/render-notes.ts";
import { expectFixture, judge } from "./rules.ts";
import { SESSIONS } from "./states.ts";
import { SESSION } from "./views.ts";

const NOTES: readonly NoteContent[] = [
  { kind: "not_owner", repository: "acme/website", ownerGroups: ["S0WEBOWNERS"] },
  { kind: "requester_cannot", change: 1 },
  { kind: "prompt_author", change: 1 },
  { kind: "too_late", change: 1, current: 2 },
  { kind: "too_late", change: 1 },
  { kind: "already_voted", change: 1 },
  { kind: "already_decided", change: 1 },
  { kind: "expired", change: 1 },
  { kind: "unreadable_authority", ownerGroups: ["S0WEBOWNERS"] },
  { kind: "not_approvable", change: 1, blocking: ["test"], conflict: false },
  { kind: "not_approvable", change: 1, blocking: [], conflict: true },
  { kind: "vote_counted", change: 1, approvals: 1, required: 2 },
  { kind: "not_yours", act: "prompt", askGroups: ["S0WEBOWNERS"] },
  { kind: "not_now" },
  { kind: "busy" },
  { kind: "run_over" },
  { kind: "stop_answer", outcome: "stopped", runs: [] },
  { kind: "stop_answer", outcome: "over", runs: [] },
  { kind: "status", runs: [] },
  { kind: "help" },
  { kind: "not_here" },
  { kind: "card_link", change: 1 },
  { kind: "mention_waiting", mentionKey: "17" },
  { kind: "question_not_yet", mentionKey: "17" },
  { kind: "mention_dropped" },
  { kind: "thanks" },
  { kind: "choose_one" },
  { kind: "ask_platform_posted", channel: "C0PLATFORM", again: false },
  { kind: "ask_platform_nobody" },
  { kind: "platform_request", by: { id: "slack:U0REQ", name: "Marketing requester" } },
  { kind: "full_diff", change: 1 },
  { kind: "full_log" },
];

describe("an answer", () => {
  const answer = (name: string, content: NoteContent | undefined) => renderNote(SESSIONS[name]!.run.state, content);

  it("of every kind is as in its fixture and keeps the rules", () => {
    const kinds = noteContentSchema.options.map((option) => option.shape.kind.value);
    expect(new Set(NOTES.map(({ kind }) => kind))).toEqual(new Set(kinds));
    const states = ["needs-repository", "working", "waiting-for-approval", "pull-request-open", "merged"];
    const all = NOTES.flatMap((content) => states.map((name) => ({ ...content, in: name, ...answer(name, content) })));
    for (const { kind, in: name, activity, options } of all) {
      const content = {
        kind: "activity" as const,
        runId: "",
        slot: "",
        session: SESSION,
        activity,
        ephemeral: false,
        options,
      };
      expect([kind, name, judge(content)]).toEqual([kind, name, []]);
    }
    expectFixture("notes", all);
  });

  it.each([
    ["while a choice waits", "needs-repository", "elicitation", ["acme/website", "acme/blog"]],
    [
      "while an approval waits",
      "waiting-for-approval",
      "elicitation",
      ["Approve version 1 (1f3c9a2)", "Reject version 1 (1f3c9a2)"],
    ],
    ["while it moves", "working", "thought", []],
    ["once a pull request is open", "pull-request-open", "response", []],
    ["once it is over", "merged", "response", []],
    ["once it failed", "failed-setup-failed", "response", []],
  ])("%s is of the kind that leaves the right one to act", (_when, name, type, options) => {
    expect(answer(name, { kind: "thanks" })).toMatchObject({ activity: { type }, options });
  });

  it("that asks about words offers them in every state", () => {
    for (const name of ["working", "waiting-for-approval", "pull-request-open", "stopped"]) {
      const { activity, options } = answer(name, { kind: "mention_waiting", mentionKey: "17" });
      expect(activity.type).toBe("elicitation");
      expect(options.slice(-2)).toEqual(["Change it again (reply 17)", "Leave it (reply 17)"]);
    }
  });

  it("of a kind this version does not know says so plainly", () => {
    expect(answer("working", undefined)).toMatchObject({
      activity: { type: "thought", body: expect.stringContaining("news") },
    });
  });
});
