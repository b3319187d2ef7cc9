// The pull request of a run, found before it is ever created, and the check that says its head is what was approved.
import { z } from "zod";
import { bad, good } from "../core/problem.ts";
import { runMarker } from "../core/pull-request.ts";
import type { PullRequest } from "../ports.ts";
import { failed, type Desk, type Published } from "./desk.ts";
import { callHost, type Client, type HostProblem } from "./host-call.ts";
import { pullSchema, readHead, readHostCommit, toPullRequest, type HostPull } from "./pulls.ts";

export interface PullWords {
  readonly body: string;
  readonly draft: boolean;
}

const LOOKS = 2;

export async function publishPull(desk: Desk, words: PullWords): Promise<Published<PullRequest>> {
  const head = await readHead(desk.client, desk.place, desk.record.headBranch);
  if (!head.ok) return failed(head.problem);
  const tree = head.value === undefined ? undefined : await readHostCommit(desk.client, desk.place, head.value);
  if (tree !== undefined && !tree.ok) return failed(tree.problem);
  if (head.value === undefined || tree?.value.tree.sha !== desk.record.resultTree)
    return bad({ kind: "head_moved", detail: `${desk.record.headBranch} no longer holds the approved change` });
  for (let look = 1; ; look += 1) {
    const found = await findPull(desk, head.value);
    if (!found.ok) return found;
    if (found.value !== undefined) return judgePull(desk, { pull: found.value, words, headSha: head.value });
    const made = await createPull(desk, words);
    if (made.ok) return judgePull(desk, { pull: made.value, words, headSha: head.value });
    if (!mayHaveHappened(made.problem) || look === LOOKS) return failed(made.problem);
  }
}

function mayHaveHappened(problem: HostProblem): boolean {
  if (problem.kind === "unavailable") return problem.retryAfterMs === undefined;
  return /already exists/i.test(problem.detail);
}

/** By head branch; then by our marker, for a branch that was renamed. Closed ones count while they show this very commit. */
async function findPull(desk: Desk, headSha: string): Promise<Published<HostPull | undefined>> {
  const { owner } = desk.place;
  const byHead = await listPulls(desk.client, (octokit) =>
    octokit.rest.pulls.list({ ...desk.place, head: `${owner}:${desk.record.headBranch}`, state: "all", per_page: 100 }),
  );
  if (!byHead.ok) return failed(byHead.problem);
  const mine = byHead.value.filter((pull) => pull.head.ref === desk.record.headBranch && isHere(pull, desk));
  const found = mine.find((pull) => pull.state === "open") ?? mine.find((pull) => pull.head.sha === headSha);
  if (found !== undefined) return good(found);
  const recent = await listPulls(desk.client, (octokit) =>
    octokit.rest.pulls.list({ ...desk.place, state: "open", sort: "created", direction: "desc", per_page: 100 }),
  );
  if (!recent.ok) return failed(recent.problem);
  const marker = runMarker(desk.record.run);
  return good(
    recent.value.find(
      (pull) =>
        isHere(pull, desk) &&
        pull.head.sha === headSha &&
        pull.user?.type === "Bot" &&
        (pull.body ?? "").includes(marker),
    ),
  );
}

function isHere(pull: HostPull, desk: Desk): boolean {
  return pull.head.repo?.id === desk.repository.id;
}

function listPulls(client: Client, send: (octokit: Client["octokit"]) => Promise<{ readonly data: unknown }>) {
  return callHost(client, { schema: z.array(pullSchema), tries: "repeat", send });
}

function createPull(desk: Desk, { body, draft }: PullWords) {
  const { title, headBranch: head, baseBranch: base } = desk.record;
  return callHost(desk.client, {
    schema: pullSchema,
    tries: "once",
    send: (octokit) =>
      octokit.rest.pulls.create({ ...desk.place, title, head, base, body, draft, maintainer_can_modify: false }),
  });
}

interface Standing {
  readonly pull: HostPull;
  readonly words: PullWords;
  readonly headSha: string;
}

/** What stands on the code host must be the sealed change into the sealed branch; its words are brought up to date. */
async function judgePull(desk: Desk, { pull, words, headSha }: Standing): Promise<Published<PullRequest>> {
  const { record } = desk;
  if (pull.base.ref !== record.baseBranch)
    return bad({
      kind: "refused",
      detail: `pull request #${pull.number} goes into ${pull.base.ref} now, which was not approved`,
    });
  if (pull.head.sha !== headSha)
    return bad({
      kind: "head_moved",
      detail: `pull request #${pull.number} shows another commit than the approved one`,
    });
  const stale =
    pull.state === "open" && (pull.title !== record.title || (pull.body ?? "").trim() !== words.body.trim());
  if (stale) {
    const edited = await callHost(desk.client, {
      schema: pullSchema,
      tries: "repeat",
      send: (octokit) =>
        octokit.rest.pulls.update({ ...desk.place, pull_number: pull.number, title: record.title, body: words.body }),
    });
    if (!edited.ok) return failed(edited.problem);
  }
  return good({ ...toPullRequest(pull), headTree: record.resultTree });
}

const CHECK_NAME = "countersign/approval";
const checksSchema = z.object({ check_runs: z.array(z.object({ id: z.number().int() })) });

export interface Verdict {
  readonly ok: boolean;
  readonly title: string;
  readonly summary: string;
}

/** One check run a head, written again where it exists. Needs a permission of its own, which an App may lack. */
export async function publishVerdict(
  desk: Desk,
  client: Client,
  at: { readonly headSha: string; readonly verdict: Verdict },
) {
  const { headSha, verdict } = at;
  const listed = await callHost(client, {
    schema: checksSchema,
    tries: "repeat",
    send: (octokit) =>
      octokit.rest.checks.listForRef({
        ...desk.place,
        ref: headSha,
        check_name: CHECK_NAME,
        app_id: desk.host.options.appId,
      }),
  });
  if (!listed.ok) return listed;
  const words = {
    status: "completed" as const,
    conclusion: verdict.ok ? ("success" as const) : ("failure" as const),
    output: { title: verdict.title, summary: verdict.summary },
  };
  const known = listed.value.check_runs[0];
  return callHost(client, {
    schema: z.object({ id: z.number().int() }),
    tries: "once",
    send: (octokit) =>
      known === undefined
        ? octokit.rest.checks.create({
            ...desk.place,
            name: CHECK_NAME,
            head_sha: headSha,
            external_id: desk.record.run,
            ...words,
          })
        : octokit.rest.checks.update({ ...desk.place, check_run_id: known.id, ...words }),
  });
}
