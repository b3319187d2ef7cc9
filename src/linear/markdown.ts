// Our words in Linear's Markdown. What people, agents or repositories wrote is quoted there and wakes nobody.
import { breakLinks, cleanText, clip, oneLine } from "../core/text.ts";

/** A plain address of a person would become a mention: every link in outside text is broken. */
export function inert(text: string, limit: number): string {
  return breakLinks(clip(oneLine(text), limit)).replace(/[\\*_`~[\]<>]/g, "\\$&");
}

/** Outside text as a block quote, its own formatting kept, its links and mentions broken. */
export function quoted(text: string, limit: number): string {
  return breakLinks(clip(cleanText(text).trim(), limit))
    .replace(/\\*</g, "\\<")
    .split("\n")
    .map((line) => `> ${line}`.trimEnd())
    .join("\n");
}

/** A name of a file, branch or command. */
export function code(text: string): string {
  return `\`${clip(oneLine(text), 160).replaceAll("`", "ˋ")}\``;
}

/** Printed output; a fence in it cannot end ours. */
export function printed(text: string): string {
  return `\`\`\`\n${cleanText(text).trimEnd().replaceAll("```", "ˋˋˋ")}\n\`\`\``;
}

/** Only addresses of our own making or of the code host. */
export function link(label: string, url: string): string {
  return /^https?:\/\/[!-'*-;=?-~]+$/.test(url) ? `[${label}](${url})` : label;
}

export function when(atMs: number): string {
  const at = new Date(atMs);
  return `${at.toUTCString().slice(0, 11).replace(",", "")} ${at.toISOString().slice(11, 16)} UTC`;
}
