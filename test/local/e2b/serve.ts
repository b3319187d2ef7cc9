// Run as a process of its own, to be killed: STATE_DIR. Prints its address, then serves.
import { API_KEY } from "./client.ts";
import { startLocalE2b } from "../../../src/local/e2b/server.ts";

const service = await startLocalE2b({ port: 0, stateDir: process.argv[2] ?? "", apiKey: API_KEY });
process.stdout.write(`${service.url}\n`);
