// A folder for the suite's own PostgreSQL. The first test that wants a database starts the server; the end stops it.
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { TestProject } from "vitest/node";
import { dropExternal, stopEmbedded, SUITE_PREFIX } from "./cluster.ts";

declare module "vitest" {
  interface ProvidedContext {
    readonly databaseFolder: string;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  await clearAbandoned();
  const folder = await mkdtemp(join(tmpdir(), SUITE_PREFIX));
  // The server may run as another account, which has to pass through.
  await chmod(folder, 0o711);
  await writeFile(join(folder, "owner"), String(process.pid));
  project.provide("databaseFolder", folder);
  return async () => {
    await stopEmbedded(folder);
    await dropExternal(folder);
    await rm(folder, { recursive: true, force: true });
    if (project.name === "fast") await saySkipped();
  };
}

/** What `npm test` leaves out, so that a green end is not read as more than it is. */
async function saySkipped(): Promise<void> {
  const files = await readdir("test", { recursive: true });
  const slow = files.filter((name) => name.endsWith(".slow.test.ts")).length;
  console.log(
    `\nNot run here: ${slow} files that need Chromium, kill processes or take long. They are npm run test:slow.`,
  );
}

/** A suite that was killed left its server running: nobody else will stop it. */
async function clearAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(SUITE_PREFIX)) continue;
    const folder = join(tmpdir(), name);
    const owner = Number(await readFile(join(folder, "owner"), "utf8").catch(() => "0"));
    if (owner === 0 || isAlive(owner)) continue;
    const pidFile = await readFile(join(folder, "data/postgres/data/postmaster.pid"), "utf8").catch(() => "0");
    const pid = Number(pidFile.split("\n")[0]);
    const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (pid > 0 && command.includes(folder)) {
      process.kill(pid, "SIGQUIT");
      for (let waits = 0; waits < 50 && isAlive(pid); waits += 1) await sleep(100);
    }
    await rm(folder, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
