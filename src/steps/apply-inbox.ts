// One stored delivery is judged: what a person pressed or wrote about a run, or what the code host told.
import type { Interaction } from "../core/interaction.ts";
import { applyHostEvent, type HostEventPorts } from "./apply-host-event.ts";
import { decideChange, type DecidePorts } from "./decide-change.ts";
import { steerRun, type SteerPorts } from "./steer-run.ts";
import { stopRun, tellStatus, type StopPorts } from "./stop-run.ts";
import type { Store } from "../ports.ts";

export type ApplyPorts = HostEventPorts &
  DecidePorts &
  SteerPorts &
  StopPorts & { readonly store: Pick<Store, "loadInbox" | "finishInbox"> };

/** Does nothing for a delivery that was judged before: its effects and its mark were one commit. */
export async function applyInbox(ports: ApplyPorts, inboxId: string): Promise<void> {
  const item = await ports.store.loadInbox(inboxId);
  if (item === undefined || item.done) return;
  if (item.content.kind === "host_event") await applyHostEvent(ports, { inboxId, event: item.content.event });
  else await applyInteraction(ports, inboxId, item.content.interaction);
  // For what led to no commit of a run: nothing to say twice.
  await ports.store.finishInbox(inboxId);
}

async function applyInteraction(ports: ApplyPorts, inboxId: string, interaction: Interaction): Promise<void> {
  switch (interaction.kind) {
    case "approve":
    case "reject":
    case "request_changes":
    case "withdraw":
    case "send_failure_back":
    case "redo":
      return decideChange(ports, { inboxId, interaction });
    case "stop":
      return stopRun(ports, { inboxId, interaction });
    case "status":
      return tellStatus(ports, { inboxId, interaction });
    case "try_again":
    case "leave_out":
    case "choose_team":
    case "choose_repository":
    case "ask_platform":
    case "show_card":
    case "full_diff":
    case "full_log":
    case "mention":
    case "mention_choice":
      return steerRun(ports, { inboxId, interaction });
    default:
      return interaction satisfies never;
  }
}
