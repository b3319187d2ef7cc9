// What the agent is given beside the request: thread, issue, files. All of it is quoted data.
import { ISSUE_AS_SENT } from "../core/request.ts";
import type { ContextMessage, Chat, Log, Run, Tracker, Turn } from "../ports.ts";

export interface ContextPorts {
  readonly chat: Pick<Chat, "readThread" | "downloadFile">;
  readonly tracker?: Pick<Tracker, "readIssueText" | "downloadFile"> | undefined;
  readonly log: Log;
}

interface GivenFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface Context {
  readonly messages: readonly ContextMessage[];
  readonly issue?: { readonly identifier: string; readonly messages: readonly ContextMessage[] };
  readonly files: readonly GivenFile[];
  readonly pictures: number;
}

const THREAD_LIMIT = 50;
const FILES_LIMIT = 5;
const FILE_BYTES = 10 * 1024 * 1024;

/** At the first turn only: later ones go on from a work tree and prompts that know it all. */
export async function readContext(
  ports: ContextPorts,
  at: { readonly run: Run; readonly turn: Turn },
): Promise<Context> {
  const { run, turn } = at;
  const isFirst = turn.turn === 1;
  const issue = isFirst ? await readIssue(ports, run) : undefined;
  return {
    messages: isFirst ? await readThread(ports, run) : [],
    ...(issue === undefined ? {} : { issue }),
    files: await readFiles(ports, at),
    pictures: turn.files.filter((file) => file.mimeType.startsWith("image/")).length,
  };
}

async function readThread(ports: ContextPorts, run: Run): Promise<readonly ContextMessage[]> {
  const { place, kind } = run.request;
  const threadTs = run.thread?.ts ?? place.threadTs;
  if (kind !== "mention" || threadTs === undefined) return [];
  return ports.chat.readThread({ ...place, threadTs }, { limit: THREAD_LIMIT });
}

/** The issue as it stands now; where the tracker is away, as it was sent along with the request. */
async function readIssue(ports: ContextPorts, run: Run): Promise<Context["issue"]> {
  const { issue, request } = run;
  if (issue === undefined) return undefined;
  const sent = (request.background ?? []).map(({ author, text }) => ({
    author,
    text,
    atMs: run.createdAtMs,
    outsider: false,
  }));
  const { identifier } = issue;
  try {
    const now = (await ports.tracker?.readIssueText(issue.id)) ?? [];
    if (now.length === 0) return { identifier, messages: sent };
    // What stands there now replaces what was sent of it; guidance is sent only.
    return { identifier, messages: [...now, ...sent.filter((each) => each.author !== ISSUE_AS_SENT)] };
  } catch (cause) {
    ports.log.warn({ runId: run.id, cause: String(cause) }, "an issue could not be read; it is given as it was sent");
    return { identifier, messages: sent };
  }
}

async function readFiles(
  ports: ContextPorts,
  { run, turn }: { readonly run: Run; readonly turn: Turn },
): Promise<readonly GivenFile[]> {
  const files: GivenFile[] = [];
  const unread: string[] = [];
  for (const file of turn.files.slice(0, FILES_LIMIT)) {
    // The tracker's files are known by their address.
    const from = /^https?:/.test(file.id) ? ports.tracker : ports.chat;
    const bytes = await from?.downloadFile(file, FILE_BYTES);
    if (bytes === undefined) unread.push(file.name);
    else files.push({ name: file.name, bytes });
  }
  if (unread.length > 0)
    ports.log.warn({ runId: run.id, count: unread.length }, "files of a request could not be read");
  return files;
}
