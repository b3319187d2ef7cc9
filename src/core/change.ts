// A frozen result and what we accept as one. Facts come from git's own objects; the rules here are pure.
import { z } from "zod";
import { decidePath, stricter, type RunRules } from "./policy.ts";
import type { ChangeProblem } from "./problem.ts";
import { hidesText } from "./text.ts";

export const changedFileSchema = z.object({
  path: z.string(),
  status: z.enum(["added", "modified", "deleted"]),
  oldMode: z.string(),
  newMode: z.string(),
  oldId: z.string(),
  newId: z.string(),
  /** Lines; null where git calls the content binary ("unreadable"). */
  added: z.number().nullable(),
  removed: z.number().nullable(),
  bytes: z.number(),
});
export type ChangedFile = z.infer<typeof changedFileSchema>;

/** One commit of the work tree on top of the base, judged and stored. People say "version N". */
export interface FrozenChange {
  readonly baseCommit: string;
  readonly baseTree: string;
  readonly resultTree: string;
  readonly files: readonly ChangedFile[];
  /** Unified diff for reading, cleaned of nothing, capped; `diffCut` says if lines are missing. */
  readonly diff: string;
  readonly diffCut: boolean;
  /** The pack of new objects, verified; stored with the change. */
  readonly pack: Uint8Array;
}

/** Hard bounds of the walk over a hostile result, before policy is asked. */
export const CHANGE_BOUNDS = {
  bundleBytes: 64 * 1024 * 1024,
  entries: 100_000,
  blobBytes: 20 * 1024 * 1024,
  totalBytes: 200 * 1024 * 1024,
  publishBlobs: 50,
  diffBytes: 1_000_000,
} as const;

const GIT_LOOKALIKE = /^(?:\.git|git~\d+)[ .]*(?::.*)?$/i;
// Characters HFS+ ignores, so that a name with one of them is the same file as without.
const HFS_IGNORED = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

/** Why a path in a result is unsafe whatever policy says, or undefined. */
export function judgePath(path: string): string | undefined {
  if (path === "" || path.startsWith("/")) return "an absolute or empty path";
  if (path.length > 4096) return "a path over 4,096 characters";
  if (/[\u0000-\u001f\u007f]/.test(path)) return "a control character in its name";
  if (path.includes("\\")) return "a backslash in its name";
  if (hidesText(path)) return "an invisible or direction-turning character in its name";
  for (const part of path.split("/")) {
    if (part === "" || part === "." || part === "..") return "an empty, . or .. part";
    if (GIT_LOOKALIKE.test(part.normalize("NFC").replace(HFS_IGNORED, ""))) return "a name some systems read as .git";
    if (GIT_LOOKALIKE.test(part.normalize("NFKC").replace(HFS_IGNORED, ""))) return "a name some systems read as .git";
  }
  return undefined;
}

/** Paths that are one file where case or Unicode form is ignored: the second of each such pair. */
export function findCollisions(paths: readonly string[]): readonly string[] {
  const seen = new Map<string, string>();
  const collisions: string[] = [];
  for (const path of paths) {
    const parts = path.split("/");
    for (let depth = 1; depth <= parts.length; depth += 1) {
      const prefix = parts.slice(0, depth).join("/");
      const key = prefix.normalize("NFC").toLowerCase();
      const known = seen.get(key);
      if (known === undefined) seen.set(key, prefix);
      else if (known !== prefix) collisions.push(path);
    }
  }
  return [...new Set(collisions)];
}

/** True where a symlink at `path` with this target stays inside the tree. */
export function staysInside(path: string, target: string): boolean {
  if (target === "" || target.startsWith("/") || /[\u0000\\]/.test(target) || /^[A-Za-z]:/.test(target)) return false;
  let depth = path.split("/").length - 1;
  for (const part of target.split("/")) {
    if (part === "..") depth -= 1;
    else if (part !== "" && part !== ".") depth += 1;
    if (depth < 0) return false;
  }
  return !target
    .split("/")
    .some((part) => judgePath(part === "" || part === "." || part === ".." ? "x" : part) !== undefined);
}

/** What policy says of a change's files: every path, then the limits. Empty: allowed. */
export function judgeChange(files: readonly ChangedFile[], rules: RunRules): readonly ChangeProblem[] {
  const problems: ChangeProblem[] = [];
  for (const file of files) {
    const decided = decidePath(rules, file.path);
    if (decided.verdict === "denied") problems.push({ kind: "path-denied", path: file.path, rule: decided.rule });
    if (decided.verdict === "read-only") problems.push({ kind: "path-read-only", path: file.path });
  }
  if (files.length > rules.limits.files) {
    problems.push({ kind: "too-many-files", files: files.length, limit: rules.limits.files });
  }
  const lines = countLines(files);
  if (lines > rules.limits.lines) problems.push({ kind: "too-many-lines", lines, limit: rules.limits.lines });
  const blobs = new Set(files.filter((file) => file.status !== "deleted").map((file) => file.newId)).size;
  if (blobs > CHANGE_BOUNDS.publishBlobs) {
    problems.push({ kind: "too-many-blobs", blobs, limit: CHANGE_BOUNDS.publishBlobs });
  }
  return problems;
}

/** A change must be allowed by the version its run is pinned to and by the current one, each with its own paths. */
export function judgeUnderBoth(
  files: readonly ChangedFile[],
  pinned: RunRules,
  current: RunRules,
): readonly ChangeProblem[] {
  const problems = judgeChange(files, stricter(pinned, current));
  const known = new Set(problems.map((problem) => ("path" in problem ? problem.path : "")));
  const narrowed = judgeChange(files, current).filter((problem) => "path" in problem && !known.has(problem.path));
  return [...problems, ...narrowed];
}

/** Lines added and removed together; unreadable files count none. */
export function countLines(files: readonly ChangedFile[]): number {
  return files.reduce((sum, file) => sum + (file.added ?? 0) + (file.removed ?? 0), 0);
}

/** Totals for `2 files, +6 −2`. */
export function totalsOf(files: readonly ChangedFile[]): {
  readonly added: number;
  readonly removed: number;
  readonly unreadable: number;
} {
  return {
    added: files.reduce((sum, file) => sum + (file.added ?? 0), 0),
    removed: files.reduce((sum, file) => sum + (file.removed ?? 0), 0),
    unreadable: files.filter((file) => file.added === null).length,
  };
}
