// What a person pressed, chose or wrote about a run: each kind goes to the step that decides it.
import type { Interaction } from "../core/interaction.ts";
import { decideChange, type DecidePorts } from "./decide-change.ts";
import { steerRun, type SteerPorts } from "./steer-run.ts";
import { stopRun, tellStatus, type StopPorts } from "./stop-run.ts";

export type InteractionPorts = DecidePorts & SteerPorts & StopPorts;

export async function applyInteraction(
  ports: InteractionPorts,
  given: { readonly inboxId: string; readonly interaction: Interaction },
): Promise<void> {
  const { inboxId, interaction } = given;
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
    case "go_ahead":
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
