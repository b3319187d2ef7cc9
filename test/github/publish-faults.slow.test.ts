// Every call of a publishing, failing in both ways.
import { afterAll, beforeAll, describe, test } from "vitest";
import { losing, refusing, startFaultBench, type FaultBench } from "./faults.ts";

let bench: FaultBench;

beforeAll(async () => {
  bench = await startFaultBench();
});
afterAll(() => bench.close());

const CALLS: readonly (readonly [string, RegExp])[] = [
  ["GET", /\/installation$/],
  ["POST", /\/access_tokens$/],
  ["GET", /^\/repositories\/\d+$/],
  ["GET", /\/git\/ref\//],
  ["POST", /\/git\/blobs$/],
  ["POST", /\/git\/trees$/],
  ["POST", /\/git\/commits$/],
  ["GET", /\/git\/commits\//],
  ["POST", /\/git\/refs$/],
  ["GET", /\/pulls$/],
  ["POST", /\/pulls$/],
  ["GET", /\/check-runs$/],
  ["POST", /\/check-runs$/],
  ["DELETE", /\/installation\/token$/],
];

describe("one branch and one pull request, although", () => {
  test.each(CALLS)("%s %s answers 502", async (...call) => bench.endsWithOne([refusing(call)]));
  test.each(CALLS)("%s %s is done and its answer lost", async (...call) => bench.endsWithOne([losing(call)]));
});
