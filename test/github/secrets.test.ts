// A granted value in a result refuses it, and is shown nowhere.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ChangeProblem } from "../../src/core/problem.ts";
import { startBench, type Bench } from "./bench.ts";
import type { Forge } from "./forge.ts";

const VALUE = "tok_9f8e7d6c5b4a";
const SECRETS = new Map([["CMS_READ_KEY", VALUE]]);
let bench: Bench;
let forge: Forge;

beforeAll(async () => {
  bench = await startBench({}, { files: { "README.md": "# Website\n", "old.env": `KEY=${VALUE}\nOTHER=1\n` } });
  forge = await bench.sandbox();
});
afterAll(() => bench.close());

async function freeze(bundle: Uint8Array) {
  const { repository, codeHost } = bench;
  return codeHost.freezeChange({ repository, baseCommit: forge.base.commit, bundle, secrets: SECRETS });
}

async function refused(bundle: Uint8Array): Promise<readonly ChangeProblem[]> {
  const frozen = await freeze(bundle);
  expect(JSON.stringify([frozen, bench.log.lines])).not.toContain(VALUE);
  return frozen.ok ? [] : frozen.problem;
}

test.each<[string, string]>([
  ["as it is", `key = ${VALUE}\n`],
  ["in base64", `key = ${Buffer.from(`user:${VALUE}`).toString("base64")}\n`],
  ["in hex", `key = ${Buffer.from(VALUE).toString("hex")}\n`],
])("a file with the value %s is refused", async (_says, content) => {
  const problems = await refused(await forge.bundleOf({ "src/config.ts": content }));
  expect(problems).toEqual([{ kind: "contains-secret", name: "CMS_READ_KEY", path: "src/config.ts" }]);
});

test("a commit message with the value is refused", async () => {
  const tree = forge.rootWith({ mode: "100644", name: "x", id: forge.blob("x\n") });
  const commit = forge.commit(tree, undefined, `use ${VALUE}`);
  const problems = await refused(await forge.bundle({ commit }));
  expect(problems).toEqual([{ kind: "contains-secret", name: "CMS_READ_KEY", path: "(commit message)" }]);
});

test("a path with the value is refused, and the path is not repeated", async () => {
  const problems = await refused(await forge.bundleOf({ [`notes/${VALUE}.md`]: "x\n" }));
  expect(problems).toEqual([{ kind: "contains-secret", name: "CMS_READ_KEY", path: "(a file name)" }]);
});

test("a refusal for another reason does not repeat the value either", async () => {
  const link = forge.blob("/etc/passwd");
  const problems = await refused(await forge.bundleWith({ mode: "120000", name: VALUE, id: link }));
  expect(problems).toContainEqual({ kind: "symlink-escapes", path: "[CMS_READ_KEY]" });
});

test("taking the value out of a file is a change, whose text names the secret instead", async () => {
  const frozen = await freeze(await forge.bundleOf({ "old.env": "KEY=\nOTHER=1\n" }));
  if (!frozen.ok) throw new Error(JSON.stringify(frozen.problem));
  expect(frozen.value.diff).toContain("-KEY=[CMS_READ_KEY]\n+KEY=\n");
  expect(frozen.value.diff).not.toContain(VALUE);
});
