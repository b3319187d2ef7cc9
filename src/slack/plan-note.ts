// From a note to a message ready to send: a private answer, a post for platform, or a file in a thread.
import { parseNote } from "../core/notes.ts";
import type { RunRules } from "../core/policy.ts";
import type { Person } from "../core/request.ts";
import type { Delivery, Note, Planned, RunView } from "../ports.ts";
import { section } from "./blocks.ts";
import { plannedOf, type Content } from "./content.ts";
import { userIdOf } from "./directory.ts";
import { bodyOf, buildScene, readLinks, readNames, type PlanPorts } from "./plan.ts";
import { renderNote } from "./render-notes.ts";
import { diffFile, logFile, renderPlatformRequest, type TextFile } from "./render-posts.ts";
import type { Scene } from "./render-scene.ts";

export async function planNote(
  ports: PlanPorts,
  note: Note,
  about: { readonly view: RunView | undefined; readonly standing: readonly Delivery[] },
): Promise<Planned> {
  const { view } = about;
  if (view !== undefined) ports.placements.learnAll(view.run.id, about.standing);
  return plannedOf(await contentOfNote(ports, note, view), { once: true });
}

interface At {
  readonly runId: string;
  readonly slot: string;
  readonly channel: string;
  readonly threadTs?: string;
}

async function contentOfNote(ports: PlanPorts, note: Note, view: RunView | undefined): Promise<Content> {
  const content = parseNote(note);
  const { channel, threadTs, messageTs } = note.place;
  const at: At = {
    runId: view?.run.id ?? "",
    slot: `note:${note.key}`,
    channel,
    ...(threadTs === undefined ? {} : { threadTs }),
  };
  const user = userIdOf(note.to?.id ?? "");
  const told = (text: string): Content => ({ kind: "private", ...at, user, post: { text, blocks: [section(text)] } });
  if (content?.kind === "platform_request" && view !== undefined) {
    return contentOfPlatformRequest(await buildScene(ports, view), content.by, at);
  }
  if (content === undefined || content.kind === "platform_request") {
    // One note that cannot be worded must not hold up every other message of its run.
    ports.log.warn({ note: note.kind }, "slack note cannot be worded");
    return told("There is news about this run; its card shows it.");
  }
  if (content.kind === "full_diff" || content.kind === "full_log") {
    const isDiff = content.kind === "full_diff";
    const file = view === undefined ? undefined : isDiff ? diffFile(view, content.change) : logFile(view);
    const thread = threadTs ?? messageTs;
    if (file !== undefined)
      return contentOfFile(file, { ...at, ...(thread === undefined ? {} : { threadTs: thread }) });
    return told(isDiff ? "That diff is not kept any more." : "Nothing was printed that could be shown.");
  }
  const names = await readNames(ports.directory, view, groupsOf(content, view?.run.rules));
  const cardLinks = view === undefined ? new Map<string, string>() : await readLinks(ports, view);
  const answer = renderNote({ view, names, cardLinks }, content);
  return { kind: "private", ...at, user, post: { text: answer.text, blocks: [...answer.blocks] } };
}

function contentOfPlatformRequest(scene: Scene, by: Person, at: At): Content {
  const body = bodyOf(renderPlatformRequest(withPerson(scene, by), by), "edit");
  const { channel } = at;
  const elsewhere = { home: { channel }, requester: "", reply: false, otherwise: "nowhere" as const };
  return { kind: "message", runId: at.runId, slot: at.slot, channel, ...elsewhere, post: body, edit: body };
}

function groupsOf(content: Readonly<Record<string, unknown>>, rules: RunRules | undefined): readonly string[] {
  const named = [content["ownerGroups"], content["askGroups"]].flatMap((each) => (Array.isArray(each) ? each : []));
  return [...named.filter((each) => typeof each === "string"), ...(rules?.adminGroups ?? [])];
}

function withPerson(scene: Scene, by: Person): Scene {
  const { names } = scene;
  return {
    ...scene,
    names: { ...names, person: (id) => (id === by.id && by.name !== "" ? by.name : names.person(id)) },
  };
}

function contentOfFile(file: TextFile, at: At): Content {
  const { name, title, type, content, comment } = file;
  return { kind: "file", ...at, name, title, type, content, comment };
}
