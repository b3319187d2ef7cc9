// Everything that can happen to a run.
import type { FailureCause } from "./problem.ts";
import type { Choice, Refusal } from "./routing.ts";
import type { AgentProcess } from "./run-state.ts";

export type RunEvent =
  | { readonly type: "allowed" }
  | { readonly type: "refused"; readonly refusal: Refusal; readonly rule: string }
  | { readonly type: "asked"; readonly choice: Choice }
  | { readonly type: "answered" }
  | { readonly type: "admitted" }
  | { readonly type: "claimed" }
  | { readonly type: "sandbox_made"; readonly sandboxId: string }
  | { readonly type: "sandbox_waited"; readonly sinceMs: number; readonly untilMs: number }
  | { readonly type: "agent_started"; readonly sandboxId: string; readonly pid: number }
  | { readonly type: "progressed"; readonly agent: AgentProcess }
  | { readonly type: "sandbox_gone" }
  | { readonly type: "change_frozen"; readonly change: number }
  | { readonly type: "no_change"; readonly text: string }
  | { readonly type: "check_started"; readonly name: string }
  | { readonly type: "check_done"; readonly name: string }
  | {
      readonly type: "checked";
      readonly seal: string;
      readonly expiresAtMs: number;
      readonly approvable: boolean;
      readonly behind?: { readonly commits: number; readonly touched: readonly string[] };
    }
  | { readonly type: "voted"; readonly approvals: readonly string[]; readonly enough: boolean }
  | { readonly type: "changes_requested" }
  | { readonly type: "rejected"; readonly by: string; readonly reason: string }
  | { readonly type: "expired" }
  | { readonly type: "withdrawn"; readonly by: string }
  | { readonly type: "approval_void"; readonly note: string; readonly expiresAtMs: number; readonly conflict: boolean }
  | { readonly type: "commit_made"; readonly sha: string }
  | { readonly type: "held"; readonly reason: string }
  | {
      readonly type: "pull_request_recorded";
      readonly number: number;
      readonly url: string;
      readonly headSha: string;
      readonly tree: string;
      readonly draft: boolean;
    }
  | { readonly type: "merged"; readonly by: string; readonly atMs: number; readonly headMatches: boolean }
  | { readonly type: "closed"; readonly by: string; readonly atMs: number }
  | { readonly type: "head_moved"; readonly headSha: string }
  | { readonly type: "readied"; readonly draft: boolean }
  | { readonly type: "ci_reported"; readonly name: string; readonly conclusion: string }
  | { readonly type: "follow_up" }
  | { readonly type: "stopped"; readonly by: string; readonly change?: number }
  | { readonly type: "gave_up"; readonly cause: FailureCause; readonly change?: number };

export type RunEventType = RunEvent["type"];
