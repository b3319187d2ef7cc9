// Publishing while one call of the code host fails, in the fast and in the slow tests.
import { expect } from "vitest";
import { mintToken, openHost } from "../../src/github/code-host.ts";

import { startBench, type Bench } from "./bench.ts";
import { publishUntilDone, seal, sealAgain, type Sealed } from "./publish-bench.ts";

type Fault = Parameters<Bench["github"]["failNext"]>[0];

export interface FaultBench extends Bench {
  /** Publishes a run of its own under these faults and looks at what stands on the code host. */
  endsWithOne(faults: readonly Fault[]): Promise<void>;
}

const at = { owner: "acme", repo: "website" };

export async function startFaultBench(): Promise<FaultBench> {
  const bench = await startBench();
  const forge = await bench.sandbox();
  const first = await seal(bench, forge, {
    "content/pricing.md": "Starter costs $39.\n",
    "logo.bin": Buffer.from([0, 1, 2]),
  });
  return {
    ...bench,
    async endsWithOne(faults) {
      const sealed = sealAgain(first);
      for (const fault of faults) bench.github.failNext(fault);
      const { done } = await publishUntilDone(bench, sealed);
      expect(done).toMatchObject({ kind: "published" });
      await expectOne(bench, sealed);
    },
  };
}

async function expectOne(bench: Bench, sealed: Sealed): Promise<void> {
  const { record } = sealed.approval;
  const minted = await mintToken(openHost(bench.options), {
    repository: bench.repository,
    permissions: { contents: "read", pull_requests: "read" },
  });
  if (!minted.ok) throw new Error(minted.problem.detail);
  const { rest } = minted.value.octokit;
  const { data: pulls } = await rest.pulls.list({ ...at, head: `acme:${record.headBranch}`, state: "all" });
  expect(pulls).toHaveLength(1);
  const tip = await bench.github.branchSha("acme/website", record.headBranch);
  expect(pulls[0]?.head.sha).toBe(tip);
  const { data: commit } = await rest.git.getCommit({ ...at, commit_sha: tip ?? "" });
  expect([commit.tree.sha, commit.parents[0]?.sha]).toEqual([record.resultTree, record.baseCommit]);
}

type Named = readonly [method: string, path: RegExp];

/** Five failures outlast the retries within one attempt, so that a new publisher has to go on. */
export function refusing([method, path]: Named): Fault {
  return { method, path, status: 502, times: 5 };
}

export function losing([method, path]: Named): Fault {
  return { method, path, dropResponse: true, times: 4 };
}
