// The agent's output, read by byte offset from the file it goes to: nothing is lost between two readers.
import type { OutputSlice } from "../ports.ts";
import { readUrl } from "./files.ts";
import { again, type Link } from "./link.ts";
import { turnDir } from "./places.ts";
import { plumb, quote } from "./shell.ts";

/** More than one line may be long; a reader that is far behind takes several slices. */
export const SLICE_BYTES = 8 * 1024 * 1024;
const READ_MS = 30_000;
const ERRORS_BYTES = 16 * 1024;
const LINE_FEED = 10;
const NO_BYTES = new Uint8Array(0);

export async function readOutput(link: Link, turn: number, fromByte: number): Promise<OutputSlice> {
  return again(link, "reading the agent's output", () => readSlice(link, `${turnDir(turn)}/out.jsonl`, fromByte));
}

async function readSlice(link: Link, path: string, fromByte: number): Promise<OutputSlice> {
  const answer = await fetch(await readUrl(link, path), {
    headers: { range: `bytes=${fromByte}-${fromByte + SLICE_BYTES - 1}`, "accept-encoding": "identity" },
    signal: AbortSignal.timeout(READ_MS),
  });
  const total = sizeOf(answer.headers.get("content-range"));
  if (answer.status === 206 && total !== undefined) {
    const bytes = new Uint8Array(await answer.arrayBuffer());
    return { bytes: cutToLines(bytes, fromByte + bytes.length < total), sizeBytes: total };
  }
  if (answer.status === 200) return readWhole(answer, fromByte);
  await answer.body?.cancel();
  // Not there, or no longer a file: the agent made away with its log, which shows as one that shrank.
  if (answer.status === 404 || answer.status === 400) return { bytes: NO_BYTES, sizeBytes: 0 };
  if (answer.status === 416) return { bytes: NO_BYTES, sizeBytes: total ?? (await askSize(link, path)) };
  throw new Error(`answered with ${answer.status}`);
}

/** A service may answer an open range on an empty file with all of it: nothing. */
async function readWhole(answer: Response, fromByte: number): Promise<OutputSlice> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of answer.body ?? []) {
    size += part.byteLength;
    if (size <= fromByte + SLICE_BYTES) parts.push(part);
  }
  const bytes = Buffer.concat(parts).subarray(fromByte, fromByte + SLICE_BYTES);
  return { bytes: cutToLines(bytes, fromByte + bytes.length < size), sizeBytes: size };
}

/** A slice with more behind it ends with a whole line, unless that would leave less than half of it. */
function cutToLines(bytes: Uint8Array, more: boolean): Uint8Array {
  const whole = bytes.lastIndexOf(LINE_FEED) + 1;
  return more && whole > SLICE_BYTES / 2 ? bytes.subarray(0, whole) : bytes;
}

function sizeOf(contentRange: string | null): number | undefined {
  const size = /\/(\d+)$/.exec(contentRange ?? "")?.[1];
  return size === undefined ? undefined : Number(size);
}

async function askSize(link: Link, path: string): Promise<number> {
  const info = await link.current().files.getInfo(path);
  return info.size;
}

/** The end of its standard error, for a person to read; empty where it left none. */
export async function readErrors(link: Link, turn: number): Promise<string> {
  const path = quote(`${turnDir(turn)}/err.log`);
  const done = await plumb(link, `[ -f ${path} ] && timeout 10 tail -c ${ERRORS_BYTES} ${path}`);
  return done.stdout;
}
