// The Chat port over Slack's Web API.
import type { WebClient } from "@slack/web-api";
import type { Chat, Clock, Log, Planned, SendResult } from "../ports.ts";
import { contentOf } from "./content.ts";
import { createDirectory } from "./directory.ts";
import { errorName } from "./api-problem.ts";
import { downloadFile } from "./download.ts";
import { findPosted } from "./find-posted.ts";
import { planNote } from "./plan-note.ts";
import { planRun, type PlanPorts } from "./plan.ts";
import { createPlacements } from "./placements.ts";
import { editMessage, postFile, postMessage, postPrivately } from "./post.ts";
import { readThread } from "./read-thread.ts";
import { createPace, editStream, startStream, type StreamPorts } from "./stream.ts";
import { createWebClient } from "./web.ts";

export interface SlackChatOptions {
  readonly botToken: string;
  /** Base of the Web API with a trailing slash; Slack's own when absent. */
  readonly apiUrl?: string | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

export function createSlackChat(options: SlackChatOptions): Chat {
  const { clock, log } = options;
  const client = createWebClient(options);
  const placements = createPlacements();
  const directory = createDirectory({ client, clock, log });
  const plan: PlanPorts = { client, directory, placements, permalinks: new Map(), log };
  const pace = createPace(clock);
  const stream: StreamPorts = {
    client: createWebClient(options),
    placements,
    clock,
    log,
    pace,
    latch: { off: false },
  };
  return {
    name: "slack",
    ordered: false,
    planRun: (view, standing) => planRun(plan, view, standing),
    planNote: (note, view, standing = []) => planNote(plan, note, { view, standing }),
    answer: async (note) => {
      try {
        await send({ client, placements, stream }, await planNote(plan, note, { view: undefined, standing: [] }));
      } catch (cause) {
        log.warn({ note: note.kind, error: String(cause) }, "slack private answer was not shown");
      }
    },
    post: (planned) => send({ client, placements, stream }, planned),
    edit: async (planned, remote) => {
      const content = contentOf(planned);
      if (content.kind === "stream") return editStream(stream, content, remote);
      if (content.kind !== "message") return { kind: "sent", remote };
      const { runId, slot, edit: body } = content;
      return editMessage({ client, placements }, { runId, slot, body }, remote);
    },
    findPosted: (planned, key) => findPosted({ client, placements, log }, contentOf(planned), key),
    readPerson: (personId) => directory.readPerson(personId),
    findPersonByEmail: (email) => directory.findByEmail(email),
    readGroup: (groupId) => directory.readGroup(groupId),
    readThread: (place, range) => readThread({ client, directory }, place, range),
    downloadFile: (file, maxBytes) => downloadFile({ ...options, client }, file, maxBytes),
    react: async (place, emoji) => {
      if (place.messageTs === undefined) return;
      try {
        await client.reactions.add({ channel: place.channel, timestamp: place.messageTs, name: emoji });
      } catch (cause) {
        if (errorName(cause) === "already_reacted") return;
        log.warn({ error: errorName(cause) ?? String(cause) }, "slack reaction was not added");
      }
    },
  };
}

interface SendPorts {
  readonly client: WebClient;
  readonly placements: PlanPorts["placements"];
  readonly stream: StreamPorts;
}

async function send(ports: SendPorts, planned: Planned): Promise<SendResult> {
  const content = contentOf(planned);
  switch (content.kind) {
    case "message":
      return postMessage(ports, content);
    case "private":
      return postPrivately(ports.client, content);
    case "stream":
      return startStream(ports.stream, content);
    case "file":
      return postFile(ports.client, content);
    default:
      return content satisfies never;
  }
}
