// One redactor in front of every sink: known values and their simple encodings, then common token shapes.
import { clip } from "./text.ts";

const TOKEN_SHAPES: readonly (readonly [string, RegExp])[] = [
  ["GitHub token", /\b(?:gh[pousr]_[A-Za-z0-9_.-]{20,}|github_pat_[A-Za-z0-9_]{20,})/g],
  ["Slack token", /\bx(?:ox[abeoprs]|app)-[A-Za-z0-9-]{10,}/g],
  ["Anthropic key", /\bsk-ant-[A-Za-z0-9_-]{16,}/g],
  ["API key", /\bsk-[A-Za-z0-9_-]{20,}/g],
  ["E2B key", /\be2b_[a-f0-9]{20,}/g],
  ["AWS key", /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g],
  ["private key", /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g],
];

/** Makes the function that takes secrets out of text. `secrets` maps a name to its value; values under 6 characters are left. */
export function createRedactor(secrets: ReadonlyMap<string, string>, encode: Encoders): (text: string) => string {
  const known = [...secrets]
    .filter(([, value]) => value.length >= 6)
    .flatMap(([name, value]) => encodingsOf(value, encode).map((form) => ({ name, form })))
    .sort((a, b) => b.form.length - a.form.length);
  return (text) => {
    let clean = text;
    for (const { name, form } of known) clean = clean.replaceAll(form, `[${name}]`);
    for (const [name, shape] of TOKEN_SHAPES) clean = clean.replace(shape, `[${name}]`);
    return clean;
  };
}

export interface Encoders {
  readonly base64: (text: string) => string;
  readonly hex: (text: string) => string;
}

/** The value as it is, in base64 (also without its last, padding-bound characters), hex, URL and JSON form. */
function encodingsOf(value: string, encode: Encoders): readonly string[] {
  const base64 = encode.base64(value);
  const forms = [
    value,
    base64,
    base64.replace(/=+$/, ""),
    base64.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, ""),
    encode.hex(value),
    encode.hex(value).toUpperCase(),
    encodeURIComponent(value.toWellFormed()),
    JSON.stringify(value).slice(1, -1),
  ];
  return [...new Set(forms)].filter((form) => form.length >= 6);
}

/** Redacted and short enough to keep: what goes into the record of one agent event. */
export function keepable(text: string, redact: (text: string) => string, limit = 2000): string {
  return clip(redact(text), limit);
}
