// The same bombs as in the fast tests, at full size.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ChangeProblem } from "../../src/core/problem.ts";
import { startBench, type Bench } from "./bench.ts";
import { bundleDeep, bundleZeros } from "./bombs.ts";
import type { Forge } from "./forge.ts";

let bench: Bench;
let forge: Forge;

beforeAll(async () => {
  bench = await startBench();
  forge = await bench.sandbox();
});
afterAll(() => bench.close());

async function refused(bundle: Uint8Array): Promise<readonly ChangeProblem[]> {
  const { repository, codeHost } = bench;
  const frozen = await codeHost.freezeChange({ repository, baseCommit: forge.base.commit, bundle, secrets: new Map() });
  return frozen.ok ? [] : frozen.problem;
}

test("a file of a gigabyte that packs to one megabyte is refused", async () => {
  const bundle = await bundleZeros(forge, [2 ** 30]);
  expect(bundle.length).toBeLessThan(1_100_000);
  expect(await refused(bundle)).toEqual([{ kind: "too-big", limitBytes: 20 * 1024 * 1024 }]);
});

test("a file below twenty thousand folders is refused, whatever git makes of it", async () => {
  const problems = await refused(await bundleDeep(forge, 20_000));
  expect(problems).toHaveLength(1);
});
