// The few blocks cards are made of. Every text that Slack parses is escaped here or made of our own words.
import type { Button, KnownBlock, MrkdwnElement, PlainTextElement, RichTextElement, RichTextText } from "@slack/types";
import { clip, cleanText, oneLine } from "../core/text.ts";
import { writeValue, type Action, type ActionValue } from "./actions.ts";
import { escapeText } from "./plain-text.ts";

export type Block = KnownBlock;

const BUTTON_TEXT_LIMIT = 24;
const SECTION_LIMIT = 3000;
const RICH_LIMIT = 2800;

/** Text with our own formatting. Parts that come from elsewhere go through `safe()` first; `verbatim` leaves names in it alone. */
function mrkdwn(text: string): MrkdwnElement {
  return { type: "mrkdwn", text: clip(text, SECTION_LIMIT), verbatim: true };
}

/** Somebody else's short text for a place that Slack parses: cleaned, on one line, without tokens or formatting. */
export function safe(text: string, limit = 150): string {
  const line = cleanText(text).replace(/\s+/g, " ").trim();
  return escapeText(clip(line, limit)).replace(/[*~`]/g, (mark) => LOOKALIKES[mark] ?? mark);
}

// Formatting marks would let a name or path restyle our own words around it.
const LOOKALIKES: Readonly<Record<string, string>> = { "*": "∗", "~": "∼", "`": "ˋ" };

export function plain(text: string): PlainTextElement {
  return { type: "plain_text", text, emoji: false };
}

export function section(text: string): Block {
  return { type: "section", text: mrkdwn(text), expand: true };
}

export function context(parts: readonly (string | undefined)[]): Block {
  return { type: "context", elements: [mrkdwn(parts.filter((part) => part !== undefined && part !== "").join(" · "))] };
}

/** State in bold, then the title as the person wrote it; never parsed. */
export function headline(state: string, title: string): Block {
  return rich([words(state, { bold: true }), words(` · ${clip(oneLine(title), 110)}`)]);
}

export function words(text: string, style?: { readonly bold?: boolean }): RichTextText {
  return { type: "text", text, ...(style === undefined ? {} : { style }) };
}

export function rich(elements: RichTextElement[]): Block {
  return { type: "rich_text", elements: [{ type: "rich_text_section", elements }] };
}

/** What somebody said, as a quote; never parsed. */
export function quote(text: string, limit = 600): Block {
  const said = clip(cleanText(text).trim(), Math.min(limit, RICH_LIMIT));
  return {
    type: "rich_text",
    elements: [{ type: "rich_text_quote", elements: [words(said === "" ? "(no text)" : said)] }],
  };
}

/** Output or a diff, as it is; never parsed. */
export function preformatted(text: string): Block {
  const shown = clip(cleanText(text).replace(/\t/g, "  ").trimEnd(), RICH_LIMIT);
  return {
    type: "rich_text",
    elements: [{ type: "rich_text_preformatted", elements: [words(shown === "" ? " " : shown)] }],
  };
}

/** The one place where people are woken: real mentions as elements, which no text can imitate. */
export function wakes(
  who: { readonly people: readonly string[]; readonly groups: readonly string[] },
  why: string,
): Block {
  const elements: RichTextElement[] = [
    ...who.groups.map((id): RichTextElement => ({ type: "usergroup", usergroup_id: id })),
    ...who.people.map((id): RichTextElement => ({ type: "user", user_id: id })),
  ].flatMap((mention) => [mention, words(" ")]);
  return rich([...elements, words(why)]);
}

export interface ButtonSpec {
  readonly text: string;
  readonly action: Action;
  readonly value: ActionValue;
  readonly style?: "primary" | "danger";
  /** Tells two buttons of one action apart. */
  readonly suffix?: string;
  readonly confirm?: { readonly title: string; readonly text: string; readonly yes: string; readonly no: string };
}

/** Undefined where the value would not fit: a button that cannot say what it is about is left out. */
export function button(spec: ButtonSpec): Button | undefined {
  const value = writeValue(spec.value);
  if (value === undefined) return undefined;
  const { confirm } = spec;
  return {
    type: "button",
    text: plain(clip(spec.text, BUTTON_TEXT_LIMIT)),
    action_id: spec.suffix === undefined ? spec.action : `${spec.action}:${spec.suffix}`,
    value,
    ...(spec.style === undefined ? {} : { style: spec.style }),
    ...(confirm === undefined
      ? {}
      : {
          confirm: {
            title: plain(clip(confirm.title, 100)),
            text: plain(clip(confirm.text, 300)),
            confirm: plain(clip(confirm.yes, 30)),
            deny: plain(clip(confirm.no, 30)),
          },
        }),
  };
}

export function linkButton(text: string, url: string, style?: "primary"): Button {
  return {
    type: "button",
    text: plain(clip(text, BUTTON_TEXT_LIMIT)),
    action_id: "open_link",
    url,
    ...(style === undefined ? {} : { style }),
  };
}

/** At most four buttons; none at all when every one was left out. */
export function actions(buttons: readonly (Button | undefined)[]): readonly Block[] {
  const kept = buttons.filter((each) => each !== undefined).slice(0, 4);
  return kept.length === 0 ? [] : [{ type: "actions", elements: kept }];
}

/** A link of our own: the address is https or loopback, never text from elsewhere. */
export function link(url: string, label: string): string {
  return `<${encodeURI(decodeSafely(url)).replaceAll("|", "%7C").replaceAll(">", "%3E")}|${escapeText(label)}>`;
}

function decodeSafely(url: string): string {
  try {
    return decodeURI(url);
  } catch {
    return url;
  }
}
