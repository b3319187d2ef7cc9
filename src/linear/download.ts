// Pictures and files of an issue. Our token goes to Linear's own file host and nowhere else, whatever an issue links to.
import type { FileRef } from "../core/request.ts";
import type { Log } from "../ports.ts";
import type { Tokens } from "./tokens.ts";

export interface DownloadPorts {
  /** Where uploads live: `https://uploads.linear.app`. */
  readonly uploadsUrl: string;
  readonly tokens: Tokens;
  readonly log: Log;
}

const TIME_LIMIT_MS = 30_000;

/** Undefined where it cannot be had, is too big or is not Linear's. */
export async function downloadFile(
  ports: DownloadPorts,
  file: FileRef,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  if (!isUpload(ports.uploadsUrl, file.id)) return undefined;
  try {
    const response = await fetch(file.id, {
      headers: { authorization: `Bearer ${await ports.tokens.current()}` },
      redirect: "error",
      signal: AbortSignal.timeout(TIME_LIMIT_MS),
    });
    if (!response.ok || response.body === null) return undefined;
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.body) {
      size += chunk.length;
      if (size > maxBytes) return undefined;
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } catch (cause) {
    ports.log.warn({ error: String(cause) }, "a file of an issue could not be read");
    return undefined;
  }
}

function isUpload(uploadsUrl: string, address: string): boolean {
  const url = URL.parse(address);
  const host = new URL(uploadsUrl);
  return url !== null && url.origin === host.origin && url.username === "" && url.pathname.startsWith(host.pathname);
}

const IMAGE = /!\[([^\]]{0,200})\]\((https?:\/\/[^\s()<>]{1,1000})\)/g;
const FILES_LIMIT = 5;
const TYPES: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  svg: "image/svg+xml",
};

/** Pictures that Markdown shows, if they are uploads; others are nobody's business. */
export function filesIn(uploadsUrl: string, ...texts: readonly string[]): FileRef[] {
  const found = texts.flatMap((text) => [...text.matchAll(IMAGE)]);
  const files = found.flatMap(([, label = "", url = ""]): FileRef[] => {
    if (!isUpload(uploadsUrl, url)) return [];
    const last = new URL(url).pathname.split("/").at(-1) ?? "";
    const type = TYPES[last.split(".").at(-1)?.toLowerCase() ?? ""] ?? "image/png";
    const name = label.trim() === "" ? last : label.trim();
    return [
      {
        id: url,
        name: /\.\w+$/.test(name) ? name : `${name}.${type.split(/[/+]/)[1] ?? "png"}`,
        sizeBytes: 0,
        mimeType: type,
      },
    ];
  });
  return [...new Map(files.map((file) => [file.id, file])).values()].slice(0, FILES_LIMIT);
}
