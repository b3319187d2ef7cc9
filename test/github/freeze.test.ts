// What a sandbox hands out, honest and hostile.
import { createHash } from "node:crypto";
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FrozenChange } from "../../src/core/change.ts";
import type { ChangeProblem } from "../../src/core/problem.ts";
import { SEED, startBench, type Bench } from "./bench.ts";
import { Forge } from "./forge.ts";

let bench: Bench;
let forge: Forge;

beforeAll(async () => {
  const long = Array.from(
    { length: 3000 },
    (_, line) => `line ${createHash("sha1").update(`${line}`).digest("hex")}\n`,
  );
  bench = await startBench({}, { files: { ...SEED, "long.txt": long.join("") } });
  forge = await bench.sandbox();
});
afterAll(() => bench.close());

async function freeze(bundle: Uint8Array, secrets: Record<string, string> = {}) {
  const { repository, codeHost } = bench;
  const baseCommit = forge.base.commit;
  return codeHost.freezeChange({ repository, baseCommit, bundle, secrets: new Map(Object.entries(secrets)) });
}

async function refused(bundle: Uint8Array, secrets: Record<string, string> = {}): Promise<readonly ChangeProblem[]> {
  const frozen = await freeze(bundle, secrets);
  return frozen.ok ? [] : frozen.problem;
}

async function accepted(bundle: Uint8Array, secrets: Record<string, string> = {}): Promise<FrozenChange> {
  const frozen = await freeze(bundle, secrets);
  if (!frozen.ok) throw new Error(JSON.stringify(frozen.problem));
  return frozen.value;
}

