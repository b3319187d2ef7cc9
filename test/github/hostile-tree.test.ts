// Trees no honest sandbox makes: each is refused for its own reason, and quickly.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ChangeProblem } from "../../src/core/problem.ts";
import { startBench, type Bench } from "./bench.ts";
import { bundleDeep, bundleZeros } from "./bombs.ts";
import type { Forge, ForgedEntry } from "./forge.ts";

let bench: Bench;
let forge: Forge;
let some: string;

const BASE = {
  "README.md": "# Website\n",
  "content/pricing.md": "Starter costs $29.\n",
  "content/deep/er/page.md": "Deep.\n",
  "Menu.md": "Menu.\n",
} as const;

beforeAll(async () => {
  bench = await startBench({}, { files: BASE });
  forge = await bench.sandbox();
  some = forge.blob("something\n");
});
afterAll(() => bench.close());

async function refused(bundle: Uint8Array): Promise<readonly ChangeProblem[]> {
  const { repository, codeHost } = bench;
  const frozen = await codeHost.freezeChange({ repository, baseCommit: forge.base.commit, bundle, secrets: new Map() });
  return frozen.ok ? [] : frozen.problem;
}

async function folderWith(...entries: readonly ForgedEntry[]): Promise<ForgedEntry> {
  return { mode: "40000", name: "folder", id: forge.tree(entries) };
}

const OWN_CHECKS = { kind: "not-a-change", why: "it does not pass git's own checks" };

describe("a name is refused", () => {
  test.each<[string, string]>([
    [".GIT as a folder", ".GIT"],
    [".git", ".git"],
    ["git~1, the short name Windows gives it", "git~1"],
    ["a .git with a zero-width character", ".g\u200cit"],
    ["a .git with a dot behind", ".git."],
    ["dot dot", ".."],
    ["dot", "."],
  ])("%s", async (_says, name) => {
    const inner: ForgedEntry = { mode: "100644", name: "config", id: some };
    const bundle = await forge.bundleWith({ mode: "40000", name, id: forge.tree([inner]) });
    expect(await refused(bundle)).toEqual([OWN_CHECKS]);
  });

  test.each<[string, string | Buffer, string]>([
    ["git~2, which git itself lets pass", "git~2", "some systems read as .git"],
    ["a full-width .git", "．git", "some systems read as .git"],
    ["a line end", "a\nb", "a control character"],
    ["an escape sequence", "a\u001b[31mb", "a control character"],
    ["a backslash", "a\\b", "a backslash"],
    ["a character that turns the reading direction", "invoice\u202egpj.exe", "invisible"],
    ["a zero-width character", "pri\u200bcing.md", "invisible"],
    ["bytes that are not UTF-8", Buffer.from([0x61, 0xff, 0x62]), "not UTF-8"],
  ])("%s", async (_says, name, why) => {
    const problems = await refused(await forge.bundleWith(await folderWith({ mode: "100644", name, id: some })));
    expect(problems).toEqual([
      { kind: "unsafe-path", path: expect.stringContaining("folder/"), why: expect.stringContaining(why) },
    ]);
    expect(JSON.stringify(problems)).not.toMatch(/\\u001b|\\n|\u202e|\u200b/);
  });

  test("that another differs from only in case", async () => {
    const problems = await refused(await forge.bundleWith({ mode: "100644", name: "menu.md", id: some }));
    expect(problems).toEqual([{ kind: "unsafe-path", path: "menu.md", why: expect.stringContaining("only in case") }]);
  });

  test("whose folder another folder differs from only in case", async () => {
    const inner = forge.tree([{ mode: "100644", name: "new.md", id: some }]);
    const problems = await refused(await forge.bundleWith({ mode: "40000", name: "Content", id: inner }));
    expect(problems).toEqual([
      { kind: "unsafe-path", path: "Content/new.md", why: expect.stringContaining("only in case") },
    ]);
  });

  test("that is another's in a different Unicode form", async () => {
    const pair = [
      { mode: "100644", name: "caf\u00e9.md", id: some },
      { mode: "100644", name: "cafe\u0301.md", id: some },
    ];
    const problems = await refused(await forge.bundleWith(...pair));
    expect(problems).toEqual([{ kind: "unsafe-path", path: expect.any(String), why: expect.stringContaining("form") }]);
  });

  test("longer than 4,096 characters, made of 2,100 folders", async () => {
    const problems = await refused(await bundleDeep(forge, 2100));
    expect(problems).toEqual([{ kind: "unsafe-path", path: expect.any(String), why: "a path over 4,096 characters" }]);
  });
});

