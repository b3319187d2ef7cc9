// A file of a message, read with the bot's token, which is shown to Slack's own hosts only.
import type { WebClient } from "@slack/web-api";
import type { FileRef } from "../core/request.ts";
import type { Log } from "../ports.ts";

export interface DownloadPorts {
  readonly client: WebClient;
  readonly botToken: string;
  readonly apiUrl?: string | undefined;
  readonly log: Log;
}

const TIME_MS = 30_000;

/** Undefined where the file is gone, too large, or does not lie with Slack. */
export async function downloadFile(
  ports: DownloadPorts,
  file: FileRef,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  const { log } = ports;
  try {
    const { file: found } = await ports.client.files.info({ file: file.id });
    const address = found?.url_private_download ?? found?.url_private;
    if (found === undefined || address === undefined || (found.size ?? 0) > maxBytes) return undefined;
    if (!isSlackHost(address, ports.apiUrl)) {
      log.warn({ file: file.id }, "slack file lies elsewhere and was not read");
      return undefined;
    }
    const response = await fetch(address, {
      headers: { authorization: `Bearer ${ports.botToken}` },
      redirect: "error",
      signal: AbortSignal.timeout(TIME_MS),
    });
    // A file that may not be read answers with a sign-in page.
    const isPage = (response.headers.get("content-type") ?? "").startsWith("text/html");
    if (!response.ok || response.body === null || (isPage && !file.mimeType.startsWith("text/html"))) {
      await response.body?.cancel();
      return undefined;
    }
    return await readBounded(response.body, maxBytes);
  } catch (cause) {
    log.warn({ file: file.id, error: String(cause) }, "slack file could not be read");
    return undefined;
  }
}

function isSlackHost(address: string, apiUrl: string | undefined): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, host, origin } = new URL(address);
  if (apiUrl !== undefined) return origin === new URL(apiUrl).origin;
  return protocol === "https:" && (host === "files.slack.com" || host === "slack-files.com");
}

async function readBounded(body: ReadableStream<Uint8Array>, maxBytes: number): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body) {
    size += part.byteLength;
    if (size > maxBytes) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}
