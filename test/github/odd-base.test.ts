// A repository may hold oddities of its own; a change that leaves them alone is still a change.
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startBench, type Bench } from "./bench.ts";
import { Forge } from "./forge.ts";

let dir: string;
let bench: Bench;
let forge: Forge;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "countersign-odd-"));
  const source = new Forge(join(dir, "source"), { commit: "", tree: "", pack: Buffer.alloc(0), shallow: [] });
  await mkdir(source.dir);
  await source.git(["init", "-q", "--bare", "-b", "main", source.dir]);
  const text = source.blob("text\n");
  const outside = source.blob("/usr/share/fonts");
  const tree = source.tree([
    { mode: "100644", name: "README.md", id: text },
    { mode: "100644", name: "readme.md", id: text },
    { mode: "100644", name: Buffer.from([0x63, 0x61, 0x66, 0xe9]), id: text },
    { mode: "120000", name: "fonts", id: outside },
    { mode: "160000", name: "vendor", id: "1".repeat(40) },
  ]);
  const commit = source.commit(tree, []);
  await source.git(["unpack-objects", "-q"], source.pack(source.reach(commit)));
  await source.git(["update-ref", "refs/heads/main", commit]);
  bench = await startBench({}, source.dir);
  forge = await bench.sandbox();
});
afterAll(async () => {
  await bench.close();
  await rm(dir, { recursive: true, force: true });
});

async function freeze(bundle: Uint8Array) {
  const { repository, codeHost } = bench;
  return codeHost.freezeChange({ repository, baseCommit: forge.base.commit, bundle, secrets: new Map() });
}

describe("beside a submodule, a link to outside, a name that is not UTF-8 and two names that differ in case", () => {
  test("a new file is a change of one file", async () => {
    const frozen = await freeze(await forge.bundleWith({ mode: "100644", name: "new.md", id: forge.blob("new\n") }));
    if (!frozen.ok) throw new Error(JSON.stringify(frozen.problem));
    expect(frozen.value.files.map((file) => file.path)).toEqual(["new.md"]);
  });

  test("an edit of one of the two names is a change", async () => {
    const frozen = await freeze(
      await forge.bundleWith({ mode: "100644", name: "readme.md", id: forge.blob("other\n") }),
    );
    expect(frozen.ok).toBe(true);
  });

  test.each<[string, string, string, string]>([
    ["touching the submodule", "160000", "vendor", "submodule"],
    ["a link through the one that leaves", "120000", "more", "symlink-escapes"],
    ["a third name that differs in case", "100644", "ReadMe.md", "unsafe-path"],
  ])("%s is refused", async (_says, mode, name, kind) => {
    const id = mode === "160000" ? "2".repeat(40) : forge.blob("fonts/x");
    const frozen = await freeze(await forge.bundleWith({ mode, name, id }));
    expect(frozen).toMatchObject({ ok: false, problem: [{ kind }] });
  });
});
