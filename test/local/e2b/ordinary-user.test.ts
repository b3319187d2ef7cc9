import { execFile } from "node:child_process";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { findBarrier } from "../../../src/local/e2b/reach.ts";
import { describeSandboxed } from "./support.ts";

const run = promisify(execFile);
const SCRIPT = new URL("./ordinary-user.ts", import.meta.url).pathname;
const USER = 64_201;
const isRoot = process.getuid?.() === 0;
const barrier = isRoot ? await findBarrier(SCRIPT) : undefined;
if (barrier !== undefined) console.warn(`the ordinary user's test is skipped: others cannot enter ${barrier}`);

describeSandboxed("run by an ordinary user", () => {
  it.skipIf(barrier !== undefined)("sandboxes work, sealed as much, with envd out of reach", async () => {
    const stateDir = await mkdtemp(join(tmpdir(), "cs-user-"));
    try {
      if (isRoot) await chown(stateDir, USER, USER);
      const { stdout } = await run(process.execPath, [SCRIPT, stateDir], {
        cwd: "/",
        env: { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: stateDir },
        ...(isRoot ? { uid: USER, gid: USER } : {}),
      });
      const seen = JSON.parse(stdout) as { uid: number; inside: string; again: string };
      expect(seen.uid).toBe(isRoot ? USER : process.getuid?.());
      const [id, file, envd, capabilities] = seen.inside.split("\n");
      expect([id, file, seen.again]).toEqual(["1000", "written", "written"]);
      expect(envd).toContain("Permission denied");
      expect(capabilities).toMatch(/CapEff:\t0+$/);
    } finally {
      await rm(stateDir, { recursive: true, force: true });
    }
  });
});
