import { chmod, cp, lstat, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startLocalPostgres } from "../../../src/local/postgres.ts";
import { chooseAccount } from "../../../src/local/postgres/account.ts";
import { findPackage, prepareBinaries } from "../../../src/local/postgres/binaries.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-pg-"));
  await chmod(folder, 0o711);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("a platform without a package is told in one line what to do", () => {
  expect(() => findPackage("plan9-mips")).toThrow(/^the embedded PostgreSQL is not available here .* set DATABASE_URL/);
});

test("library links that installing without scripts left out are made", async () => {
  const copy = join(folder, "package");
  await cp(findPackage(), copy, {
    recursive: true,
    filter: (path) => !/\/lib\/lib(icu[a-z]*|pq)\.so\.\d+$/.test(path),
  });
  const native = await prepareBinaries(copy, { copyTo: join(folder, "cache"), account: await chooseAccount() });
  expect(native).toBe(join(copy, "native"));
});

test.runIf(process.getuid?.() === 0)(
  "a checkout the server's account cannot enter is copied to where it can",
  async () => {
    const closed = join(folder, "closed");
    await mkdir(closed, { mode: 0o700 });
    await cp(findPackage(), join(closed, "package"), { recursive: true, verbatimSymlinks: true });
    const cache = join(folder, "cache");
    await mkdir(cache, { mode: 0o711 });
    const at = { copyTo: cache, account: await chooseAccount() };
    const copy = await prepareBinaries(join(closed, "package"), at);
    expect(dirname(copy)).toBe(cache);
    const made = (await lstat(copy)).mtimeMs;
    expect(await prepareBinaries(join(closed, "package"), at)).toBe(copy);
    expect((await lstat(copy)).mtimeMs).toBe(made);
  },
);

test("where a socket's path would be too long the server listens on the loopback address", async () => {
  const dataDir = join(folder, "a-rather-long-name-for-a-folder".repeat(3));
  const server = await startLocalPostgres({ stateDir: join(folder, "state"), dataDir, settings: ["fsync=off"] });
  try {
    expect(server.url).toMatch(/@127\.0\.0\.1:\d+\/countersign$/);
    const again = await startLocalPostgres({ stateDir: join(folder, "state"), dataDir });
    expect({ started: again.started, url: again.url }).toEqual({ started: false, url: server.url });
  } finally {
    await server.stop();
  }
});
