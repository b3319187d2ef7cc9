// A local code host with one repository, and the bot's adapter in front of it.
import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { GithubOptions } from "../../src/github/options.ts";
import { createCodeHost } from "../../src/github/code-host.ts";
import { startLocalGithub, type LocalGithub, type LocalGithubOptions } from "../../src/local/github/server.ts";
import type { CodeHost, Log, Repository } from "../../src/ports.ts";
import { Forge } from "./forge.ts";

const { privateKey, publicKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});

export const APP_ID = 777;
export const BOT = "countersign[bot]";

export const SEED = {
  "README.md": "# Website\n",
  "content/pricing.md": "Starter costs $29.\n",
  "content/legal.md": "No refunds.\n",
  "bin/build": { content: "#!/bin/sh\necho built\n", mode: "100755" },
} as const;

export interface Bench {
  readonly dir: string;
  readonly github: LocalGithub;
  readonly repository: Repository;
  readonly options: GithubOptions;
  readonly codeHost: CodeHost;
  readonly log: Logged;
  /** A checkout as a sandbox has it, made from `packBase`. */
  sandbox(depth?: number): Promise<Forge>;
  close(): Promise<void>;
}

export interface Logged extends Log {
  readonly lines: {
    readonly level: string;
    readonly fields: Readonly<Record<string, unknown>>;
    readonly says: string;
  }[];
}

export function makeLog(): Logged {
  const lines: Logged["lines"] = [];
  const add =
    (level: string) =>
    (fields: Readonly<Record<string, unknown>>, says: string): void => {
      lines.push({ level, fields, says });
    };
  return { lines, info: add("info"), warn: add("warn"), error: add("error") };
}

export async function startBench(
  given: Partial<LocalGithubOptions> = {},
  from: Parameters<LocalGithub["addRepository"]>[0]["from"] = { files: SEED },
): Promise<Bench> {
  const dir = await mkdtemp(join(tmpdir(), "countersign-code-host-"));
  const github = await startLocalGithub({
    port: 0,
    stateDir: join(dir, "github"),
    lookDir: new URL("../../src/web/look", import.meta.url).pathname,
    pageToken: "page-token-of-this-start",
    appId: APP_ID,
    publicKeyPem: publicKey,
    ...given,
  });
  await github.addRepository({
    owner: "acme",
    name: "website",
    defaultBranch: "main",
    from,
  });
  const log = makeLog();
  const options: GithubOptions = {
    appId: APP_ID,
    privateKey,
    apiUrl: github.url,
    gitUrl: github.gitUrl,
    cacheDir: join(dir, "cache"),
    clock: { nowMs: () => Date.now(), sleep: (ms) => sleep(ms) },
    log,
    retryDelaysMs: [5, 10],
  };
  const codeHost = createCodeHost(options);
  const repository = (await codeHost.findRepository("acme/website"))!;
  let made = 0;
  return {
    dir,
    github,
    repository,
    options,
    codeHost,
    log,
    async sandbox(depth = 1) {
      const base = (await codeHost.readBase(repository, "main"))!;
      made += 1;
      return Forge.open(join(dir, `sandbox-${made}`), await codeHost.packBase(repository, base.commit, depth));
    },
    async close() {
      await github.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
