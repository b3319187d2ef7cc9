// One sandbox as the steps use it.
import { ALL_TRAFFIC } from "@e2b/sdk";
import { attachmentNames } from "../core/prompt.ts";
import type { SandboxSession } from "../ports.ts";
import { agentStatus, findAgent, startAgent, stopAgent } from "./agent.ts";
import { layBase, layChange } from "./base.ts";
import { runCommand } from "./command.ts";
import { upload } from "./files.ts";
import { freeze } from "./freeze.ts";
import { again, type Link } from "./link.ts";
import { readErrors, readOutput } from "./output.ts";
import { ATTACHMENTS_DIR } from "./places.ts";

const HEALTHY_MS = 30_000;
const LOOK_MS = 100;

export function createSession(link: Link): SandboxSession {
  return {
    id: link.id,
    layBase: (base) => layBase(link, base),
    layChange: (change) => layChange(link, change),
    placeFiles: (files) => placeFiles(link, files),
    run: (command, limits) => runCommand(link, command, limits),
    startAgent: (start) => startAgent(link, start),
    findAgent: (turn) => findAgent(link, turn),
    readOutput: (turn, fromByte) => readOutput(link, turn, fromByte),
    readErrors: (turn) => readErrors(link, turn),
    agentStatus: (turn, pid) => agentStatus(link, turn, pid),
    stopAgent: (turn, pid) => stopAgent(link, turn, pid),
    setNetwork: (hosts) => setNetwork(link, hosts),
    keepAlive: (forMs) => again(link, "keeping it alive", (sandbox) => sandbox.setTimeout(forMs)),
    scrub: () => scrub(link),
    freeze: (base, maxBytes) => freeze(link, base, maxBytes),
    pause: () => pause(link),
  };
}

async function placeFiles(link: Link, files: Parameters<SandboxSession["placeFiles"]>[0]): Promise<void> {
  const names = attachmentNames(files.map((file) => file.name));
  for (const [at, file] of files.entries()) await upload(link, `${ATTACHMENTS_DIR}/${names[at]}`, file.bytes);
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
