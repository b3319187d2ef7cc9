// What one publishing has in hand: the sealed record, a token that may write to one repository, and where that is.
import { bad, type Outcome } from "../core/problem.ts";
import type { SealedRecord } from "../core/seal.ts";
import type { PublishProblem, Repository } from "../ports.ts";
import type { Host, Minted, MintProblem } from "./code-host.ts";
import type { Place } from "./pulls.ts";

export interface Desk {
  readonly host: Host;
  readonly repository: Repository;
  readonly record: SealedRecord;
  readonly client: Minted;
  readonly place: Place;
}

export type Published<T> = Outcome<T, PublishProblem>;

export function tellProblem(problem: MintProblem): PublishProblem {
  if (problem.kind === "not_sealed" || problem.kind === "unavailable") return problem;
  const detail = problem.kind === "missing" ? `GitHub does not find it or hides it: ${problem.detail}` : problem.detail;
  return { kind: "refused", detail };
}

export function failed(problem: MintProblem): { readonly ok: false; readonly problem: PublishProblem } {
  return bad(tellProblem(problem));
}

export function unsealed(detail: string): { readonly ok: false; readonly problem: PublishProblem } {
  return bad({ kind: "not_sealed", detail });
}
