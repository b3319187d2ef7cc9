// Slack's payloads of words -> core values: mentions and what follows the slash command.
import { z } from "zod";
import { bad, good, type Outcome } from "../core/problem.ts";
import {
  parseAsk,
  parseCommand,
  type Asked,
  type FileRef,
  type NewRequest,
  type Person,
  type Place,
} from "../core/request.ts";
import type { Interaction } from "../core/interaction.ts";
import { mentions, plainText, withoutMention } from "./plain-text.ts";

/** Ourselves, as auth.test told. */
export interface SlackSelf {
  readonly userId: string;
  readonly botId: string;
  readonly teamId: string;
}

const TEXT_LIMIT = 40_000;
const FILES_LIMIT = 5;

export type ParseProblem =
  /** Not for us: our own posts, other bots, edits, joins. */
  | { readonly kind: "ignored" }
  | { readonly kind: "malformed"; readonly detail: string }
  | {
      readonly kind: "too_long";
      readonly characters: number;
      readonly by: Person;
      readonly place: Place;
      readonly twin: boolean;
    };

const fileSchema = z.object({
  id: z.string().min(1),
  name: z.string().nullish(),
  size: z.number().nullish(),
  mimetype: z.string().nullish(),
});

const postSchema = z.object({
  type: z.enum(["app_mention", "message"]),
  subtype: z.string().optional(),
  user: z.string().min(1),
  bot_id: z.string().optional(),
  text: z.string().default(""),
  ts: z.string().min(1),
  thread_ts: z.string().optional(),
  channel: z.string().min(1),
  channel_type: z.string().optional(),
  edited: z.unknown().optional(),
  files: z.array(fileSchema).optional(),
});

const eventBodySchema = z.object({
  event: z.looseObject({ type: z.string() }),
  team_id: z.string().optional(),
  context_team_id: z.string().nullish(),
  authorizations: z.array(z.object({ team_id: z.string().nullish() })).nullish(),
});

/** Posts with one of these are made by people; every other subtype tells of something else (edits, joins, topics). */
const POST_SUBTYPES = new Set(["file_share", "thread_broadcast"]);

export interface ParsedMention {
  readonly key: string;
  /** The `message` beside an `app_mention`: stored like it, but answered only once. */
  readonly twin: boolean;
  readonly request: NewRequest;
}

/** One post may arrive as `app_mention` and as `message`: its key is where it stands, so both are one request. */
export function parseMention(body: unknown, self: SlackSelf): Outcome<ParsedMention, ParseProblem> {
  const envelope = eventBodySchema.safeParse(body);
  if (!envelope.success) return bad({ kind: "malformed", detail: z.prettifyError(envelope.error) });
  const parsed = postSchema.safeParse(envelope.data.event);
  if (!parsed.success) return bad(isPost(envelope.data.event) ? malformed(parsed.error) : { kind: "ignored" });
  const post = parsed.data;
  if (!isForUs(post, self)) return bad({ kind: "ignored" });
  const by = { id: `slack:${post.user}`, name: post.user };
  const place: Place = {
    surface: "slack",
    workspace: workspaceOf(envelope.data) ?? self.teamId,
    channel: post.channel,
    threadTs: post.thread_ts ?? post.ts,
    messageTs: post.ts,
  };
  const twin = post.type === "message";
  const text = plainText(withoutMention(post.text, self.userId)).trim();
  if (text.length > TEXT_LIMIT) return bad({ kind: "too_long", characters: text.length, by, place, twin });
  const files = (post.files ?? []).slice(0, FILES_LIMIT).map(readFile);
  return good({
    key: `post:${post.channel}:${post.ts}`,
    twin,
    request: { kind: "mention", requester: by, place, text, files },
  });
}

function isPost(event: Readonly<Record<string, unknown>>): boolean {
  return event["type"] === "app_mention" || (event["type"] === "message" && event["subtype"] === undefined);
}

function isForUs(post: z.infer<typeof postSchema>, self: SlackSelf): boolean {
  if (post.bot_id !== undefined || post.user === self.userId || post.edited !== undefined) return false;
  if (post.subtype !== undefined && !POST_SUBTYPES.has(post.subtype)) return false;
  if (post.channel_type === "im" || post.channel_type === "mpim") return false;
  return mentions(post.text, self.userId);
}

function workspaceOf(body: z.infer<typeof eventBodySchema>): string | undefined {
  return body.authorizations?.[0]?.team_id ?? body.context_team_id ?? body.team_id;
}

function readFile(file: z.infer<typeof fileSchema>): FileRef {
  return {
    id: file.id,
    name: file.name ?? file.id,
    sizeBytes: file.size ?? 0,
    mimeType: file.mimetype ?? "application/octet-stream",
  };
}

const slashSchema = z.object({
  team_id: z.string().min(1),
  channel_id: z.string().min(1),
  user_id: z.string().min(1),
  user_name: z.string().optional(),
  text: z.string().default(""),
  trigger_id: z.string().min(1),
});

/** What a slash command asks for: something to store, or an answer that needs no store. */
export type Slash =
  | { readonly kind: "request"; readonly key: string; readonly request: NewRequest }
  | { readonly kind: "interaction"; readonly key: string; readonly interaction: Interaction }
  | {
      readonly kind: "form";
      readonly triggerId: string;
      readonly prefill: Asked;
      readonly place: Place;
      readonly by: Person;
    }
  | { readonly kind: "help" }
  | { readonly kind: "not-yet"; readonly word: string };

export function parseSlash(body: unknown): Outcome<Slash, ParseProblem> {
  const parsed = slashSchema.safeParse(body);
  if (!parsed.success) return bad(malformed(parsed.error));
  const { data } = parsed;
  const by: Person = { id: `slack:${data.user_id}`, name: data.user_name ?? data.user_id };
  const place: Place = { surface: "slack", workspace: data.team_id, channel: data.channel_id };
  const text = plainText(data.text).trim();
  if (text.length > TEXT_LIMIT) return bad({ kind: "too_long", characters: text.length, by, place, twin: false });
  const key = `command:${data.trigger_id}`;
  const command = parseCommand(text);
  switch (command.kind) {
    case "run": {
      // An issue named by flag stays in the text: whether there is one, the rules look up.
      const { issue, ...ask } = command.ask;
      const words = issue === undefined ? ask : { ...ask, text: `${ask.text} --issue ${issue}` };
      return good({ kind: "request", key, request: { kind: "command", requester: by, place, ...words, files: [] } });
    }
    case "form":
      return good({ kind: "form", triggerId: data.trigger_id, prefill: splitPrefill(command.prefill), place, by });
    case "help":
      return good({ kind: "help" });
    case "not-yet":
      return good({ kind: "not-yet", word: command.word });
    case "status":
    case "stop": {
      const runId = command.runId === undefined ? {} : { runId: command.runId };
      return good({ kind: "interaction", key, interaction: { kind: command.kind, by, place, ...runId } });
    }
    default:
      return command satisfies never;
  }
}

function splitPrefill(prefill: string): Asked {
  return prefill === "" ? { text: "" } : parseAsk(prefill);
}

function malformed(error: z.ZodError): ParseProblem {
  return { kind: "malformed", detail: z.prettifyError(error) };
}
