// The Tracker port over Linear's API.
import type { Clock, Log, Tracker } from "../ports.ts";
import type { Call } from "./call.ts";
import { contentOf, plannedOf } from "./content.ts";
import { downloadFile, type DownloadPorts } from "./download.ts";
import type { IdentityBook } from "./identity.ts";
import { findIssue, readIssueText, suggestRepositories } from "./issues.ts";
import { listMissed } from "./missed.ts";
import { createPace } from "./pace.ts";
import { readPerson } from "./people.ts";
import { renderNote } from "./render-notes.ts";
import { renderSession } from "./render.ts";
import { findContent, listSessions, sendContent, type SendPorts } from "./send.ts";
import { parseNote } from "../core/notes.ts";

export interface TrackerOptions extends DownloadPorts {
  readonly call: Call;
  readonly identity: IdentityBook;
  /** Where repositories are, as Linear's guess wants it: `github.com`. */
  readonly codeHostName: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Dismissed or ended sessions do not count as somebody at work. */
const LIVE = new Set(["pending", "active", "awaitingInput"]);

export function createTracker(options: TrackerOptions): Tracker {
  const { call, identity, clock, log } = options;
  const ports: SendPorts = { call, identity, pace: createPace(clock), clock, log };
  return {
    name: "linear",
    ordered: true,
    planRun: async (view) => renderSession(view).map(plannedOf),
    planNote: async (note, view) => {
      const state = view?.run.state ?? { phase: "received" as const };
      const { activity, options: choices } = renderNote(state, parseNote(note));
      const slot = `note:${note.key}`;
      const session = note.place.channel;
      const runId = view?.run.id ?? "";
      return plannedOf({ kind: "activity", runId, slot, session, activity, ephemeral: false, options: choices });
    },
    post: (planned) => sendContent(ports, contentOf(planned)),
    edit: (planned) => sendContent(ports, contentOf(planned)),
    findPosted: (planned) => findContent(ports, contentOf(planned)),
    findIssue: (idOrKey) => findIssue(call, idOrKey),
    readIssueText: (issueId) => readIssueText(call, issueId),
    readPerson: (personId) => readPerson(call, personId),
    suggestRepositories: (about) => suggestRepositories(call, { ...about, hostname: options.codeHostName }),
    hasSession: async (issueId) =>
      (await listSessions(ports, issueId)).some(
        (session) => LIVE.has(session.status) && (session.dismissedAt ?? undefined) === undefined,
      ),
    downloadFile: (file, maxBytes) => downloadFile(options, file, maxBytes),
    listMissed: (sinceMs) => listMissed({ call, identity, uploadsUrl: options.uploadsUrl }, sinceMs),
  };
}
