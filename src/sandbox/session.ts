// One sandbox as the steps use it.
import { ALL_TRAFFIC } from "@e2b/sdk";
import { ATTACHMENTS_FOLDER, attachmentNames } from "../core/prompt.ts";
import type { SandboxSession } from "../ports.ts";
import { agentStatus, findAgent, startAgent, stopAgent } from "./agent.ts";
import { layBase, layChange } from "./base.ts";
import { runCommand } from "./command.ts";
import { upload } from "./files.ts";
import { freeze } from "./freeze.ts";
import { again, type Link } from "./link.ts";
import { readErrors, readOutput } from "./output.ts";
import { inOurWords } from "./problem.ts";

const HEALTHY_MS = 30_000;
const LOOK_MS = 100;

export function createSession(link: Link): SandboxSession {
  const at = <T>(what: string, call: () => Promise<T>): Promise<T> => inOurWords(`${what} in sandbox ${link.id}`, call);
  return {
    id: link.id,
    layBase: (base) => at("laying the base", () => layBase(link, base)),
    layChange: (change) => at("laying the change", () => layChange(link, change)),
    placeFiles: (files) => at("placing files", () => placeFiles(link, files)),
    run: (command, limits) => at("running a command", () => runCommand(link, command, limits)),
    startAgent: (start) => at("starting the agent", () => startAgent(link, start)),
    findAgent: (turn) => at("finding the agent", () => findAgent(link, turn)),
    readOutput: (turn, fromByte) => at("reading output", () => readOutput(link, turn, fromByte)),
    readErrors: (turn) => at("reading errors", () => readErrors(link, turn)),
    agentStatus: (turn, pid) => at("asking for the agent", () => agentStatus(link, turn, pid)),
    stopAgent: (turn, pid) => at("stopping the agent", () => stopAgent(link, turn, pid)),
    setNetwork: (hosts) => at("setting the network", () => setNetwork(link, hosts)),
    keepAlive: (forMs) => again(link, "keeping it alive", (sandbox) => sandbox.setTimeout(forMs)),
    scrub: () => at("scrubbing", () => scrub(link)),
    freeze: (base, maxBytes) => at("freezing", () => freeze(link, base, maxBytes)),
    pause: () => pause(link),
  };
}

async function placeFiles(link: Link, files: Parameters<SandboxSession["placeFiles"]>[0]): Promise<void> {
  const names = attachmentNames(files.map((file) => file.name));
  for (const [at, file] of files.entries()) await upload(link, `${ATTACHMENTS_FOLDER}/${names[at]}`, file.bytes);
}

/** Replaces what was allowed before. Without `denyOut` a list of names would allow them and everything else. */
async function setNetwork(link: Link, hosts: readonly string[]): Promise<void> {
  await again(link, "setting its network", (sandbox) =>
    sandbox.updateNetwork({ allowOut: [...hosts], denyOut: [ALL_TRAFFIC] }),
  );
}

/** Its memory is dropped: every process ends, files stay. */
async function pause(link: Link): Promise<void> {
  await again(link, "pausing it", (sandbox) => sandbox.pause({ keepMemory: false }));
}

async function scrub(link: Link): Promise<void> {
  await pause(link);
  await link.reopen();
  const untilMs = link.clock.nowMs() + HEALTHY_MS;
  while (!(await link.current().isRunning())) {
    if (link.clock.nowMs() > untilMs) throw new Error(`sandbox ${link.id} did not come back after its reboot`);
    await link.clock.sleep(LOOK_MS);
  }
  await setNetwork(link, []);
}
