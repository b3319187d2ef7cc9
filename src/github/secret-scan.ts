// Values that must not leave: searched for as they are and in the encodings one line of code would use.
import { setImmediate } from "node:timers";
import { promisify } from "node:util";

interface Needle {
  readonly name: string;
  readonly bytes: Buffer;
}

export interface Needles {
  /** Searched for as they stand. */
  readonly exact: readonly Needle[];
  /** Encodings that tools wrap over lines, so searched for with white space taken out too. */
  readonly wrapped: readonly Needle[];
}

// Shorter than this a value is found everywhere by chance.
const MIN_CHARS = 6;
const MIN_ENCODED_CHARS = 8;
const MAX_UNWRAPPED_BYTES = 2 * 1024 * 1024;

const breathe = promisify(setImmediate);

export function makeNeedles(secrets: ReadonlyMap<string, string>): Needles {
  const exact: Needle[] = [];
  const wrapped: Needle[] = [];
  for (const [name, value] of secrets) {
    if (value.trim().length < MIN_CHARS) continue;
    for (const text of spellings(value.trim())) exact.push({ name, bytes: Buffer.from(text) });
    exact.push({ name, bytes: Buffer.from(value.trim(), "utf16le") });
    for (const text of encodings(Buffer.from(value.trim()))) wrapped.push({ name, bytes: Buffer.from(text, "latin1") });
  }
  return { exact: [...exact, ...wrapped], wrapped };
}

function spellings(value: string): ReadonlySet<string> {
  const quoted = JSON.stringify(value).slice(1, -1);
  const url = encodeURIComponent(value.toWellFormed());
  const lowerUrl = url.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
  // A key of many lines may be indented anew; its longest line gives it away.
  const lines = value.split("\n").map((line) => line.trim());
  const longest = lines.reduce((a, b) => (b.length > a.length ? b : a), "");
  return new Set([value, quoted, url, lowerUrl, ...(lines.length > 1 && longest.length >= 20 ? [longest] : [])]);
}

function encodings(value: Buffer): ReadonlySet<string> {
  const hex = value.toString("hex");
  const base64 = [0, 1, 2].map((shift) => base64Inside(value, shift));
  const urlSafe = base64.map((text) => text.replaceAll("+", "-").replaceAll("/", "_"));
  return new Set([hex, hex.toUpperCase(), ...base64, ...urlSafe].filter((text) => text.length >= MIN_ENCODED_CHARS));
}

/** The characters of base64 that depend on the value alone when `shift` other bytes stand before it. */
function base64Inside(value: Buffer, shift: number): string {
  const text = Buffer.concat([Buffer.alloc(shift), value])
    .toString("base64")
    .replace(/=+$/, "");
  const start = shift === 0 ? 0 : shift + 1;
  const whole = Math.floor(((shift + value.length) * 8) / 6);
  return text.slice(start, whole);
}

/** The name of a value that these bytes contain, or undefined. */
export async function findSecret(bytes: Buffer, needles: Needles): Promise<string | undefined> {
  const found = await search(bytes, needles.exact);
  if (found !== undefined || needles.wrapped.length === 0 || bytes.length > MAX_UNWRAPPED_BYTES) return found;
  const unwrapped = Buffer.from(bytes.toString("latin1").replace(/[\s"'\\]+/g, ""), "latin1");
  return search(unwrapped, needles.wrapped);
}

async function search(bytes: Buffer, needles: readonly Needle[]): Promise<string | undefined> {
  for (const needle of needles) {
    if (bytes.indexOf(needle.bytes) >= 0) return needle.name;
    if (bytes.length > 1_000_000) await breathe();
  }
  return undefined;
}

/** Text with every such value replaced by its name in brackets. */
export function hideSecrets(text: string, needles: Needles): string {
  return needles.exact.reduce((shown, needle) => shown.replaceAll(needle.bytes.toString(), `[${needle.name}]`), text);
}
