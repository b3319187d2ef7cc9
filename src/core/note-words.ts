// Words that private answers share, whichever surface says them.
import type { NoteContent } from "./notes.ts";
import type { Phase } from "./run-state.ts";

/** After "this run is". */
export const PHASE_WORDS: Readonly<Record<Phase, string>> = {
  received: "being looked at",
  refused: "not started",
  needs_input: "waiting for an answer",
  queued: "queued",
  dispatched: "getting ready",
  provisioning: "getting ready",
  working: "working",
  checking: "checking",
  awaiting_approval: "waiting for approval",
  approved: "approved",
  publishing: "opening the pull request",
  pr_open: "an open pull request",
  merged: "merged",
  closed: "closed without merging",
  answered: "answered",
  rejected: "not approved",
  expired: "expired",
  cancelled: "stopped",
  failed: "stopped by a problem",
  over_budget: "paused",
};

/** After "you can't". */
export const ACT_WORDS: Readonly<Record<Extract<NoteContent, { kind: "not_yours" }>["act"], string>> = {
  prompt: "tell the agent what to do here",
  stop: "stop this run",
  request_changes: "request changes here",
  withdraw: "withdraw this request",
  reject: "reject this change",
  try_again: "try this again",
  choose: "answer this",
  see: "see this",
};
