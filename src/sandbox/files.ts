// Bytes into and out of a sandbox.
import type { Link } from "./link.ts";
import { again } from "./link.ts";

const TRANSFER_MS = 10 * 60_000;
const URL_LIFE_SECONDS = 600;

export async function upload(link: Link, path: string, bytes: Uint8Array): Promise<void> {
  const body = new Blob([new Uint8Array(bytes)]);
  await again(link, `writing ${path}`, (sandbox) =>
    sandbox.files.write(path, body, { useOctetStream: true, requestTimeoutMs: TRANSFER_MS }),
  );
}

export async function uploadText(link: Link, path: string, text: string): Promise<void> {
  await upload(link, path, new TextEncoder().encode(text));
}

/** An address that reads one file by the signature in it, for what the SDK's own read cannot do: ranges and caps. */
export async function readUrl(link: Link, path: string): Promise<string> {
  return link.current().downloadUrl(path, { useSignatureExpiration: URL_LIFE_SECONDS });
}

/** The whole file, or undefined as soon as it proves longer than `maxBytes`. */
export async function download(link: Link, path: string, maxBytes: number): Promise<Uint8Array | undefined> {
  const answer = await fetch(await readUrl(link, path), {
    headers: { "accept-encoding": "identity" },
    signal: AbortSignal.timeout(TRANSFER_MS),
  });
  if (answer.status !== 200 || answer.body === null) {
    await answer.body?.cancel();
    throw new Error(`reading ${path} in sandbox ${link.id} was answered with ${answer.status}`);
  }
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of answer.body) {
    size += part.byteLength;
    if (size > maxBytes) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts, size);
}
