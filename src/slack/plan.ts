// From a run's view to messages ready to send: names, links and who is woken are looked up here, then all is pure.
import type { Person } from "../core/request.ts";
import type { WebClient } from "@slack/web-api";
import type { Delivery, Log, Planned, RunView } from "../ports.ts";
import { plannedOf, type Body, type Content } from "./content.ts";
import { userIdOf, type Directory } from "./directory.ts";
import type { Placements } from "./placements.ts";
import { planSlots, reviewChannelOf, type Slot } from "./render.ts";
import type { Face, Names, Scene, Wake } from "./render-scene.ts";

export interface PlanPorts {
  readonly client: WebClient;
  readonly directory: Directory;
  readonly placements: Placements;
  /** Addresses of messages, by channel and ts. */
  readonly permalinks: Map<string, string>;
  readonly log: Log;
}

const SMALL_GROUP = 5;

export async function planRun(
  ports: PlanPorts,
  view: RunView,
  standing: readonly Delivery[] = [],
): Promise<readonly Planned[]> {
  ports.placements.learnAll(view.run.id, standing);
  const scene = await buildScene(ports, view);
  return planSlots(scene).map((slot) => plannedOf(contentOfSlot(scene, slot), { once: slot.kind === "private" }));
}

export async function buildScene(ports: PlanPorts, view: RunView): Promise<Scene> {
  return {
    view,
    names: await readNames(ports.directory, view),
    cardLinks: await readLinks(ports, view),
    owners: await chooseOwners(ports.directory, view),
  };
}

export async function readNames(
  directory: Directory,
  view: RunView | undefined,
  more: readonly string[] = [],
): Promise<Names> {
  const people = new Map<string, string>();
  const groups = new Map<string, string>();
  for (const { id, name } of peopleIn(view)) {
    const here = id.startsWith("slack:") ? await directory.nameOf(id) : undefined;
    people.set(id, here ?? name);
  }
  const rules = view?.run.rules;
  for (const id of new Set([...(rules?.ownerGroups ?? []), ...more])) {
    groups.set(id, (await directory.handleOf(id)) ?? "the group of owners");
  }
  return {
    person: (idOrName) => people.get(idOrName) ?? (idOrName.startsWith("slack:") ? "somebody" : idOrName),
    group: (id) => groups.get(id) ?? "the group of owners",
  };
}

function peopleIn(view: RunView | undefined): readonly Person[] {
  if (view === undefined) return [];
  const { run, turns, votes } = view;
  const known = new Map<string, Person>();
  for (const each of [
    run.request.requester,
    ...turns.map((turn) => turn.author),
    ...votes.map((vote) => vote.person),
  ]) {
    known.set(each.id, each);
  }
  const { state } = run;
  const ids = [...("approvals" in state ? state.approvals : []), ...("by" in state ? [state.by] : [])];
  for (const id of ids) {
    if (id.startsWith("slack:") && !known.has(id)) known.set(id, { id, name: "somebody" });
  }
  return [...known.values()];
}

/** The group where few are in it; else two of them, chosen by the run's id so that the asking is spread and stays the same. */
async function chooseOwners(directory: Directory, view: RunView): Promise<Wake> {
  const { run } = view;
  const groups = run.rules?.ownerGroups ?? [];
  if (run.state.phase !== "awaiting_approval") return { people: [], groups: [] };
  const members = new Set<string>();
  for (const group of groups) {
    for (const member of (await directory.membersOf(group)) ?? []) members.add(member);
  }
  if (members.size <= SMALL_GROUP) return { people: [], groups };
  const others = [...members].filter((id) => id !== run.request.requester.id).sort();
  const start = Buffer.from(run.id).reduce((sum, byte) => sum + byte, 0) % others.length;
  const chosen = [others[start], others[(start + 1) % others.length]].filter((id) => id !== undefined);
  return { people: [...new Set(chosen)].map(userIdOf), groups: [] };
}

export async function readLinks(ports: PlanPorts, view: RunView): Promise<ReadonlyMap<string, string>> {
  const links = new Map<string, string>();
  for (const change of view.changes) {
    const slot = `approval:${change.number}`;
    const placed = ports.placements.find(view.run.id, slot);
    const url = placed === undefined ? undefined : await readPermalink(ports, placed);
    if (url !== undefined) links.set(slot, url);
  }
  return links;
}

async function readPermalink(
  ports: PlanPorts,
  at: { readonly channel: string; readonly ts: string },
): Promise<string | undefined> {
  const key = `${at.channel}/${at.ts}`;
  const known = ports.permalinks.get(key);
  if (known !== undefined) return known;
  try {
    const { permalink } = await ports.client.chat.getPermalink({ channel: at.channel, message_ts: at.ts });
    if (permalink !== undefined) ports.permalinks.set(key, permalink);
    return permalink;
  } catch (cause) {
    ports.log.warn({ error: String(cause) }, "slack permalink could not be read");
    return undefined;
  }
}

interface Home {
  readonly channel: string;
  readonly threadTs?: string;
}

/** The run's thread once it has one; a card of a command becomes the root of its own. */
function threadOf(view: RunView): Home {
  const { thread, request } = view.run;
  const threadTs = thread?.ts ?? request.place.threadTs;
  return { channel: thread?.channel ?? request.place.channel, ...(threadTs === undefined ? {} : { threadTs }) };
}

function cardHomeOf(view: RunView): Home {
  const { thread, request } = view.run;
  const { threadTs } = request.place;
  return { channel: thread?.channel ?? request.place.channel, ...(threadTs === undefined ? {} : { threadTs }) };
}

function contentOfSlot(scene: Scene, slot: Slot): Content {
  const { view } = scene;
  const { run } = view;
  const requester = userIdOf(run.request.requester.id);
  const home = threadOf(view);
  const at = { runId: run.id, slot: slot.slot };
  if (slot.kind === "private") {
    return { kind: "private", ...at, ...home, user: requester, post: bodyOf(slot.face, "edit") };
  }
  if (slot.kind === "stream") {
    const { workspace } = run.request.place;
    return { kind: "stream", ...at, ...home, recipient: requester, workspace, plan: slot.plan };
  }
  const bodies = { post: bodyOf(slot.face, "post"), edit: bodyOf(slot.face, "edit") };
  const common = { kind: "message" as const, ...at, ...bodies, home, requester };
  if (slot.home === "card") {
    return { ...common, ...cardHomeOf(view), reply: run.request.place.threadTs !== undefined, otherwise: "direct" };
  }
  const review = slot.home === "review" ? reviewChannelOf(scene) : undefined;
  if (review !== undefined) {
    // A run that lives elsewhere has no thread here to fall back to.
    const isElsewhere = run.request.place.surface !== "slack";
    const fallback = isElsewhere
      ? { home: { channel: review }, otherwise: "nowhere" as const }
      : { otherwise: "thread" as const };
    return { ...common, channel: review, reply: false, ...fallback };
  }
  return { ...common, ...home, reply: true, otherwise: "nowhere" };
}

/** Whom it wakes stands right under the headline, in the post alone. */
export function bodyOf(face: Face, version: "post" | "edit"): Body {
  const [first, ...rest] = face.blocks;
  const woken = version === "post" && face.wakes !== undefined ? [face.wakes] : [];
  return { text: face.text, blocks: first === undefined ? [] : [first, ...woken, ...rest] };
}
