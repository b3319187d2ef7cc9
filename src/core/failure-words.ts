// Why a run stopped, in one sentence each, and what can be done next. Plain text: every surface shows it where nothing is parsed.
import type { ChangeProblem, FailureCause } from "./problem.ts";
import { cleanText, clip, oneLine } from "./text.ts";

export type NextAct = "try_again" | "ask_platform" | "full_log" | "leave_out";

export interface Failure {
  /** Names and paths in it come from elsewhere: shown where nothing is parsed. */
  readonly sentence: string;
  /** A few words for the phone. */
  readonly short: string;
  /** Last lines of output, where there are any. */
  readonly output: string;
  readonly next: readonly NextAct[];
}

const OUTPUT_LINES = 6;

export function describeFailure(cause: FailureCause): Failure {
  switch (cause.kind) {
    case "setup-failed":
      return {
        sentence: `Installing the packages failed: ${named(cause.command)} ended with code ${cause.exitCode}.`,
        short: "installing packages failed",
        output: lastLines(cause.output),
        next: ["try_again", "ask_platform", "full_log"],
      };
    case "agent-ended-badly":
      return {
        sentence: `${named(cause.agent)} ended unexpectedly (${named(cause.detail)}).`,
        short: "the agent ended unexpectedly",
        output: lastLines(cause.output),
        next: ["try_again", "full_log"],
      };
    case "change-not-allowed":
      return describeNotAllowed(cause.problems);
    default: {
      const [sentence, short, next] = describePlain(cause);
      return failure(sentence, short, next);
    }
  }
}

type PlainCause = Exclude<FailureCause, { kind: "setup-failed" | "agent-ended-badly" | "change-not-allowed" }>;

function describePlain(cause: PlainCause): readonly [string, string, readonly NextAct[]] {
  const again: readonly NextAct[] = ["try_again", "ask_platform"];
  const ask: readonly NextAct[] = ["ask_platform", "try_again"];
  switch (cause.kind) {
    case "sandbox-unavailable":
      return [`The sandbox service gave no sandbox: ${named(cause.detail)}.`, "no sandbox to be had", again];
    case "agent-missing":
      return [`The sandbox has no program called ${named(cause.program)}.`, "the agent is missing", ask];
    case "agent-silent": {
      const sentence = `No answer from ${named(cause.agent)} for ${wholeMinutes(cause.silentMs)}.`;
      return [sentence, "the agent went silent", again];
    }
    case "time-used-up":
      return [`The time is used up: ${wholeMinutes(cause.limitMs)} for one run.`, "time used up", again];
    case "model-refused": {
      const sentence = `The model account refused ${named(cause.secret)} (${cause.status}).`;
      return [sentence, "the model refused the key", ask];
    }
    case "tampered": {
      const sentence = `The agent's output was changed after it was written (${named(cause.detail)}), so none of it is used.`;
      return [sentence, "the agent's output was tampered with", ["ask_platform"]];
    }
    case "code-host-refused":
      return [`GitHub refused: ${named(cause.detail)}.`, "GitHub refused", ask];
    case "gave-up": {
      const sentence = `It was tried several times without success: ${named(cause.detail)}.`;
      return [sentence, "gave up after several tries", again];
    }
    default:
      return cause satisfies never;
  }
}

function failure(sentence: string, short: string, next: readonly NextAct[]): Failure {
  return { sentence, short, output: "", next };
}

function describeNotAllowed(problems: readonly ChangeProblem[]): Failure {
  const [first, ...more] = problems;
  const rest = more.length === 0 ? "" : ` And ${more.length} more like it.`;
  const paths = problems.some((problem) => problem.kind === "path-denied" || problem.kind === "path-read-only");
  return failure(
    first === undefined ? "The change is not allowed." : `${describeProblem(first)}${rest}`,
    "the change is not allowed",
    paths ? ["leave_out", "ask_platform"] : ["try_again", "ask_platform"],
  );
}

/** One sentence for one reason why a result is no change we accept. */
function describeProblem(problem: ChangeProblem): string {
  switch (problem.kind) {
    case "path-denied":
      return `The change touches ${named(problem.path)}, which is not allowed (${named(problem.rule)}).`;
    case "path-read-only":
      return `The change touches ${named(problem.path)}, which this team may only read.`;
    case "unsafe-path":
      return `The change has a file with ${named(problem.why)}: ${named(problem.path)}.`;
    case "submodule":
      return `The change adds a submodule: ${named(problem.path)}.`;
    case "symlink-escapes":
      return `The change adds a link that leaves the repository: ${named(problem.path)}.`;
    case "too-many-entries":
      return `The result has more than ${problem.limit} entries.`;
    case "too-big":
      return `The result is larger than ${Math.round(problem.limitBytes / 1_048_576)} MB.`;
    case "too-many-files":
      return `The change has ${problem.files} files; ${problem.limit} are allowed.`;
    case "too-many-lines":
      return `The change has ${problem.lines} lines; ${problem.limit} are allowed.`;
    case "too-many-blobs":
      return `The change has ${problem.blobs} new file contents; ${problem.limit} can be published.`;
    case "contains-secret":
      return `The change holds the secret ${named(problem.name)} in ${named(problem.path)}. Its content was not kept.`;
    case "not-a-change":
      return `The agent's result is not a change: ${named(problem.why)}.`;
    default:
      return problem satisfies never;
  }
}

function named(text: string): string {
  return clip(oneLine(text), 200).replace(/[.\s]+$/, "");
}

function lastLines(output: string): string {
  return cleanText(output)
    .trimEnd()
    .split("\n")
    .slice(-OUTPUT_LINES)
    .map((line) => clip(line, 120))
    .join("\n");
}

function wholeMinutes(ms: number): string {
  return `${Math.max(1, Math.round(ms / 60_000))} min`;
}
