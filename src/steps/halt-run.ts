// Told to stop on the tracker: by its Stop, by taking the issue back, or by what became of the issue. At once, whoever said so.
import type { HaltReason } from "../core/interaction.ts";
import { END_PHASES } from "../core/run.ts";
import type { Person, Place } from "../core/request.ts";
import type { Commit, Run, Store } from "../ports.ts";
import { answerOnly } from "./answer-person.ts";
import { commitFresh } from "./commit-run.ts";

export interface Halt {
  readonly inboxId: string;
  readonly by: Person;
  readonly why: HaltReason;
  /** Where an answer is expected; absent where nobody spoke to us. */
  readonly place: Place | undefined;
  /** Runs born after this are another matter: the word was late. */
  readonly sparedFromMs?: number;
  /** It concerns further runs: whoever dies before them must find it open again. */
  readonly more?: boolean;
}

export async function haltRun(
  ports: { readonly store: Pick<Store, "commit" | "loadRun"> },
  runId: string,
  halt: Halt,
): Promise<void> {
  await commitFresh(ports.store, runId, async (run) => decideHalt(run, halt));
}

/** Stopping needs no authority: whoever can take the work away there has it, and nothing is lost by it. */
function decideHalt(run: Run, halt: Halt): Commit | undefined {
  const { inboxId, by, why, place, more = false } = halt;
  if (halt.sparedFromMs !== undefined && run.createdAtMs > halt.sparedFromMs) return undefined;
  const { phase } = run.state;
  const isOver = END_PHASES.some((end) => end === phase) || phase === "pr_open";
  if (isOver || phase === "publishing") {
    if (place === undefined || why !== "stop_signal") return undefined;
    const content = isOver
      ? ({ kind: "stop_answer", outcome: "over", runs: [] } as const)
      : ({ kind: "not_now" } as const);
    return answerOnly(run, { inboxId, by, place }, { content });
  }
  return {
    run,
    events: [{ type: "stopped", by: by.name }],
    record: [{ kind: "stopped", payload: { by, phase, why } }],
    jobs: [{ name: "clean", runId: run.id }],
    ...(more ? {} : { inboxId }),
  };
}
