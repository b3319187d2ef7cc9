// Run as a process of its own, by an ordinary user: STATE_DIR. Makes a sandbox, works in it, prints what it saw.
import { API_KEY, clientOf } from "./client.ts";
import { startLocalE2b } from "../../../src/local/e2b/server.ts";

const stateDir = process.argv[2] ?? "";
const service = await startLocalE2b({ port: 0, stateDir, apiKey: API_KEY });
const sandbox = await clientOf(service).Sandbox.create();
await sandbox.files.write("/workspace/f", "written");
const inside = await sandbox.commands.run(
  "id -u; cat /workspace/f; echo; cat /proc/$(pgrep -f '^/opt/e2b/envd/node')/environ 2>&1; kill -9 1; grep CapEff /proc/self/status",
);
await sandbox.pause({ keepMemory: false });
await sandbox.connect();
const again = await sandbox.files.read("/workspace/f");
await service.close();
process.stdout.write(JSON.stringify({ uid: process.getuid?.(), inside: inside.stdout, again }));
