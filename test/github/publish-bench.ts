// A change frozen and sealed, ready to be published on the local code host.
import { createHash } from "node:crypto";
import type { FrozenChange } from "../../src/core/change.ts";
import { commitMessage, headBranch, pullRequestTitle } from "../../src/core/pull-request.ts";
import { sealDigest, type SealedRecord } from "../../src/core/seal.ts";
import { createPublisher } from "../../src/github/publish.ts";
import type { Publisher, PublishProblem, PublishSession, PullRequest, SealedApproval } from "../../src/ports.ts";
import type { Bench } from "./bench.ts";
import type { Forge, ForgedFile } from "./forge.ts";

export interface Sealed {
  readonly change: FrozenChange;
  readonly approval: SealedApproval;
}

function sealOf(record: SealedRecord): string {
  return sealDigest(record, (text) => createHash("sha256").update(text, "utf8").digest("hex"));
}

export function approve(record: SealedRecord): SealedApproval {
  return { record, digest: sealOf(record), approvals: ["slack:U0OWNER"] };
}

let runs = 0;

/** Each call is a run of its own, with its own head branch. */
export async function seal(bench: Bench, forge: Forge, files: Readonly<Record<string, ForgedFile>>): Promise<Sealed> {
  runs += 1;
  const bundle = await forge.bundleOf(files);
  const { repository, codeHost } = bench;
  const baseCommit = forge.base.commit;
  const frozen = await codeHost.freezeChange({ repository, baseCommit, bundle, secrets: new Map() });
  if (!frozen.ok) throw new Error(JSON.stringify(frozen.problem));
  const change = frozen.value;
  const run = `7KQ${String(runs).padStart(3, "0")}`;
  const title = "Raise the monthly price";
  const record: SealedRecord = {
    v: 1,
    run,
    change: 1,
    repositoryId: repository.id,
    baseBranch: "main",
    baseCommit,
    baseTree: change.baseTree,
    resultTree: change.resultTree,
    headBranch: headBranch("marketing", run, "raise-the-monthly-price"),
    commitMessage: commitMessage({ title, run, requester: "Marketing requester", team: "marketing" }),
    title: pullRequestTitle(title),
    checksDigest: "c".repeat(64),
    policyVersion: "p".repeat(64),
  };
  return { change, approval: approve(record) };
}

/** The same change as another run would have made it, with a head branch of its own. */
export function sealAgain({ change, approval }: Sealed): Sealed {
  runs += 1;
  const run = `7KQ${String(runs).padStart(3, "0")}`;
  const words = { title: "Raise the monthly price", run, requester: "Marketing requester", team: "marketing" };
  const head = headBranch("marketing", run, "raise-the-monthly-price");
  return {
    change,
    approval: approve({ ...approval.record, run, headBranch: head, commitMessage: commitMessage(words) }),
  };
}

function bodyOf({ approval }: Sealed): string {
  return `What was approved.\n\n<!-- run:${approval.record.run} -->`;
}

export type Done = { readonly kind: "published"; readonly sha: string; readonly pull: PullRequest } | PublishProblem;

/** All steps of one publisher, as the publishing job takes them: the sha is remembered across attempts. */
export async function publishOnce(
  publisher: Publisher,
  bench: Bench,
  sealed: Sealed,
  memory: { sha?: string } = {},
): Promise<Done> {
  const begun = await publisher.begin(bench.repository, sealed.approval);
  if (!begun.ok) return begun.problem;
  try {
    return await walk(begun.value, sealed, memory);
  } finally {
    await begun.value.end();
  }
}

async function walk(session: PublishSession, sealed: Sealed, memory: { sha?: string }): Promise<Done> {
  if (memory.sha === undefined) {
    const made = await session.createCommit({ files: sealed.change.files, pack: sealed.change.pack });
    if (!made.ok) return made.problem;
    memory.sha = made.value;
  }
  const { sha } = memory;
  const moved = await session.moveHead(sha, undefined);
  if (!moved.ok) return moved.problem;
  const opened = await session.openPullRequest({ body: bodyOf(sealed), draft: true });
  if (!opened.ok) return opened.problem;
  await session.reportApproval(sha, { ok: true, title: "Countersigned", summary: "The head is the approved change." });
  return { kind: "published", sha, pull: opened.value };
}

/** As the queue does: again while the code host is unavailable. */
export async function publishUntilDone(bench: Bench, sealed: Sealed): Promise<{ done: Done; attempts: number }> {
  const memory: { sha?: string } = {};
  for (let attempts = 1; ; attempts += 1) {
    const done = await publishOnce(createPublisher(bench.options), bench, sealed, memory);
    if (done.kind !== "unavailable" || attempts === 5) return { done, attempts };
  }
}