describe("an honest result becomes a change", () => {
  test("with its files, lines, modes and text", async () => {
    const tree = forge.edit({
      "content/pricing.md": "Starter costs $39.\n",
      "content/über uns.md": "Wir.\n",
      "bin/run": { mode: "100755", content: "#!/bin/sh\n" },
      "content/legal.md": null,
      "logo.png": Buffer.from([0x89, 0x50, 0, 1, 2, 255]),
    });
    const bundle = await forge.bundle({ commit: forge.commit(tree) });
    const change = await accepted(bundle);
    expect(change.baseCommit).toBe(forge.base.commit);
    expect(change.baseTree).toBe(forge.base.tree);
    expect(change.resultTree).toBe(tree);
    const told = change.files.map(({ path, status, newMode, added, removed, bytes }) => [
      path,
      status,
      newMode,
      added,
      removed,
      bytes,
    ]);
    expect(told).toEqual([
      ["bin/run", "added", "100755", 1, 0, 10],
      ["content/legal.md", "deleted", "000000", 0, 1, 0],
      ["content/pricing.md", "modified", "100644", 1, 1, 19],
      ["content/über uns.md", "added", "100644", 1, 0, 5],
      ["logo.png", "added", "100644", null, null, 6],
    ]);
    expect(change.diff).toContain("-Starter costs $29.\n+Starter costs $39.\n");
    expect(change.diff).toContain("content/über uns.md");
    expect(change.diffCut).toBe(false);
  });

  test("whose pack, laid over the base, is the result again and holds nothing else", async () => {
    const smuggled = forge.blob("not part of any tree\n");
    const commit = forge.commit(forge.rootWith({ mode: "100644", name: "new.txt", id: forge.blob("new\n") }));
    const pack = forge.pack([...forge.reach(commit), smuggled]);
    const change = await accepted(await forge.bundle({ commit, pack }));
    const other = await Forge.open(join(bench.dir, "other"), forge.base);
    await other.git(["index-pack", "--stdin", "--strict"], change.pack);
    expect(await other.text(["ls-tree", "-r", "--name-only", change.resultTree])).toContain("new.txt");
    await expect(other.git(["cat-file", "-e", smuggled])).rejects.toThrow();
    await expect(other.git(["cat-file", "-e", commit])).rejects.toThrow();
  });

  test("as git itself bundles it, with differences against the base only", async () => {
    const honest = await Forge.open(join(bench.dir, "honest"), forge.base);
    const long = Array.from(
      { length: 3000 },
      (_, line) => `line ${createHash("sha1").update(`${line}`).digest("hex")}\n`,
    );
    await writeFile(join(honest.dir, "content/pricing.md"), "Starter costs $39.\n");
    await writeFile(join(honest.dir, "long.txt"), long.toSpliced(1500, 1, "another line\n").join(""));
    await honest.git(["add", "-A"]);
    const tree = await honest.text(["write-tree"]);
    const who = ["-c", "user.name=Agent", "-c", "user.email=agent@example.com"];
    const commit = await honest.text([...who, "commit-tree", tree, "-p", forge.base.commit, "-m", "work"]);
    await honest.git(["update-ref", "refs/heads/result", commit]);
    const bundle = await honest.git(["bundle", "create", "-q", "-", "refs/heads/result", `^${forge.base.commit}`]);
    expect(bundle.length).toBeLessThan(5000);
    const change = await accepted(bundle);
    expect(change.resultTree).toBe(tree);
    expect(change.files.map(({ path, added, removed }) => [path, added, removed])).toEqual([
      ["content/pricing.md", 1, 1],
      ["long.txt", 1, 1],
    ]);
  });

  test("also as bundle version 3 that names sha1", async () => {
    const commit = forge.commit(forge.rootWith({ mode: "100644", name: "v3", id: forge.blob("3\n") }));
    const change = await accepted(
      await forge.bundle({ commit, signature: "# v3 git bundle", capabilities: ["@object-format=sha1"] }),
    );
    expect(change.files.map((file) => file.path)).toEqual(["v3"]);
  });

  test("also when all it needs is in the base already", async () => {
    const tree = await forge.text(["rev-parse", `${forge.base.commit}:content`]);
    const change = await accepted(await forge.bundle({ commit: forge.commit(tree) }));
    expect(change.resultTree).toBe(tree);
    expect(change.files.filter((file) => file.status === "added").map((file) => file.path)).toEqual([
      "legal.md",
      "pricing.md",
    ]);
  });

  test("with a symbolic link that stays inside", async () => {
    const link = forge.blob("content/pricing.md");
    const change = await accepted(await forge.bundleWith({ mode: "120000", name: "prices", id: link }));
    expect(change.files[0]).toMatchObject({ path: "prices", newMode: "120000" });
  });

  test("and a long diff is cut at a line and says so", async () => {
    const lines = Array.from({ length: 60_000 }, (_, index) => `line ${index} of a long text\n`).join("");
    const change = await accepted(await forge.bundleOf({ "content/long.md": lines }));
    expect(change.diffCut).toBe(true);
    expect(change.diff.length).toBeLessThanOrEqual(1_000_000);
    expect(change.diff.endsWith("text\n")).toBe(true);
    expect(change.files[0]?.added).toBe(60_000);
  });

  test("and leaves no quarantine behind", async () => {
    await freeze(await forge.bundleOf({ "content/pricing.md": "Other.\n" }));
    await freeze(Buffer.from("# v2 git bundle\n"));
    expect(await readdir(join(bench.options.cacheDir, "quarantine"))).toEqual([]);
  });

  test("although the whole cache was deleted before", async () => {
    const bundle = await forge.bundleOf({ "content/pricing.md": "After.\n" });
    await rm(bench.options.cacheDir, { recursive: true });
    expect((await accepted(bundle)).files).toHaveLength(1);
  });
});

describe("a bundle is refused by its header", () => {
  const commitOf = async (): Promise<string> =>
    forge.commit(forge.rootWith({ mode: "100644", name: "x", id: forge.blob("x\n") }));

  test.each<[string, (commit: string) => Parameters<Forge["bundle"]>[0], string]>([
    [
      "two refs",
      (commit) => ({ commit, refs: [`${commit} refs/heads/a`, `${commit} refs/heads/b`] }),
      "exactly one ref",
    ],
    ["no ref", (commit) => ({ commit, refs: [] }), "exactly one ref"],
    ["no prerequisite", (commit) => ({ commit, prerequisites: [] }), "exactly one commit"],
    [
      "a second prerequisite",
      (commit) => ({ commit, prerequisites: [`-${forge.base.commit} a`, `-${"1".repeat(40)} b`] }),
      "exactly one commit",
    ],
    [
      "another prerequisite",
      (commit) => ({ commit, prerequisites: [`-${"1".repeat(40)} b`] }),
      "another commit than the base",
    ],
    [
      "a filter capability",
      (commit) => ({ commit, signature: "# v3 git bundle", capabilities: ["@filter=blob:none"] }),
      "a capability",
    ],
    [
      "sha256",
      (commit) => ({ commit, signature: "# v3 git bundle", capabilities: ["@object-format=sha256"] }),
      "a capability",
    ],
    ["a capability in version 2", (commit) => ({ commit, capabilities: ["@object-format=sha1"] }), "a capability"],
    ["an unknown version", (commit) => ({ commit, signature: "# v4 git bundle" }), "not a git bundle"],
    ["a ref that is no ref", (commit) => ({ commit, refs: [`${commit} --upload-pack=x`] }), "exactly one ref"],
    ["a pack of another kind", (commit) => ({ commit, pack: Buffer.alloc(64) }), "pack is missing"],
  ])("with %s", async (_says, forged, why) => {
    const problems = await refused(await forge.bundle(forged(await commitOf())));
    expect(problems).toEqual([{ kind: "not-a-change", why: expect.stringContaining(why) }]);
  });

  test("that is longer than any sandbox may send", async () => {
    const problems = await refused(Buffer.alloc(64 * 1024 * 1024 + 1));
    expect(problems).toEqual([{ kind: "too-big", limitBytes: 64 * 1024 * 1024 }]);
  });

  test("whose pack claims to hold millions of objects", async () => {
    const pack = Buffer.alloc(64);
    pack.write("PACK");
    pack.writeUInt32BE(2, 4);
    pack.writeUInt32BE(5_000_000, 8);
    expect(await refused(await forge.bundle({ commit: "1".repeat(40), pack }))).toEqual([
      { kind: "too-many-entries", limit: 100_000 },
    ]);
  });
});

