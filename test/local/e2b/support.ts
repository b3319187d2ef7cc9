import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { E2B } from "@e2b/sdk";
import { describe } from "vitest";
import { API_KEY, clientOf } from "./client.ts";
import { probeSandboxHost } from "../../../src/local/e2b/probe.ts";
import { startLocalE2b, type LocalE2b, type LocalE2bOptions } from "../../../src/local/e2b/server.ts";

const host = await probeSandboxHost();
if (!host.ok) console.warn(`sandbox tests are skipped: ${host.message} ${host.fix}`);

/** A group that needs a real sandbox; skipped, with the reason printed, where the machine cannot make one. */
export const describeSandboxed = describe.skipIf(!host.ok);

export { API_KEY, clientOf };

export interface TestE2b {
  readonly service: LocalE2b;
  readonly stateDir: string;
  readonly client: E2B;
  stop(): Promise<void>;
}

/** With a state folder of the caller's, that folder stays; one made here goes with the service. */
export async function startTestE2b(extra: Partial<LocalE2bOptions> = {}): Promise<TestE2b> {
  const stateDir = extra.stateDir ?? (await makeStateDir());
  const remove = async () => {
    if (extra.stateDir === undefined) await rm(stateDir, { recursive: true, force: true });
  };
  const service = await startLocalE2b({ port: 0, apiKey: API_KEY, ...extra, stateDir }).catch(
    async (cause: unknown) => {
      await remove();
      throw cause;
    },
  );
  return {
    service,
    stateDir,
    client: clientOf(service),
    async stop() {
      await service.close();
      await remove();
    },
  };
}

export function makeStateDir(): Promise<string> {
  return mkdtemp(join(tmpdir(), "cs-e2b-"));
}

export async function waitFor(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const untilMs = performance.now() + 15_000;
  while (!(await holds())) {
    if (performance.now() > untilMs) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
