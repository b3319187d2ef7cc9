// The issue a request is about, and who works on it already. The tracker may be slow or down: asking it never holds up a run for long.
import { issueKeysIn, type IssueFacts } from "../core/issue.ts";
import type { Asked } from "../core/request.ts";
import type { OtherWork } from "../core/routing.ts";
import type { Clock, CodeHost, Repository, Run, Store, Tracker } from "../ports.ts";

export interface IssuePorts {
  readonly store: Pick<Store, "listRunsOnIssue">;
  readonly codeHost: Pick<CodeHost, "listPullRequestsNaming">;
  readonly tracker?: Pick<Tracker, "findIssue" | "suggestRepositories"> | undefined;
  readonly clock: Pick<Clock, "nowMs" | "sleep">;
}

const PATIENCE_MS = 3000;
/** How long a run about an issue waits for what the tracker knows of it. */
const OUTAGE_MS = 60_000;

export type NamedIssue =
  | { readonly kind: "none" }
  | { readonly kind: "found"; readonly issue: IssueFacts }
  | { readonly kind: "missing"; readonly asked: string };

/** Asked for on the tracker: its facts now. Throws while a young run should wait for them. */
export async function readIssueOf(ports: IssuePorts, run: Run): Promise<IssueFacts | undefined> {
  const { issue } = run;
  if (issue === undefined) return undefined;
  const facts = await ask(ports, (tracker) => tracker.findIssue(issue.id));
  if (facts.kind === "silent" && isYoung(ports, run)) throw new Error(`the tracker does not say what ${issue.id} is`);
  if (facts.kind === "told" && facts.value !== undefined) return facts.value;
  // Said to be nowhere, it is over; where nothing was said, it is as it was when it was handed over.
  return { ...issue, over: facts.kind === "told", labels: [] };
}

/** Named in words of Slack: by flag, link or key. Only issues of the tracker's teams that are the team's own count. */
export async function findNamedIssue(
  ports: IssuePorts,
  run: Run,
  about: { readonly ask: Asked; readonly linearTeams: readonly string[] },
): Promise<NamedIssue> {
  const { ask: asked, linearTeams } = about;
  const keys = asked.issue === undefined ? issueKeysIn(asked.text) : [asked.issue];
  if (keys.length === 0) return { kind: "none" };
  if (ports.tracker === undefined) return nothing(asked);
  for (const key of keys) {
    const found = await ask(ports, (tracker) => tracker.findIssue(key));
    if (found.kind === "silent" && asked.issue !== undefined && isYoung(ports, run))
      throw new Error(`the tracker does not say what ${key} is`);
    if (found.kind === "silent") return { kind: "none" };
    if (found.value !== undefined && linearTeams.includes(found.value.teamKey))
      return { kind: "found", issue: found.value };
  }
  return nothing(asked);
}

/** A key that stands in passing may be anything; one that was asked for outright must be there. */
function nothing({ issue }: Asked): NamedIssue {
  return issue === undefined ? { kind: "none" } : { kind: "missing", asked: issue };
}

export async function suggestRepositories(ports: IssuePorts, run: Run, names: readonly string[]) {
  const { issue, session } = run;
  if (issue === undefined) return [];
  const guess = await ask(ports, (tracker) =>
    tracker.suggestRepositories({
      issueId: issue.id,
      repositories: names,
      ...(session === undefined ? {} : { session }),
    }),
  );
  return guess.kind === "told" ? guess.value : [];
}

/** Open runs on the issue and open pull requests that name it, but for the run that asks. */
export async function listOtherWork(
  ports: IssuePorts,
  run: Run,
  about: { readonly issue: IssueFacts; readonly repository: Repository },
): Promise<readonly OtherWork[]> {
  const runs = (await ports.store.listRunsOnIssue(about.issue.id)).filter((each) => each.id !== run.id);
  const pulls = await ports.codeHost.listPullRequestsNaming(about.repository, about.issue.identifier);
  return [
    // A run with a pull request is seen by that.
    ...runs
      .filter((each) => each.phase !== "pr_open" || pulls.length === 0)
      .map((each) => ({ says: `run ${each.id}, asked for by ${each.requester.name}: ${each.title}` })),
    ...pulls.map(({ number, title, url }) => ({ says: `pull request #${number}: ${title}`, url })),
  ];
}

function isYoung(ports: IssuePorts, run: Run): boolean {
  return ports.clock.nowMs() - run.createdAtMs < OUTAGE_MS;
}

type Told<T> = { readonly kind: "told"; readonly value: T } | { readonly kind: "silent" };

async function ask<T>(
  ports: IssuePorts,
  question: (tracker: NonNullable<IssuePorts["tracker"]>) => Promise<T>,
): Promise<Told<T>> {
  const { tracker, clock } = ports;
  const silent: Told<T> = { kind: "silent" };
  if (tracker === undefined) return silent;
  const over = new AbortController();
  const answer = question(tracker).then(
    (value): Told<T> => ({ kind: "told", value }),
    () => silent,
  );
  const patience = clock.sleep(PATIENCE_MS, over.signal).then(
    () => silent,
    () => silent,
  );
  const first = await Promise.race([answer, patience]);
  over.abort(new Error("answered"));
  return first;
}
