// Names of people, read ahead: a mention names nobody, and nothing may be asked of Slack before it is stored.
import type { WebClient } from "@slack/web-api";
import { cleanText, clip } from "../core/text.ts";
import type { Log } from "../ports.ts";

export interface NameBook {
  /** Reads the workspace's people in the background; what fails is only a name less. */
  load(signal: AbortSignal): Promise<void>;
  nameOf(userId: string): string | undefined;
}

const PAGE = 200;
const PAGES = 25;

export function createNameBook(client: WebClient, log: Log): NameBook {
  const names = new Map<string, string>();
  return {
    nameOf: (userId) => names.get(userId),
    load: async (signal) => {
      let cursor = "";
      for (let page = 0; page < PAGES && !signal.aborted; page += 1) {
        try {
          const answer = await client.users.list({ limit: PAGE, ...(cursor === "" ? {} : { cursor }) });
          for (const { id, real_name: name, deleted, is_bot: isBot } of answer.members ?? []) {
            if (id === undefined || name === undefined || deleted === true || isBot === true) continue;
            names.set(id, clip(cleanText(name).replace(/\s+/g, " ").trim(), 60));
          }
          cursor = answer.response_metadata?.next_cursor ?? "";
        } catch (cause) {
          log.warn({ error: String(cause) }, "slack people could not be read ahead");
          return;
        }
        if (cursor === "") return;
      }
    },
  };
}
