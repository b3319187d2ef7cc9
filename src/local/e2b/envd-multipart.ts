// A streaming multipart reader: each part's bytes pass through as they come, and the part's file name keeps its folders.
import { StringDecoder } from "node:string_decoder";
import { HttpProblem } from "./envd-problem.ts";

const CRLF = Buffer.from("\r\n");
const HEAD_END = Buffer.from("\r\n\r\n");
const MAX_HEAD_BYTES = 16 * 1024;

export interface Part {
  readonly name: string;
  readonly filename: string | undefined;
  readonly bytes: AsyncIterable<Buffer>;
}

export function boundaryOf(contentType: string): string | undefined {
  const match = /;\s*boundary=(?:"([^"]{1,200})"|([^;\s]{1,200}))/i.exec(contentType);
  return match?.[1] ?? match?.[2];
}

/** Parts in order. A part not read to its end is skipped when the next one is asked for. */
export async function* readParts(source: AsyncIterable<Buffer>, boundary: string): AsyncGenerator<Part> {
  const reader = createReader(source);
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  // The first delimiter has no line break before it: lending it one makes all alike.
  reader.unread(CRLF);
  await drain(reader.until(delimiter));
  while (await startsPart(reader)) {
    const head = parseHead(await readHead(reader));
    const bytes = reader.until(delimiter);
    yield { ...head, bytes };
    await drain(bytes);
  }
}

type Reader = ReturnType<typeof createReader>;

function createReader(source: AsyncIterable<Buffer>) {
  const chunks = source[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);
  let done = false;
  const pull = async (): Promise<boolean> => {
    if (done) return false;
    const next = await chunks.next();
    if (next.done === true) {
      done = true;
      return false;
    }
    held = held.length === 0 ? next.value : Buffer.concat([held, next.value]);
    return true;
  };
  const take = (count: number): Buffer => {
    const taken = held.subarray(0, count);
    held = held.subarray(count);
    return taken;
  };
  return {
    unread(bytes: Buffer): void {
      held = Buffer.concat([bytes, held]);
    },
    async exactly(count: number): Promise<Buffer> {
      while (held.length < count) if (!(await pull())) throw cutShort();
      return take(count);
    },
    /** Everything before the mark, which is consumed too. */
    async *until(mark: Buffer): AsyncGenerator<Buffer> {
      for (;;) {
        const at = held.indexOf(mark);
        if (at >= 0) {
          if (at > 0) yield take(at);
          take(mark.length);
          return;
        }
        const safe = held.length - mark.length + 1;
        if (safe > 0) yield take(safe);
        if (!(await pull())) throw cutShort();
      }
    },
  };
}

async function startsPart(reader: Reader): Promise<boolean> {
  const next = await reader.exactly(2);
  if (next.equals(CRLF)) return true;
  if (next.toString("latin1") === "--") return false;
  throw new HttpProblem(400, "malformed multipart body");
}

async function readHead(reader: Reader): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  // A part without any header begins with the empty line itself.
  reader.unread(CRLF);
  for await (const piece of reader.until(HEAD_END)) {
    size += piece.length;
    if (size > MAX_HEAD_BYTES) throw new HttpProblem(400, "a part's header is too long");
    pieces.push(piece);
  }
  return new StringDecoder("utf8").end(Buffer.concat(pieces));
}

function parseHead(head: string): { readonly name: string; readonly filename: string | undefined } {
  const line = head.split("\r\n").find((each) => /^content-disposition:/i.test(each)) ?? "";
  return { name: parameterOf(line, "name") ?? "", filename: parameterOf(line, "filename") };
}

function parameterOf(line: string, key: string): string | undefined {
  const value = new RegExp(`;\\s*${key}="((?:[^"\\\\]|\\\\.)*)"`, "i").exec(line)?.[1];
  // Form data escapes exactly these three in a name.
  return value?.replaceAll("%22", '"').replaceAll("%0D", "\r").replaceAll("%0A", "\n");
}

async function drain(bytes: AsyncIterable<Buffer>): Promise<void> {
  // Reading on is the purpose: what is left of a part is not wanted.
  for await (const _ of bytes) continue;
}

function cutShort(): HttpProblem {
  return new HttpProblem(400, "the multipart body ends too early");
}
