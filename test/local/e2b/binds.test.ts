import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { describeSandboxed, makeStateDir, startTestE2b } from "./support.ts";

describeSandboxed("folders of the host in every sandbox", () => {
  let stateDir: string;
  let home: string;
  beforeAll(async () => {
    stateDir = await makeStateDir();
  });
  afterAll(() => rm(stateDir, { recursive: true, force: true }));
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "cs-bind-"));
    await mkdir(join(home, "agent/bin"), { recursive: true });
    await writeFile(join(home, "agent/bin/agent"), "#!/bin/sh\necho agent speaks\n", { mode: 0o700 });
    await writeFile(join(home, "beside.txt"), "not yours");
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  it.each([
    ["from a home that is closed to others", 0o700],
    ["from an open folder", 0o755],
  ])("%s: its commands run, nothing can be written, nothing beside it shows", async (_says, mode) => {
    await chmod(home, mode);
    await chmod(join(home, "agent/bin/agent"), 0o755);
    const e2b = await startTestE2b({ stateDir, bindReadOnly: { [join(home, "agent")]: "/opt/agent" } });
    try {
      const sandbox = await e2b.client.Sandbox.create();
      expect((await sandbox.commands.run("/opt/agent/bin/agent")).stdout).toBe("agent speaks\n");
      const write = await sandbox.commands.run("echo x > /opt/agent/x || true; ls /opt/agent /opt");
      expect(write.stderr).toContain("Read-only file system");
      expect(write.stdout).not.toContain("beside.txt");
    } finally {
      await e2b.stop();
    }
  });

  it("a copy goes when its folder is no longer wanted", async () => {
    await chmod(home, 0o700);
    const copies = () => readdir(join(stateDir, "copies"));
    const first = await startTestE2b({ stateDir, bindReadOnly: { [join(home, "agent")]: "/opt/agent" } });
    expect(await copies()).toHaveLength(process.getuid?.() === 0 ? 1 : 0);
    await first.stop();
    await (await startTestE2b({ stateDir })).stop();
    expect(await copies()).toEqual([]);
  });

  it.each(["/usr/agent", "/etc", "/", "/opt/e2b/envd", "/home/user/x", "relative", "/opt/../usr"])(
    "%s cannot be such a place",
    async (inside) => {
      await expect(startTestE2b({ stateDir, bindReadOnly: { [join(home, "agent")]: inside } })).rejects.toThrow(
        /bindReadOnly/,
      );
    },
  );
});
