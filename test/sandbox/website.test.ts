import { cpSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildPrompt } from "../../src/core/prompt.ts";
import { createHarnesses } from "../../src/harness/registry.ts";
import { untilEnded } from "../contracts/sandbox.ts";
import { LIFE_MS, makeRepository, openBench, reasonToSkip, type Bench } from "./bench.ts";
import { rulesFor } from "./rules.ts";

const skip = await reasonToSkip();
const AGENT = new URL("../../manifests/demo/agent", import.meta.url).pathname;
const WEBSITE = new URL("../../manifests/demo/website", import.meta.url).pathname;

describe.skipIf(skip !== undefined)("the demo website", () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench({ [AGENT]: "/opt/countersign" });
  });
  afterAll(async () => bench.close());

  it("has a failing test that the demo agent fixes in one sandbox, and that passes in another", async () => {
    const repository = makeRepository(bench.folder, {});
    cpSync(WEBSITE, repository.dir, { recursive: true });
    const base = repository.pack(repository.commit("website"), 1);
    const open = async (purpose: "agent" | "checks") => {
      const made = await bench.sandboxes.adoptOrCreate({ runId: "website", generation: 1, purpose }, LIFE_MS);
      if (!made.ok) throw new Error(made.problem.kind);
      await made.value.layBase(base);
      return made.value;
    };

    const working = await open("agent");
    const harness = createHarnesses({}).forRules(rulesFor({ use: "command", command: ["demo-agent"] }));
    const prompt = buildPrompt({
      turns: [{ turn: 1, kind: "request", prompt: "Fix the failing test", author: { name: "Marketing requester" } }],
      context: [],
      files: [],
      write: ["src/**"],
      nonce: "5eed",
    });
    const launch = harness.launch({ prompt, repositoryDir: "/home/user/repo" });
    const start = { turn: 1, argv: launch.argv, env: { ...launch.env, DEMO_PACE: "0" }, stdin: launch.stdin };
    const { pid } = await working.startAgent(start);
    const exitCode = await untilEnded(working, 1, pid);
    const reader = harness.reader();
    const output = new TextDecoder().decode((await working.readOutput(1, 0)).bytes);
    for (const line of output.split("\n").filter((each) => each !== "")) reader.read(line);
    const verdict = reader.judge({ exitCode, errors: await working.readErrors(1) });
    expect(verdict).toMatchObject({ kind: "done", said: expect.stringContaining("src/price.js") });
    await working.scrub();
    const frozen = await working.freeze(base, 1_000_000);
    if (!frozen.ok || frozen.value === undefined) throw new Error("nothing was frozen");
    const { tree } = repository.take(frozen.value);
    expect(repository.git("diff-tree", "-r", "--name-only", base.tree, tree)).toBe("src/price.js");

    const checking = await open("checks");
    const before = await checking.run("npm test", { timeMs: 60_000 });
    expect(before).toMatchObject({ exitCode: 1, timedOut: false });
    expect(before.output).toContain("a team of ten pays less for a seat");
    await checking.layChange({ tree, pack: repository.packTree(tree, base.commit), keepFromBase: ["test/**"] });
    expect(await checking.run("npm test", { timeMs: 60_000 })).toMatchObject({ exitCode: 0 });
  });
});