describe("a pack is refused", () => {
  const sound = async (): Promise<Buffer> => forge.bundleOf({ "content/pricing.md": "Starter costs $39.\n" });
  const own = "it does not pass git's own checks";

  test("that was cut", async () => {
    const bundle = await sound();
    expect(await refused(bundle.subarray(0, bundle.length - 25))).toEqual([{ kind: "not-a-change", why: own }]);
  });

  test("with one flipped bit", async () => {
    const bundle = Buffer.from(await sound());
    const at = bundle.length - 40;
    bundle[at] = (bundle[at] ?? 0) ^ 1;
    expect(await refused(bundle)).toEqual([{ kind: "not-a-change", why: own }]);
  });

  test("whose tree names an object nobody has", async () => {
    const commit = forge.commit(forge.rootWith({ mode: "100644", name: "x", id: forge.blob("nobody has this\n") }));
    const pack = forge.pack([commit, forge.treeOf(commit)]);
    expect(await refused(await forge.bundle({ commit, pack }))).toEqual([{ kind: "not-a-change", why: own }]);
  });

  test("whose tree borrows an object that only another branch has", async () => {
    await bench.github.pushTo({
      repo: "acme/website",
      branch: "private",
      files: { "plans.txt": "Nobody outside may read this.\n" },
      author: { name: "Web owner", email: "owner@example.com" },
    });
    await bench.codeHost.readBase(bench.repository, "private");
    const id = forge.blob("Nobody outside may read this.\n");
    const commit = forge.commit(forge.rootWith({ mode: "100644", name: "x", id }));
    const pack = forge.pack([commit, forge.treeOf(commit)]);
    expect(await refused(await forge.bundle({ commit, pack }))).toEqual([{ kind: "not-a-change", why: own }]);
  });

  test("whose ref names a blob", async () => {
    const commit = forge.blob("not a commit\n");
    const pack = forge.pack([commit]);
    expect(await refused(await forge.bundle({ commit, pack }))).toEqual([
      { kind: "not-a-change", why: "its ref names no commit of ordinary size" },
    ]);
  });
});

describe("a commit is refused", () => {
  const only = "its commit must have the base as its only parent";
  const treeOf = async (): Promise<string> => forge.rootWith({ mode: "100644", name: "y", id: forge.blob("y\n") });
  const told = async (commit: string): Promise<unknown> => refused(await forge.bundle({ commit }));

  test("on top of another commit", async () => {
    const between = forge.commit(await treeOf(), undefined, "between");
    const commit = forge.commit(forge.rootWith({ mode: "100644", name: "z", id: forge.blob("z\n") }), [between]);
    expect(await told(commit)).toEqual([{ kind: "not-a-change", why: only }]);
  });

  test("with two parents", async () => {
    const side = forge.commit(await treeOf(), undefined, "side");
    expect(await told(forge.commit(await treeOf(), [forge.base.commit, side]))).toEqual([
      { kind: "not-a-change", why: only },
    ]);
  });

  test("with no parent", async () => {
    expect(await told(forge.commit(await treeOf(), []))).toEqual([{ kind: "not-a-change", why: only }]);
  });

  test("that changes nothing", async () => {
    expect(await told(forge.commit(forge.base.tree))).toEqual([{ kind: "not-a-change", why: "it changes nothing" }]);
  });
});
