// The many small things a record holds beside the main story: private answers, refused votes, news of the pull request.
import { noteContentSchema, type NoteKind } from "../core/notes.ts";
import type { Fields } from "./payload.ts";
import { dotted } from "./html.ts";
import { nameOf, short, type Scene } from "./scene.ts";
import type { Item } from "./timeline-items.ts";

const PRIVATE_ANSWERS: Readonly<Record<NoteKind, string>> = {
  not_owner: "only owners may decide",
  requester_cannot: "who asked does not approve",
  prompt_author: "who wrote a prompt does not approve",
  too_late: "that was an older version",
  already_voted: "that vote is counted already",
  already_decided: "that was decided already",
  expired: "the time to decide is over",
  unreadable_authority: "the owners could not be read just then",
  not_approvable: "it cannot be approved as it is",
  vote_counted: "the vote is counted, more are needed",
  not_yours: "that is for others to do",
  not_now: "that does not fit what the run is doing now",
  busy: "the run is busy; it takes up new words when it waits or has ended",
  run_over: "this run is over",
  stop_answer: "what was stopped",
  status: "how it stands",
  help: "how to ask",
  not_here: "the bot is not in that channel",
  card_link: "where the waiting card is",
  mention_waiting: "a change is waiting; should it be changed again?",
  question_not_yet: "questions are not answered yet; is it a change?",
  mention_dropped: "nothing is done about it",
  thanks: "thanks were heard",
  choose_one: "only one of the choices counts there",
  ask_platform_posted: "the platform team was told",
  ask_platform_nobody: "there is no channel to tell",
  platform_request: "the platform team was asked",
  full_diff: "the whole diff",
  full_log: "the whole log",
};

function isNoteKind(text: string): text is NoteKind {
  return noteContentSchema.options.some((option) => option.shape.kind.value === text);
}

export function wordVoteRefusal(why: string): string {
  return isNoteKind(why) ? PRIVATE_ANSWERS[why] : why.replaceAll("_", " ");
}

/** Notes of our own steps say their words themselves; the rest are private answers, told by kind. */
export function describeNote(fields: Fields, scene: Scene): Item {
  const says = fields.text("says") ?? "";
  if (isNoteKind(says)) {
    const to = nameOf(scene.names, { id: fields.text("to") ?? "" }) || "somebody";
    return { icon: "chat", what: `Answered ${to} privately`, rule: PRIVATE_ANSWERS[says] };
  }
  const commit = fields.text("commit");
  const branch = fields.text("branch");
  return {
    icon: "list",
    what: says.charAt(0).toUpperCase() + says.slice(1),
    rule: dotted([branch, commit === undefined ? "" : short(commit), fields.text("detail")]),
  };
}

export function describePullRequestEvent(fields: Fields, by: string): Item {
  switch (fields.text("kind")) {
    case "merged":
      return { icon: "merge", tone: "good", what: `Merged by ${by}` };
    case "closed":
      return { icon: "x", what: `Closed without merging by ${by}` };
    case "pushed":
      return {
        icon: "warn",
        tone: "need",
        what: `${by} pushed to the branch: it is no longer only the approved change`,
        rule: short(fields.text("headSha") ?? ""),
      };
    case "ready":
      return {
        icon: "pr",
        what: fields.truth("draft") ? `Made a draft again by ${by}` : `Marked ready for review by ${by}`,
      };
    case "ci": {
      const conclusion = fields.text("conclusion") ?? "";
      const tone = conclusion === "success" ? "good" : conclusion === "failure" ? "bad" : "run";
      const icon = tone === "good" ? "check" : tone === "bad" ? "x" : "half";
      return { icon, tone, what: `CI: ${fields.text("name") ?? ""} ${wordConclusion(conclusion)}` };
    }
    default:
      return {
        icon: "pr",
        what: "Looked up on GitHub",
        rule: fields.texts("reconciled").join(", ").replaceAll("_", " "),
      };
  }
}

export function wordConclusion(conclusion: string): string {
  if (conclusion === "success") return "passed";
  if (conclusion === "failure") return "failed";
  return conclusion.replaceAll("_", " ");
}
