// A publisher that fails anywhere is followed by another one, and still there is one branch and one pull request.
import { afterAll, beforeAll, describe, test } from "vitest";
import { losing, refusing, startFaultBench, type FaultBench } from "./faults.ts";

let bench: FaultBench;

beforeAll(async () => {
  bench = await startFaultBench();
});
afterAll(() => bench.close());

const WRITES: readonly (readonly [string, RegExp])[] = [
  ["POST", /\/access_tokens$/],
  ["POST", /\/git\/commits$/],
  ["POST", /\/git\/refs$/],
  ["POST", /\/pulls$/],
];

describe("one branch and one pull request, although", () => {
  test.each(WRITES)("%s %s answers 502", async (...call) => bench.endsWithOne([refusing(call)]));
  test.each(WRITES)("%s %s is done and its answer lost", async (...call) => bench.endsWithOne([losing(call)]));

  test("every call that reads is lost once", async () => {
    const reads = [
      /\/installation$/,
      /^\/repositories\/\d+$/,
      /\/git\/ref\//,
      /\/git\/commits\//,
      /\/pulls$/,
      /\/check-runs$/,
    ];
    await bench.endsWithOne(reads.map((path) => ({ method: "GET", path, dropResponse: true, times: 1 })));
  });
});
