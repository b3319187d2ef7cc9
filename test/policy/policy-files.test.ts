import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readPolicy } from "../../src/policy-files.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-policy-"));
  await cp("manifests/policy", folder, { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

const TEAM = "teams/marketing.yaml";

async function edit(file: string, from: string, to: string): Promise<void> {
  const text = await readFile(join(folder, file), "utf8");
  expect(text).toContain(from);
  await writeFile(join(folder, file), text.replace(from, to));
}

test("the example and the demo policy load, and the same content has the same version", async () => {
  const once = await readPolicy(folder);
  const demo = await readPolicy("manifests/demo/policy");
  expect([once.ok, demo.ok]).toEqual([true, true]);
  await edit(TEAM, "# @marketing. Who may ask", "# another comment");
  const again = await readPolicy(folder);
  expect(again).toEqual(once);
});

test.each<[string, string, string, string, RegExp]>([
  ["an unknown key", TEAM, "team: marketing", "team: marketing\nteem: web", /:?unknown key teem/],
  [
    "a key that is documented but not built",
    TEAM,
    "may: [change]",
    "may: [change]\nplan: ask",
    /plan is not built yet/,
  ],
  [
    "code owners",
    TEAM,
    "slackUsergroups: [S0WEBOWNERS] }",
    "slackUsergroups: [S0WEBOWNERS], codeowners: true }",
    /codeowners is not built yet/,
  ],
  [
    "secrets",
    TEAM,
    "may: [change]",
    "may: [change]\nsecrets: { X: { phase: agent, file: ~/x } }",
    /secrets is not built yet/,
  ],
  ["asking without changing", TEAM, "may: [change]", "may: [ask, change]", /may/],
  ["a duration without a unit", "org.yaml", "time: 30m", 'time: "30"', /duration like/],
  ["a path with a leading slash", TEAM, '"public/**"', '"/public/**"', /without a leading/],
  ["a path on the never-list", TEAM, '"public/**"', '".github/workflows/x.yml"', /dead rule/],
  ["a name that is no id", TEAM, "[S0MKT]", '["@marketing"]', /begins with S/],
  ["network for checks", TEAM, "checks: [] }", "checks: [packages.example.com] }", /without network/],
  ["broken YAML", TEAM, "team: marketing", "team: [marketing", /./],
  [
    "nobody to approve",
    TEAM,
    "owners: { slackUsergroups: [S0WEBOWNERS] }",
    "owners: { required: 1 }",
    /nobody could approve/,
  ],
])("%s is refused with its file and line", async (_says, file, from, to, says) => {
  await edit(file, from, to);
  const read = await readPolicy(folder);
  expect(read.ok).toBe(false);
  if (read.ok) return;
  const [problem] = read.problems;
  expect(problem?.file).toBe(file);
  expect(problem?.line).toBeGreaterThan(0);
  expect(read.problems.map((each) => each.says).join("\n")).toMatch(says);
});

test("a folder without policy says which file is missing", async () => {
  const read = await readPolicy(join(folder, "nothing"));
  expect(read).toMatchObject({ ok: false, problems: [{ file: "org.yaml" }, { file: "teams/" }] });
});
