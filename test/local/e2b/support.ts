import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { E2B } from "@e2b/sdk";
import { describe } from "vitest";
import { probeSandboxHost } from "../../../src/local/e2b/probe.ts";
import { startLocalE2b, type LocalE2b, type LocalE2bOptions } from "../../../src/local/e2b/server.ts";

const host = await probeSandboxHost();
if (!host.ok) console.warn(`sandbox tests are skipped: ${host.message} ${host.fix}`);

/** A group that needs a real sandbox; skipped, with the reason printed, where the machine cannot make one. */
export const describeSandboxed = describe.skipIf(!host.ok);

export const API_KEY = "local-key-of-this-test";

export interface TestE2b {
  readonly service: LocalE2b;
  readonly stateDir: string;
  readonly client: E2B;
  stop(): Promise<void>;
}

export async function startTestE2b(extra: Partial<LocalE2bOptions> = {}): Promise<TestE2b> {
  const stateDir = extra.stateDir ?? (await mkdtemp(join(tmpdir(), "cs-e2b-")));
  const service = await startLocalE2b({ port: 0, apiKey: API_KEY, ...extra, stateDir });
  return {
    service,
    stateDir,
    client: clientOf(service),
    async stop() {
      await service.close();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

export function clientOf(service: { readonly url: string }): E2B {
  return new E2B({ apiKey: API_KEY, apiUrl: service.url, sandboxUrl: service.url });
}

export async function waitFor(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const untilMs = performance.now() + 15_000;
  while (!(await holds())) {
    if (performance.now() > untilMs) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
