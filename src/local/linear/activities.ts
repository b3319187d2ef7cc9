// What an app may write into its session, checked as strictly as the untyped JSON of the API is.
import { z } from "zod";
import type { Content, Json, Signal } from "./model.ts";
import { invalid } from "./problems.ts";
import { readOptions } from "./world.ts";

const Text = z.string().refine((text) => text.trim() !== "", "must not be empty");
const AppContent = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("thought"), body: Text }),
  z.strictObject({ type: z.literal("response"), body: Text }),
  z.strictObject({ type: z.literal("elicitation"), body: Text }),
  z.strictObject({ type: z.literal("error"), body: Text }),
  z.strictObject({ type: z.literal("action"), action: Text, parameter: z.string(), result: z.string().nullish() }),
]);
const UuidV4 = z.uuidv4();

export function parseContent(content: unknown): Content {
  const parsed = AppContent.safeParse(content);
  if (!parsed.success) throw invalid(`content is not valid: ${wordsOf(parsed.error)}`);
  if (parsed.data.type !== "action") return parsed.data;
  const { result, ...action } = parsed.data;
  return { ...action, result: result ?? undefined };
}

export interface Marks {
  readonly ephemeral: boolean;
  readonly signal?: Signal | undefined;
  readonly signalMetadata?: Json | undefined;
}

export function checkMarks(content: Content, marks: Marks): void {
  if (marks.ephemeral && content.type !== "thought" && content.type !== "action")
    throw invalid(`ephemeral is for thought and action, not for ${content.type}`);
  if (marks.signal === undefined) {
    if (marks.signalMetadata !== undefined) throw invalid("signalMetadata comes with a signal");
    return;
  }
  if (marks.signal === "stop" || marks.signal === "continue")
    throw invalid(`signal ${marks.signal} is for people, not for apps`);
  if (content.type !== "elicitation") throw invalid(`signal ${marks.signal} comes with an elicitation`);
  if (marks.signal === "select" && readOptions(marks.signalMetadata) === undefined)
    throw invalid("signal select needs signalMetadata.options, each with a value");
  if (marks.signal === "auth" && !isWebUrl(marks.signalMetadata?.["url"]))
    throw invalid("signal auth needs signalMetadata.url");
}

export function checkActivityId(id: string, used: ReadonlySet<string>): void {
  if (!UuidV4.safeParse(id).success) throw invalid("id must be a UUID v4");
  if (used.has(id)) throw invalid(`id ${id} is taken: an entity with it exists already`);
}

export function isWebUrl(value: unknown): boolean {
  if (typeof value !== "string" || !URL.canParse(value)) return false;
  return ["http:", "https:"].includes(new URL(value).protocol);
}

export function wordsOf(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
}
