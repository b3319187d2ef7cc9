// What is told to one person, or posted once beside a run's own cards. Kinds and their data; the words are the chat adapter's.
// A refusal before the start is no note: it is drawn from the run's state, privately where a command asked.
import { z } from "zod";
import { personSchema, type Person, type Place } from "./request.ts";

const version = z.int().min(1);
const groups = z.array(z.string()).readonly();
const runLineSchema = z.object({
  id: z.string(),
  title: z.string(),
  phase: z.string(),
  repository: z.string().optional(),
});

export const noteContentSchema = z.discriminatedUnion("kind", [
  // Answers to a vote, to the person who pressed.
  z.object({ kind: z.literal("not_owner"), repository: z.string(), ownerGroups: groups }),
  z.object({ kind: z.literal("requester_cannot"), change: version }),
  z.object({ kind: z.literal("prompt_author"), change: version }),
  /** `current`: the version that waits now; absent when none does. */
  z.object({ kind: z.literal("too_late"), change: version, current: version.optional() }),
  z.object({ kind: z.literal("already_voted"), change: version }),
  z.object({ kind: z.literal("already_decided"), change: version }),
  z.object({ kind: z.literal("expired"), change: version }),
  z.object({ kind: z.literal("unreadable_authority"), ownerGroups: groups }),
  /** `blocking`: names of required checks that do not pass. */
  z.object({ kind: z.literal("not_approvable"), change: version, blocking: groups, conflict: z.boolean() }),
  z.object({ kind: z.literal("vote_counted"), change: version, approvals: z.int(), required: z.int() }),

  // Answers to other acts.
  z.object({
    kind: z.literal("not_yours"),
    act: z.enum(["prompt", "stop", "request_changes", "withdraw", "reject", "try_again", "choose", "see"]),
    /** Whom to ask instead: ids of user groups. */
    askGroups: groups,
  }),
  /** The act fits no phase the run is in now; the words name the phase at sending. */
  z.object({ kind: z.literal("not_now") }),
  /** A mention while the run still moves: it takes up no new words until it waits or has ended. */
  z.object({ kind: z.literal("busy") }),
  /** A mention in the thread of a run that can take no further turn (merged, closed, rejected, expired, refused). */
  z.object({ kind: z.literal("run_over") }),
  z.object({
    kind: z.literal("stop_answer"),
    /** `which`: several runs could be meant, listed in `runs`. `none`: nothing of theirs moves or waits, or no such run. */
    outcome: z.enum(["stopped", "over", "which", "none"]),
    runs: z.array(runLineSchema).readonly(),
  }),
  /** `asked`: the run id that was named. Without `runs` the answer says that there is nothing to show. */
  z.object({ kind: z.literal("status"), asked: z.string().optional(), runs: z.array(runLineSchema).readonly() }),
  z.object({ kind: z.literal("help") }),
  z.object({ kind: z.literal("not_here") }),
  /** Where the waiting card stands, as a link. */
  z.object({ kind: z.literal("card_link"), change: version }),

  // A mention that is not a plain change: the person is asked with buttons that carry `mentionKey`.
  z.object({ kind: z.literal("mention_waiting"), mentionKey: z.string() }),
  z.object({ kind: z.literal("question_not_yet"), mentionKey: z.string() }),
  z.object({ kind: z.literal("mention_dropped") }),
  // Words on the tracker, where every word wants an answer: thanks, and free text where only a choice counts.
  z.object({ kind: z.literal("thanks") }),
  z.object({ kind: z.literal("choose_one") }),

  // Ask platform: one private answer, one post in the admins' channel (`place` is that channel, no `to`).
  z.object({ kind: z.literal("ask_platform_posted"), channel: z.string(), again: z.boolean() }),
  z.object({ kind: z.literal("ask_platform_nobody") }),
  z.object({ kind: z.literal("platform_request"), by: personSchema }),

  // Files posted in the thread of `place`.
  z.object({ kind: z.literal("full_diff"), change: version }),
  z.object({ kind: z.literal("full_log") }),
]);
export type NoteContent = z.infer<typeof noteContentSchema>;
export type NoteKind = NoteContent["kind"];

/** `key` is unique within the run: the same key is never sent twice. */
export interface NoteAddress {
  readonly key: string;
  readonly to?: Person;
  readonly place: Place;
}

export interface AddressedNote extends NoteAddress {
  readonly kind: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A note as commits carry it. */
export function note(address: NoteAddress, content: NoteContent): AddressedNote {
  const { kind, ...data } = content;
  return { ...address, kind, data };
}

/** What a stored note says, or undefined where it is of a kind this version does not know. */
export function parseNote(stored: Pick<AddressedNote, "kind" | "data">): NoteContent | undefined {
  const parsed = noteContentSchema.safeParse({ ...stored.data, kind: stored.kind });
  return parsed.success ? parsed.data : undefined;
}
