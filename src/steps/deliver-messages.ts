// Brings what a surface shows up to the state committed by now. One sender a run; a post that may have arrived is looked for first.
import type { Clock, Delivery, Log, Planned, RunView, SendResult, Store, Surface } from "../ports.ts";

export interface DeliverPorts {
  readonly store: Pick<Store, "loadView" | "listDeliveries" | "saveDelivery" | "saveThread" | "saveSession">;
  readonly surface: Surface;
  readonly clock: Clock;
  readonly log: Log;
}

/** Throws when the service wants us to come back later: the queue does, and everything sent so far is remembered. */
export async function deliverMessages(ports: DeliverPorts, runId: string): Promise<void> {
  // Where a new card stands is known only now; what points to it is brought up to that.
  if (await deliverRound(ports, runId)) await deliverRound(ports, runId);
}

/** Answers whether a message appeared that others may link to. */
async function deliverRound(ports: DeliverPorts, runId: string): Promise<boolean> {
  const view = await ports.store.loadView(runId);
  if (view === undefined) return false;
  const { surface } = ports;
  const standing = await ports.store.listDeliveries(runId, surface.name);
  const deliveries = new Map(standing.map((each) => [each.slot, each]));
  const planned = [...(await ports.surface.planRun(view, standing)), ...(await planNotes(ports, view, standing))];
  const milestonesFirst = [...planned.filter((each) => each.milestone), ...planned.filter((each) => !each.milestone)];
  let waitMs = 0;
  let appeared = false;
  for (const message of surface.ordered ? planned : milestonesFirst) {
    const delivery = deliveries.get(message.slot) ?? { slot: message.slot };
    if (delivery.gaveUp !== undefined) continue;
    const result = await sendOne(ports, { view, message, delivery });
    if (result?.kind === "sent" && delivery.remote === undefined && !message.once) appeared = true;
    if (result?.kind === "later") waitMs = Math.max(waitMs, result.afterMs);
    if (result?.kind === "later" && surface.ordered && message.milestone) break;
  }
  if (waitMs > 0) throw new Error(`messages of run ${runId} wait ${waitMs} ms for ${surface.name}`);
  return appeared;
}

async function planNotes(
  ports: DeliverPorts,
  view: RunView,
  standing: readonly Delivery[],
): Promise<readonly Planned[]> {
  const open = standing.filter((each) => each.remote === undefined && each.gaveUp === undefined);
  const planned: Planned[] = [];
  for (const { note, slot } of open) {
    if (note !== undefined) planned.push({ ...(await ports.surface.planNote(note, view, standing)), slot });
  }
  return planned;
}

interface One {
  readonly view: RunView;
  readonly message: Planned;
  readonly delivery: Delivery;
}

async function sendOne(ports: DeliverPorts, one: One): Promise<SendResult | undefined> {
  const { message, delivery, view } = one;
  if (delivery.remote !== undefined) {
    if (message.once || delivery.shown === message.digest) return undefined;
    return keep(ports, one, await ports.surface.edit(message, delivery.remote));
  }
  const key = { runId: view.run.id, slot: message.slot };
  if (delivery.attemptedAtMs !== undefined) {
    const found = await ports.surface.findPosted(message, key);
    // Found but of unknown content: remembered as showing nothing, so the next round edits it.
    if (found !== undefined)
      return keep(ports, { ...one, message: { ...message, digest: "" } }, { kind: "sent", remote: found });
  }
  await ports.store.saveDelivery(view.run.id, ports.surface.name, {
    slot: message.slot,
    attemptedAtMs: ports.clock.nowMs(),
  });
  return keep(ports, one, await ports.surface.post(message, key));
}

async function keep(ports: DeliverPorts, one: One, result: SendResult): Promise<SendResult> {
  const { slot, digest } = one.message;
  const runId = one.view.run.id;
  if (result.kind === "sent") {
    // First where the run lives: whoever dies in between finds the message again, but would open a second session.
    await rememberHome(ports, one, result.remote);
    await ports.store.saveDelivery(runId, ports.surface.name, { slot, remote: result.remote, shown: digest });
  }
  if (result.kind === "refused") {
    ports.log.error({ runId, slot, error: result.error }, "a message was refused for good");
    await ports.store.saveDelivery(runId, ports.surface.name, { slot, gaveUp: result.error });
  }
  return result;
}

/** Words in a thread or session find the run by it. A run that began elsewhere has its first approval card as its thread. */
async function rememberHome(ports: DeliverPorts, one: One, remote: Readonly<Record<string, unknown>>): Promise<void> {
  const { run } = one.view;
  const { channel, ts, session } = remote;
  if (typeof session === "string" && run.session === undefined) await ports.store.saveSession(run.id, session);
  const isElsewhere = run.request.place.surface !== "slack";
  const isRoot = isElsewhere ? one.message.slot.startsWith("approval:") : one.message.slot === "card";
  if (ports.surface.name === "slack" && isRoot && run.thread === undefined) {
    if (typeof channel === "string" && typeof ts === "string") await ports.store.saveThread(run.id, { channel, ts });
  }
}
