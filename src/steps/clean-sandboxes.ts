// A run that no longer works needs no sandbox. Work an ended run left in one is kept first, as a change to look at.
import { SLOT_PHASES } from "../core/run.ts";
import type { Clock, Log, Run, Sandboxes, Store } from "../ports.ts";
import { freezeTurn, type FreezePorts } from "./freeze-turn.ts";
import { SANDBOX_KEEP_MS } from "./provision-turn.ts";

export interface CleanPorts extends Omit<FreezePorts, "sandboxes"> {
  readonly store: FreezePorts["store"] & Pick<Store, "loadRun">;
  readonly sandboxes: Sandboxes;
  readonly clock: Clock;
  readonly log: Log;
}

const KEEP_PATIENCE_MS = 60_000;

export async function cleanSandboxes(ports: CleanPorts, runId: string): Promise<void> {
  const mine = (await ports.sandboxes.list()).filter((each) => each.tag.runId === runId);
  for (const each of mine) {
    const run = await ports.store.loadRun(runId);
    if (run !== undefined && stillNeeds(run, each.tag)) continue;
    if (run !== undefined && each.tag.purpose === "agent" && each.tag.generation === run.generation)
      await keepWork(ports, run, each.id);
    await ports.sandboxes.kill(each.id);
  }
}

/** An agent's sandbox is needed while its turn is prepared or works, one for checks while checks run. */
function stillNeeds(run: Run, tag: { readonly generation: number; readonly purpose: string }): boolean {
  const { phase } = run.state;
  if (tag.generation !== run.generation) return false;
  if (tag.purpose === "agent")
    return phase === "provisioning" || phase === "working" || phase === "needs_input" || phase === "over_budget";
  return phase === "checking";
}

async function keepWork(ports: CleanPorts, run: Run, sandboxId: string): Promise<void> {
  const { state } = run;
  if (state.phase !== "cancelled" || state.why !== "stopped" || state.change !== undefined || state.turn === 0) return;
  const turn = await ports.store.loadTurn(run.id, state.turn);
  const view = await ports.store.loadView(run.id);
  if (turn?.baseCommit === undefined || view === undefined) return;
  if (view.changes.some((change) => change.turn === state.turn)) return;
  const connected = await ports.sandboxes.connect(sandboxId, SANDBOX_KEEP_MS);
  if (!connected.ok) return;
  try {
    await freezeTurn(ports, {
      run,
      turn: state.turn,
      session: connected.value,
      said: "",
      aim: { kind: "keep" },
      record: [],
      addUsedMs: 0,
    });
  } catch (cause) {
    // The worker that followed the agent may be busy with the same sandbox, and soon notices that it lost the run.
    if (ports.clock.nowMs() - view.phaseSinceMs < KEEP_PATIENCE_MS) throw cause;
    // The person asked for a stop: work that cannot be kept does not keep the sandbox alive.
    ports.log.warn({ runId: run.id, cause: String(cause) }, "work of a stopped run could not be kept");
  }
}

/** Kills every sandbox whose run is over or unknown: what a dead worker left behind. */
export async function killOrphans(ports: CleanPorts): Promise<void> {
  const over = new Set<string>();
  for (const each of await ports.sandboxes.list()) {
    const run = await ports.store.loadRun(each.tag.runId);
    const young = ports.clock.nowMs() - each.startedAtMs < 60_000;
    const moving = run !== undefined && SLOT_PHASES.some((phase) => phase === run.state.phase);
    if (run === undefined) await ports.sandboxes.kill(each.id);
    else if (!stillNeeds(run, each.tag) && !(moving && young)) over.add(run.id);
  }
  for (const runId of over) await cleanSandboxes(ports, runId);
}
