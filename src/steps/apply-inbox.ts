// One stored delivery is judged: what a person pressed or wrote about a run, what the code host or the tracker told.
import { applyHostEvent, type HostEventPorts } from "./apply-host-event.ts";
import { applyInteraction, type InteractionPorts } from "./apply-interaction.ts";
import { applyTrackerEvent, type TrackerEventPorts } from "./apply-tracker-event.ts";
import type { InboxItem, Store } from "../ports.ts";

export type ApplyPorts = HostEventPorts &
  InteractionPorts &
  TrackerEventPorts & { readonly store: Pick<Store, "loadInbox" | "finishInbox"> };

/** Does nothing for a delivery that was judged before: its effects and its mark were one commit. */
export async function applyInbox(ports: ApplyPorts, inboxId: string): Promise<void> {
  const item = await ports.store.loadInbox(inboxId);
  if (item === undefined || item.done) return;
  await applyItem(ports, item);
  // For what led to no commit of a run: nothing to say twice.
  await ports.store.finishInbox(inboxId);
}

function applyItem(ports: ApplyPorts, { id: inboxId, atMs, content }: InboxItem): Promise<void> {
  switch (content.kind) {
    case "host_event":
      return applyHostEvent(ports, { inboxId, event: content.event });
    case "tracker_event":
      return applyTrackerEvent(ports, { inboxId, atMs, event: content.event });
    case "interaction":
      return applyInteraction(ports, { inboxId, interaction: content.interaction });
    default:
      return content satisfies never;
  }
}
