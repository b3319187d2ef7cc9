import { execFile } from "node:child_process";
import { chmod, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

let bin = "";
beforeEach(async () => {
  bin = await mkdtemp(join(tmpdir(), "countersign-bin-"));
});
afterEach(() => rm(bin, { recursive: true }));

interface Ended {
  readonly code: number | null;
  readonly said: string;
}

/** The machine check alone, on a PATH of ours, with nobody at the keyboard. */
function prepare(): Promise<Ended> {
  const script =
    'import { prepareMachine } from "./scripts/preflight.ts"; process.exit((await prepareMachine()) ? 0 : 1);';
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ["--input-type=module", "-e", script],
      { env: { PATH: bin }, timeout: 20_000 },
      (failure, out, err) => {
        resolve({ code: failure === null ? 0 : Number(failure.code ?? 1), said: `${out}${err}` });
      },
    );
    child.stdin?.end();
  });
}

async function install(name: string, script: string): Promise<void> {
  await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`);
  await chmod(join(bin, name), 0o755);
}

test("without bubblewrap and without apt-get, the package is named, and nothing runs unsealed", async () => {
  await symlink("/usr/bin/git", join(bin, "git"));
  const ended = await prepare();
  expect(ended.code).toBe(1);
  expect(ended.said).toContain("bubblewrap");
  expect(ended.said).toContain("E2B_API_KEY");
});

test("on Debian as root with nobody to ask, it is installed and that is said", async () => {
  if (process.getuid?.() !== 0) {
    console.warn("skipped: needs root, since only then apt-get is called without asking");
    return;
  }
  await symlink("/usr/bin/git", join(bin, "git"));
  await install("apt-get", `[ "$1" = install ] && /bin/ln -s /usr/bin/bwrap ${bin}/bwrap; exit 0`);
  const ended = await prepare();
  expect(ended.said).toContain("Installing bubblewrap with apt-get");
  expect(ended.code).toBe(0);
});

test("when apt-get fails, the line to run is printed", async () => {
  if (process.getuid?.() !== 0) {
    console.warn("skipped: needs root, since only then apt-get is called without asking");
    return;
  }
  await symlink("/usr/bin/git", join(bin, "git"));
  await install("apt-get", "exit 100");
  const ended = await prepare();
  expect(ended.code).toBe(1);
  expect(ended.said).toContain("apt-get update && apt-get install -y bubblewrap");
});
