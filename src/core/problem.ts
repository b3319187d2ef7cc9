// Expected failures as values: what happened, in a `kind` the caller can switch on.

/** A result that may be a known problem; surprises throw instead. */
export type Outcome<T, P> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: P };

export function good<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function bad<P>(problem: P): { readonly ok: false; readonly problem: P } {
  return { ok: false, problem };
}

/** Why a run stopped by a problem; each has its sentence in the chat adapter. */
export type FailureCause =
  | { readonly kind: "setup-failed"; readonly command: string; readonly exitCode: number; readonly output: string }
  | { readonly kind: "sandbox-unavailable"; readonly detail: string }
  | { readonly kind: "agent-missing"; readonly program: string }
  | { readonly kind: "agent-ended-badly"; readonly agent: string; readonly detail: string; readonly output: string }
  | { readonly kind: "agent-silent"; readonly agent: string; readonly silentMs: number }
  | { readonly kind: "time-used-up"; readonly limitMs: number }
  | { readonly kind: "model-refused"; readonly secret: string; readonly status: number }
  | { readonly kind: "tampered"; readonly detail: string }
  | { readonly kind: "change-not-allowed"; readonly problems: readonly ChangeProblem[] }
  | { readonly kind: "code-host-refused"; readonly detail: string }
  | { readonly kind: "gave-up"; readonly detail: string };

/** Why a frozen result is not a change we accept. `path` is cleaned for display. */
export type ChangeProblem =
  | { readonly kind: "path-denied"; readonly path: string; readonly rule: string }
  | { readonly kind: "path-read-only"; readonly path: string }
  | { readonly kind: "unsafe-path"; readonly path: string; readonly why: string }
  | { readonly kind: "submodule"; readonly path: string }
  | { readonly kind: "symlink-escapes"; readonly path: string }
  | { readonly kind: "too-many-entries"; readonly limit: number }
  | { readonly kind: "too-big"; readonly limitBytes: number }
  | { readonly kind: "too-many-files"; readonly files: number; readonly limit: number }
  | { readonly kind: "too-many-lines"; readonly lines: number; readonly limit: number }
  | { readonly kind: "too-many-blobs"; readonly blobs: number; readonly limit: number }
  | { readonly kind: "contains-secret"; readonly name: string; readonly path: string }
  | { readonly kind: "not-a-change"; readonly why: string };
