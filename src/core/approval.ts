// Who may decide about a change, and what one vote does. Authority is handed in as read just now, never cached.

export interface Authority {
  /** Owners that could be read; undefined: the group is unreadable, and unreadable means wait, not pass. */
  readonly owners: ReadonlySet<string> | undefined;
  readonly members: ReadonlySet<string> | undefined;
  readonly admins: ReadonlySet<string> | undefined;
}

/** `unmatched`: somebody of the tracker whom no verified email ties to a person of the chat service. */
export type PersonKind = "member" | "guest" | "bot" | "outsider" | "unknown" | "unmatched";

export interface VoterFacts {
  readonly id: string;
  readonly kind: PersonKind;
}

export interface Ballot {
  readonly change: number;
  readonly seal: string;
  /** Required checks pass and the base does not conflict. */
  readonly approvable: boolean;
  readonly required: number;
  readonly expiresAtMs: number;
  readonly approvals: readonly string[];
  readonly requesterId: string;
  /** Everyone who wrote a turn's prompt; an owner's Request changes is review and is not in here. */
  readonly promptAuthorIds: readonly string[];
}

export interface Vote {
  readonly voter: VoterFacts;
  readonly change: number;
  readonly seal: string;
}

export type VoteRefusal =
  "too_late" | "expired" | "requester" | "prompt_author" | "not_owner" | "not_approvable" | "unreadable";

export type VoteDecision =
  | { readonly kind: "counted"; readonly approvals: readonly string[]; readonly enough: boolean }
  | { readonly kind: "already" }
  | { readonly kind: "refused"; readonly why: VoteRefusal };

/** What an approve vote does to this ballot at this moment. */
export function castVote(
  ballot: Ballot,
  vote: Vote,
  now: { readonly authority: Authority; readonly nowMs: number },
): VoteDecision {
  if (vote.change !== ballot.change || vote.seal !== ballot.seal) return { kind: "refused", why: "too_late" };
  if (now.nowMs >= ballot.expiresAtMs) return { kind: "refused", why: "expired" };
  if (vote.voter.id === ballot.requesterId) return { kind: "refused", why: "requester" };
  if (ballot.promptAuthorIds.includes(vote.voter.id)) return { kind: "refused", why: "prompt_author" };
  if (now.authority.owners === undefined) return { kind: "refused", why: "unreadable" };
  if (vote.voter.kind !== "member" || !now.authority.owners.has(vote.voter.id))
    return { kind: "refused", why: "not_owner" };
  if (!ballot.approvable) return { kind: "refused", why: "not_approvable" };
  if (ballot.approvals.includes(vote.voter.id)) return { kind: "already" };
  const approvals = [...ballot.approvals, vote.voter.id];
  return { kind: "counted", approvals, enough: approvals.length >= ballot.required };
}

/** At publishing: the votes that still count under authority as it is now. */
export function standingVotes(
  ballot: Pick<Ballot, "approvals" | "requesterId" | "promptAuthorIds">,
  owners: ReadonlySet<string>,
): readonly string[] {
  return ballot.approvals.filter(
    (id) => owners.has(id) && id !== ballot.requesterId && !ballot.promptAuthorIds.includes(id),
  );
}

export type Act = "prompt" | "stop" | "request_changes" | "withdraw" | "reject";

/** Who may do what else about a run. Undefined sets count as empty: unreadable authority never lets pass. */
export function mayAct(
  act: Act,
  who: VoterFacts,
  run: { readonly requesterId: string; readonly authority: Authority },
): boolean {
  const isRequester = who.id === run.requesterId;
  // Whoever is not matched may steer what they were allowed to start, and nothing else: they could be anybody's second account.
  if (who.kind === "unmatched") return isRequester && act !== "reject";
  if (who.kind !== "member") return false;
  const { owners, members, admins } = run.authority;
  const isOwner = owners?.has(who.id) ?? false;
  const isMember = members?.has(who.id) ?? false;
  switch (act) {
    case "prompt":
      return isMember || isOwner;
    case "stop":
      return isRequester || isMember || isOwner || (admins?.has(who.id) ?? false);
    case "request_changes":
      return isRequester || isOwner;
    case "withdraw":
      return isRequester;
    case "reject":
      return isOwner;
    default:
      return act satisfies never;
  }
}