describe("a mode is refused", () => {
  test("of a submodule", async () => {
    const problems = await refused(await forge.bundleWith({ mode: "160000", name: "vendor", id: "1".repeat(40) }));
    expect(problems).toEqual([{ kind: "submodule", path: "vendor" }]);
  });

  test.each(["100664", "100600", "104755", "102755"])(
    "%s, which git's listings would show as an ordinary one",
    async (mode) => {
      const problems = await refused(await forge.bundleWith({ mode, name: "tool", id: some }));
      expect(problems).toEqual([{ kind: "unsafe-path", path: "tool", why: `an unusual file mode, ${mode}` }]);
    },
  );

  test("padded with a zero", async () => {
    expect(await refused(await forge.bundleWith({ mode: "040000", name: "x", id: forge.base.tree }))).toEqual([
      OWN_CHECKS,
    ]);
  });
});

describe("a symbolic link is refused", () => {
  const link = async (name: string, target: string): Promise<ForgedEntry> => ({
    mode: "120000",
    name,
    id: forge.blob(target),
  });

  test.each([
    ["to an absolute path", "/etc/passwd"],
    ["out of the tree", "../secrets"],
    ["out of the tree by a detour", "content/../../secrets"],
    ["into .git", ".git/config"],
    ["to nothing", ""],
    ["of a drive", "C:\\Windows"],
  ])("%s", async (_says, target) => {
    expect(await refused(await forge.bundleWith(await link("out", target)))).toEqual([
      { kind: "symlink-escapes", path: "out" },
    ]);
  });

  test("that leaves only through another one", async () => {
    const root = await folderWith({ mode: "120000", name: "up", id: forge.blob("..") });
    const problems = await refused(await forge.bundleWith(root, await link("out", "folder/up/../README.md")));
    expect(problems).toEqual([{ kind: "symlink-escapes", path: "out" }]);
  });

  test("that leads to itself", async () => {
    expect(await refused(await forge.bundleWith(await link("loop", "loop")))).toEqual([
      { kind: "symlink-escapes", path: "loop" },
    ]);
  });
});

describe("a bomb is refused without going off:", () => {
  test("a tree of ten thousand million files in less than a kilobyte", async () => {
    let id = forge.tree(Array.from({ length: 10 }, (_, at) => ({ mode: "100644", name: `f${at}`, id: some })));
    for (let level = 0; level < 9; level += 1) {
      id = forge.tree(Array.from({ length: 10 }, (_, at) => ({ mode: "40000", name: `d${at}`, id })));
    }
    const bundle = await forge.bundleWith({ mode: "40000", name: "bomb", id });
    expect(bundle.length).toBeLessThan(4096);
    expect(await refused(bundle)).toEqual([{ kind: "too-many-entries", limit: 100_000 }]);
  });

  test("a file of a quarter of a gigabyte that packs to a quarter of a megabyte", async () => {
    const bundle = await bundleZeros(forge, [2 ** 28]);
    expect(bundle.length).toBeLessThan(300_000);
    expect(await refused(bundle)).toEqual([{ kind: "too-big", limitBytes: 20 * 1024 * 1024 }]);
  });

  test("eleven files of just under the limit each", async () => {
    const sizes = Array.from({ length: 11 }, (_, at) => 20 * 1024 * 1024 - at);
    expect(await refused(await bundleZeros(forge, sizes))).toEqual([
      { kind: "too-big", limitBytes: 200 * 1024 * 1024 },
    ]);
  });
});
