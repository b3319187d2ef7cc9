// Pieces that the timeline, the versions and the notice at the top share: quoted words and lists of problems.
import { runStateSchema } from "../core/run-state.ts";
import { clip } from "../core/text.ts";
import { html, type Html } from "./html.ts";
import { QUOTE_LIMIT } from "./scene.ts";
import { wordCause, wordProblem, type CauseWords } from "./words.ts";

export function quote(text: string): Html | undefined {
  return text.trim() === ""
    ? undefined
    : html`<blockquote class="b-quote quoted">${clip(text.trim(), QUOTE_LIMIT)}</blockquote>`;
}

/** A failure's words from a record, which may be of an older shape. */
export function readCause(raw: unknown): CauseWords | undefined {
  const parsed = runStateSchema.safeParse({ phase: "failed", turn: 0, cause: raw });
  return parsed.success && parsed.data.phase === "failed" ? wordCause(parsed.data.cause) : undefined;
}

/** Problems of a change, given as the list or as the cause that holds it. */
export function problemList(raw: unknown): Html | undefined {
  const cause = Array.isArray(raw) ? { kind: "change-not-allowed", problems: raw } : raw;
  const problems = readCause(cause)?.problems ?? [];
  return renderProblems(problems.map(wordProblem));
}

const PROBLEMS_SHOWN = 20;

export function renderProblems(problems: readonly string[]): Html | undefined {
  if (problems.length === 0) return undefined;
  const rest = problems.length - PROBLEMS_SHOWN;
  return html`<ul class="alert problems">
    ${problems.slice(0, PROBLEMS_SHOWN).map((each) => html`<li>✗ ${each}</li>`)}${rest > 0 ? html`<li>… ${rest} more</li>` : undefined}
  </ul>`;
}
