// What a person asked for, from wherever it came, and how their words are sorted. By fixed rules, never by a model.
import { z } from "zod";
import { issueSchema } from "./issue.ts";
import { cleanText } from "./text.ts";

export const personSchema = z.object({
  id: z.string().min(1),
  name: z.string(),
  /** The tracker's account this person acted from, `linear:…`. */
  account: z.string().optional(),
});
/** `id` is `slack:U…`, or `linear:…` for somebody no Slack account is known of; `name` is for reading only and decides nothing. */
export type Person = z.infer<typeof personSchema>;

const SURFACES = ["slack", "linear"] as const;
export type SurfaceName = (typeof SURFACES)[number];

export const placeSchema = z.object({
  surface: z.enum(SURFACES),
  workspace: z.string(),
  /** Slack's channel, or the tracker's agent session; empty where a session has still to be opened. */
  channel: z.string(),
  /** The thread the request was made in, or the message itself for a mention outside a thread; absent for a command. */
  threadTs: z.string().optional(),
  /** The message or activity that carried the request, where there is one. */
  messageTs: z.string().optional(),
});
export type Place = z.infer<typeof placeSchema>;

export const fileRefSchema = z.object({
  id: z.string(),
  name: z.string(),
  sizeBytes: z.number(),
  mimeType: z.string(),
});
export type FileRef = z.infer<typeof fileRefSchema>;

/** Whose name stands for a session that no person started: it may ask, somebody else has to answer for it. */
export const AUTOMATION_ID = "linear:automation";

/** Under this name the tracker's own text of an issue is kept; what stands there later replaces it. */
export const ISSUE_AS_SENT = "Linear";

const quotedSchema = z.object({ author: z.string(), text: z.string().max(40_000) });

export const newRequestSchema = z.object({
  /** `issue`: delegated or assigned. `comment`, `reply`: words in the tracker. The others are Slack's. */
  kind: z.enum(["command", "form", "mention", "issue", "comment", "reply"]),
  requester: personSchema,
  place: placeSchema,
  /** As typed, up to 40,000 characters; cleaned only where shown. */
  text: z.string().max(40_000),
  team: z.string().optional(),
  repository: z.string().optional(),
  files: z.array(fileRefSchema).max(20).default([]),
  issue: issueSchema.optional(),
  /** What the tracker sent along: quoted for the agent, never a prompt. */
  background: z.array(quotedSchema).max(10).optional(),
});
export type NewRequest = z.infer<typeof newRequestSchema>;

export interface Asked {
  readonly text: string;
  readonly team?: string;
  readonly repository?: string;
  readonly issue?: string;
}

/** Takes `--team NAME`, `--repo OWNER/NAME` and `--issue KEY` out of the text, wherever they stand. */
export function parseAsk(text: string): Asked {
  const flag = /(?<=^|\s)--(team|repo|issue)[ =](\S+)/g;
  let team: string | undefined;
  let repository: string | undefined;
  let issue: string | undefined;
  for (const [, name, value] of text.matchAll(flag)) {
    if (name === "team") team = value;
    else if (name === "issue") issue = value?.toUpperCase();
    else repository = value;
  }
  const rest = text.replace(flag, "");
  return {
    text: rest.trim(),
    ...(team === undefined ? {} : { team }),
    ...(repository === undefined ? {} : { repository }),
    ...(issue === undefined ? {} : { issue }),
  };
}

export type Command =
  | { readonly kind: "run"; readonly ask: Asked }
  | { readonly kind: "form"; readonly prefill: string }
  | { readonly kind: "help" }
  | { readonly kind: "status"; readonly runId?: string }
  | { readonly kind: "stop"; readonly runId?: string }
  | { readonly kind: "not-yet"; readonly word: string };

const RUN_ID = /^[0-9A-HJKMNP-TV-Z]{6}$/;
const NOT_YET = new Set(["can-i", "usage", "secrets", "pause", "resume"]);

/** Sorts what follows `/agent`. Reserved words count only alone or with a run id; one or two other words open the form. */
export function parseCommand(text: string): Command {
  const words = cleanText(text)
    .trim()
    .split(/\s+/)
    .filter((word) => word !== "");
  const [first = "", second] = words;
  const word = first.toLowerCase();
  const runId = second?.toUpperCase();
  if (words.length === 0) return { kind: "form", prefill: "" };
  if (words.length === 1 && word === "help") return { kind: "help" };
  if (word === "status" || word === "stop") {
    if (words.length === 1) return { kind: word };
    if (words.length === 2 && runId !== undefined && RUN_ID.test(runId)) return { kind: word, runId };
  }
  if (NOT_YET.has(word) && words.length <= 2) return { kind: "not-yet", word };
  const ask = parseAsk(text.trim());
  const askedWords = ask.text.split(/\s+/).filter((part) => part !== "");
  return askedWords.length <= 2 ? { kind: "form", prefill: text.trim() } : { kind: "run", ask };
}

export type MentionSort = "thanks" | "question" | "change";

const THANKS =
  /^(?:thanks?|thank you|thx|ty|cheers|ok|okay|k|great|nice|perfect|cool|good|lgtm|awesome|got it|well done|👍|🙏|❤️|🎉|:\+1:|:pray:|:tada:)(?:[\s,.!]+(?:thanks?|thank you|a lot|so much|everyone|all|ok|great|nice|work|job))*[\s.!]*$/iu;

/** Sorts a mention in a run's thread: words of thanks, a question, or a change. `text` comes without the mention itself. */
export function sortMention(text: string): MentionSort {
  const words = cleanText(text).trim();
  if (words === "" || THANKS.test(words)) return "thanks";
  return /[?？]\s*$/.test(words) ? "question" : "change";
}
