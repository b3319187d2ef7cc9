// Start reading here. A request becomes a pull request in these steps, in this order; each is one job and one file.
//   intake (slack/receive.ts, linear/receive.ts) stores the request and enqueues `route`
import { applyInbox, type ApplyPorts } from "./apply-inbox.ts";
import { cleanSandboxes, type CleanPorts } from "./clean-sandboxes.ts";
import { deliverMessages, type DeliverPorts } from "./deliver-messages.ts";
import { expireApproval, type ExpirePorts } from "./expire-approval.ts";
import { publishChange, type PublishPorts } from "./publish-change.ts";
import { routeRequest, type RoutePorts } from "./route-request.ts";
import { sweep, type SweepPorts } from "./sweep.ts";
import { workTurn, type WorkPorts } from "./work-turn.ts";
import type { Job, JobName } from "../core/job.ts";
import type { Chat, Tracker } from "../ports.ts";

/** What all steps together need. A process without a publisher cannot publish: it has nothing to mint a write token with. */
export type FlowPorts = RoutePorts &
  WorkPorts &
  ApplyPorts &
  Omit<DeliverPorts, "surface"> &
  ExpirePorts &
  CleanPorts &
  SweepPorts &
  Partial<PublishPorts> & {
    readonly chat: Chat;
    readonly tracker?: Tracker | undefined;
  };

export type Steps = { readonly [N in JobName]: (job: Extract<Job, { name: N }>, signal: AbortSignal) => Promise<void> };

export function createSteps(ports: FlowPorts): Steps {
  return {
    /** 1. Which team, which repository, allowed or not. */
    route: (job) => routeRequest(ports, job.runId),
    /** 2. Sandbox, agent, frozen change, checks: one turn, ending in an approval card. */
    work: (job, signal) => workTurn(ports, job, signal),
    /** 3. Votes, requests for changes, mentions, stops, and what the code host tells. */
    apply: (job) => applyInbox(ports, job.inboxId),
    /** 4. The approved change, exactly, as a pull request; and its check once somebody else moved its head. */
    publish: (job) => {
      const { publisher } = ports;
      if (publisher === undefined) throw new Error("this process may not publish; run one with ROLE=publisher or all");
      return publishChange({ ...ports, publisher }, job.runId);
    },
    /** Beside the way: what people see, what lapses, what is left behind. */
    deliver: (job) => deliverMessages({ ...ports, surface: ports.chat }, job.runId),
    "deliver-linear": async (job) => {
      // Without a tracker nothing is shown there, and nothing waits for it.
      if (ports.tracker !== undefined) await deliverMessages({ ...ports, surface: ports.tracker }, job.runId);
    },
    expire: (job) => expireApproval(ports, job),
    clean: (job) => cleanSandboxes(ports, job.runId),
    sweep: () => sweep(ports),
  };
}
